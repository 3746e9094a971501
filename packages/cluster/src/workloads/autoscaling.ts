import { formatTime, milliseconds, type Instant } from '@argosy/std';
import { setCondition, type Condition, type KubeObject, type ResourceRef } from '@argosy/kube/meta';
import { requeue, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import type { Autoscaler, AutoscalerStatus, MetricSpec, MetricTarget, PodMetrics } from './autoscaling-kinds.ts';
import { limitScaling, remember, stabilize, type ScalingMemory, type ScalingQuestion } from './autoscaling-limits.ts';
import { proposeReplicas, TOLERANCE, type Proposal } from './autoscaling-replicas.ts';
import type { Pod } from './kinds.ts';
import { quantityMilli } from './quantity.ts';

/** How often each autoscaler looks. */
export const AUTOSCALING_PERIOD_MS = 15_000;

/** autoscaling/v1 Scale. */
export interface Scale extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number; readonly selector?: string };
}

/** The scaled object as the edge found it, or the sentence why it could not. */
export type ScaleTarget =
  | {
      readonly kind: 'found';
      readonly resource: ResourceRef;
      readonly scale: Scale;
      readonly pods: readonly Pod[];
      readonly metrics: ReadonlyMap<string, PodMetrics>;
    }
  | { readonly kind: 'missing'; readonly message: string };

/** What the planner sees. */
export interface AutoscalerObserved {
  readonly autoscaler: Autoscaler;
  readonly target: ScaleTarget;
  readonly memory: ScalingMemory;
}

/** The next status with the memory of the next round. */
export interface AutoscalerOutcome {
  readonly status: AutoscalerStatus;
  readonly memory: ScalingMemory;
}

/** The next scale and status of a HorizontalPodAutoscaler. */
export type AutoscalerPlan = Plan<StandardAction, AutoscalerOutcome>;

interface Facts {
  readonly autoscaler: Autoscaler;
  readonly now: Instant;
  readonly conditions: readonly Condition[];
}

function withCondition(
  facts: Facts,
  type: string,
  said: { readonly status: 'True' | 'False'; readonly reason: string; readonly message: string },
): Facts {
  return { ...facts, conditions: setCondition(facts.conditions, { type, ...said }, facts.now) };
}

function warning(about: KubeObject, reason: string, message: string): StandardAction {
  return { kind: 'record-event', about, event: { type: 'Warning', reason, message } };
}

const AGAIN = requeue(milliseconds(AUTOSCALING_PERIOD_MS), 'Autoscaling');

