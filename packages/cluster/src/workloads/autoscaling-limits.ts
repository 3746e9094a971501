import type { Instant } from '@argosy/std';
import type { Autoscaler, ScalingRules } from './autoscaling-kinds.ts';

/** How long scaling down waits for the highest of the recent recommendations when the spec does not say. */
export const SCALE_DOWN_WINDOW_SECONDS = 300;

/** Longest period that a policy may name; older changes are forgotten. */
export const LONGEST_PERIOD_SECONDS = 3600;

/** What happened lately; kept in memory only, as upstream keeps it. */
export interface ScalingMemory {
  readonly recommendations: readonly { readonly at: Instant; readonly replicas: number }[];
  /** Replicas added (positive) or removed (negative). */
  readonly changes: readonly { readonly at: Instant; readonly delta: number }[];
}

/** No memory yet. */
export const NO_MEMORY: ScalingMemory = Object.freeze({ recommendations: [], changes: [] });

/** A count and why it is that. */
export interface Verdict {
  readonly replicas: number;
  readonly reason: string;
  readonly message: string;
}

/** What is to be decided. */
export interface ScalingQuestion {
  readonly autoscaler: Autoscaler;
  readonly current: number;
  readonly desired: number;
  readonly memory: ScalingMemory;
  readonly now: Instant;
}

const READY: Omit<Verdict, 'replicas'> = {
  reason: 'ReadyForNewScale',
  message: 'recommended size matches current size',
};

interface FullRules {
  readonly windowSeconds: number;
  readonly selectPolicy: string;
  readonly policies: NonNullable<ScalingRules['policies']>;
}

