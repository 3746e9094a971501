import type { WorkflowSpec } from '@argosy/api/workflows';
import { parseYaml } from '@argosy/lang/yaml';
import { instant } from '@argosy/std';
import { describe, expect, it } from 'vitest';

import { createLockManager, type LockManager } from './lock-manager.ts';
import { MAX_LOCKS, readLocks, writeLocks } from './locks.ts';
import {
  advanceWorld,
  nodeNamed,
  openWorld,
  runWorld,
  settleWorld,
  specOf,
  type World,
  type WorldOptions,
} from './scenario-world.ts';

function specFrom(yaml: string): WorkflowSpec {
  const parsed = parseYaml(yaml);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return specOf(parsed.value);
}

const LOOP = (limits: string): string => `
entrypoint: main
templates:
  - { name: main, steps: [[{ name: a, template: one, arguments: { parameters: [{ name: which, value: "{{item}}" }] }, withItems: [p, p, q] }]] }
  - name: one
    inputs: { parameters: [{ name: which }] }
    synchronization: ${limits}
    container: { image: a, command: [x], args: ["out=1"] }`;

/** Runs a world and tells the most pods that were ever there at once, by the lock that they need. */
function most(world: World, options: WorldOptions): number {
  let highest = 0;
  for (let turn = 0; turn < 200; turn += 1) {
    settleWorld(world, options);
    const open = Object.values(world.workflow.status?.nodes ?? {}).filter(
      (node) =>
        node.type === 'Pod' &&
        ['Pending', 'Running'].includes(node.phase ?? '') &&
        node.synchronizationStatus === undefined,
    );
    highest = Math.max(highest, open.length);
    if (!advanceWorld(world, options)) return highest;
  }
  throw new Error('the workflow does not end');
}

