import type { CronWorkflow, Workflow } from '@argosy/api/workflows';
import { must, parseTime, type Instant } from '@argosy/std';
import { describe, expect, it } from 'vitest';

import { cronProblems, MAX_CRON_NAME_LENGTH, MAX_SCHEDULES, ON_TIME_MS } from './cron-schedule.ts';
import { planCron, type CronPlan } from './plan-cron.ts';

const at = (text: string): Instant => must(parseTime(`2026-03-01T${text}Z`), text);

const BERLIN = (name: string) => (name === 'Europe/Berlin' ? () => 3_600_000 : undefined);

interface World {
  cron: CronWorkflow;
  workflows: Workflow[];
}

function open(spec: CronWorkflow['spec']): World {
  return {
    cron: {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'CronWorkflow',
      metadata: { name: 'nightly', namespace: 'argo', uid: 'c', creationTimestamp: '2026-03-01T00:00:00Z' },
      spec: { workflowSpec: { entrypoint: 'a' }, ...spec },
    },
    workflows: [],
  };
}

/** One round at a time of the day: what it plans is done. */
function round(world: World, time: string): CronPlan {
  const plan = planCron({ cron: world.cron, workflows: world.workflows, zones: BERLIN }, { now: at(time), seed: 1 });
  for (const action of plan.actions) {
    if (action.kind === 'create-workflow') {
      const isThere = world.workflows.some((item) => item.metadata.name === action.object.metadata.name);
      if (!isThere) world.workflows.push(action.object);
    } else if (action.kind === 'delete-workflow') {
      world.workflows = world.workflows.filter((item) => item.metadata.name !== action.name);
    } else end(world, action.name, { phase: 'Failed', time });
  }
  const { metadata } = world.cron;
  const { labels, annotations, status } = plan.status;
  world.cron = {
    ...world.cron,
    status,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...labels },
      annotations: { ...metadata.annotations, ...annotations },
    },
  };
  return plan;
}

function end(world: World, name: string, how: { phase: 'Succeeded' | 'Failed'; time: string }): void {
  const { phase, time } = how;
  const status = { phase, finishedAt: `2026-03-01T${time}Z` };
  world.workflows = world.workflows.map((item) => (item.metadata.name === name ? { ...item, status } : item));
}

const names = (world: World): readonly string[] => world.workflows.map((item) => item.metadata.name);
const scheduled = (world: World): readonly string[] =>
  world.workflows.map((item) => item.metadata.annotations?.['workflows.argoproj.io/scheduled-time'] ?? '');

