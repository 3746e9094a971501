import { milliseconds, type Instant } from '@argosy/std';
import { keyOf, selectorFromSpec } from '@argosy/kube/meta';
import { requeue, settled, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import { claimChildren } from './claim.ts';
import { creationWait, type CreationFailure } from './creation-failure.ts';
import { templateHash } from './deployment-replica-sets.ts';
import { resolveIntOrPercent } from './int-or-percent.ts';
import type { DaemonSet, DaemonSetStatus, Node, Pod, PodTemplate, Toleration } from './kinds.ts';
import { freePodNames, isAvailable, isReady, isTerminal, nextAvailabilityMs, podFromTemplate } from './pods.ts';
import { targets } from './resources.ts';
import { matchesNode, untoleratedTaint } from './scheduling.ts';
import { REVISION_LABEL } from './stateful-set-pods.ts';

/** What the planner sees. */
export interface DaemonSetObserved {
  readonly daemonSet: DaemonSet;
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly takenNames: readonly string[];
  readonly failure?: CreationFailure;
}

/** Daemons run on nodes in trouble too. */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  'not-ready',
  'unreachable',
  'disk-pressure',
  'memory-pressure',
  'pid-pressure',
  'unschedulable',
].map((name) => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists' }));

/** The node that a pod was made for, by the affinity that its creation gave it. */
function intendedNode(pod: Pod): string {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const fields = terms?.flatMap((term) => term.matchFields ?? []) ?? [];
  const [name = ''] = fields.filter((field) => field.key === 'metadata.name').flatMap((field) => field.values ?? []);
  return name;
}

/** The node a daemon pod is on, or is made for. */
function nodeOf(pod: Pod): string {
  const { nodeName = '' } = pod.spec;
  return nodeName === '' ? intendedNode(pod) : nodeName;
}

function tolerant(template: PodTemplate): PodTemplate {
  const tolerations = [...(template.spec.tolerations ?? []), ...DAEMON_TOLERATIONS];
  return { ...template, spec: { ...template.spec, tolerations } };
}

function templateFor(daemonSet: DaemonSet, node: string): PodTemplate {
  const template = tolerant(daemonSet.spec.template);
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  const required = { nodeSelectorTerms: [{ matchFields }] };
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: required };
  return { ...template, spec: { ...template.spec, affinity: { ...template.spec.affinity, nodeAffinity } } };
}

function isWantedOn(daemonSet: DaemonSet, node: Node): boolean {
  const template = tolerant(daemonSet.spec.template);
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: '' }, spec: template.spec };
  return matchesNode(pod, node) && untoleratedTaint(pod, node) === undefined;
}

interface World {
  readonly daemonSet: DaemonSet;
  readonly hash: string;
  readonly wanted: readonly string[];
  readonly pods: readonly Pod[];
  readonly now: Instant;
}

/** The next actions and status of a DaemonSet: one pod on each node that its template admits. */
export function planDaemonSet(seen: DaemonSetObserved, env: PlanEnv): Plan<StandardAction, DaemonSetStatus> {
  const { daemonSet } = seen;
  const claims = claimChildren(daemonSet, selectorFromSpec(daemonSet.spec.selector), {
    resource: targets.pods,
    objects: seen.pods,
  });
  const world: World = {
    daemonSet,
    hash: templateHash(daemonSet.spec.template, 0),
    wanted: seen.nodes.filter((node) => isWantedOn(daemonSet, node)).map((node) => node.metadata.name),
    pods: claims.owned,
    now: env.now,
  };
  const status = statusOf(world);
  if (daemonSet.metadata.deletionTimestamp !== undefined) return { actions: claims.actions, status, next: settled };
  const wait = creationWait(seen.failure, env.now);
  const wake = wait > 0 ? wait : nextAvailabilityMs(claims.owned, daemonSet.spec.minReadySeconds ?? 0, env.now);
  return {
    actions: [...claims.actions, ...planPods(world, wait > 0 ? undefined : seen.takenNames)],
    status,
    next: wake === undefined ? settled : requeue(milliseconds(wake), wait > 0 ? 'FailedCreate' : 'MinReadySeconds'),
  };
}

