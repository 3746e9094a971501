import { afterEach, describe, expect, it } from 'vitest';
import { AssertionError, milliseconds, silentLogger, type Logger } from '@argosy/std';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import { createVirtualClock } from '@argosy/sim';
import { connectInProcess } from '../client/index.ts';
import type { KubeObject } from '../meta/index.ts';
import { done, requeue, settled, type Plan, type PlanEnv, type StandardAction } from '../plan/index.ts';
import { createObject, listObjects, type ClusterApi } from '../port/index.ts';
import { applyStandardAction } from './apply-action.ts';
import type { ControllerContext, Reconciler } from './contract.ts';
import { ownerKeys, ownKeys, startController, type MeasuredController } from './controller.ts';
import { createEventRecorder, SPAM_BURST, type BufferedEventRecorder } from './event-recorder.ts';
import { createInformerFactory } from './informer.ts';
import { createMemoryJournal, replay, type MemoryJournal } from './journal.ts';
import { runWithLease } from './lease.ts';

const CONFIG_MAPS = Object.freeze({ group: '', version: 'v1', resource: 'configmaps' });
const SECRETS = Object.freeze({ group: '', version: 'v1', resource: 'secrets' });
const START_MS = 1_767_225_600_000;

let close: () => Promise<void> = () => Promise.resolve();
afterEach(() => close());

async function openWorld() {
  const clock = createVirtualClock(START_MS);
  let count = 0;
  const plane = await openControlPlane({
    log: inMemoryCommitLog(),
    clock,
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    newUid: () => `uid-${(count += 1)}`,
  });
  const api = connectInProcess(plane, { name: 'admin', groups: ['system:masters'] });
  const abort = new AbortController();
  const bugs: string[] = [];
  const logger: Logger = { ...silentLogger, error: (message) => bugs.push(message), with: () => logger };
  const journal = createMemoryJournal();
  const events = createEventRecorder({ api, clock, component: 'copier', host: 'here' });
  const context = {
    api,
    clock,
    journal,
    events,
    logger,
    signal: abort.signal,
    seed: 7,
    informers: createInformerFactory({ api, clock, logger, signal: abort.signal }),
  };
  close = async () => {
    abort.abort();
    await plane.close();
  };
  return { ...context, context, abort, bugs };
}

type World = ControllerContext & {
  readonly context: ControllerContext;
  readonly events: BufferedEventRecorder;
  readonly journal: MemoryJournal;
};

interface Copy {
  readonly source: KubeObject;
  readonly copy?: KubeObject;
}

/** A small real controller: each ConfigMap with data `copy: yes` gets a Secret of the same name that it owns. */
function copier(world: World, twist: (seen: Copy, env: PlanEnv) => void = () => undefined) {
  const sources = world.informers.informer(CONFIG_MAPS);
  const copies = world.informers.informer(SECRETS);
  const reconciler: Reconciler<Copy, StandardAction, undefined> = {
    name: 'copier',
    observe: (key) => {
      const source = sources.lister.get(key);
      const copy = copies.lister.get(key);
      return source === undefined ? undefined : { source, ...(copy === undefined ? {} : { copy }) };
    },
    plan: (seen, env): Plan<StandardAction, undefined> => {
      twist(seen, env);
      const { source, copy } = seen;
      if (copy !== undefined || (source['data'] as { copy?: string } | undefined)?.copy !== 'yes')
        return done(undefined);
      const { name, namespace = '', uid = '' } = source.metadata;
      const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid, controller: true }];
      const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, ownerReferences } };
      const event = { type: 'Normal', reason: 'Copied', message: `Copied ${name}` } as const;
      return {
        actions: [
          { kind: 'create', resource: SECRETS, object },
          { kind: 'record-event', about: source, event },
        ],
        status: undefined,
        next: settled,
      };
    },
    apply: (action) => applyStandardAction(action, world),
    publish: () => Promise.resolve(),
  };
  const controller = startController({
    context: world.context,
    reconciler,
    sources: [ownKeys(sources), ownerKeys(copies, { group: '', kind: 'ConfigMap' })],
  });
  return { controller, reconciler };
}

function source(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { copy: 'yes' } };
}

const create = (api: ClusterApi, object: KubeObject): Promise<KubeObject> =>
  createObject(api, { resource: CONFIG_MAPS, namespace: 'default', object });

async function copyCount(api: ClusterApi): Promise<number> {
  return (await listObjects(api, { resource: SECRETS, namespace: 'default' })).items.length;
}

