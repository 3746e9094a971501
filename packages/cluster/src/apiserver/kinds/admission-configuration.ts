import type { FieldError } from '@argosy/kube/schema';
import { expressionErrors, MATCH_VARIABLES, POLICY_VARIABLES } from '../admission/expressions.ts';
import { ensurePart, numberAt, part, parts, setDefault, textAt, type Draft } from '../draft.ts';
import { duplicateField, invalidField, requiredField, unsupportedField } from '../errors.ts';
import { subdomainProblems } from '../names.ts';
import type { KindRules } from './kind-rules.ts';

/** Most match conditions of one webhook or policy. */
export const MAX_MATCH_CONDITIONS = 64;
/** Most seconds that a write waits for one webhook. */
export const MAX_WEBHOOK_SECONDS = 30;

function defaultMatch(match: Draft, rules: 'rules' | 'resourceRules'): void {
  setDefault(match, 'matchPolicy', 'Equivalent');
  setDefault(match, 'namespaceSelector', {});
  setDefault(match, 'objectSelector', {});
  for (const key of [rules, 'excludeResourceRules']) {
    for (const rule of parts(match, key)) setDefault(rule, 'scope', '*');
  }
}

function defaultWebhook(webhook: Draft, mutating: boolean): void {
  defaultMatch(webhook, 'rules');
  setDefault(webhook, 'failurePolicy', 'Fail');
  setDefault(webhook, 'timeoutSeconds', 10);
  if (mutating) setDefault(webhook, 'reinvocationPolicy', 'Never');
  const service = part(part(webhook, 'clientConfig'), 'service');
  if (service !== undefined) setDefault(service, 'port', 443);
}

const urlProblem = (url: string): string | undefined => {
  if (!URL.canParse(url)) return 'url must be a valid URL';
  const { protocol, username, hash } = new URL(url);
  if (protocol !== 'https:') return "'https' is the only allowed URL scheme";
  if (username !== '') return 'user information is not permitted in the URL';
  return hash === '' ? undefined : 'fragments are not permitted in the URL';
};

/** What is wrong with a `clientConfig`. */
export function clientConfigErrors(config: Draft | undefined, field: string): readonly FieldError[] {
  const service = part(config, 'service');
  const url = textAt(config, 'url');
  if ((service === undefined) === (url === ''))
    return [requiredField(field, 'exactly one of url or service is required')];
  const problem = url === '' ? undefined : urlProblem(url);
  const errors: FieldError[] = problem === undefined ? [] : [invalidField(`${field}.url`, url, problem)];
  for (const name of ['name', 'namespace'] as const) {
    if (service !== undefined && textAt(service, name) === '') errors.push(requiredField(`${field}.service.${name}`));
  }
  return errors;
}

function choiceErrors(source: Draft, field: string, allowed: readonly string[]): readonly FieldError[] {
  const value = source[field.slice(field.lastIndexOf('.') + 1)];
  if (value === undefined || (typeof value === 'string' && allowed.includes(value))) return [];
  return [unsupportedField(field, value, allowed)];
}

function conditionErrors(source: Draft, field: string, variables: readonly string[]): readonly FieldError[] {
  const conditions = parts(source, 'matchConditions');
  if (conditions.length > MAX_MATCH_CONDITIONS) {
    return [invalidField(field, conditions.length, `must have at most ${MAX_MATCH_CONDITIONS} items`)];
  }
  const names = conditions.map((item) => textAt(item, 'name'));
  return conditions.flatMap((item, index) => [
    ...(names[index] === '' ? [requiredField(`${field}[${index}].name`)] : []),
    ...(names.indexOf(names[index] ?? '') === index ? [] : [duplicateField(`${field}[${index}].name`, names[index])]),
    ...expressionErrors(textAt(item, 'expression'), `${field}[${index}].expression`, variables),
  ]);
}

const OPERATIONS = ['*', 'CREATE', 'UPDATE', 'DELETE', 'CONNECT'];