/** `taken` undefined: creations wait. */
function planPods(world: World, taken: readonly string[] | undefined): readonly StandardAction[] {
  const { daemonSet, pods } = world;
  const kept = new Map<string, Pod>();
  const actions: StandardAction[] = [];
  for (const pod of pods) {
    const node = nodeOf(pod);
    const isUseless = isTerminal(pod) || !world.wanted.includes(node) || kept.has(node);
    if (!isUseless) kept.set(node, pod);
    else if (pod.metadata.deletionTimestamp === undefined) actions.push(...deletion(daemonSet, pod));
  }
  const used = new Set([...(taken ?? []), ...pods.map((pod) => pod.metadata.name)]);
  const missing = taken === undefined ? [] : world.wanted.filter((node) => !kept.has(node));
  for (const node of missing) actions.push(...creation(world, node, used));
  return [...actions, ...planUpdate(world, kept)];
}

function creation({ daemonSet, hash }: World, node: string, used: ReadonlySet<string>): readonly StandardAction[] {
  const prefix = `${daemonSet.metadata.name}-`;
  const [name = ''] = freePodNames({ prefix, uid: `${daemonSet.metadata.uid ?? ''}/${node}` }, used, 1);
  const labels = { [REVISION_LABEL]: hash };
  const object = podFromTemplate(daemonSet, templateFor(daemonSet, node), { name, generateName: prefix, labels });
  const message = `Created pod: ${name}`;
  return [
    { kind: 'create', resource: targets.pods, object },
    { kind: 'record-event', about: daemonSet, event: { type: 'Normal', reason: 'SuccessfulCreate', message } },
  ];
}

function deletion(daemonSet: DaemonSet, pod: Pod): readonly StandardAction[] {
  const { uid, name } = pod.metadata;
  const options = uid === undefined ? {} : { preconditions: { uid } };
  const message = `Deleted pod: ${name}`;
  return [
    { kind: 'delete', resource: targets.pods, key: keyOf(pod), options },
    { kind: 'record-event', about: daemonSet, event: { type: 'Normal', reason: 'SuccessfulDelete', message } },
  ];
}

/** Old pods give way as far as maxUnavailable allows; those that do not work anyway do not count. */
function planUpdate(world: World, kept: ReadonlyMap<string, Pod>): readonly StandardAction[] {
  const { daemonSet, wanted } = world;
  if (daemonSet.spec.updateStrategy?.type === 'OnDelete') return [];
  const limit = daemonSet.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  const down = wanted.filter((node) => !works(world, kept.get(node))).length;
  const budget = Math.max(1, resolveIntOrPercent(limit, wanted.length, 'up')) - down;
  const old = [...kept.values()].filter((pod) => isOutdated(world, pod));
  const idle = old.filter((pod) => !works(world, pod));
  const working = old.filter((pod) => works(world, pod)).slice(0, Math.max(0, budget));
  return [...idle, ...working].flatMap((pod) => deletion(daemonSet, pod));
}

function works({ daemonSet, now }: World, pod: Pod | undefined): boolean {
  if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return false;
  return isAvailable(pod, daemonSet.spec.minReadySeconds ?? 0, now);
}

function isOutdated({ hash }: World, pod: Pod): boolean {
  return pod.metadata.labels?.[REVISION_LABEL] !== hash && pod.metadata.deletionTimestamp === undefined;
}

function statusOf({ daemonSet, hash, wanted, pods, now }: World): DaemonSetStatus {
  const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0;
  const placed = wanted.map((node) => pods.filter((pod) => nodeOf(pod) === node && !isTerminal(pod)));
  const count = (holds: (pod: Pod) => boolean): number => placed.filter((list) => list.some(holds)).length;
  const available = count((pod) => isAvailable(pod, minReadySeconds, now));
  return {
    currentNumberScheduled: placed.filter((list) => list.length > 0).length,
    desiredNumberScheduled: wanted.length,
    numberMisscheduled: pods.filter((pod) => !isTerminal(pod) && !wanted.includes(nodeOf(pod))).length,
    numberReady: count(isReady),
    updatedNumberScheduled: count((pod) => pod.metadata.labels?.[REVISION_LABEL] === hash),
    numberAvailable: available,
    numberUnavailable: wanted.length - available,
    ...(daemonSet.metadata.generation === undefined ? {} : { observedGeneration: daemonSet.metadata.generation }),
  };
}