describe('controller', () => {
  it('observes, plans, applies, journals each round, and every round replays', async () => {
    const world = await openWorld();
    await create(world.api, source('before'));
    const { controller, reconciler } = copier(world);
    await create(world.api, source('after'));
    await world.clock.advanceUntil(async () => (await copyCount(world.api)) === 2, 10_000);
    await world.events.flushed();
    const events = await listObjects(world.api, { resource: { ...SECRETS, resource: 'events' }, namespace: 'default' });
    expect(events.items.map((each) => String(each['message'])).sort()).toEqual(['Copied after', 'Copied before']);
    const entries = world.journal.all().filter((entry) => entry.reconciler === 'copier');
    expect(entries.length).toBeGreaterThanOrEqual(2);
    for (const entry of entries) expect(replay(entry, reconciler).same).toBe(true);
    world.abort.abort();
    await controller.stopped();
    expect(controller.metrics()).toMatchObject({ errors: 0, bugs: 0, conflicts: 0 });
  });

  it('counts a broken invariant as a bug, says so, and tries again', async () => {
    const world = await openWorld();
    let failures = 2;
    const { controller } = copier(world, () => {
      if (failures-- > 0) throw new AssertionError('weights sum to 100');
    });
    await create(world.api, source('a'));
    await world.clock.advanceUntil(async () => (await copyCount(world.api)) === 1, 10_000);
    expect(controller.metrics()).toMatchObject({ bugs: 2, errors: 0 });
    expect(world.bugs).toEqual(['invariant broken', 'invariant broken']);
  });

  it('wakes a key exactly when its plan asks for it', async () => {
    const world = await openWorld();
    const rounds: number[] = [];
    const reconciler: Reconciler<string, StandardAction, undefined> = {
      name: 'timer',
      observe: (key) => key.name,
      plan: (_seen, env) => {
        rounds.push(env.now - START_MS);
        return done(undefined, rounds.length < 3 ? requeue(milliseconds(1000), 'Paused') : settled);
      },
      apply: () => Promise.resolve(),
      publish: () => Promise.resolve(),
    };
    const controller: MeasuredController = startController({ context: world.context, reconciler, sources: [] });
    controller.enqueue({ namespace: '', name: 'x' });
    await world.clock.advanceBy(60_000);
    expect(rounds).toEqual([0, 1000, 2000]);
  });

  it('finds keys again that did not fit into the queue', async () => {
    const world = await openWorld();
    for (let index = 0; index < 20; index += 1) await create(world.api, source(`s${index}`));
    const informer = world.informers.informer(CONFIG_MAPS);
    await informer.synced();
    const planned = new Set<string>();
    const controller = startController({
      context: world.context,
      workers: 1,
      maxQueueLength: 3,
      sources: [ownKeys(informer)],
      reconciler: {
        name: 'small',
        observe: (key) => key.name,
        plan: (name: string) => {
          planned.add(name);
          return done(undefined);
        },
        apply: () => Promise.resolve(),
        publish: () => Promise.resolve(),
      },
    });
    // Each resync takes in what fits; the keys before it are level-triggered and cheap to plan again.
    await world.clock.advanceBy(1000);
    expect(controller.metrics().queue.overflows).toBeGreaterThan(0);
    expect(planned.size).toBe(20);
  });
});

describe('event recorder', () => {
  it('counts identical events up and stops a flood about one object', async () => {
    const world = await openWorld();
    const about = await create(world.api, source('a'));
    const record = (message: string): void => world.events.record(about, { type: 'Warning', reason: 'R', message });
    for (let index = 0; index < 3; index += 1) record('same');
    await world.events.flushed();
    for (let index = 0; index < SPAM_BURST; index += 1) record(`other ${index}`);
    await world.events.flushed();
    const events = await listObjects(world.api, { resource: { ...SECRETS, resource: 'events' }, namespace: 'default' });
    expect(events.items.find((each) => each['message'] === 'same')?.['count']).toBe(3);
    expect(events.items.length).toBe(SPAM_BURST - 3 + 1);
    expect(world.events.dropped).toBe(3);
  });
});

describe('lease', () => {
  it('has one leader at a time, hands over at once on release and after the duration on a crash', async () => {
    const world = await openWorld();
    const log: string[] = [];
    const stand = (identity: string) => {
      const abort = new AbortController();
      const { api, clock, logger } = world;
      const options = { api, clock, logger, namespace: 'default', name: 'lead', identity, signal: abort.signal };
      const ended = runWithLease(options, async (signal) => {
        log.push(`+${identity}`);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        log.push(`-${identity}`);
      });
      return { abort, ended };
    };
    const a = stand('a');
    await world.clock.advanceUntil(() => log.length === 1, 10_000);
    const b = stand('b');
    await world.clock.advanceBy(120_000);
    expect(log).toEqual(['+a']);
    const from = world.clock.now();
    a.abort.abort();
    await a.ended;
    await world.clock.advanceUntil(() => log.length === 3, 60_000);
    expect(world.clock.now() - from).toBeLessThan(5000);
    expect(log).toEqual(['+a', '-a', '+b']);
    b.abort.abort();
    await b.ended;
  });

  it('gives up when it cannot renew within the deadline', async () => {
    const world = await openWorld();
    const log: string[] = [];
    let isCut = false;
    const api: ClusterApi = {
      ...world.api,
      send: (request) => (isCut ? Promise.reject(new Error('network is down')) : world.api.send(request)),
    };
    const abort = new AbortController();
    const { clock, logger } = world;
    const options = { api, clock, logger, namespace: 'default', name: 'lead', identity: 'a', signal: abort.signal };
    const ended = runWithLease(options, async (signal) => {
      log.push('+');
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      log.push('-');
    });
    await clock.advanceBy(5000);
    isCut = true;
    const from = clock.now();
    await clock.advanceUntil(() => log.length === 2, 60_000);
    expect(clock.now() - from).toBeLessThanOrEqual(10_000);
    isCut = false;
    await clock.advanceUntil(() => log.length === 3, 60_000);
    abort.abort();
    await ended;
    expect(log).toEqual(['+', '-', '+', '-']);
  });
});
