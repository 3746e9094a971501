import {
  KubeError,
  kubeError,
  resourceText,
  selectorFromSpec,
  matchesLabels,
  parseApiVersion,
} from '@argosy/kube/meta';
import type { KubeObject, LabelSelectorSpec, StatusReason } from '@argosy/kube/meta';
import type { CelBudget } from '@argosy/lang/cel';
import type { StoredObject } from '../../store/index.ts';
import { part, parts, textAt, type Draft } from '../draft.ts';
import type { ServedResource } from '../resource.ts';
import type { ApiState } from '../state.ts';
import {
  compileExpression,
  conditionsHold,
  MAX_ADMISSION_STEPS,
  namedExpressions,
  POLICY_VARIABLES,
  policyVars,
  reviewVars,
  type Expression,
  type NamedExpression,
  type Vars,
} from './expressions.ts';
import { matchedResource, matcherOf, type Matcher } from './matching.ts';
import type { AdmissionContext, WriteReview } from './review.ts';

interface Validation {
  readonly source: string;
  readonly expression: Expression;
  readonly message: string;
  readonly messageExpression: Expression | undefined;
  readonly reason: string;
}

interface AuditAnnotation {
  readonly key: string;
  readonly value: Expression;
}

/** A ValidatingAdmissionPolicy, compiled once for each state of it. */
interface Policy {
  readonly name: string;
  readonly matcher: Matcher;
  readonly conditions: readonly NamedExpression[];
  readonly variables: readonly NamedExpression[];
  readonly validations: readonly Validation[];
  readonly annotations: readonly AuditAnnotation[];
  readonly ignoresFailure: boolean;
  readonly paramKind: { readonly apiVersion: string; readonly kind: string } | undefined;
}

/** A ValidatingAdmissionPolicyBinding. */
interface Binding {
  readonly name: string;
  readonly policy: string;
  readonly matcher: Matcher | undefined;
  readonly actions: readonly string[];
  readonly paramRef: Draft | undefined;
}

function optionalExpression(source: string): Expression | undefined {
  return source === '' ? undefined : compileExpression(source, POLICY_VARIABLES);
}

function validationOf(source: Draft): Validation {
  const text = textAt(source, 'expression');
  return {
    source: text,
    expression: compileExpression(text, POLICY_VARIABLES),
    message: textAt(source, 'message'),
    messageExpression: optionalExpression(textAt(source, 'messageExpression')),
    reason: textAt(source, 'reason'),
  };
}

function policyOf(object: KubeObject): Policy {
  const spec = part(object as unknown as Draft, 'spec');
  const paramKind = part(spec, 'paramKind');
  return {
    name: object.metadata.name,
    matcher: matcherOf(part(spec, 'matchConstraints'), 'resourceRules'),
    conditions: namedExpressions(spec, 'matchConditions', POLICY_VARIABLES),
    variables: namedExpressions(spec, 'variables', POLICY_VARIABLES),
    validations: parts(spec, 'validations').map(validationOf),
    annotations: parts(spec, 'auditAnnotations').map((item) => ({
      key: textAt(item, 'key'),
      value: compileExpression(textAt(item, 'valueExpression'), POLICY_VARIABLES),
    })),
    ignoresFailure: textAt(spec, 'failurePolicy') === 'Ignore',
    paramKind:
      paramKind === undefined
        ? undefined
        : { apiVersion: textAt(paramKind, 'apiVersion'), kind: textAt(paramKind, 'kind') },
  };
}

function bindingOf(object: KubeObject): Binding {
  const spec = part(object as unknown as Draft, 'spec');
  const match = part(spec, 'matchResources');
  const actions = spec?.['validationActions'];
  // Without rules of its own a binding narrows only by selectors.
  const everything = {
    operations: ['*'],
    apiGroups: ['*'],
    apiVersions: ['*'],
    resources: ['*', '*/*'],
  };
  const narrowed =
    match === undefined || parts(match, 'resourceRules').length > 0 ? match : { ...match, resourceRules: [everything] };
  return {
    name: object.metadata.name,
    policy: textAt(spec, 'policyName'),
    matcher: narrowed === undefined ? undefined : matcherOf(narrowed, 'resourceRules'),
    actions: Array.isArray(actions) ? (actions as string[]) : [],
    paramRef: part(spec, 'paramRef'),
  };
}

