import type { DagTask, Template, WorkflowSpec, WorkflowStep } from '@argosy/api/workflows';
import { createRandom, instant } from '@argosy/std';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createLockManager } from './lock-manager.ts';
import { planWorkflow } from './plan-workflow.ts';
import {
  advanceWorld,
  nodeLines,
  observeWorld,
  openWorld,
  runWorld,
  settleWorld,
  START,
  type World,
  type WorldOptions,
} from './scenario-world.ts';

const LEAVES = ['ok', 'bad', 'flaky', 'pause', 'locked', 'fussy'];
const RUNS = 40;

const leaf = fc.constantFrom(...LEAVES);
const loop = fc.option(fc.constantFrom(['x', 'y'], ['a'], []), { nil: undefined });

const callExtras = fc.record({
  template: leaf,
  items: loop,
  when: fc.option(fc.constantFrom('true', 'false'), { nil: undefined }),
  tolerant: fc.boolean(),
  onExit: fc.boolean(),
  hooked: fc.boolean(),
});

type Extras = typeof callExtras extends fc.Arbitrary<infer T> ? T : never;

function callOf(kind: 'steps' | 'tasks', name: string, extras: Extras): WorkflowStep {
  return {
    name,
    template: extras.template,
    ...(extras.items === undefined ? {} : { withItems: extras.items }),
    ...(extras.when === undefined ? {} : { when: extras.when }),
    ...(extras.tolerant ? { continueOn: { failed: true } } : {}),
    ...(extras.onExit ? { onExit: 'ok' } : {}),
    ...(extras.hooked
      ? { hooks: { failed: { expression: `${kind}.${name}.status == 'Failed'`, template: 'ok' } } }
      : {}),
  };
}