function ruleErrors(rule: Draft, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ['operations', 'apiGroups', 'apiVersions', 'resources'] as const) {
    const list = rule[name];
    if (!Array.isArray(list) || list.length === 0) errors.push(requiredField(`${field}.${name}`));
  }
  const operations = Array.isArray(rule['operations']) ? (rule['operations'] as unknown[]) : [];
  operations.forEach((operation, index) => {
    if (!OPERATIONS.includes(operation as string)) {
      errors.push(unsupportedField(`${field}.operations[${index}]`, operation, OPERATIONS));
    }
  });
  return [...errors, ...choiceErrors(rule, `${field}.scope`, ['*', 'Cluster', 'Namespaced'])];
}

function reviewVersionErrors(webhook: Draft, field: string): readonly FieldError[] {
  const versions = webhook['admissionReviewVersions'];
  if (!Array.isArray(versions) || versions.length === 0) {
    return [requiredField(field, 'must specify one of v1, v1beta1')];
  }
  return versions.includes('v1') ? [] : [invalidField(field, versions, 'must include at least one of v1')];
}

function webhookErrors(webhook: Draft, field: string): readonly FieldError[] {
  const name = textAt(webhook, 'name');
  const problems =
    name.split('.').length < 3 ? ['should be a domain with at least three segments separated by dots'] : [];
  const seconds = numberAt(webhook, 'timeoutSeconds') ?? 10;
  const effects = ['None', 'NoneOnDryRun'];
  return [
    ...[...problems, ...subdomainProblems(name)].map((why) => invalidField(`${field}.name`, name, why)),
    ...clientConfigErrors(part(webhook, 'clientConfig'), `${field}.clientConfig`),
    ...parts(webhook, 'rules').flatMap((rule, index) => ruleErrors(rule, `${field}.rules[${index}]`)),
    ...conditionErrors(webhook, `${field}.matchConditions`, MATCH_VARIABLES),
    ...reviewVersionErrors(webhook, `${field}.admissionReviewVersions`),
    ...(webhook['sideEffects'] === undefined
      ? [requiredField(`${field}.sideEffects`, 'must specify one of None, NoneOnDryRun')]
      : []),
    ...choiceErrors(webhook, `${field}.sideEffects`, effects),
    ...choiceErrors(webhook, `${field}.failurePolicy`, ['Fail', 'Ignore']),
    ...choiceErrors(webhook, `${field}.matchPolicy`, ['Exact', 'Equivalent']),
    ...choiceErrors(webhook, `${field}.reinvocationPolicy`, ['Never', 'IfNeeded']),
    ...(seconds >= 1 && seconds <= MAX_WEBHOOK_SECONDS
      ? []
      : [
          invalidField(
            `${field}.timeoutSeconds`,
            seconds,
            `the timeout value must be between 1 and ${MAX_WEBHOOK_SECONDS} seconds`,
          ),
        ]),
  ];
}

/** Webhook configurations, mutating ones with a reinvocation policy. */
export function webhookRules(mutating: boolean): KindRules {
  return {
    defaults: (draft) => {
      for (const webhook of parts(draft, 'webhooks')) defaultWebhook(webhook, mutating);
    },
    validate: (draft) => {
      const webhooks = parts(draft, 'webhooks');
      const names = webhooks.map((webhook) => textAt(webhook, 'name'));
      return webhooks.flatMap((webhook, index) => [
        ...webhookErrors(webhook, `webhooks[${index}]`),
        ...(names.indexOf(names[index] ?? '') === index
          ? []
          : [duplicateField(`webhooks[${index}].name`, names[index])]),
      ]);
    },
  };
}

function validationErrors(spec: Draft): readonly FieldError[] {
  const field = 'spec.validations';
  const reasons = ['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'];
  return parts(spec, 'validations').flatMap((item, index) => {
    const at = `${field}[${index}]`;
    const message = textAt(item, 'message');
    const computed = textAt(item, 'messageExpression');
    return [
      ...expressionErrors(textAt(item, 'expression'), `${at}.expression`, POLICY_VARIABLES),
      ...(computed === '' ? [] : expressionErrors(computed, `${at}.messageExpression`, POLICY_VARIABLES)),
      ...(message.trim().includes('\n')
        ? [invalidField(`${at}.message`, message, 'message must not contain line breaks')]
        : []),
      ...choiceErrors(item, `${at}.reason`, reasons),
    ];
  });
}

