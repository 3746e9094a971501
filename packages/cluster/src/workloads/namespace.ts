import { milliseconds } from '@argosy/std';
import { setCondition, type Condition, type ObjectKey, type ResourceRef } from '@argosy/kube/meta';
import { requeue, settled, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import type { Namespace } from './kinds.ts';
import { targets } from './resources.ts';

/** The finalizer that the namespace controller takes off when a namespace is empty. */
export const NAMESPACE_FINALIZER = 'kubernetes';

/** When a resource could not be listed, it is asked again after this long; what is listed tells of its own end. */
export const NAMESPACE_RETRY_MS = 5000;

/** What is left of one resource in a namespace. */
export interface NamespaceContent {
  readonly resource: ResourceRef;
  readonly objects: readonly {
    readonly key: ObjectKey;
    readonly isDeleting: boolean;
    readonly finalizers: readonly string[];
  }[];
}

/** What the planner sees. `content` is read only while the namespace is being deleted. */
export interface NamespaceObserved {
  readonly namespace: Namespace;
  readonly content: readonly NamespaceContent[];
  /** Why a resource could not be listed, by resource text. */
  readonly failures: readonly string[];
}

/** The status of a namespace; `undefined` when the controller leaves it alone. */
export type NamespaceStatus = NonNullable<Namespace['status']>;

/** Empties a namespace that is being deleted and then lets it go. */
export function planNamespace(
  seen: NamespaceObserved,
  env: PlanEnv,
): Plan<StandardAction, NamespaceStatus | undefined> {
  const { namespace, content } = seen;
  const isDone = !(namespace.spec?.finalizers?.includes(NAMESPACE_FINALIZER) ?? false);
  if (namespace.metadata.deletionTimestamp === undefined || isDone) {
    return { actions: [], status: undefined, next: settled };
  }
  const left = content.filter((each) => each.objects.length > 0);
  if (left.length === 0 && seen.failures.length === 0) {
    return { actions: [finalization(namespace)], status: undefined, next: settled };
  }
  const status: NamespaceStatus = {
    ...namespace.status,
    phase: 'Terminating',
    conditions: conditionsOf(seen, left, env),
  };
  return {
    actions: left.flatMap(deletions),
    status,
    next:
      seen.failures.length === 0
        ? settled
        : requeue(milliseconds(NAMESPACE_RETRY_MS), 'NamespaceDeletionContentFailure'),
  };
}

function finalization(namespace: Namespace): StandardAction {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((each) => each !== NAMESPACE_FINALIZER);
  return {
    kind: 'update',
    resource: targets.namespaces,
    object: { ...namespace, spec: { ...namespace.spec, finalizers } },
    subresource: 'finalize',
  };
}

function deletions(content: NamespaceContent): readonly StandardAction[] {
  return content.objects
    .filter((object) => !object.isDeleting)
    .map((object) => ({
      kind: 'delete',
      resource: content.resource,
      key: object.key,
      options: { propagationPolicy: 'Background' },
    }));
}

const nameOf = (resource: ResourceRef): string =>
  resource.group === '' ? resource.resource : `${resource.resource}.${resource.group}`;

function remainingText(left: readonly NamespaceContent[]): string {
  const parts = left.map((each) => `${nameOf(each.resource)} has ${each.objects.length} resource instances`);
  return `Some resources are remaining: ${parts.sort().join(', ')}`;
}

function finalizersText(left: readonly NamespaceContent[]): string {
  const counts = new Map<string, number>();
  for (const finalizer of left.flatMap((each) => each.objects.flatMap((object) => object.finalizers))) {
    counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
  }
  const parts = [...counts].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
  return counts.size === 0 ? '' : `Some content in the namespace has finalizers remaining: ${parts.sort().join(', ')}`;
}

const ALL_DISCOVERED: readonly Condition[] = [
  condition('NamespaceDeletionDiscoveryFailure', '', {
    reason: 'ResourcesDiscovered',
    message: 'All resources successfully discovered',
  }),
  condition('NamespaceDeletionGroupVersionParsingFailure', '', {
    reason: 'ParsedGroupVersions',
    message: 'All legacy kube types successfully parsed',
  }),
];

function contentFailure(failures: readonly string[]): Condition {
  const type = 'NamespaceDeletionContentFailure';
  if (failures.length === 0) {
    const message = 'All content successfully deleted, may be waiting on finalization';
    return condition(type, '', { reason: 'ContentDeleted', message });
  }
  const list = [...failures].sort().join(', ');
  const message = `Failed to delete all resource types, ${failures.length} remaining: ${list}`;
  return condition(type, list, { reason: 'ContentDeletionFailed', message });
}

function contentRemaining(left: readonly NamespaceContent[]): Condition {
  const words =
    left.length === 0
      ? { reason: 'ContentRemoved', message: 'All content successfully removed' }
      : { reason: 'SomeResourcesRemain', message: remainingText(left) };
  return condition('NamespaceContentRemaining', left.length === 0 ? '' : words.message, words);
}

function finalizersRemaining(left: readonly NamespaceContent[]): Condition {
  const text = finalizersText(left);
  const words =
    text === ''
      ? { reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' }
      : { reason: 'SomeFinalizersRemain', message: text };
  return condition('NamespaceFinalizersRemaining', text, words);
}

function conditionsOf(seen: NamespaceObserved, left: readonly NamespaceContent[], env: PlanEnv): readonly Condition[] {
  const wanted = [...ALL_DISCOVERED, contentFailure(seen.failures), contentRemaining(left), finalizersRemaining(left)];
  let conditions = seen.namespace.status?.conditions ?? [];
  for (const each of wanted) conditions = setCondition(conditions, each, env.now);
  return conditions;
}

/** A condition that is True when `problem` is not empty. */
function condition(
  type: string,
  problem: string,
  words: { readonly reason: string; readonly message: string },
): Condition {
  return { type, status: problem === '' ? 'False' : 'True', ...words };
}
