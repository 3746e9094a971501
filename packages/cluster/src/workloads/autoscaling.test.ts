import { describe, expect, it } from 'vitest';
import { formatTime, instant } from '@argosy/std';
import { planAutoscaler, type AutoscalerObserved } from './autoscaling.ts';
import type { Autoscaler, PodMetrics } from './autoscaling-kinds.ts';
import { limitScaling, NO_MEMORY, remember, stabilize, type ScalingMemory } from './autoscaling-limits.ts';
import { proposeReplicas } from './autoscaling-replicas.ts';
import type { Pod } from './kinds.ts';

const NOW = instant(1_767_225_600_000);
const LONG_AGO = formatTime(instant(NOW - 3_600_000));

function pod(name: string, more: { phase?: string; ready?: boolean; since?: string; request?: string } = {}): Pod {
  const { phase = 'Running', ready = true, since = LONG_AGO, request = '1000m' } = more;
  const conditions = [
    { type: 'Ready', status: ready ? ('True' as const) : ('False' as const), lastTransitionTime: since },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'c', resources: request === '' ? {} : { requests: { cpu: request } } }] },
    status: { phase, startTime: since, conditions },
  };
}

const metrics = (usages: { readonly [pod: string]: number }): ReadonlyMap<string, PodMetrics> =>
  new Map(
    Object.entries(usages).map(([name, milli]) => [
      name,
      {
        apiVersion: 'metrics.k8s.io/v1beta1',
        kind: 'PodMetrics',
        metadata: { name },
        timestamp: formatTime(NOW),
        window: '15s',
        containers: [{ name: 'c', usage: { cpu: `${milli}m` } }],
      },
    ]),
  );

const question = (pods: readonly Pod[], usages: { readonly [pod: string]: number }, more: object = {}) => ({
  resource: 'cpu',
  target: { type: 'Utilization', averageUtilization: 30 },
  pods,
  metrics: metrics(usages),
  replicas: pods.length,
  tolerance: 0.1,
  now: NOW,
  ...more,
});

const three = [pod('a'), pod('b'), pod('c')];
const fresh = { ready: false, since: formatTime(instant(NOW - 10_000)) };

describe('proposeReplicas', () => {
  // The numbers of the first rows are those of Kubernetes' own table of its replica calculator.
  const rows: readonly { reason: string; given: ReturnType<typeof question>; want: number | string }[] = [
    { reason: 'scales up', given: question(three, { a: 300, b: 500, c: 700 }), want: 5 },
    {
      reason: 'scales down',
      given: question(
        [...three, pod('d'), pod('e')],
        { a: 100, b: 300, c: 500, d: 250, e: 250 },
        { target: { averageUtilization: 50 } },
      ),
      want: 3,
    },
    { reason: 'tolerates a little more', given: question(three, { a: 310, b: 320, c: 330 }), want: 3 },
    {
      reason: 'unready pods count as idle when it grows',
      given: question([pod('a', fresh), pod('b'), pod('c')], { a: 300, b: 500, c: 700 }),
      want: 4,
    },
    {
      reason: 'pending pods count as idle',
      given: question([pod('a', { phase: 'Pending' }), pod('b'), pod('c')], { b: 500, c: 700 }),
      want: 4,
    },
    {
      reason: 'failed pods do not count',
      given: question([...three, pod('d', { phase: 'Failed' })], { a: 500, b: 500, c: 500, d: 900 }, { replicas: 3 }),
      want: 5,
    },
    {
      reason: 'missing pods are idle when it grows',
      given: question([...three, pod('d')], { a: 300, b: 500, c: 700 }),
      want: 5,
    },
    { reason: 'missing pods are full when it shrinks', given: question([pod('a'), pod('b')], { a: 100 }), want: 2 },
    {
      reason: 'by value',
      given: question(three, { a: 100, b: 100, c: 100 }, { target: { averageValue: '50m' } }),
      want: 6,
    },
    {
      reason: 'no requests',
      given: question([pod('a', { request: '' })], { a: 100 }),
      want: 'missing request for cpu in container c of Pod a',
    },
    { reason: 'no metrics', given: question(three, {}), want: 'no metrics returned from resource metrics API' },
    {
      reason: 'no pods',
      given: question([], { a: 1 }),
      want: 'no pods returned by selector while calculating replica count',
    },
    {
      reason: 'nobody measured',
      given: question([pod('a', fresh)], { a: 100 }),
      want: 'did not receive metrics for targeted pods (pods might be unready)',
    },
  ];
  it.each(rows)('$reason', ({ given, want }) => {
    const found = proposeReplicas(given);
    expect(found.ok ? found.value.replicas : found.error).toBe(want);
  });
});