function upRules(rules: ScalingRules | undefined): FullRules {
  return {
    windowSeconds: rules?.stabilizationWindowSeconds ?? 0,
    selectPolicy: rules?.selectPolicy ?? 'Max',
    policies: rules?.policies ?? [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  };
}

function downRules(rules: ScalingRules | undefined): FullRules {
  return {
    windowSeconds: rules?.stabilizationWindowSeconds ?? SCALE_DOWN_WINDOW_SECONDS,
    selectPolicy: rules?.selectPolicy ?? 'Max',
    policies: rules?.policies ?? [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  };
}

/** The windows that recommendations are kept for, in seconds. */
function windowsOf(autoscaler: Autoscaler): { readonly up: number; readonly down: number } {
  const { behavior } = autoscaler.spec;
  if (behavior === undefined) return { up: 0, down: SCALE_DOWN_WINDOW_SECONDS };
  return { up: upRules(behavior.scaleUp).windowSeconds, down: downRules(behavior.scaleDown).windowSeconds };
}

/** The recommendation that recent ones allow: no more than the least of them upwards, no less than the most downwards. */
export function stabilize(question: ScalingQuestion): Verdict {
  const { autoscaler, current, desired, memory, now } = question;
  const windows = windowsOf(autoscaler);
  const within = (seconds: number): number[] =>
    memory.recommendations.filter(({ at }) => at > now - seconds * 1000).map(({ replicas }) => replicas);
  const up = Math.min(desired, ...within(windows.up));
  const down = Math.max(desired, ...within(windows.down));
  const isPlain = autoscaler.spec.behavior === undefined;
  const replicas = isPlain ? down : Math.min(Math.max(current, up), down);
  if (replicas === desired) return { ...READY, replicas };
  if (isPlain || desired < current) {
    const message = 'recent recommendations were higher than current one, applying the highest recent recommendation';
    return { replicas, reason: 'ScaleDownStabilized', message };
  }
  const message = 'recent recommendations were lower than current one, applying the lowest recent recommendation';
  return { replicas, reason: 'ScaleUpStabilized', message };
}

/** The size at the beginning of a policy's period. */
function sizeBefore(question: ScalingQuestion, periodSeconds: number): number {
  const { current, memory, now } = question;
  const since = now - periodSeconds * 1000;
  const delta = memory.changes.filter(({ at }) => at > since).reduce((sum, change) => sum + change.delta, 0);
  return current - delta;
}

function upLimit(question: ScalingQuestion, rules: FullRules): number {
  if (rules.selectPolicy === 'Disabled') return question.current;
  const sizes = rules.policies.map(({ type, value, periodSeconds }) => {
    const before = sizeBefore(question, periodSeconds);
    return type === 'Percent' ? Math.ceil((before * (100 + value)) / 100) : before + value;
  });
  return Math.max(question.current, rules.selectPolicy === 'Min' ? Math.min(...sizes) : Math.max(...sizes));
}

function downLimit(question: ScalingQuestion, rules: FullRules): number {
  if (rules.selectPolicy === 'Disabled') return question.current;
  const sizes = rules.policies.map(({ type, value, periodSeconds }) => {
    const before = sizeBefore(question, periodSeconds);
    return type === 'Percent' ? Math.trunc((before * (100 - value)) / 100) : before - value;
  });
  return Math.min(question.current, rules.selectPolicy === 'Min' ? Math.max(...sizes) : Math.min(...sizes));
}

const WITHIN: Omit<Verdict, 'replicas'> = {
  reason: 'DesiredWithinRange',
  message: 'the desired count is within the acceptable range',
};

/** The fastest that growth may be without behavior: double, and four at least. */
function growthLimit(question: ScalingQuestion): number {
  const { autoscaler, current } = question;
  if (autoscaler.spec.behavior === undefined) return Math.max(2 * current, 4);
  return upLimit(question, upRules(autoscaler.spec.behavior.scaleUp));
}

function boundUp(question: ScalingQuestion): Verdict {
  const { autoscaler, desired } = question;
  const { maxReplicas } = autoscaler.spec;
  const limit = growthLimit(question);
  if (desired <= Math.min(limit, maxReplicas)) return { ...WITHIN, replicas: desired };
  if (limit < maxReplicas) {
    const message = 'the desired replica count is increasing faster than the maximum scale rate';
    return { replicas: limit, reason: 'ScaleUpLimit', message };
  }
  const message = 'the desired replica count is more than the maximum replica count';
  return { replicas: maxReplicas, reason: 'TooManyReplicas', message };
}

function boundDown(question: ScalingQuestion): Verdict {
  const { autoscaler, desired } = question;
  const { minReplicas = 1, behavior } = autoscaler.spec;
  const limit = behavior === undefined ? 0 : downLimit(question, downRules(behavior.scaleDown));
  if (desired >= Math.max(limit, minReplicas)) return { ...WITHIN, replicas: desired };
  if (limit > minReplicas) {
    const message = 'the desired replica count is decreasing faster than the maximum scale rate';
    return { replicas: limit, reason: 'ScaleDownLimit', message };
  }
  const message = 'the desired replica count is less than the minimum replica count';
  return { replicas: minReplicas, reason: 'TooFewReplicas', message };
}

/** The count within the bounds of the spec and of the speed that policies allow. */
export function limitScaling(question: ScalingQuestion): Verdict {
  const { current, desired } = question;
  const { minReplicas = 1 } = question.autoscaler.spec;
  if (desired > current || (desired === current && desired >= minReplicas)) return boundUp(question);
  return boundDown(question);
}

/** The memory after a round: with its recommendation and change, without what no window reaches any more. */
export function remember(
  question: ScalingQuestion,
  round: { readonly recommended: number; readonly applied: number },
): ScalingMemory {
  const { autoscaler, current, memory, now } = question;
  const { up, down } = windowsOf(autoscaler);
  const keep = now - Math.max(up, down) * 1000;
  const delta = round.applied - current;
  const changes = memory.changes.filter(({ at }) => at > now - LONGEST_PERIOD_SECONDS * 1000);
  return {
    recommendations: [
      ...memory.recommendations.filter(({ at }) => at > keep),
      { at: now, replicas: round.recommended },
    ],
    changes: delta === 0 ? changes : [...changes, { at: now, delta }],
  };
}
