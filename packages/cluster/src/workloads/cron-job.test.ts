import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTime, instant, parseTime, type Instant } from '@argosy/std';
import { nextFire, parseCron, UTC, type TimeZones } from '@argosy/lang/cron';
import { cronJobChildName, planCronJob, type CronJob, type CronJobObserved } from './cron-job.ts';
import { MAX_MISSED_STARTS, missedStarts } from './cron-schedule.ts';
import type { Job } from './kinds.ts';

const at = (text: string): Instant => instant(parseTime(text) ?? Number.NaN);
const NOON = at('2026-01-01T12:00:00Z');
/** Tokyo as a fixed offset; every other name is unknown. */
const zones: TimeZones = (name) => (name === 'Asia/Tokyo' ? () => 9 * 3_600_000 : undefined);

function cronJob(spec: Partial<CronJob['spec']> = {}, status: CronJob['status'] = {}): CronJob {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'default', uid: 'cj', creationTimestamp: '2026-01-01T11:59:30Z' },
    spec: {
      schedule: '*/5 * * * *',
      concurrencyPolicy: 'Allow',
      jobTemplate: {
        metadata: { labels: { app: 'tick' } },
        spec: { template: { spec: { containers: [{ name: 'c' }] } } },
      },
      ...spec,
    },
    status,
  };
}

function job(
  name: string,
  more: { end?: 'Complete' | 'Failed'; own?: boolean; start?: string; done?: string } = {},
): Job {
  const conditions = more.end === undefined ? [] : [{ type: more.end, status: 'True' as const }];
  const annotations = more.own === false ? {} : { 'batch.kubernetes.io/cronjob-scheduled-timestamp': 'x' };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, annotations },
    spec: { template: { spec: { containers: [] } } },
    status: {
      startTime: more.start ?? '2026-01-01T11:00:00Z',
      conditions,
      ...(more.done === undefined ? {} : { completionTime: more.done }),
    },
  };
}

function plan(seen: Partial<CronJobObserved> & { readonly cronJob: CronJob }, now: Instant = NOON) {
  const found = planCronJob({ jobs: [], takenNames: [], ...seen }, { now, seed: 1 }, zones);
  const words = found.actions.map((action) => {
    if (action.kind === 'create') return `create ${action.object.metadata.name}`;
    if (action.kind === 'delete') return `delete ${action.key.name}`;
    return action.kind === 'record-event' ? action.event.reason : action.kind;
  });
  return { ...found, words };
}

const running = (name: string) => ({
  active: [{ name, uid: `uid-${name}` }],
  lastScheduleTime: '2026-01-01T11:55:00Z',
});
const NAME = `tick-${NOON / 60_000}`;

