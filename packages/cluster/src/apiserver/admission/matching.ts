import { matchesLabels, selectorFromSpec, type KubeObject, type LabelSelector } from '@argosy/kube/meta';
import type { LabelSelectorSpec } from '@argosy/kube/meta';
import { part, parts, textAt, type Draft } from '../draft.ts';
import { NAMESPACES } from '../namespace-lifecycle.ts';
import type { ServedResource } from '../resource.ts';
import type { AdmissionContext, WriteReview } from './review.ts';

/** One rule of a webhook or a policy: which operations on which resources. */
export interface ResourceRule {
  readonly operations: readonly string[];
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly scope: string;
  /** Empty: all. */
  readonly resourceNames: readonly string[];
}

/** What a webhook or policy is for. */
export interface Matcher {
  readonly rules: readonly ResourceRule[];
  readonly excluded: readonly ResourceRule[];
  readonly namespaces: LabelSelector;
  readonly objects: LabelSelector;
  /** Matches other versions of the resource too. */
  readonly equivalent: boolean;
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

function ruleOf(rule: Draft): ResourceRule {
  return {
    operations: texts(rule['operations']),
    apiGroups: texts(rule['apiGroups']),
    apiVersions: texts(rule['apiVersions']),
    resources: texts(rule['resources']),
    scope: textAt(rule, 'scope') || '*',
    resourceNames: texts(rule['resourceNames']),
  };
}

function selectorAt(source: Draft | undefined, key: string): LabelSelector {
  return selectorFromSpec((part(source, key) ?? {}) as LabelSelectorSpec);
}

/** Reads what a webhook (`rules`) or a `matchConstraints` (`resourceRules`) is for. */
export function matcherOf(source: Draft | undefined, rules: 'rules' | 'resourceRules'): Matcher {
  return {
    rules: parts(source, rules).map(ruleOf),
    excluded: parts(source, 'excludeResourceRules').map(ruleOf),
    namespaces: selectorAt(source, 'namespaceSelector'),
    objects: selectorAt(source, 'objectSelector'),
    equivalent: textAt(source, 'matchPolicy') !== 'Exact',
  };
}

const holds = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value);

function resourceMatches(pattern: string, resource: string, subresource: string): boolean {
  const [name = '', sub = ''] = pattern.split('/', 2);
  if (name !== '*' && name !== resource) return false;
  return sub === '*' ? pattern.includes('/') : sub === subresource;
}

function scopeMatches(scope: string, resource: ServedResource): boolean {
  return scope === '*' || scope === (resource.namespaced ? 'Namespaced' : 'Cluster');
}

function ruleMatches(rule: ResourceRule, resource: ServedResource, review: WriteReview): boolean {
  return (
    holds(rule.operations, review.operation) &&
    holds(rule.apiGroups, resource.group) &&
    holds(rule.apiVersions, resource.version) &&
    rule.resources.some((pattern) => resourceMatches(pattern, resource.resource, review.subresource)) &&
    scopeMatches(rule.scope, resource) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(review.key.name))
  );
}

/** The version of the resource that the rules are for. */
function matchedVersion(matcher: Matcher, context: AdmissionContext, review: WriteReview): ServedResource | undefined {
  const { resource, state } = context;
  const matches = (list: readonly ResourceRule[], item: ServedResource): boolean =>
    list.some((rule) => ruleMatches(rule, item, review));
  const others = (): readonly ServedResource[] => state.registry.ofStorage(resource.storage);
  const versions = matcher.equivalent && resource.converts ? [resource, ...others()] : [resource];
  if (versions.some((item) => matches(matcher.excluded, item))) return undefined;
  return versions.find((item) => matches(matcher.rules, item));
}

type Labels = { readonly [key: string]: string };

const labelsOf = (object: KubeObject | Draft | undefined): Labels =>
  (part(part(object as Draft | undefined, 'metadata'), 'labels') ?? {}) as Labels;

/** The namespace that a write happens in; `undefined` for what is in none. A Namespace is in itself. */
export function namespaceOf(context: AdmissionContext, review: WriteReview): KubeObject | undefined {
  const { store } = context.state;
  if (context.resource.storage === NAMESPACES) {
    return (review.object as unknown as KubeObject | undefined) ?? review.oldObject;
  }
  const stored = review.key.namespace === '' ? undefined : store.get(NAMESPACES, '', review.key.namespace);
  return stored === undefined ? undefined : store.tree(stored);
}

function selectorsMatch(matcher: Matcher, context: AdmissionContext, review: WriteReview): boolean {
  if (matcher.objects.length > 0) {
    const candidates = [review.object, review.oldObject].filter((object) => object !== undefined);
    if (!candidates.some((object) => matchesLabels(matcher.objects, labelsOf(object)))) return false;
  }
  if (matcher.namespaces.length === 0) return true;
  const namespace = namespaceOf(context, review);
  return namespace === undefined || matchesLabels(matcher.namespaces, labelsOf(namespace));
}

/** The version that a webhook or policy wants to see the write as; `undefined` when it is not for this write. */
export function matchedResource(
  matcher: Matcher,
  context: AdmissionContext,
  review: WriteReview,
): ServedResource | undefined {
  const version = matchedVersion(matcher, context, review);
  return version !== undefined && selectorsMatch(matcher, context, review) ? version : undefined;
}