/** The metrics of a spec, with the processor at 80 percent when it names none. */
function metricsOf(autoscaler: Autoscaler): readonly MetricSpec[] {
  const { metrics } = autoscaler.spec;
  if (metrics !== undefined && metrics.length > 0) return metrics;
  return [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
}

interface Source {
  readonly name: string;
  readonly container?: string;
  readonly target: MetricTarget;
}

function sourceOf(metric: MetricSpec): Source | undefined {
  return metric.type === 'ContainerResource' ? metric.containerResource : metric.resource;
}

type Judged =
  | { readonly kind: 'proposal'; readonly proposal: Proposal; readonly source: Source; readonly metric: MetricSpec }
  | { readonly kind: 'fault'; readonly reason: string; readonly message: string };

function toleranceFor(autoscaler: Autoscaler): number {
  const { behavior } = autoscaler.spec;
  const named = behavior?.scaleUp?.tolerance ?? behavior?.scaleDown?.tolerance;
  return named === undefined ? TOLERANCE : quantityMilli(named) / 1000;
}

function judge(facts: Facts, target: ScaleTarget & { readonly kind: 'found' }, metric: MetricSpec): Judged {
  const source = sourceOf(metric);
  const reason = `FailedGet${metric.type}Metric`;
  if (source === undefined || (metric.type !== 'Resource' && metric.type !== 'ContainerResource')) {
    const message = `the HPA was unable to compute the replica count: no ${metric.type} metrics API is served`;
    return { kind: 'fault', reason, message };
  }
  const found = proposeReplicas({
    resource: source.name,
    ...(source.container === undefined ? {} : { container: source.container }),
    target: source.target,
    pods: target.pods,
    metrics: target.metrics,
    replicas: target.scale.spec?.replicas ?? 0,
    tolerance: toleranceFor(facts.autoscaler),
    now: facts.now,
  });
  if (found.ok) return { kind: 'proposal', proposal: found.value, source, metric };
  const message = `the HPA was unable to compute the replica count: failed to get ${source.name} utilization: ${found.error}`;
  return { kind: 'fault', reason, message };
}

function quantityText(resource: string, milli: number): string {
  if (resource === 'cpu') return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
  return String(Math.floor(milli / 1000));
}

function shownMetric(judged: Judged): readonly unknown[] {
  if (judged.kind === 'fault') return [];
  const { proposal, source, metric } = judged;
  const current = {
    averageValue: quantityText(source.name, proposal.averageMilli),
    ...(proposal.utilization === undefined ? {} : { averageUtilization: proposal.utilization }),
  };
  const field = metric.type === 'ContainerResource' ? 'containerResource' : 'resource';
  const container = source.container === undefined ? {} : { container: source.container };
  return [{ type: metric.type, [field]: { name: source.name, ...container, current } }];
}

function metricName(judged: Judged): string {
  if (judged.kind === 'fault') return '';
  const { source, proposal } = judged;
  const of = proposal.utilization === undefined ? '' : 'utilization (percentage of request)';
  return `${source.name} resource${of === '' ? '' : ` ${of}`}`;
}

interface Recommendation {
  readonly facts: Facts;
  readonly replicas: number | undefined;
  readonly because: string;
  readonly metrics: readonly unknown[];
  readonly events: readonly StandardAction[];
}

/** The largest proposal counts; one that cannot be computed forbids to shrink. */
function recommend(facts: Facts, target: ScaleTarget & { readonly kind: 'found' }): Recommendation {
  const all = metricsOf(facts.autoscaler).map((metric) => judge(facts, target, metric));
  const metrics = all.flatMap(shownMetric);
  const faults = all.filter((each) => each.kind === 'fault');
  const best = all
    .filter((each) => each.kind === 'proposal')
    .reduce<(Judged & { kind: 'proposal' }) | undefined>(
      (most, each) => (most === undefined || each.proposal.replicas > most.proposal.replicas ? each : most),
      undefined,
    );
  const current = target.scale.spec?.replicas ?? 0;
  const [fault] = faults;
  if (best === undefined || (fault !== undefined && best.proposal.replicas < current)) {
    const { reason = 'FailedGetResourceMetric', message = '' } = fault ?? {};
    const events = [
      warning(facts.autoscaler, reason, message),
      warning(facts.autoscaler, 'FailedComputeMetricsReplicas', `invalid metrics: ${message}`),
    ];
    const judged = withCondition(facts, 'ScalingActive', { status: 'False', reason, message });
    return { facts: judged, replicas: undefined, because: '', metrics, events };
  }
  const name = metricName(best);
  const message = `the HPA was able to successfully calculate a replica count from ${name}`;
  const judged = withCondition(facts, 'ScalingActive', { status: 'True', reason: 'ValidMetricFound', message });
  const because = best.proposal.replicas > current ? `${name} above target` : 'All metrics below target';
  return { facts: judged, replicas: best.proposal.replicas, because, metrics, events: [] };
}

interface Choice {
  readonly facts: Facts;
  readonly replicas: number;
  readonly because: string;
  readonly metrics: readonly unknown[];
  readonly memory: ScalingMemory;
  readonly events: readonly StandardAction[];
}

function outOfBounds(facts: Facts, current: number): { replicas: number; because: string } | undefined {
  const { minReplicas = 1, maxReplicas } = facts.autoscaler.spec;
  if (current > maxReplicas) {
    return { replicas: maxReplicas, because: 'Current number of replicas above Spec.MaxReplicas' };
  }
  if (current < minReplicas) {
    return { replicas: minReplicas, because: 'Current number of replicas below Spec.MinReplicas' };
  }
  return undefined;
}

function choose(facts: Facts, seen: AutoscalerObserved & { target: { kind: 'found' } }): Choice {
  const { autoscaler, target, memory } = seen;
  const current = target.scale.spec?.replicas ?? 0;
  const still = { replicas: current, because: '', metrics: [], memory, events: [] };
  if (current === 0 && (autoscaler.spec.minReplicas ?? 1) !== 0) {
    const message = 'scaling is disabled since the replica count of the target is zero';
    const off = { status: 'False', reason: 'ScalingDisabled', message } as const;
    return { ...still, facts: withCondition(facts, 'ScalingActive', off) };
  }
  const bounded = outOfBounds(facts, current);
  if (bounded !== undefined) return { ...still, ...bounded, facts };
  const found = recommend(facts, target);
  if (found.replicas === undefined) {
    return { ...still, facts: found.facts, metrics: found.metrics, events: found.events };
  }
  const question: ScalingQuestion = { autoscaler, current, desired: found.replicas, memory, now: facts.now };
  const stable = stabilize(question);
  const able = { status: 'True', reason: stable.reason, message: stable.message } as const;
  const limited = limitScaling({ ...question, desired: stable.replicas });
  const isLimited = limited.reason !== 'DesiredWithinRange';
  const bound = { status: isLimited ? 'True' : 'False', reason: limited.reason, message: limited.message } as const;
  return {
    facts: withCondition(withCondition(found.facts, 'AbleToScale', able), 'ScalingLimited', bound),
    replicas: limited.replicas,
    because: found.because,
    metrics: found.metrics,
    memory: remember(question, { recommended: found.replicas, applied: limited.replicas }),
    events: [],
  };
}

function rescale(seen: AutoscalerObserved & { target: { kind: 'found' } }, choice: Choice): readonly StandardAction[] {
  const { autoscaler, target } = seen;
  const { scale, resource } = target;
  const object: Scale = { ...scale, spec: { ...scale.spec, replicas: choice.replicas } };
  const message = `New size: ${choice.replicas}; reason: ${choice.because}`;
  return [
    { kind: 'update', resource, object, subresource: 'scale' },
    { kind: 'record-event', about: autoscaler, event: { type: 'Normal', reason: 'SuccessfulRescale', message } },
  ];
}

function statusOf(
  facts: Facts,
  more: { current: number; desired: number; metrics: readonly unknown[]; hasScaled: boolean },
): AutoscalerStatus {
  const { autoscaler, now, conditions } = facts;
  const lastScaleTime = more.hasScaled ? formatTime(now) : autoscaler.status?.lastScaleTime;
  const { generation } = autoscaler.metadata;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    currentReplicas: more.current,
    desiredReplicas: more.desired,
    ...(more.metrics.length === 0 ? {} : { currentMetrics: more.metrics }),
    conditions,
  };
}