describe('planCronJob', () => {
  const rows: readonly { reason: string; seen: Parameters<typeof plan>[0]; now?: string; want: readonly string[] }[] = [
    { reason: 'starts at its time', seen: { cronJob: cronJob() }, want: [`create ${NAME}`, 'SuccessfulCreate'] },
    { reason: 'waits before its time', seen: { cronJob: cronJob() }, now: '2026-01-01T11:59:59Z', want: [] },
    { reason: 'suspended', seen: { cronJob: cronJob({ suspend: true }) }, want: [] },
    { reason: 'unknown zone', seen: { cronJob: cronJob({ timeZone: 'Mars/Base' }) }, want: ['UnknownTimeZone'] },
    { reason: 'bad schedule', seen: { cronJob: cronJob({ schedule: '61 * * * *' }) }, want: ['UnparseableSchedule'] },
    {
      reason: 'Forbid holds the next back',
      seen: {
        cronJob: cronJob({ concurrencyPolicy: 'Forbid' }, running('a')),
        jobs: [job('a')],
      },
      want: ['JobAlreadyActive'],
    },
    {
      reason: 'Replace deletes what runs',
      seen: { cronJob: cronJob({ concurrencyPolicy: 'Replace' }, running('a')), jobs: [job('a')] },
      want: ['delete a', 'SuccessfulDelete', `create ${NAME}`, 'SuccessfulCreate'],
    },
    {
      reason: 'Forbid does not wait for a job that was started by hand',
      seen: { cronJob: cronJob({ concurrencyPolicy: 'Forbid' }), jobs: [job('manual', { own: false })] },
      want: [`create ${NAME}`, 'SuccessfulCreate'],
    },
    {
      reason: 'an ended job leaves the list with an event, one that is gone too',
      seen: {
        cronJob: cronJob(
          { suspend: true },
          {
            active: [
              { name: 'a', uid: 'uid-a' },
              { name: 'b', uid: 'uid-b' },
            ],
          },
        ),
        jobs: [job('a', { end: 'Complete' })],
      },
      want: ['SawCompletedJob', 'MissingJob'],
    },
    {
      reason: 'a deadline that has passed starts nothing',
      seen: { cronJob: cronJob({ startingDeadlineSeconds: 20, schedule: '0 12 * * *' }) },
      now: '2026-01-01T12:00:30Z',
      want: ['MissSchedule'],
    },
    {
      reason: 'the name belongs to somebody else',
      seen: { cronJob: cronJob(), takenNames: [NAME] },
      want: ['FailedCreate'],
    },
    {
      reason: 'a start whose job is there already only needs its status',
      seen: { cronJob: cronJob(), jobs: [job(NAME)] },
      want: [],
    },
    {
      reason: 'a zone moves the start',
      seen: { cronJob: cronJob({ schedule: '0 21 * * *', timeZone: 'Asia/Tokyo' }) },
      want: [`create ${NAME}`, 'SuccessfulCreate'],
    },
  ];
  it.each(rows)('$reason', ({ seen, now, want }) => {
    expect(plan(seen, now === undefined ? NOON : at(now)).words).toEqual(want);
  });

  it('tells a start in the zone, with labels of the template, and the time of the next look', () => {
    const found = plan({ cronJob: cronJob({ schedule: '0 21 * * *', timeZone: 'Asia/Tokyo' }) });
    expect(found.actions[0]).toMatchObject({
      object: {
        metadata: {
          labels: { app: 'tick' },
          annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T21:00:00+09:00' },
        },
      },
    });
    expect(found.status.lastScheduleTime).toBe('2026-01-01T12:00:00Z');
    expect(found.next).toMatchObject({ kind: 'requeue', after: 86_400_000 });
  });

  it('keeps the history that its limits allow, the latest of each outcome', () => {
    const jobs = [
      job('s1', { end: 'Complete', start: '2026-01-01T01:00:00Z', done: '2026-01-01T01:01:00Z' }),
      job('s3', { end: 'Complete', start: '2026-01-01T03:00:00Z', done: '2026-01-01T03:01:00Z' }),
      job('s2', { end: 'Complete', start: '2026-01-01T02:00:00Z', done: '2026-01-01T02:01:00Z' }),
      job('f1', { end: 'Failed', start: '2026-01-01T01:30:00Z' }),
    ];
    const limits = { suspend: true, successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 };
    const found = plan({ cronJob: cronJob(limits), jobs });
    expect(found.words.filter((word) => word.startsWith('delete'))).toEqual(['delete s1', 'delete s2', 'delete f1']);
    expect(found.status.lastSuccessfulTime).toBe('2026-01-01T03:01:00Z');
  });

  it('makes one job for the latest of too many missed starts, and says so', () => {
    const seen = { cronJob: cronJob({ schedule: '* * * * *' }, { lastScheduleTime: '2025-01-01T00:00:00Z' }) };
    expect(plan(seen).words).toEqual(['TooManyMissedTimes', `create ${NAME}`, 'SuccessfulCreate']);
    const bounded = { cronJob: cronJob({ schedule: '* * * * *', startingDeadlineSeconds: 600 }, seen.cronJob.status) };
    expect(plan(bounded).words).toEqual([`create ${NAME}`, 'SuccessfulCreate']);
  });

  it('counts a job that it started and did not note as active', () => {
    const found = plan({ cronJob: cronJob({ suspend: true }), jobs: [job('tick-1')] });
    expect(found.status.active?.map((each) => each.name)).toEqual(['tick-1']);
  });
});

describe('missedStarts', () => {
  /** Each with the longest span in seconds that is walked through: some hundred start times. */
  const schedules = fc.constantFrom(
    ['* * * * *', 3 * 3600],
    ['*/7 * * * *', 86_400],
    ['0 0 31 * *', 100 * 86_400],
    ['30 4 * * 1-5', 60 * 86_400],
    ['0,1 3 * * *', 20 * 86_400],
    ['@every 90s', 3 * 3600],
  ) as fc.Arbitrary<readonly [string, number]>;
  it('finds the latest start that a walk finds, for every schedule and span', () => {
    fc.assert(
      fc.property(schedules, fc.nat(400_000), fc.nat(1000), ([text, most], offset, share) => {
        const parsed = parseCron(text);
        if (!parsed.ok) throw new Error(parsed.error.message);
        const since = instant(NOON + offset * 1000);
        const now = instant(since + Math.floor((most * share) / 1000) * 1000);
        let walked: Instant | undefined;
        let count = 0;
        for (let next = nextFire(parsed.value, since, UTC); next !== undefined && next <= now; count += 1) {
          walked = next;
          next = nextFire(parsed.value, next, UTC);
        }
        const found = missedStarts({ schedule: parsed.value, zone: UTC }, since, now);
        expect(found.latest === undefined ? '' : formatTime(found.latest)).toBe(
          walked === undefined ? '' : formatTime(walked),
        );
        if (text === '* * * * *') expect(found.isTooMany).toBe(count > MAX_MISSED_STARTS);
      }),
      { numRuns: 60 },
    );
  });
});

describe('cronJobChildName', () => {
  it('is the minute of the start, so that one start has one name', () => {
    expect(cronJobChildName(cronJob(), instant(NOON + 59_999))).toBe(NAME);
  });
});