describe('planCron', () => {
  it('runs at its time, once, and asks to be called at the next one', () => {
    const world = open({ schedules: ['*/10 * * * *'] });
    expect(round(world, '00:05:00')).toMatchObject({ actions: [], next: { kind: 'requeue', after: 300_000 } });
    round(world, '00:10:00');
    round(world, '00:10:00');
    expect(names(world)).toEqual([`nightly-${at('00:10:00') / 1000}`]);
    expect(scheduled(world)).toEqual(['2026-03-01T00:10:00Z']);
    expect(world.workflows[0]?.metadata).toMatchObject({
      labels: { 'workflows.argoproj.io/cron-workflow': 'nightly' },
      ownerReferences: [{ kind: 'CronWorkflow', name: 'nightly', controller: true }],
    });
    expect(world.cron.status).toMatchObject({
      phase: 'Active',
      lastScheduledTime: '2026-03-01T00:10:00Z',
      active: [{ name: `nightly-${at('00:10:00') / 1000}` }],
    });
  });

  it('makes the same workflow again when the round died before it was recorded', () => {
    const world = open({ schedules: ['*/10 * * * *'] });
    const { cron } = world;
    round(world, '00:10:00');
    world.cron = cron;
    round(world, '00:10:02');
    expect(names(world)).toHaveLength(1);
    expect(world.cron.status?.active).toHaveLength(1);
  });

  it('reads several schedules, in its time zone', () => {
    const world = open({ schedules: ['0 3 * * *', '30 4 * * *'], timezone: 'Europe/Berlin' });
    round(world, '02:00:00');
    round(world, '03:30:00');
    expect(scheduled(world)).toEqual(['2026-03-01T02:00:00Z', '2026-03-01T03:30:00Z']);
  });

  it.each([
    { deadline: undefined, time: '00:10:09', runs: 1, reason: `it is less than ${ON_TIME_MS} ms late` },
    { deadline: undefined, time: '00:10:11', runs: 0, reason: 'it is late and there is no deadline' },
    { deadline: 120, time: '00:11:59', runs: 1, reason: 'the deadline is not over' },
    { deadline: 120, time: '00:12:01', runs: 0, reason: 'the deadline is over' },
  ])('at $time with a starting deadline of $deadline: $runs, as $reason', ({ deadline, time, runs }) => {
    const world = open({
      schedules: ['10 * * * *'],
      ...(deadline === undefined ? {} : { startingDeadlineSeconds: deadline }),
    });
    round(world, '00:05:00');
    round(world, time);
    expect(names(world)).toHaveLength(runs);
  });

  it('does not make up for runs of a schedule that was changed', () => {
    const world = open({ schedules: ['50 * * * *'], startingDeadlineSeconds: 3600 });
    round(world, '00:05:00');
    world.cron = { ...world.cron, spec: { ...world.cron.spec, schedules: ['10 * * * *'] } };
    round(world, '00:15:00');
    expect(names(world)).toEqual([]);
    round(world, '01:10:00');
    expect(scheduled(world)).toEqual(['2026-03-01T01:10:00Z']);
  });

  it.each([
    { concurrencyPolicy: 'Allow', active: 2, over: 0 },
    { concurrencyPolicy: 'Forbid', active: 1, over: 0 },
    { concurrencyPolicy: 'Replace', active: 1, over: 1 },
  ] as const)('with $concurrencyPolicy keeps $active running', ({ concurrencyPolicy, active, over }) => {
    const world = open({ schedules: ['*/10 * * * *'], concurrencyPolicy });
    round(world, '00:10:00');
    round(world, '00:20:00');
    expect(world.cron.status?.active).toHaveLength(active);
    expect(world.workflows.filter((item) => item.status?.phase === 'Failed')).toHaveLength(over);
    round(world, '00:20:01');
    expect(names(world).length).toBe(active + over);
  });

  it('counts what ended once, and forgets what is too old', () => {
    const world = open({ schedules: ['*/10 * * * *'], successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 0 });
    for (const [time, phase] of [
      ['00:10:00', 'Succeeded'],
      ['00:20:00', 'Failed'],
      ['00:30:00', 'Succeeded'],
      ['00:40:00', 'Succeeded'],
    ] as const) {
      round(world, time);
      end(world, must(names(world).at(-1), 'a run'), { phase, time });
    }
    round(world, '00:41:00');
    round(world, '00:42:00');
    expect(world.cron.status).toMatchObject({ succeeded: 3, failed: 1, active: [] });
    expect(scheduled(world)).toEqual(['2026-03-01T00:30:00Z', '2026-03-01T00:40:00Z']);
  });

  it('holds still while suspended, and does not make up for it', () => {
    const world = open({ schedules: ['*/10 * * * *'], suspend: true, startingDeadlineSeconds: 3600 });
    round(world, '00:10:00');
    world.cron = { ...world.cron, spec: { ...world.cron.spec, suspend: false } };
    round(world, '00:12:00');
    expect(names(world)).toEqual([]);
    round(world, '00:20:00');
    expect(names(world)).toHaveLength(1);
  });

  it('stops for good when its strategy says so', () => {
    const world = open({ schedules: ['*/10 * * * *'], stopStrategy: { expression: 'cronworkflow.succeeded >= 1' } });
    round(world, '00:10:00');
    end(world, must(names(world)[0], 'a run'), { phase: 'Succeeded', time: '00:11:00' });
    expect(round(world, '00:12:00').next.kind).toBe('settled');
    expect(world.cron).toMatchObject({
      status: { phase: 'Stopped' },
      metadata: { labels: { 'cronworkflows.argoproj.io/completed': 'true' } },
    });
    round(world, '00:20:00');
    expect(names(world)).toHaveLength(1);
  });

  it('asks its condition at each run', () => {
    const when =
      '{{= cronworkflow.lastScheduledTime == nil || (now() - cronworkflow.lastScheduledTime).Seconds() > 900 }}';
    const world = open({ schedules: ['*/10 * * * *'], when });
    for (const time of ['00:10:00', '00:20:00', '00:20:05', '00:30:00']) round(world, time);
    expect(scheduled(world)).toEqual(['2026-03-01T00:10:00Z', '2026-03-01T00:30:00Z']);
  });

  it('tells a condition that cannot be read', () => {
    const world = open({ schedules: ['*/10 * * * *'], when: '{{cronworkflow.nothing}} == x' });
    round(world, '00:10:00');
    expect(names(world)).toEqual([]);
    expect(world.cron.status?.conditions).toEqual([
      {
        type: 'SubmissionError',
        status: 'True',
        message: 'run policy error: failed to resolve {{cronworkflow.nothing}}',
      },
    ]);
  });

  it.each([
    { spec: { schedules: [] }, text: 'cron workflow must have at least one schedule' },
    { spec: { schedules: ['61 * * * *'] }, text: 'cron schedule 61 * * * * is malformed' },
    { spec: { schedules: ['* * * * *'], timezone: 'Nowhere' }, text: 'invalid timezone "Nowhere"' },
    {
      spec: { schedules: ['* * * * *'], startingDeadlineSeconds: -1 },
      text: 'startingDeadlineSeconds must be positive',
    },
    { spec: { schedules: Array<string>(MAX_SCHEDULES + 1).fill('* * * * *') }, text: `at most ${MAX_SCHEDULES} are` },
  ])('runs nothing and says so: $text', ({ spec, text }) => {
    const world = open(spec);
    round(world, '00:10:00');
    expect(names(world)).toEqual([]);
    expect(world.cron.status?.conditions?.[0]).toMatchObject({ type: 'SpecError', status: 'True' });
    expect(world.cron.status?.conditions?.[0]?.message).toContain(text);
  });

  it('has a name with room for the time of a run', () => {
    const { cron } = open({ schedules: ['* * * * *'] });
    const long = { ...cron, metadata: { ...cron.metadata, name: 'c'.repeat(MAX_CRON_NAME_LENGTH + 1) } };
    expect(cronProblems(long, BERLIN)[0]?.message).toContain('must not be more than 52 characters long (currently 53)');
  });
});