function planFound(seen: AutoscalerObserved & { target: { kind: 'found' } }, first: Facts): AutoscalerPlan {
  const current = seen.target.scale.spec?.replicas ?? 0;
  const message = "the HPA controller was able to get the target's current scale";
  const able = { status: 'True', reason: 'SucceededGetScale', message } as const;
  const choice = choose(withCondition(first, 'AbleToScale', able), seen);
  const hasScaled = choice.replicas !== current;
  const done = {
    status: 'True',
    reason: 'SucceededRescale',
    message: `the HPA controller was able to update the target scale to ${choice.replicas}`,
  } as const;
  const facts = hasScaled ? withCondition(choice.facts, 'AbleToScale', done) : choice.facts;
  const counts = { current, desired: choice.replicas, metrics: choice.metrics, hasScaled };
  return {
    actions: [...choice.events, ...(hasScaled ? rescale(seen, choice) : [])],
    status: { status: statusOf(facts, counts), memory: choice.memory },
    next: AGAIN,
  };
}

/** Plans a HorizontalPodAutoscaler: one look, at most one new scale. */
export function planAutoscaler(seen: AutoscalerObserved, env: PlanEnv): AutoscalerPlan {
  const { autoscaler, target, memory } = seen;
  const facts: Facts = { autoscaler, now: env.now, conditions: autoscaler.status?.conditions ?? [] };
  if (target.kind === 'found') return planFound({ ...seen, target }, facts);
  const message = `the HPA controller was unable to get the target's current scale: ${target.message}`;
  const unable = { status: 'False', reason: 'FailedGetScale', message } as const;
  const { currentReplicas = 0, desiredReplicas = 0, currentMetrics = [] } = autoscaler.status ?? {};
  const counts = { current: currentReplicas, desired: desiredReplicas, metrics: currentMetrics, hasScaled: false };
  return {
    actions: [warning(autoscaler, 'FailedGetScale', target.message)],
    status: { status: statusOf(withCondition(facts, 'AbleToScale', unable), counts), memory },
    next: AGAIN,
  };
}