function autoscaler(spec: Partial<Autoscaler['spec']> = {}): Autoscaler {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'default' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 10, ...spec },
  };
}

const memory = (recent: Partial<ScalingMemory>): ScalingMemory => ({ ...NO_MEMORY, ...recent });
const ago = (seconds: number, replicas: number) => ({ at: instant(NOW - seconds * 1000), replicas });
const changed = (seconds: number, delta: number) => ({ at: instant(NOW - seconds * 1000), delta });
const policy = (type: string, value: number, periodSeconds = 60) => ({ type, value, periodSeconds });

describe('stabilize and limitScaling', () => {
  const rows = [
    {
      reason: 'shrinking waits for the highest of five minutes',
      spec: {},
      current: 5,
      desired: 2,
      recent: { recommendations: [ago(290, 4), ago(310, 9)] },
      want: '4 ScaleDownStabilized DesiredWithinRange',
    },
    {
      reason: 'growth is doubled at most',
      spec: {},
      current: 3,
      desired: 9,
      recent: {},
      want: '6 ReadyForNewScale ScaleUpLimit',
    },
    {
      reason: 'growth to four is always allowed',
      spec: {},
      current: 1,
      desired: 9,
      recent: {},
      want: '4 ReadyForNewScale ScaleUpLimit',
    },
    {
      reason: 'the maximum',
      spec: {},
      current: 8,
      desired: 12,
      recent: {},
      want: '10 ReadyForNewScale TooManyReplicas',
    },
    {
      reason: 'the minimum',
      spec: { minReplicas: 3 },
      current: 5,
      desired: 1,
      recent: {},
      want: '3 ReadyForNewScale TooFewReplicas',
    },
    {
      reason: 'a policy counts what its period saw',
      spec: { behavior: { scaleUp: { policies: [policy('Pods', 4)] } } },
      current: 6,
      desired: 10,
      recent: { changes: [changed(30, 3)] },
      want: '7 ReadyForNewScale ScaleUpLimit',
    },
    {
      reason: 'percent rounds up',
      spec: { behavior: { scaleUp: { policies: [policy('Percent', 10)] } } },
      current: 5,
      desired: 9,
      recent: {},
      want: '6 ReadyForNewScale ScaleUpLimit',
    },
    {
      reason: 'Min takes the slowest',
      spec: { behavior: { scaleUp: { selectPolicy: 'Min', policies: [policy('Pods', 1), policy('Percent', 100)] } } },
      current: 5,
      desired: 9,
      recent: {},
      want: '6 ReadyForNewScale ScaleUpLimit',
    },
    {
      reason: 'Disabled stays',
      spec: { behavior: { scaleDown: { selectPolicy: 'Disabled', stabilizationWindowSeconds: 0 } } },
      current: 5,
      desired: 1,
      recent: {},
      want: '5 ReadyForNewScale ScaleDownLimit',
    },
    {
      reason: 'a window upwards',
      spec: { behavior: { scaleUp: { stabilizationWindowSeconds: 60 } } },
      current: 3,
      desired: 6,
      recent: { recommendations: [ago(30, 4)] },
      want: '4 ScaleUpStabilized DesiredWithinRange',
    },
    {
      reason: 'down by pods',
      spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies: [policy('Pods', 2)] } } },
      current: 8,
      desired: 1,
      recent: { changes: [changed(20, -1)] },
      want: '7 ReadyForNewScale ScaleDownLimit',
    },
  ];
  it.each(rows)('$reason', ({ spec, current, desired, recent, want }) => {
    const asked = { autoscaler: autoscaler(spec), current, desired, memory: memory(recent), now: NOW };
    const stable = stabilize(asked);
    const limited = limitScaling({ ...asked, desired: stable.replicas });
    expect(`${limited.replicas} ${stable.reason} ${limited.reason}`).toBe(want);
  });

  it('remembers what a window reaches and nothing older', () => {
    const asked = {
      autoscaler: autoscaler(),
      current: 2,
      desired: 4,
      now: NOW,
      memory: memory({ recommendations: [ago(301, 9), ago(200, 3)], changes: [changed(3601, 1)] }),
    };
    const kept = remember(asked, { recommended: 4, applied: 4 });
    expect(kept).toEqual({ recommendations: [ago(200, 3), ago(0, 4)], changes: [changed(0, 2)] });
  });
});