const POLICIES = new WeakMap<StoredObject, Policy>();
const BINDINGS = new WeakMap<StoredObject, Binding>();

function read<T>(
  state: ApiState,
  resource: string,
  given: { cache: WeakMap<StoredObject, T>; of: (object: KubeObject) => T },
): readonly T[] {
  return state.store.list(`admissionregistration.k8s.io/${resource}`, '').map((stored) => {
    const known = given.cache.get(stored) ?? given.of(state.store.tree(stored));
    given.cache.set(stored, known);
    return known;
  });
}

/** One failed validation or one that could not be evaluated. */
interface Failure {
  readonly message: string;
  readonly reason: string;
  readonly source: string;
  readonly index: number;
}

interface Round {
  readonly context: AdmissionContext;
  readonly review: WriteReview;
  readonly policy: Policy;
  readonly vars: Vars;
  readonly budget: CelBudget;
}

function failureMessage(validation: Validation, round: Round): string {
  const computed =
    validation.messageExpression?.ok === true
      ? validation.messageExpression.value.evaluate(round.vars, round.budget)
      : undefined;
  if (computed?.ok === true && typeof computed.value === 'string') {
    const text = computed.value.trim();
    if (text !== '' && !text.includes('\n')) return text;
  }
  return validation.message === '' ? `failed expression: ${validation.source.trim()}` : validation.message.trim();
}

function validate(validation: Validation, index: number, round: Round): Failure | undefined {
  const { expression, source, reason } = validation;
  const answer = expression.ok ? expression.value.evaluate(round.vars, round.budget) : expression;
  const spent = round.budget.left < 0;
  if (answer.ok && !spent) {
    if (answer.value === true) return undefined;
    return { message: failureMessage(validation, round), reason, source, index };
  }
  if (round.policy.ignoresFailure) return undefined;
  const why = spent ? 'validation failed due to running out of cost budget' : answer.ok ? '' : answer.error.message;
  return { message: `expression '${source}' resulted in error: ${why}`, reason: '', source, index };
}

/** The params of a binding: one round each. `undefined` when there are none and that is no reason to refuse. */
function paramsFor(context: AdmissionContext, review: WriteReview, given: Bound): readonly (KubeObject | null)[] {
  const { policy, binding } = given;
  if (policy.paramKind === undefined || binding.paramRef === undefined) return [null];
  const { registry, store } = context.state;
  const { group, version } = parseApiVersion(policy.paramKind.apiVersion);
  const { kind } = policy.paramKind;
  const resource = registry
    .all()
    .find((item) => item.group === group && item.version === version && item.kind === kind);
  if (resource === undefined)
    throw new PolicyProblem(`failed to find resource referenced by paramKind: '${group}/${version}, Kind=${kind}'`);
  const found = paramObjects({ context, review, resource, paramRef: binding.paramRef }).map((stored) =>
    store.tree(stored),
  );
  if (found.length > 0) return found;
  if (textAt(binding.paramRef, 'parameterNotFoundAction') === 'Allow') return [];
  throw new PolicyProblem('no params found for policy binding with `Deny` parameterNotFoundAction');
}

function paramObjects(given: {
  readonly context: AdmissionContext;
  readonly review: WriteReview;
  readonly resource: ServedResource;
  readonly paramRef: Draft;
}): readonly StoredObject[] {
  const { context, review, resource, paramRef } = given;
  const { store } = context.state;
  const namespace = resource.namespaced ? textAt(paramRef, 'namespace') || review.key.namespace : '';
  const name = textAt(paramRef, 'name');
  if (name !== '') {
    const stored = store.get(resource.storage, namespace, name);
    return stored === undefined ? [] : [stored];
  }
  const selector = selectorFromSpec((part(paramRef, 'selector') ?? {}) as LabelSelectorSpec);
  return store.list(resource.storage, namespace).filter((stored) => matchesLabels(selector, stored.labels));
}

/** A policy that cannot be asked: the failure policy decides what that means. */
class PolicyProblem extends Error {
  override readonly name = 'PolicyProblem';
}

interface Bound {
  readonly policy: Policy;
  readonly binding: Binding;
}

const CODES: { readonly [reason: string]: number } = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413 };

