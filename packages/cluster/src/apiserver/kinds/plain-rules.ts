import { equalJson } from '@argosy/std';
import type { FieldError } from '@argosy/kube/schema';
import { ensurePart, numberAt, part, parts, setDefault, textAt, type Draft } from '../draft.ts';
import { forbiddenField, IMMUTABLE, invalidField, requiredField } from '../errors.ts';
import type { KindRules } from './kind-rules.ts';
import { notNegative } from './workload.ts';

const RBAC = 'rbac.authorization.k8s.io';

function defaultSubjects(draft: Draft): void {
  const role = part(draft, 'roleRef');
  if (role !== undefined && textAt(role, 'apiGroup') === '') role['apiGroup'] = RBAC;
  for (const subject of parts(draft, 'subjects')) {
    if (subject['kind'] === 'User' || subject['kind'] === 'Group') setDefault(subject, 'apiGroup', RBAC);
  }
}

function subjectErrors(draft: Draft): readonly FieldError[] {
  const errors: FieldError[] = [];
  const role = part(draft, 'roleRef');
  if (textAt(role, 'name') === '') errors.push(requiredField('roleRef.name'));
  parts(draft, 'subjects').forEach((subject, index) => {
    if (textAt(subject, 'name') === '') errors.push(requiredField(`subjects[${index}].name`));
    if (subject['kind'] === 'ServiceAccount' && textAt(subject, 'namespace') === '') {
      errors.push(requiredField(`subjects[${index}].namespace`));
    }
  });
  return errors;
}

/** RoleBindings and ClusterRoleBindings. */
export const bindingRules: KindRules = {
  defaults: defaultSubjects,
  validate: subjectErrors,
  validateUpdate: (draft, live) =>
    equalJson(draft['roleRef'], live['roleRef'])
      ? []
      : [invalidField('roleRef', draft['roleRef'] ?? null, 'cannot change roleRef')],
};

const listAt = (draft: Draft, key: string): readonly unknown[] => (Array.isArray(draft[key]) ? draft[key] : []);