const steps: fc.Arbitrary<Template> = fc
  .array(fc.array(callExtras, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
  .map((groups) => ({
    steps: groups.map((group, g) => group.map((extras, s) => callOf('steps', `s${g}x${s}`, extras))),
  }));

const dag: fc.Arbitrary<Template> = fc
  .tuple(fc.array(fc.tuple(callExtras, fc.nat({ max: 255 })), { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([tasks, failFast]) => ({
    dag: {
      failFast,
      tasks: tasks.map(([extras, mask], index): DagTask => {
        const dependencies = tasks
          .map((_, other) => `t${other}`)
          .filter((_, other) => other < index && (mask >> other) & 1);
        return { ...callOf('tasks', `t${index}`, extras), dependencies };
      }),
    },
  }));

const program = (...args: readonly string[]): Pick<Template, 'container'> => ({
  container: { image: 'a', command: ['x'], args },
});

const specs: fc.Arbitrary<WorkflowSpec> = fc
  .tuple(
    fc.oneof(steps, dag),
    fc.oneof(steps, dag),
    fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  )
  .map(([main, inner, parallelism, room]) => ({
    entrypoint: 'main',
    onExit: 'ok',
    ...(parallelism === undefined ? {} : { parallelism }),
    templates: [
      { name: 'main', ...nest(main) },
      { name: 'inner', ...inner, ...(room === undefined ? {} : { parallelism: room }) },
      { name: 'ok', ...program('out=1') },
      { name: 'bad', ...program('exit=1') },
      { name: 'flaky', retryStrategy: { limit: 1, backoff: { duration: '3' } }, ...program('exit=1') },
      { name: 'pause', suspend: { duration: '2' } },
      { name: 'locked', synchronization: { mutexes: [{ name: 'm' }] }, ...program('out=2') },
      {
        name: 'fussy',
        retryStrategy: { expression: "lastRetry.exitCode == '3' && asInt(retries) < 1" },
        ...program('exit=3'),
      },
    ],
  }));

/** The first call of the outer template runs the inner one. */
function nest(main: Template): Template {
  if (main.dag !== undefined) {
    const tasks = (main.dag.tasks ?? []).map((task, index) => (index === 0 ? { ...task, template: 'inner' } : task));
    return { dag: { ...main.dag, tasks } };
  }
  const groups = (main.steps ?? []).map((group, g) =>
    group.map((step, s) => (g === 0 && s === 0 ? { ...step, template: 'inner' } : step)),
  );
  return { steps: groups };
}

/** What must not depend on order, crashes or memory: which nodes there are and how they ended. */
function story(world: World): unknown {
  const { phase, message, progress } = world.workflow.status ?? {};
  return { phase, message, progress, nodes: nodeLines(world), created: [...world.created].sort() };
}

function run(spec: WorkflowSpec, options: WorldOptions = {}): World {
  return runWorld(openWorld(spec), { locks: createLockManager(), ...options });
}

describe('planWorkflow, whatever the workflow', () => {
  it('ends, and ends the same with the index as without it (twin)', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const world = run(spec);
        expect(['Succeeded', 'Failed', 'Error']).toContain(world.workflow.status?.phase);
        const twin = run(spec, { useMemory: false });
        expect(story(world)).toEqual(story(twin));
        // With limited places, who gets the next one may differ; the outcome may not.
        const isLimited = spec.parallelism !== undefined || spec.templates?.[1]?.parallelism !== undefined;
        if (!isLimited) expect(world.workflow.status).toEqual(twin.workflow.status);
      }),
      { numRuns: RUNS },
    );
  });

  it('ends the same when rounds die after any action (prefix safety)', () => {
    fc.assert(
      fc.property(specs, fc.integer(), (spec, seed) => {
        const random = createRandom(seed);
        let left = 40;
        const crash = (): boolean => {
          if (left === 0 || random.below(4) !== 0) return false;
          left -= 1;
          return true;
        };
        expect(story(run(spec, { crash }))).toEqual(story(run(spec)));
      }),
      { numRuns: RUNS },
    );
  });

  it('ends the same in whatever order pods are heard of', () => {
    fc.assert(
      fc.property(specs, fc.integer(), (spec, seed) => {
        const random = createRandom(seed);
        const pick = (count: number): number => random.below(count);
        const shuffled = run({ ...spec, parallelism: 100 }, { pick });
        expect(story(shuffled)).toEqual(story(run({ ...spec, parallelism: 100 })));
      }),
      { numRuns: RUNS },
    );
  });

  it('plans the same from what a journal holds (replay)', () => {
    fc.assert(
      fc.property(specs, fc.nat({ max: 12 }), (spec, turns) => {
        const world = openWorld(spec);
        for (let turn = 0; turn < turns; turn += 1) {
          settleWorld(world);
          if (!advanceWorld(world, {})) break;
        }
        const observed = observeWorld(world, {});
        const env = { now: world.now, seed: 1 };
        const { compiled, ...rest } = observed;
        const journalled = JSON.parse(JSON.stringify(rest)) as Omit<typeof observed, 'compiled'>;
        expect(planWorkflow({ ...journalled, compiled }, env)).toEqual(planWorkflow(observed, env));
        expect(journalled).not.toHaveProperty('memory');
      }),
      { numRuns: RUNS },
    );
  });

  it('plans nothing a millisecond before its wake-up and something at it', () => {
    fc.assert(
      fc.property(specs, fc.nat({ max: 12 }), (spec, turns) => {
        const world = openWorld(spec);
        for (let turn = 0; turn < turns; turn += 1) {
          settleWorld(world);
          if (!advanceWorld(world, {})) break;
        }
        settleWorld(world);
        if (world.wakeAt === undefined || world.wakeAt <= world.now) return;
        const changed = (at: number): boolean => {
          const later = { ...world, now: instant(at), pods: new Map(world.pods) };
          const plan = planWorkflow(observeWorld(later, { useMemory: false }), { now: instant(at), seed: 1 });
          return Object.keys(plan.status.nodes).length + plan.actions.length > 0;
        };
        expect(changed(world.wakeAt - 1)).toBe(false);
        expect(changed(world.wakeAt)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it('costs per event what the event touches, not what the workflow holds', () => {
    const count = 3000;
    const templates = [
      { name: 'main', steps: [[{ name: 'a', template: 'ok', withSequence: { count } }]] },
      { name: 'ok', ...program() },
    ];
    const world = openWorld({ entrypoint: 'main', templates });
    settleWorld(world);
    for (let turn = 0; turn < 3; turn += 1) advanceWorld(world, {});
    const observed = observeWorld(world, {});
    const memory = observed.memory;
    if (memory === undefined) throw new Error('the world must keep an index');
    let reads = 0;
    const counting = new Proxy(memory.nodes, {
      get: (nodes, key) => {
        reads += 1;
        const value: unknown = Reflect.get(nodes, key);
        return typeof value === 'function' ? (value.bind(nodes) as unknown) : value;
      },
    });
    const plan = planWorkflow({ ...observed, memory: { ...memory, nodes: counting } }, { now: world.now, seed: 1 });
    expect(observed.touched.length).toBe(3);
    expect(Object.keys(plan.status.nodes)).toHaveLength(3);
    expect(reads).toBeLessThan(200);
  });

  it('joins many tasks at the cost of one walk over them, not of one walk a task', () => {
    const readsFor = (count: number): number => {
      const names = Array.from({ length: count }, (_, index) => `t${index}`);
      const tasks = [
        ...names.map((name) => ({ name, template: 'ok' })),
        { name: 'join', template: 'ok', dependencies: names },
      ];
      const world = openWorld({
        entrypoint: 'main',
        templates: [
          { name: 'main', dag: { tasks } },
          { name: 'ok', ...program() },
        ],
      });
      settleWorld(world);
      const memory = world.memory;
      if (memory === undefined) throw new Error('the world must keep an index');
      let reads = 0;
      const nodes = new Proxy(memory.nodes, {
        get: (target, key) => {
          reads += 1;
          const value: unknown = Reflect.get(target, key);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
      world.memory = { ...memory, nodes };
      runWorld(world);
      expect(world.workflow.status).toMatchObject({ phase: 'Succeeded', progress: `${count + 1}/${count + 1}` });
      return reads;
    };
    const [few, many] = [readsFor(80), readsFor(320)];
    // Four times as many tasks: four times the cost, and not sixteen times.
    expect(many / few).toBeLessThan(5);
  });

  it('starts at START, so times in statuses can be compared', () => {
    const world = run({ entrypoint: 'a', templates: [{ name: 'a', ...program() }] });
    expect(Date.parse(world.workflow.status?.startedAt ?? '')).toBe(START);
  });
});
