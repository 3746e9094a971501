import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVirtualClock, type VirtualClock } from '@argosy/sim';
import { resources } from '@argosy/api';
import { deleteObject, getObjectOrUndefined } from '@argosy/kube/port';
import { openNodeFixture, type NodeFixture } from './node-fixture.ts';
import type { Pod } from './pod-types.ts';
import { createSimulatedRuntime } from './simulated-runtime.ts';
import { parseSimulation, SCRIPT_LIMIT } from './simulation-script.ts';

const NOW = 1_767_225_600_000;

describe('simulated pods under a virtual clock', () => {
  let clock: VirtualClock;
  let fixture: NodeFixture;
  beforeEach(async () => {
    clock = createVirtualClock(NOW);
    fixture = await openNodeFixture(clock);
    await fixture.start({ runtime: createSimulatedRuntime() });
  });
  afterEach(() => fixture.close());

  const create = (name: string, script: string, restartPolicy = 'Never'): Promise<Pod> =>
    fixture.create({
      name,
      annotations: { 'simulation.argosy.io/run': script },
      spec: { restartPolicy, containers: [{ name: 'main', image: 'any' }] },
    });
  const read = (name: string): Promise<Pod | undefined> =>
    getObjectOrUndefined<Pod>(fixture.api, { resource: resources.pods, key: { namespace: 'default', name } });
  const until = async (name: string, holds: (pod: Pod | undefined) => boolean): Promise<Pod | undefined> => {
    await clock.advanceUntil(async () => holds(await read(name)), 3_600_000);
    return read(name);
  };

  it('follows its script: time, exit code, output, message', async () => {
    await create('job', '90s;exit=3;stdout=hello;message=why');
    const pod = await until('job', (item) => item?.status?.phase === 'Failed');
    const ended = pod?.status?.containerStatuses?.[0]?.state.terminated;
    expect(ended).toMatchObject({ exitCode: 3, message: 'why', reason: 'Error' });
    expect(Date.parse(ended?.finishedAt ?? '') - Date.parse(ended?.startedAt ?? '')).toBe(90_000);
    expect(await fixture.logText({ name: 'job' })).toBe('hello\n');
  });

  it('restarts along its runs with the real back-off', async () => {
    await create('flaky', '1s;exit=1 | 1s;exit=1 | forever;ready=5s', 'Always');
    const waiting = await until(
      'flaky',
      (item) => item?.status?.containerStatuses?.[0]?.state.waiting?.reason === 'CrashLoopBackOff',
    );
    expect(waiting?.status?.containerStatuses?.[0]?.restartCount).toBe(1);
    const pod = await until('flaky', (item) => item?.status?.containerStatuses?.[0]?.restartCount === 2);
    expect(pod?.status?.phase).toBe('Running');
    expect(clock.now() - NOW).toBeGreaterThanOrEqual(12_000);
  });

  const waitingOf = (pod: Pod | undefined): { readonly reason?: string; readonly message?: string } | undefined =>
    pod?.status?.containerStatuses?.[0]?.state.waiting;

  it('tells OOMKilled', async () => {
    await create('oom', '1s;oom');
    const pod = await until('oom', (item) => item?.status?.phase === 'Failed');
    const ended = pod?.status?.containerStatuses?.[0]?.state.terminated;
    expect(ended).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
  });

  it('tells refusals, and scripts that cannot be read', async () => {
    await create('refused', 'forever;refuse=ErrImagePull: no such image');
    const refused = await until('refused', (item) => waitingOf(item)?.message !== undefined);
    expect(waitingOf(refused)).toEqual({ reason: 'ErrImagePull', message: 'no such image' });
    await create('typo', 'forever;exti=1');
    const typo = await until('typo', (item) => waitingOf(item)?.message !== undefined);
    expect(waitingOf(typo)?.message).toContain('"exti" is not known; allowed are exit');
  });

  it('takes its time to stop, and is killed when that is too long', async () => {
    await create('slow', 'forever;stop=never');
    await until('slow', (item) => item?.status?.phase === 'Running');
    const began = clock.now();
    const key = { namespace: 'default', name: 'slow' };
    await deleteObject(fixture.api, { resource: resources.pods, key }, { gracePeriodSeconds: 20 });
    await until('slow', (item) => item === undefined);
    expect(clock.now() - began).toBe(20_000);
  });
});

describe('a full node', () => {
  it('fails pods beyond its limit with reason OutOfpods', async () => {
    const fixture = await openNodeFixture();
    try {
      await fixture.start({ runtime: createSimulatedRuntime(), limits: { pods: 1 } });
      const spec = { containers: [{ name: 'main', image: 'any' }] };
      await fixture.create({ name: 'first', spec });
      await fixture.until('first', (item) => item.status?.phase === 'Running');
      await fixture.create({ name: 'second', spec });
      const pod = await fixture.until('second', (item) => item.status?.phase === 'Failed');
      expect(pod.status).toMatchObject({ reason: 'OutOfpods', message: expect.stringContaining('capacity: 1') });
    } finally {
      await fixture.close();
    }
  });
});

describe('parseSimulation', () => {
  it.each([
    { text: 'soon', error: 'run time: expected a time like 2s or 500ms, found "soon"' },
    { text: '1s;exit=300', error: 'exit: expected a number from 0 to 255, found "300"' },
    { text: '1s;ready=x', error: 'ready: expected a time like 2s or 500ms, found "x"' },
    {
      text: 'x'.repeat(SCRIPT_LIMIT + 1),
      error: `the script has ${SCRIPT_LIMIT + 1} characters; ${SCRIPT_LIMIT} are allowed`,
    },
  ])('refuses with words: $error', ({ text, error }) => {
    expect(parseSimulation(text)).toEqual({ ok: false, error });
  });
});