function policyErrors(draft: Draft): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  const match = part(spec, 'matchConstraints');
  const annotations = parts(spec, 'auditAnnotations');
  const empty = parts(spec, 'validations').length === 0 && annotations.length === 0;
  const why = 'validations or auditAnnotations must contain at least one item';
  return [
    ...(match === undefined ? [requiredField('spec.matchConstraints')] : []),
    ...(match !== undefined && parts(match, 'resourceRules').length === 0
      ? [requiredField('spec.matchConstraints.resourceRules')]
      : []),
    ...parts(match, 'resourceRules').flatMap((rule, index) =>
      ruleErrors(rule, `spec.matchConstraints.resourceRules[${index}]`),
    ),
    ...conditionErrors(spec, 'spec.matchConditions', POLICY_VARIABLES),
    ...parts(spec, 'variables').flatMap((item, index) =>
      expressionErrors(textAt(item, 'expression'), `spec.variables[${index}].expression`, POLICY_VARIABLES),
    ),
    ...(empty ? [requiredField('spec.validations', why)] : validationErrors(spec)),
    ...annotations.flatMap((item, index) =>
      expressionErrors(
        textAt(item, 'valueExpression'),
        `spec.auditAnnotations[${index}].valueExpression`,
        POLICY_VARIABLES,
      ),
    ),
    ...choiceErrors(spec, 'spec.failurePolicy', ['Fail', 'Ignore']),
  ];
}

/** ValidatingAdmissionPolicies. */
export const policyRules: KindRules = {
  defaults: (draft) => {
    const spec = ensurePart(draft, 'spec');
    setDefault(spec, 'failurePolicy', 'Fail');
    const match = part(spec, 'matchConstraints');
    if (match !== undefined) defaultMatch(match, 'resourceRules');
  },
  validate: policyErrors,
};

const ACTIONS = ['Audit', 'Deny', 'Warn'];

function actionErrors(spec: Draft): readonly FieldError[] {
  const field = 'spec.validationActions';
  const actions = Array.isArray(spec['validationActions']) ? (spec['validationActions'] as unknown[]) : [];
  if (actions.length === 0) return [requiredField(field, 'at least one validation action is required')];
  const unknown = actions.flatMap((action, index) =>
    ACTIONS.includes(action as string) ? [] : [unsupportedField(`${field}[${index}]`, action, ACTIONS)],
  );
  if (!actions.includes('Deny') || !actions.includes('Warn')) return unknown;
  const why =
    'must not contain both Deny and Warn (repeating the same validation failure information in the API response and ' +
    'headers serves no purpose)';
  return [...unknown, invalidField(field, actions, why)];
}

function paramRefErrors(ref: Draft | undefined): readonly FieldError[] {
  if (ref === undefined) return [];
  const one = (textAt(ref, 'name') === '') !== (part(ref, 'selector') === undefined);
  const action = textAt(ref, 'parameterNotFoundAction');
  return [
    ...(one ? [] : [requiredField('spec.paramRef', 'exactly one of name or selector must be specified')]),
    ...(action === '' ? [requiredField('spec.paramRef.parameterNotFoundAction')] : []),
    ...choiceErrors(ref, 'spec.paramRef.parameterNotFoundAction', ['Allow', 'Deny']),
  ];
}

function bindingErrors(draft: Draft): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  return [
    ...(textAt(spec, 'policyName') === '' ? [requiredField('spec.policyName')] : []),
    ...actionErrors(spec),
    ...paramRefErrors(part(spec, 'paramRef')),
  ];
}

/** ValidatingAdmissionPolicyBindings. */
export const policyBindingRules: KindRules = {
  defaults: (draft) => {
    const match = part(ensurePart(draft, 'spec'), 'matchResources');
    if (match !== undefined) defaultMatch(match, 'resourceRules');
  },
  validate: bindingErrors,
};