function ruleErrors(rule: Draft, field: string, namespaced: boolean): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (listAt(rule, 'verbs').length === 0)
    errors.push(requiredField(`${field}.verbs`, 'verbs must contain at least one value'));
  const paths = listAt(rule, 'nonResourceURLs');
  if (paths.length > 0) {
    if (namespaced) {
      const why = 'namespaced rules cannot apply to non-resource URLs';
      errors.push(invalidField(`${field}.nonResourceURLs`, paths, why));
    }
    if (listAt(rule, 'resources').length > 0 || listAt(rule, 'apiGroups').length > 0) {
      const why = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(invalidField(`${field}.nonResourceURLs`, paths, why));
    }
    return errors;
  }
  if (listAt(rule, 'apiGroups').length === 0) {
    errors.push(requiredField(`${field}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (listAt(rule, 'resources').length === 0) {
    errors.push(requiredField(`${field}.resources`, 'resource rules must supply at least one resource'));
  }
  return errors;
}

const roleRulesFor = (namespaced: boolean): KindRules => ({
  validate: (draft) => parts(draft, 'rules').flatMap((rule, index) => ruleErrors(rule, `rules[${index}]`, namespaced)),
});

/** Roles. */
export const roleRules: KindRules = roleRulesFor(true);
/** ClusterRoles. */
export const clusterRoleRules: KindRules = roleRulesFor(false);

function ingressPathErrors(rule: Draft, field: string): readonly FieldError[] {
  return parts(part(rule, 'http'), 'paths').flatMap((path, index) => {
    const at = `${field}.http.paths[${index}]`;
    const errors: FieldError[] = [];
    if (path['pathType'] === undefined) errors.push(requiredField(`${at}.pathType`, 'pathType must be specified'));
    else if (path['pathType'] !== 'ImplementationSpecific' && !textAt(path, 'path').startsWith('/')) {
      errors.push(invalidField(`${at}.path`, path['path'] ?? '', 'must be an absolute path'));
    }
    if (part(path, 'backend') === undefined) errors.push(requiredField(`${at}.backend`));
    return errors;
  });
}

/** Ingresses. */
export const ingressRules: KindRules = {
  prepareCreate: (draft) => {
    draft['status'] = { loadBalancer: {} };
  },
  validate: (draft) => {
    const spec = part(draft, 'spec') ?? {};
    const rules = parts(spec, 'rules');
    const empty = rules.length === 0 && part(spec, 'defaultBackend') === undefined;
    return [
      ...(empty ? [invalidField('spec', rules, 'either `defaultBackend` or `rules` must be specified')] : []),
      ...rules.flatMap((rule, index) => ingressPathErrors(rule, `spec.rules[${index}]`)),
    ];
  },
};

/** NetworkPolicies. */
export const networkPolicyRules: KindRules = {
  defaults: (draft) => {
    const spec = ensurePart(draft, 'spec');
    setDefault(spec, 'podSelector', {});
    setDefault(spec, 'policyTypes', listAt(spec, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress']);
    for (const rule of [...parts(spec, 'ingress'), ...parts(spec, 'egress')]) {
      for (const port of parts(rule, 'ports')) setDefault(port, 'protocol', 'TCP');
    }
  },
};

/** HorizontalPodAutoscalers, in their v2 form. */
export const scalerRules: KindRules = {
  defaults: (draft) => setDefault(ensurePart(draft, 'spec'), 'minReplicas', 1),
  validate: (draft) => {
    const spec = part(draft, 'spec') ?? {};
    const least = numberAt(spec, 'minReplicas') ?? 1;
    const most = numberAt(spec, 'maxReplicas') ?? 0;
    const errors: FieldError[] = [];
    if (most < 1) errors.push(invalidField('spec.maxReplicas', most, 'must be greater than 0'));
    else if (most < least) {
      errors.push(invalidField('spec.maxReplicas', most, 'must be greater than or equal to `minReplicas`'));
    }
    if (textAt(part(spec, 'scaleTargetRef'), 'name') === '') errors.push(requiredField('spec.scaleTargetRef.name'));
    return errors;
  },
};

/** PodDisruptionBudgets. */
export const budgetRules: KindRules = {
  prepareCreate: (draft) => {
    draft['status'] = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  validate: (draft) => {
    const spec = part(draft, 'spec') ?? {};
    const both = spec['minAvailable'] !== undefined && spec['maxUnavailable'] !== undefined;
    const errors = both ? [invalidField('spec', spec, 'minAvailable and maxUnavailable cannot be both set')] : [];
    return [...errors, ...notNegative(spec, 'minAvailable', 'maxUnavailable')];
  },
};

/** Events: their namespace is that of what they are about. */
export const eventRules: KindRules = {
  validate: (draft) => {
    const namespace = textAt(part(draft, 'metadata'), 'namespace');
    const about = textAt(part(draft, 'involvedObject'), 'namespace');
    const expected = about === '' ? ['default', 'kube-system'] : [about];
    return expected.includes(namespace)
      ? []
      : [invalidField('involvedObject.namespace', about, 'does not match event.namespace')];
  },
};

/** ControllerRevisions never change their data. */
export const revisionRules: KindRules = {
  validateUpdate: (draft, live) =>
    equalJson(draft['data'], live['data']) ? [] : [invalidField('data', draft['data'] ?? null, IMMUTABLE)],
};

/** Endpoints. */
export const endpointsRules: KindRules = {
  defaults: (draft) => {
    for (const subset of parts(draft, 'subsets')) {
      for (const port of parts(subset, 'ports')) setDefault(port, 'protocol', 'TCP');
    }
  },
};

/** EndpointSlices. */
export const endpointSliceRules: KindRules = {
  defaults: (draft) => {
    for (const port of parts(draft, 'ports')) {
      setDefault(port, 'name', '');
      setDefault(port, 'protocol', 'TCP');
    }
  },
  validate: (draft) => (textAt(draft, 'addressType') === '' ? [requiredField('addressType')] : []),
};

/** APIServices: those that another server would answer are refused, since nothing here forwards to it. */
export const apiServiceRules: KindRules = {
  validate: (draft) => {
    const service = part(part(draft, 'spec'), 'service');
    if (service === undefined) return [];
    return [forbiddenField('spec.service', 'this server does not aggregate other API servers')];
  },
};