describe('locks of templates', () => {
  it('let one node at a time run under a mutex', () => {
    const world = openWorld(specFrom(LOOP('{ mutexes: [{ name: m }] }')));
    expect(most(world, { locks: createLockManager() })).toBe(1);
    expect(world.workflow.status?.phase).toBe('Succeeded');
    expect(world.workflow.status).not.toHaveProperty('synchronization');
    expect(nodeNamed(world, 'demo[0].a(0:p)')).not.toHaveProperty('synchronizationStatus');
  });

  it('have names with tags: others do not wait for them', () => {
    const world = openWorld(specFrom(LOOP('{ mutexes: [{ name: "{{inputs.parameters.which}}" }] }')));
    expect(most(world, { locks: createLockManager() })).toBe(2);
  });

  it('tell who waits for what, and who holds it', () => {
    const world = openWorld(specFrom(LOOP('{ mutexes: [{ name: m }] }')));
    const locks = createLockManager();
    settleWorld(world, { locks });
    const { synchronization } = world.workflow.status ?? {};
    const ids = ['0:p', '1:p', '2:q'].map((turn) => nodeNamed(world, `demo[0].a(${turn})`)?.id);
    expect(synchronization).toEqual({
      mutex: {
        holding: [{ mutex: 'argo/Mutex/m', holder: ids[0] }],
        waiting: [
          { mutex: 'argo/Mutex/m', holder: ids[1] },
          { mutex: 'argo/Mutex/m', holder: ids[2] },
        ],
      },
    });
    expect(nodeNamed(world, 'demo[0].a(1:p)')).toMatchObject({
      type: 'Pod',
      phase: 'Pending',
      message: 'Waiting for argo/Mutex/m lock. Lock status: 0/1',
      synchronizationStatus: { waiting: 'argo/Mutex/m' },
    });
  });

  it('let as many run as the semaphore says', () => {
    const locks = createLockManager();
    locks.setLimit('argo/ConfigMap/limits/pods', 2);
    const world = openWorld(specFrom(LOOP('{ semaphores: [{ configMapKeyRef: { name: limits, key: pods } }] }')));
    expect(most(world, { locks })).toBe(2);
    expect(world.workflow.status?.phase).toBe('Succeeded');
  });

  it('fail the node when the semaphore has no limit', () => {
    const locks = createLockManager();
    locks.setLimit('argo/ConfigMap/limits/pods', 'failed to get semaphore limit: there is none');
    const world = openWorld(specFrom(LOOP('{ semaphores: [{ configMapKeyRef: { name: limits, key: pods } }] }')));
    runWorld(world, { locks });
    expect(nodeNamed(world, 'demo[0].a(0:p)')).toMatchObject({
      phase: 'Error',
      message: 'failed to get semaphore limit: there is none',
    });
    expect(world.workflow.status?.phase).toBe('Failed');
  });

  it('are kept over the attempts of a retried template, and over a whole nested one', () => {
    const spec = specFrom(`
entrypoint: main
templates:
  - { name: main, steps: [[{ name: a, template: flaky, withItems: [p, q] }, { name: b, template: nested }]] }
  - name: flaky
    synchronization: { mutexes: [{ name: m }] }
    retryStrategy: { limit: 2 }
    container: { image: a, command: [x], args: ["exit=1"] }
  - name: nested
    synchronization: { mutexes: [{ name: m }] }
    dag: { tasks: [{ name: c, template: leaf }] }
  - { name: leaf, container: { image: a, command: [x] } }`);
    const world = openWorld(spec);
    expect(most(world, { locks: createLockManager() })).toBe(1);
    expect(world.created).toHaveLength(7);
    expect(nodeNamed(world, 'demo[0].b.c')?.phase).toBe('Succeeded');
  });

  it.each([{ shutdown: 'Stop' }, { shutdown: 'Terminate' }] as const)('are given up by $shutdown', ({ shutdown }) => {
    const world = openWorld(specFrom(LOOP('{ mutexes: [{ name: m }] }')));
    const locks = createLockManager();
    settleWorld(world, { locks });
    world.workflow = { ...world.workflow, spec: { ...world.workflow.spec, shutdown } };
    runWorld(world, { locks });
    expect(nodeNamed(world, 'demo[0].a(1:p)')).toMatchObject({
      phase: 'Failed',
      message: `Stopped with strategy '${shutdown}'`,
    });
    expect(world.workflow.status).not.toHaveProperty('synchronization');
  });

  it('are waited for no longer than the template’s timeout', () => {
    const spec = specFrom(`
entrypoint: main
templates:
  - name: main
    steps: [[{ name: long, template: long }], [{ name: short, template: short }]]
    parallelism: 5
  - { name: long, container: { image: a, command: [x] } }
  - { name: short, pendingTimeout: 10s, synchronization: { mutexes: [{ name: m }] }, container: { image: a, command: [x] } }`);
    const locks = createLockManager();
    locks.report(
      { key: 'other', priority: 0, createdAt: '' },
      readLocks({ mutex: { holding: [{ mutex: 'argo/Mutex/m', holder: 'other' }] } }),
    );
    const world = runWorld(openWorld(spec), { locks });
    expect(nodeNamed(world, 'demo[1].short')).toMatchObject({ phase: 'Failed', message: 'timeout' });
  });

  it('end the same when rounds die after any action', () => {
    for (let at = 0; at < 40; at += 1) {
      let count = 0;
      const world = openWorld(specFrom(LOOP('{ mutexes: [{ name: m }] }')));
      const crash = (): boolean => (count += 1) === at;
      expect(most(world, { locks: createLockManager(), crash })).toBe(1);
      expect(world.workflow.status?.phase, `crash at ${at}`).toBe('Succeeded');
      expect(world.created).toHaveLength(3);
    }
  });
});

const WHOLE = `
entrypoint: a
synchronization: { mutexes: [{ name: m }] }
templates: [{ name: a, container: { image: a, command: [x], args: ["ms=5000"] } }]`;

