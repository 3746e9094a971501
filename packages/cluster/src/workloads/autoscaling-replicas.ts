import { err, ok, parseTime, type Instant, type Result } from '@argosy/std';
import { findCondition } from '@argosy/kube/meta';
import type { MetricTarget, PodMetrics } from './autoscaling-kinds.ts';
import type { Pod } from './kinds.ts';
import { quantityMilli } from './quantity.ts';

/** How far usage may be from its target before anything is changed. */
export const TOLERANCE = 0.1;

/** Pods younger than this count for the processor only once they are ready and measured while ready. */
export const CPU_INITIALIZATION_MS = 300_000;

/** A pod that was never ready for longer than this after its start counts as not yet ready. */
export const INITIAL_READINESS_MS = 30_000;

/** What is measured, and of which pods. */
export interface ResourceQuestion {
  readonly resource: string;
  /** One container of each pod; all of them when absent. */
  readonly container?: string;
  readonly target: MetricTarget;
  readonly pods: readonly Pod[];
  readonly metrics: ReadonlyMap<string, PodMetrics>;
  readonly replicas: number;
  readonly tolerance: number;
  readonly now: Instant;
}

/** How many replicas a metric asks for, and what was measured. */
export interface Proposal {
  readonly replicas: number;
  /** Percent of the requests; only for a target of utilization. */
  readonly utilization?: number;
  /** Thousandths of the resource's unit, for each pod that was measured. */
  readonly averageMilli: number;
}

interface Groups {
  readonly measured: ReadonlyMap<string, number>;
  readonly readyCount: number;
  readonly unready: readonly Pod[];
  readonly missing: readonly Pod[];
}

function usageOf(metrics: PodMetrics, question: ResourceQuestion): number | undefined {
  const containers = metrics.containers.filter(
    ({ name }) => question.container === undefined || name === question.container,
  );
  const known = containers.filter(({ usage }) => Object.hasOwn(usage, question.resource));
  if (known.length === 0 || known.length < containers.length) return undefined;
  return known.reduce((sum, { usage }) => sum + quantityMilli(usage[question.resource]), 0);
}

const WINDOW_MS = 15_000;

/** A processor measurement counts once the pod is past its start, or was measured while ready. */
function isUnready(pod: Pod, metrics: PodMetrics, now: Instant): boolean {
  const condition = findCondition(pod.status?.conditions, 'Ready');
  const start = instantOf(pod.status?.startTime);
  if (condition === undefined || start === undefined) return true;
  const since = instantOf(condition.lastTransitionTime) ?? 0;
  const isDown = condition.status === 'False';
  if (start + CPU_INITIALIZATION_MS > now) return isDown || (instantOf(metrics.timestamp) ?? 0) < since + WINDOW_MS;
  return isDown && start + INITIAL_READINESS_MS > since;
}

function instantOf(text: string | undefined): number | undefined {
  return parseTime(text ?? '');
}

type Standing =
  | { readonly kind: 'ignored' | 'unready' | 'missing' }
  | { readonly kind: 'measured'; readonly usage: number };

function measuredStanding(pod: Pod, question: ResourceQuestion): Standing {
  const metrics = question.metrics.get(pod.metadata.name);
  const usage = metrics === undefined ? undefined : usageOf(metrics, question);
  if (metrics === undefined || usage === undefined) return { kind: 'missing' };
  if (question.resource === 'cpu' && isUnready(pod, metrics, question.now)) return { kind: 'unready' };
  return { kind: 'measured', usage };
}

function standingOf(pod: Pod, question: ResourceQuestion): Standing {
  const phase = pod.status?.phase ?? 'Pending';
  if (pod.metadata.deletionTimestamp !== undefined || phase === 'Failed') return { kind: 'ignored' };
  return phase === 'Pending' ? { kind: 'unready' } : measuredStanding(pod, question);
}

function groupPods(question: ResourceQuestion): Groups {
  const measured = new Map<string, number>();
  const groups = { unready: [] as Pod[], missing: [] as Pod[], ignored: [] as Pod[] };
  for (const pod of question.pods) {
    const standing = standingOf(pod, question);
    if (standing.kind === 'measured') measured.set(pod.metadata.name, standing.usage);
    else groups[standing.kind].push(pod);
  }
  return { measured, readyCount: measured.size, unready: groups.unready, missing: groups.missing };
}

function requestsOf(question: ResourceQuestion): Result<ReadonlyMap<string, number>, string> {
  const requests = new Map<string, number>();
  for (const pod of question.pods) {
    const sidecars = (pod.spec.initContainers ?? []).filter((each) => each.restartPolicy === 'Always');
    let sum = 0;
    for (const container of [...pod.spec.containers, ...sidecars]) {
      if (question.container !== undefined && container.name !== question.container) continue;
      const request = container.resources?.requests?.[question.resource];
      if (request === undefined) {
        return err(
          `missing request for ${question.resource} in container ${container.name} of Pod ${pod.metadata.name}`,
        );
      }
      sum += quantityMilli(request);
    }
    requests.set(pod.metadata.name, sum);
  }
  return ok(requests);
}

