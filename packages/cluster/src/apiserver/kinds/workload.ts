import { equalJson } from '@argosy/std';
import { matchesLabels, selectorFromSpec, type KubeObject, type LabelSelectorSpec } from '@argosy/kube/meta';
import type { FieldError } from '@argosy/kube/schema';
import { ensurePart, numberAt, part, parts, setDefault, textAt, type Draft } from '../draft.ts';
import { forbiddenField, IMMUTABLE, invalidField, requiredField, unsupportedField } from '../errors.ts';
import { labelErrors } from '../names.ts';
import type { KindRules } from './kind-rules.ts';
import { defaultTemplate } from './pod-defaults.ts';
import { podSpecErrors } from './pod-validation.ts';

/** A number that must not be negative, at `spec.<key>`. */
export function notNegative(spec: Draft, ...keys: readonly string[]): readonly FieldError[] {
  return keys.flatMap((key) => {
    const value = numberAt(spec, key);
    return value !== undefined && value < 0
      ? [invalidField(`spec.${key}`, value, 'must be greater than or equal to 0')]
      : [];
  });
}

function selectorErrors(spec: Draft): readonly FieldError[] {
  const selector = part(spec, 'selector');
  if (selector === undefined) return [requiredField('spec.selector')];
  const labels = part(part(part(spec, 'template'), 'metadata'), 'labels');
  const requirements = selectorFromSpec(selector as LabelSelectorSpec);
  const errors = [...labelErrors(selector['matchLabels'], 'spec.selector.matchLabels')];
  if (requirements.length === 0) {
    errors.push(invalidField('spec.selector', selector, 'empty selector is invalid for deployment'));
  } else if (!matchesLabels(requirements, (labels ?? {}) as { [key: string]: string })) {
    const field = 'spec.template.metadata.labels';
    errors.push(invalidField(field, labels ?? null, '`selector` does not match template `labels`'));
  }
  return errors;
}

/** What every workload's template must satisfy; `policies` are the restart policies that the kind accepts. */
export function templateErrors(spec: Draft, policies: readonly string[]): readonly FieldError[] {
  const template = part(spec, 'template');
  const pod = part(template, 'spec');
  if (template === undefined || pod === undefined) return [requiredField('spec.template.spec')];
  const policy = textAt(pod, 'restartPolicy');
  const field = 'spec.template.spec.restartPolicy';
  const claimed = parts(spec, 'volumeClaimTemplates').map((claim) => textAt(part(claim, 'metadata') ?? {}, 'name'));
  return [
    ...labelErrors(part(template, 'metadata')?.['labels'], 'spec.template.labels'),
    ...podSpecErrors(pod, 'spec.template.spec', claimed),
    ...(policy === '' || policies.includes(policy) ? [] : [unsupportedField(field, policy, policies)]),
  ];
}

function unchanged(draft: Draft, live: KubeObject, fields: readonly string[]): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  const old = part(live as unknown as Draft, 'spec') ?? {};
  return fields
    .filter((field) => !equalJson(spec[field], old[field]))
    .map((field) => invalidField(`spec.${field}`, spec[field] ?? null, IMMUTABLE));
}

function validateWorkload(draft: Draft): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  return [
    ...notNegative(spec, 'replicas', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'),
    ...selectorErrors(spec),
    ...templateErrors(spec, ['Always']),
  ];
}

function defaultRolling(strategy: Draft, values: { readonly [key: string]: unknown }): void {
  setDefault(strategy, 'type', 'RollingUpdate');
  if (strategy['type'] !== 'RollingUpdate') return;
  const rolling = ensurePart(strategy, 'rollingUpdate');
  for (const [key, value] of Object.entries(values)) setDefault(rolling, key, value);
}

function defaultDeployment(draft: Draft): void {
  const spec = ensurePart(draft, 'spec');
  setDefault(spec, 'replicas', 1);
  defaultRolling(ensurePart(spec, 'strategy'), { maxUnavailable: '25%', maxSurge: '25%' });
  setDefault(spec, 'revisionHistoryLimit', 10);
  setDefault(spec, 'progressDeadlineSeconds', 600);
  defaultTemplate(draft);
}

function isZero(value: unknown): boolean {
  return value === 0 || value === '0%' || value === '0';
}