/** Lets several worlds live at the same time; the names of the workflows in the order in which they began. */
function together(worlds: readonly World[], locks: LockManager): readonly string[] {
  const order: string[] = [];
  for (let turn = 0; turn < 60; turn += 1) {
    for (const world of worlds) {
      settleWorld(world, { locks });
      const { name } = world.workflow.metadata;
      if (world.created.length > 0 && !order.includes(name)) order.push(name);
    }
    for (const world of worlds) advanceWorld(world, { locks });
    const now = Math.max(...worlds.map((world) => world.now));
    for (const world of worlds) world.now = instant(now);
  }
  return order;
}

describe('locks of workflows', () => {
  it('let one run at a time, the most urgent first, then the oldest', () => {
    const locks = createLockManager();
    const open = (name: string, priority: number, createdAt: string): World => {
      const world = openWorld({ ...specFrom(WHOLE), priority }, name);
      const metadata = { ...world.workflow.metadata, creationTimestamp: createdAt };
      world.workflow = { ...world.workflow, metadata };
      return world;
    };
    const first = open('first', 0, '2025-06-15T15:06:40Z');
    settleWorld(first, { locks });
    const worlds = [
      first,
      open('young', 0, '2025-06-15T15:06:50Z'),
      open('old', 0, '2025-06-15T15:06:45Z'),
      open('urgent', 9, '2025-06-15T15:06:55Z'),
    ];
    for (const world of worlds) settleWorld(world, { locks });
    expect(worlds[1]?.workflow.status).toMatchObject({
      phase: 'Pending',
      message: 'Waiting for argo/Mutex/m lock. Lock status: 0/1',
    });
    expect(worlds[1]?.workflow.status).not.toHaveProperty('startedAt');
    expect(together(worlds, locks)).toEqual(['first', 'urgent', 'old', 'young']);
    expect(worlds.map((world) => world.workflow.status?.phase)).toEqual(Array(4).fill('Succeeded'));
  });

  it('stop waiting when they are terminated', () => {
    const locks = createLockManager();
    const [first, second] = [openWorld(specFrom(WHOLE), 'one'), openWorld(specFrom(WHOLE), 'two')];
    settleWorld(first, { locks });
    settleWorld(second, { locks });
    second.workflow = { ...second.workflow, spec: { ...second.workflow.spec, shutdown: 'Terminate' } };
    settleWorld(second, { locks });
    expect(second.workflow.status).toMatchObject({ phase: 'Failed', message: "Stopped with strategy 'Terminate'" });
  });
});

describe('synchronization that makes no sense', () => {
  const many = Array.from({ length: MAX_LOCKS + 1 }, (_, index) => ({ name: `m${index}` }));
  it.each([
    { given: { mutex: { name: 'm' } }, text: 'synchronization.mutex was replaced by a list' },
    { given: { mutexes: [{ name: 'm' }, { name: 'm' }] }, text: 'synchronization names /Mutex/m twice' },
    { given: { mutexes: [{}] }, text: 'synchronization.mutexes: name is required' },
    { given: { mutexes: [{ name: 'm', database: true }] }, text: 'database is not supported yet' },
    { given: { semaphores: [{ database: { key: 'k' } }] }, text: 'database is not supported yet' },
    { given: { semaphores: [{}] }, text: 'configMapKeyRef needs a name and a key' },
    { given: { mutexes: many }, text: `has ${MAX_LOCKS + 1} locks: at most ${MAX_LOCKS} are allowed` },
  ])('$text', ({ given, text }) => {
    const spec = { ...specFrom(WHOLE), synchronization: given };
    expect(runWorld(openWorld(spec)).workflow.status?.message).toContain(text);
  });

  it('a status is read as it was written', () => {
    const status = {
      mutex: { holding: [{ mutex: 'a/Mutex/m', holder: 'x' }] },
      semaphore: { waiting: [{ semaphore: 'a/ConfigMap/c/k', holders: ['y', 'z'] }] },
    };
    expect(writeLocks(readLocks(status))).toEqual(status);
    expect(writeLocks(readLocks(undefined))).toBeUndefined();
  });
});