describe('planAutoscaler', () => {
  const observed = (replicas: number, usage: number, spec: Partial<Autoscaler['spec']> = {}): AutoscalerObserved => {
    const pods = Array.from({ length: replicas }, (_, index) => pod(`p${index}`));
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'web' }, spec: { replicas } };
    const target = {
      kind: 'found' as const,
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      scale,
      pods,
      metrics: metrics(Object.fromEntries(pods.map((each) => [each.metadata.name, usage]))),
    };
    return { autoscaler: autoscaler(spec), target, memory: NO_MEMORY };
  };
  const conditions = (seen: AutoscalerObserved): string[] =>
    (planAutoscaler(seen, { now: NOW, seed: 1 }).status.status.conditions ?? []).map(
      (each) => `${each.type}=${each.status}:${each.reason}`,
    );

  it('writes the scale once, says why, and looks again after its period', () => {
    const plan = planAutoscaler(observed(2, 1600), { now: NOW, seed: 1 });
    expect(plan.actions).toMatchObject([
      { kind: 'update', subresource: 'scale', object: { spec: { replicas: 4 } } },
      {
        event: {
          reason: 'SuccessfulRescale',
          message: 'New size: 4; reason: cpu resource utilization (percentage of request) above target',
        },
      },
    ]);
    expect(plan.status.status).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 4,
      lastScaleTime: formatTime(NOW),
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 160, averageValue: '1600m' } } },
      ],
    });
    expect(plan.next).toMatchObject({ kind: 'requeue', after: 15_000 });
  });

  it('tells what holds it back', () => {
    expect(conditions(observed(2, 800))).toEqual([
      'AbleToScale=True:ReadyForNewScale',
      'ScalingActive=True:ValidMetricFound',
      'ScalingLimited=False:DesiredWithinRange',
    ]);
    expect(conditions(observed(0, 0))).toEqual([
      'AbleToScale=True:SucceededGetScale',
      'ScalingActive=False:ScalingDisabled',
    ]);
    const foreign = { metrics: [{ type: 'Pods', pods: {} }] };
    expect(conditions(observed(2, 1, foreign))).toContain('ScalingActive=False:FailedGetPodsMetric');
    const lost: AutoscalerObserved = { ...observed(2, 1), target: { kind: 'missing', message: 'not there' } };
    expect(conditions(lost)).toEqual(['AbleToScale=False:FailedGetScale']);
  });

  it('does not shrink while one of several metrics is unknown, but grows', () => {
    const both = [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Mi' } } },
    ];
    expect(
      planAutoscaler(observed(4, 100, { metrics: both }), { now: NOW, seed: 1 }).status.status.desiredReplicas,
    ).toBe(4);
    expect(
      planAutoscaler(observed(4, 1600, { metrics: both }), { now: NOW, seed: 1 }).status.status.desiredReplicas,
    ).toBe(8);
  });
});