/** Usage against its target: 1 is exactly as wanted. */
interface Ratio {
  readonly ratio: number;
  readonly utilization?: number;
  readonly averageMilli: number;
}

type Measure = (measured: ReadonlyMap<string, number>) => Ratio;
/** What stands for a pod whose usage is not known: on the safe side of the change that is thought of. */
type Filler = (pod: Pod, direction: 'up' | 'down') => number;

const total = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value, 0);

function byUtilization(requests: ReadonlyMap<string, number>, target: number): Measure {
  return (measured) => {
    const used = total(measured.values());
    const requested = total([...measured.keys()].map((name) => requests.get(name) ?? 0));
    const utilization = requested === 0 ? 0 : Math.floor((used * 100) / requested);
    const averageMilli = measured.size === 0 ? 0 : Math.floor(used / measured.size);
    return { ratio: target === 0 ? 0 : utilization / target, utilization, averageMilli };
  };
}

function byValue(target: number): Measure {
  return (measured) => {
    const averageMilli = measured.size === 0 ? 0 : Math.floor(total(measured.values()) / measured.size);
    return { ratio: target === 0 ? 0 : averageMilli / target, averageMilli };
  };
}

function isTolerated(ratio: number, tolerance: number): boolean {
  return Math.abs(1 - ratio) <= tolerance + 1e-12;
}

interface Counting {
  readonly measure: Measure;
  readonly fill: Filler;
}

function fromGroups(question: ResourceQuestion, groups: Groups, counting: Counting): Proposal {
  const first = counting.measure(groups.measured);
  const { ratio, ...shown } = first;
  const { replicas, tolerance } = question;
  const idle = ratio > 1 ? groups.unready : [];
  if (idle.length === 0 && groups.missing.length === 0) {
    const wanted = Math.ceil(ratio * groups.readyCount);
    return { ...shown, replicas: isTolerated(ratio, tolerance) ? replicas : wanted };
  }
  return { ...shown, replicas: cautiously(question, ratio, filledUp(groups, idle, { ratio, counting })) };
}

/** Usage with what stands for pods that were not measured, as a ratio and a number of pods. */
function filledUp(
  groups: Groups,
  idle: readonly Pod[],
  more: { readonly ratio: number; readonly counting: Counting },
): { readonly ratio: number; readonly count: number } {
  const { measure, fill } = more.counting;
  const filled = new Map(groups.measured);
  const direction = more.ratio < 1 ? 'down' : 'up';
  for (const pod of groups.missing) filled.set(pod.metadata.name, fill(pod, direction));
  for (const pod of idle) filled.set(pod.metadata.name, 0);
  return { ratio: measure(filled).ratio, count: filled.size };
}

/** Follows the assumption only as far as it does not turn against what was measured. */
function cautiously(
  question: ResourceQuestion,
  measured: number,
  assumed: { readonly ratio: number; readonly count: number },
): number {
  const { replicas, tolerance } = question;
  const hasTurned = (measured - 1) * (assumed.ratio - 1) < 0;
  if (isTolerated(assumed.ratio, tolerance) || hasTurned) return replicas;
  const wanted = Math.ceil(assumed.ratio * assumed.count);
  return assumed.ratio < 1 ? Math.min(wanted, replicas) : Math.max(wanted, replicas);
}

/**
 * The replicas that one resource metric asks for: in proportion to usage against target, with the pods that are not
 * ready or not measured on the side that changes less, as upstream counts. The error is the sentence for conditions.
 */
export function proposeReplicas(question: ResourceQuestion): Result<Proposal, string> {
  if (question.metrics.size === 0) return err('no metrics returned from resource metrics API');
  if (question.pods.length === 0) return err('no pods returned by selector while calculating replica count');
  const groups = groupPods(question);
  if (groups.measured.size === 0) {
    return err('did not receive metrics for targeted pods (pods might be unready)');
  }
  const { target } = question;
  if (target.averageUtilization === undefined) {
    const wanted = quantityMilli(target.averageValue);
    const fill: Filler = (_pod, direction) => (direction === 'down' ? wanted : 0);
    return ok(fromGroups(question, groups, { measure: byValue(wanted), fill }));
  }
  const requests = requestsOf(question);
  if (!requests.ok) return requests;
  const percent = Math.max(100, target.averageUtilization);
  const fill: Filler = (pod, direction) =>
    direction === 'down' ? ((requests.value.get(pod.metadata.name) ?? 0) * percent) / 100 : 0;
  const measure = byUtilization(requests.value, target.averageUtilization);
  return ok(fromGroups(question, groups, { measure, fill }));
}