function deploymentErrors(draft: Draft): readonly FieldError[] {
  const strategy = part(part(draft, 'spec'), 'strategy');
  const rolling = part(strategy, 'rollingUpdate');
  const errors = [...validateWorkload(draft)];
  if (strategy?.['type'] === 'Recreate' && rolling !== undefined) {
    const why = "may not be specified when strategy `type` is 'Recreate'";
    errors.push(forbiddenField('spec.strategy.rollingUpdate', why));
  }
  if (rolling !== undefined && isZero(rolling['maxUnavailable']) && isZero(rolling['maxSurge'])) {
    const field = 'spec.strategy.rollingUpdate.maxUnavailable';
    errors.push(invalidField(field, rolling['maxUnavailable'], 'may not be 0 when `maxSurge` is 0'));
  }
  const types = ['Recreate', 'RollingUpdate'];
  if (strategy !== undefined && !types.includes(textAt(strategy, 'type'))) {
    errors.push(unsupportedField('spec.strategy.type', strategy['type'], types));
  }
  return errors;
}

/** Deployments. */
export const deploymentRules: KindRules = {
  defaults: defaultDeployment,
  validate: deploymentErrors,
  validateUpdate: (draft, live) => unchanged(draft, live, ['selector']),
};

/** ReplicaSets. */
export const replicaSetRules: KindRules = {
  defaults: (draft) => {
    const spec = ensurePart(draft, 'spec');
    setDefault(spec, 'replicas', 1);
    if (spec['selector'] === undefined) {
      const labels = part(part(part(spec, 'template'), 'metadata'), 'labels');
      if (labels !== undefined) spec['selector'] = { matchLabels: { ...labels } };
    }
    defaultTemplate(draft);
    const meta = ensurePart(draft, 'metadata');
    const labels = part(part(part(spec, 'template'), 'metadata'), 'labels');
    if (meta['labels'] === undefined && labels !== undefined) meta['labels'] = { ...labels };
  },
  prepareCreate: (draft) => {
    draft['status'] = { replicas: 0 };
  },
  validate: validateWorkload,
  validateUpdate: (draft, live) => unchanged(draft, live, ['selector']),
};

function defaultStatefulSet(draft: Draft): void {
  const spec = ensurePart(draft, 'spec');
  setDefault(spec, 'replicas', 1);
  setDefault(spec, 'podManagementPolicy', 'OrderedReady');
  setDefault(spec, 'revisionHistoryLimit', 10);
  defaultRolling(ensurePart(spec, 'updateStrategy'), { partition: 0 });
  const retention = ensurePart(spec, 'persistentVolumeClaimRetentionPolicy');
  setDefault(retention, 'whenDeleted', 'Retain');
  setDefault(retention, 'whenScaled', 'Retain');
  for (const claim of parts(spec, 'volumeClaimTemplates')) {
    setDefault(claim, 'apiVersion', 'v1');
    setDefault(claim, 'kind', 'PersistentVolumeClaim');
    setDefault(ensurePart(claim, 'spec'), 'volumeMode', 'Filesystem');
    setDefault(claim, 'status', { phase: 'Pending' });
  }
  defaultTemplate(draft);
}

const STATEFUL_MUTABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];
const STATEFUL_WORDS =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', " +
  "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

function statefulSetChangeErrors(draft: Draft, live: KubeObject): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  const old = part(live as unknown as Draft, 'spec') ?? {};
  const fields = [...new Set([...Object.keys(spec), ...Object.keys(old)])];
  const changed = fields.some((field) => !STATEFUL_MUTABLE.includes(field) && !equalJson(spec[field], old[field]));
  return changed ? [forbiddenField('spec', STATEFUL_WORDS)] : [];
}

/** StatefulSets. */
export const statefulSetRules: KindRules = {
  defaults: defaultStatefulSet,
  prepareCreate: (draft) => {
    draft['status'] = { replicas: 0, availableReplicas: 0 };
  },
  validate: validateWorkload,
  validateUpdate: statefulSetChangeErrors,
};

/** DaemonSets. */
export const daemonSetRules: KindRules = {
  defaults: (draft) => {
    const spec = ensurePart(draft, 'spec');
    defaultRolling(ensurePart(spec, 'updateStrategy'), { maxUnavailable: 1, maxSurge: 0 });
    setDefault(spec, 'revisionHistoryLimit', 10);
    defaultTemplate(draft);
  },
  prepareCreate: (draft) => {
    draft['status'] = {
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
    };
  },
  validate: validateWorkload,
  validateUpdate: (draft, live) => unchanged(draft, live, ['selector']),
};

/** ReplicationControllers. */
export const replicationControllerRules: KindRules = {
  defaults: (draft) => {
    const spec = ensurePart(draft, 'spec');
    setDefault(spec, 'replicas', 1);
    const labels = part(part(part(spec, 'template'), 'metadata'), 'labels');
    if (labels !== undefined) setDefault(spec, 'selector', { ...labels });
    defaultTemplate(draft);
  },
  prepareCreate: (draft) => {
    draft['status'] = { replicas: 0 };
  },
  validate: (draft) => templateErrors(part(draft, 'spec') ?? {}, ['Always']),
};
