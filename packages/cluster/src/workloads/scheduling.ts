import { compareText, fnv32a } from '@argosy/std';
import { findCondition, keyOf, setCondition, type Condition } from '@argosy/kube/meta';
import { settled, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import type { ContainerSpec, Node, NodeSelectorRequirement, NodeSelectorTerm, Pod, Toleration } from './kinds.ts';
import { isTerminal } from './pods.ts';
import { quantityMilli } from './quantity.ts';
import { targets } from './resources.ts';

/** Resources in thousandths, by name. */
export type ResourceAmounts = { readonly [resource: string]: number };

/** A node with what its pods have asked for. */
export interface NodeLoad {
  readonly node: Node;
  readonly requested: ResourceAmounts;
}

/** What the scheduler sees of one pod. */
export interface SchedulingObserved {
  readonly pod: Pod;
  readonly nodes: readonly NodeLoad[];
}

/** Pods that name another scheduler are left to it. */
export const SCHEDULER_NAME = 'default-scheduler';

/** Pods a node takes when its status does not say. */
export const DEFAULT_PODS_PER_NODE = 110;

type PodStatus = NonNullable<Pod['status']>;

/** True when the pod waits for a node of this scheduler. */
export function wantsScheduling(pod: Pod): boolean {
  const { nodeName = '', schedulerName = SCHEDULER_NAME } = pod.spec;
  return nodeName === '' && schedulerName === SCHEDULER_NAME && !isTerminal(pod) && !pod.metadata.deletionTimestamp;
}

const requestsOf = (container: ContainerSpec): readonly (readonly [string, number])[] =>
  Object.entries(container.resources?.requests ?? {}).map(([name, value]) => [name, quantityMilli(value)]);

/** What a pod asks of a node: the sum of its containers, or its largest init container, and one place. */
export function podRequests(pod: Pod): ResourceAmounts {
  const total = new Map<string, number>([['pods', 1000]]);
  for (const [name, amount] of pod.spec.containers.flatMap(requestsOf)) {
    total.set(name, (total.get(name) ?? 0) + amount);
  }
  for (const [name, amount] of (pod.spec.initContainers ?? []).flatMap(requestsOf)) {
    total.set(name, Math.max(total.get(name) ?? 0, amount));
  }
  return Object.fromEntries(total);
}

function tolerates(
  toleration: Toleration,
  taint: { readonly key: string; readonly value?: string; readonly effect: string },
) {
  if (toleration.effect !== undefined && toleration.effect !== '' && toleration.effect !== taint.effect) return false;
  const isExists = toleration.operator === 'Exists';
  if ((toleration.key ?? '') === '') return isExists;
  return toleration.key === taint.key && (isExists || (toleration.value ?? '') === (taint.value ?? ''));
}

/** The first taint that keeps the pod off the node, as messages say it; `undefined` when there is none. */
export function untoleratedTaint(pod: Pod, node: Node): string | undefined {
  const taint = node.spec?.taints?.find(
    (each) =>
      each.effect !== 'PreferNoSchedule' &&
      !(pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, each)),
  );
  return taint === undefined ? undefined : `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
}

const REQUIREMENTS: {
  readonly [operator: string]: (value: string | undefined, values: readonly string[]) => boolean;
} = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
  Gt: (value, values) => value !== undefined && Number(value) > Number(values[0]),
  Lt: (value, values) => value !== undefined && Number(value) < Number(values[0]),
};

function meets(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
  return REQUIREMENTS[requirement.operator]?.(value, requirement.values ?? []) ?? false;
}

function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length + matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  const labelOf = (key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  return (
    matchExpressions.every((each) => meets(each, labelOf(each.key))) &&
    matchFields.every((each) => meets(each, each.key === 'metadata.name' ? node.metadata.name : undefined))
  );
}

/** True when nodeSelector and required node affinity admit the node. */
export function matchesNode(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const selected = Object.entries(pod.spec.nodeSelector ?? {}).every(
    ([key, value]) => Object.hasOwn(labels, key) && labels[key] === value,
  );
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return selected && (required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node)));
}

function roomFor(name: string, node: Node): number {
  const room = node.status?.allocatable?.[name];
  return quantityMilli(room ?? (name === 'pods' ? DEFAULT_PODS_PER_NODE : 0));
}

function missingResource(requests: ResourceAmounts, { node, requested }: NodeLoad): string | undefined {
  for (const name of Object.keys(requests).sort(compareText)) {
    const asked = requests[name] ?? 0;
    if (asked === 0 || asked + (requested[name] ?? 0) <= roomFor(name, node)) continue;
    return name === 'pods' ? 'Too many pods' : `Insufficient ${name}`;
  }
  return undefined;
}

/** Why a node cannot take the pod; `undefined` when it can. */
export function rejection(pod: Pod, load: NodeLoad): string | undefined {
  const { node } = load;
  const ready = findCondition(node.status?.conditions, 'Ready');
  if (ready !== undefined && ready.status !== 'True') return 'node(s) were not ready';
  if (node.spec?.unschedulable === true) return 'node(s) were unschedulable';
  const taint = untoleratedTaint(pod, node);
  if (taint !== undefined) return taint;
  if (!matchesNode(pod, node)) return "node(s) didn't match Pod's node affinity/selector";
  return missingResource(podRequests(pod), load);
}

/** Binds a pod to a node that can take it, or says why none can. Status `undefined`: nothing to write. */
export function planScheduling(seen: SchedulingObserved, env: PlanEnv): Plan<StandardAction, PodStatus | undefined> {
  const { pod, nodes } = seen;
  if (!wantsScheduling(pod)) return { actions: [], status: undefined, next: settled };
  if ((pod.spec.schedulingGates ?? []).length > 0) {
    const message = 'Scheduling is blocked due to non-empty scheduling gates';
    return { actions: [], status: withReason(pod, { reason: 'SchedulingGated', message }, env), next: settled };
  }
  const reasons = nodes.map((load) => rejection(pod, load));
  const fitting = nodes.filter((_, index) => reasons[index] === undefined);
  if (fitting.length > 0) return { actions: binding(pod, leastLoaded(pod, fitting)), status: undefined, next: settled };
  const message = refusalText(reasons.filter((reason) => reason !== undefined));
  const isNews = findCondition(pod.status?.conditions, 'PodScheduled')?.message !== message;
  const event = { type: 'Warning', reason: 'FailedScheduling', message } as const;
  return {
    actions: isNews ? [{ kind: 'record-event', about: pod, event }] : [],
    status: withReason(pod, { reason: 'Unschedulable', message }, env),
    next: settled,
  };
}

/** The node with the fewest pods; among equals one drawn from the pod's uid, so that many pods spread. */
function leastLoaded(pod: Pod, nodes: readonly NodeLoad[]): Node {
  const draw = (load: NodeLoad): number => fnv32a(`${pod.metadata.uid ?? ''}/${load.node.metadata.name}`);
  const [first] = [...nodes].sort(
    (a, b) =>
      (a.requested['pods'] ?? 0) - (b.requested['pods'] ?? 0) ||
      draw(a) - draw(b) ||
      compareText(a.node.metadata.name, b.node.metadata.name),
  );
  return (first as NodeLoad).node;
}

function binding(pod: Pod, node: Node): readonly StandardAction[] {
  const { namespace = '', name, uid } = pod.metadata;
  const object = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { namespace, name, ...(uid === undefined ? {} : { uid }) },
    target: { apiVersion: 'v1', kind: 'Node', name: node.metadata.name },
  };
  const message = `Successfully assigned ${namespace}/${name} to ${node.metadata.name}`;
  return [
    { kind: 'create', resource: targets.pods, object, subresource: 'binding' },
    { kind: 'record-event', about: pod, event: { type: 'Normal', reason: 'Scheduled', message } },
  ];
}

function refusalText(reasons: readonly string[]): string {
  if (reasons.length === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort(compareText);
  return `0/${reasons.length} nodes are available: ${parts.join(', ')}.`;
}

function withReason(pod: Pod, why: { readonly reason: string; readonly message: string }, env: PlanEnv): PodStatus {
  const condition: Condition = { type: 'PodScheduled', status: 'False', ...why };
  return { ...pod.status, conditions: setCondition(pod.status?.conditions, condition, env.now) };
}

/** The pod a binding was made for; tells edges which key to count as placed. */
export function boundKey(action: StandardAction): { readonly namespace: string; readonly name: string } | undefined {
  return action.kind === 'create' && action.subresource === 'binding' ? keyOf(action.object) : undefined;
}