// compat(cluster-0201): a policy's refusal says `is forbidden`, with the code and reason of an invalid object.
function refuse(context: AdmissionContext, review: WriteReview, given: Bound & { failure: Failure }): never {
  const { policy, binding, failure } = given;
  const { resource } = context;
  const said = `ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}' denied request: ${failure.message}`;
  const { name } = review.key;
  const message = `${resourceText(resource)} ${JSON.stringify(name)} is forbidden: ${said}`;
  const reason = (failure.reason === '' ? 'Invalid' : failure.reason) as StatusReason;
  throw kubeError(reason, message, {
    code: CODES[reason] ?? 422,
    details: { name, group: resource.group, kind: resource.resource, causes: [{ message: said }] },
  });
}

const FAILURES = 'validation.policy.admission.k8s.io/validation_failure';

function noteFailure(context: AdmissionContext, given: Bound & { failure: Failure }): void {
  const { policy, binding, failure } = given;
  const entry = {
    message: failure.message,
    policy: policy.name,
    binding: binding.name,
    expressionIndex: failure.index,
    validationActions: binding.actions,
  };
  const known = JSON.parse(context.annotations.get(FAILURES) ?? '[]') as unknown[];
  context.annotations.set(FAILURES, JSON.stringify([...known, entry]));
}

function act(context: AdmissionContext, review: WriteReview, given: Bound & { failure: Failure }): void {
  const { policy, binding, failure } = given;
  if (binding.actions.includes('Audit')) noteFailure(context, given);
  if (binding.actions.includes('Warn')) {
    const who = `ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}'`;
    context.warnings.push(`Validation failed for ${who}: ${failure.message}`);
  }
  if (binding.actions.includes('Deny')) refuse(context, review, given);
}

/** Longest value of an audit annotation, in characters. */
export const MAX_AUDIT_VALUE_LENGTH = 10_240;

function annotate(round: Round): void {
  for (const { key, value } of round.policy.annotations) {
    const answer = value.ok ? value.value.evaluate(round.vars, round.budget) : value;
    if (!answer.ok || typeof answer.value !== 'string' || answer.value.trim() === '') continue;
    const text = answer.value.trim().slice(0, MAX_AUDIT_VALUE_LENGTH);
    round.context.annotations.set(`${round.policy.name}/${key}`, text);
  }
}

const problem = (message: string): Failure => ({ message, reason: '', source: '', index: 0 });

function askWith(round: Round): readonly Failure[] {
  const { policy, vars, budget } = round;
  const held = conditionsHold(policy.conditions, vars, budget);
  if (held === false) return [];
  if (held !== true) return policy.ignoresFailure ? [] : [problem(held.problem)];
  const failures = policy.validations.flatMap((validation, index) => validate(validation, index, round) ?? []);
  annotate(round);
  return failures;
}

function failuresOf(context: AdmissionContext, review: WriteReview, bound: Bound): readonly Failure[] {
  const { policy } = bound;
  const resource = matchedResource(policy.matcher, context, review);
  if (resource === undefined) return [];
  const { matcher } = bound.binding;
  if (matcher !== undefined && matchedResource(matcher, context, review) === undefined) return [];
  try {
    const budget: CelBudget = { left: MAX_ADMISSION_STEPS };
    return paramsFor(context, review, bound).flatMap((params) => {
      const base = { ...reviewVars(context, review, resource), params };
      const vars = policyVars({ context, review, base }, policy.variables, budget);
      return askWith({ context, review, policy, vars, budget });
    });
  } catch (error) {
    if (!(error instanceof PolicyProblem) && !(error instanceof KubeError)) throw error;
    return policy.ignoresFailure ? [] : [problem(error.message)];
  }
}

/** ValidatingAdmissionPolicies with their bindings. @throws KubeError for what one of them denies. */
export function admitByPolicies(context: AdmissionContext, review: WriteReview): void {
  const bindings = read(context.state, 'validatingadmissionpolicybindings', { cache: BINDINGS, of: bindingOf });
  if (bindings.length === 0) return;
  const policies = read(context.state, 'validatingadmissionpolicies', { cache: POLICIES, of: policyOf });
  for (const binding of bindings) {
    const policy = policies.find((item) => item.name === binding.policy);
    if (policy === undefined) continue;
    const bound = { policy, binding };
    for (const failure of failuresOf(context, review, bound)) act(context, review, { ...bound, failure });
  }
}
