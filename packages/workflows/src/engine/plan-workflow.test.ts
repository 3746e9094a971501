import { parseYaml } from '@argosy/lang/yaml';
import { describe, expect, it } from 'vitest';

import {
  advanceWorld,
  nodeLines,
  nodeNamed,
  openWorld,
  runWorld,
  settleWorld,
  specOf,
  START,
  type World,
} from './scenario-world.ts';

const TEMPLATES = `
  - name: say
    inputs: { parameters: [{ name: text, value: hi }] }
    container: { image: a, command: [x], args: ["out={{inputs.parameters.text}}"] }
  - name: fail
    container: { image: a, command: [x], args: ["exit=1"] }
  - name: file
    container: { image: a, command: [x], args: ["file=hello\\n"] }
    outputs: { parameters: [{ name: p, valueFrom: { path: /tmp/p } }] }
  - name: flaky
    retryStrategy: { limit: 2 }
    container: { image: a, command: [x], args: ["exit={{= retries}}"] }
`.replace('{{= retries}}', '1');

function open(body: string): World {
  const parsed = parseYaml(`entrypoint: main\n${body.trimEnd()}\n${TEMPLATES}`);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return openWorld(specOf(parsed.value));
}

interface Row {
  readonly name: string;
  readonly reason: string;
  readonly body: string;
  readonly phase: string;
  readonly message?: string;
  readonly nodes: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    name: 'steps in order',
    reason: 'groups run one after the other, and results reach later groups',
    body: `
templates:
  - name: main
    steps:
      - - { name: a, template: say }
      - - { name: b, template: say, arguments: { parameters: [{ name: text, value: "{{steps.a.outputs.result}}!" }] } }
        - { name: c, template: say, when: "{{steps.a.outputs.result}} == ho" }`,
    phase: 'Succeeded',
    nodes: [
      'demo Steps Succeeded',
      'demo[0] StepGroup Succeeded',
      'demo[0].a Pod Succeeded',
      'demo[1] StepGroup Succeeded',
      'demo[1].b Pod Succeeded',
      "demo[1].c Skipped Skipped (when 'hi == ho' evaluated false)",
    ],
  },
  {
    name: 'failing step',
    reason: 'a failed child fails its group, its template and the workflow; later groups never start',
    body: `
templates:
  - name: main
    steps:
      - - { name: a, template: fail }
      - - { name: b, template: say }`,
    phase: 'Failed',
    message: "child 'demo-3048047209' failed",
    nodes: [
      "demo Steps Failed (child 'demo-3048047209' failed)",
      "demo[0] StepGroup Failed (child 'demo-3048047209' failed)",
      'demo[0].a Pod Failed (main: Error (exit code 1))',
    ],
  },
  {
    name: 'continueOn',
    reason: 'a tolerated failure lets the next group run',
    body: `
templates:
  - name: main
    steps:
      - - { name: a, template: fail, continueOn: { failed: true } }
      - - { name: b, template: say }`,
    phase: 'Succeeded',
    nodes: [
      'demo Steps Succeeded',
      'demo[0] StepGroup Succeeded',
      'demo[0].a Pod Failed (main: Error (exit code 1))',
      'demo[1] StepGroup Succeeded',
      'demo[1].b Pod Succeeded',
    ],
  },
  {
    name: 'diamond',
    reason: 'a task starts when all its dependencies are through',
    body: `
templates:
  - name: main
    dag:
      tasks:
        - { name: A, template: file }
        - { name: B, template: say, dependencies: [A], arguments: { parameters: [{ name: text, value: "{{tasks.A.outputs.parameters.p}}" }] } }
        - { name: C, template: say, dependencies: [A] }
        - { name: D, template: say, dependencies: [B, C] }`,
    phase: 'Succeeded',
    nodes: [
      'demo DAG Succeeded',
      'demo.A Pod Succeeded',
      'demo.B Pod Succeeded',
      'demo.C Pod Succeeded',
      'demo.D Pod Succeeded',
    ],
  },
  {
    name: 'depends',
    reason:
      'conditions choose what runs; what cannot run is omitted, and a handled failure is still the target’s branch',
    body: `
templates:
  - name: main
    dag:
      tasks:
        - { name: A, template: fail }
        - { name: rescue, template: say, depends: A.Failed }
        - { name: cheer, template: say, depends: A.Succeeded }`,
    phase: 'Failed',
    nodes: [
      'demo DAG Failed',
      'demo.A Pod Failed (main: Error (exit code 1))',
      'demo.cheer Skipped Omitted (omitted: depends condition not met)',
      'demo.rescue Pod Succeeded',
    ],
  },
  {
    name: 'loops',
    reason: 'each item is a turn; results are collected as a list',
    body: `
templates:
  - name: main
    dag:
      tasks:
        - { name: L, template: say, withItems: [x, { k: v }, 3], arguments: { parameters: [{ name: text, value: "{{item}}" }] } }
        - { name: after, template: say, dependencies: [L], arguments: { parameters: [{ name: text, value: "{{tasks.L.outputs.result}}" }] } }
        - { name: none, template: say, withParam: "[]" }
        - { name: seq, template: say, withSequence: { start: 2, end: 1, format: "n%02d" } }`,
    phase: 'Succeeded',
    nodes: [
      'demo DAG Succeeded',
      'demo.L TaskGroup Succeeded',
      'demo.L(0:x) Pod Succeeded',
      'demo.L(1:k:v) Pod Succeeded',
      'demo.L(2:3) Pod Succeeded',
      'demo.after Pod Succeeded',
      'demo.none Skipped Skipped (Skipped, empty params)',
      'demo.seq TaskGroup Succeeded',
      'demo.seq(0:n02) Pod Succeeded',
      'demo.seq(1:n01) Pod Succeeded',
    ],
  },
  {
    name: 'retries run out',
    reason: 'a limit of 2 means three attempts; the Retry node tells why it gave up',
    body: `
templates:
  - name: main
    steps: [[{ name: a, template: flaky }]]`,
    phase: 'Failed',
    message: "child 'demo-3048047209' failed",
    nodes: [
      "demo Steps Failed (child 'demo-3048047209' failed)",
      "demo[0] StepGroup Failed (child 'demo-3048047209' failed)",
      'demo[0].a Retry Failed (No more retries left)',
      'demo[0].a(0) Pod Failed (main: Error (exit code 1))',
      'demo[0].a(1) Pod Failed (main: Error (exit code 1))',
      'demo[0].a(2) Pod Failed (main: Error (exit code 1))',
    ],
  },
  {
    name: 'exit handlers',
    reason: 'the workflow’s and a step’s handler run whatever happened; the outcome stays',
    body: `
onExit: bye
templates:
  - name: main
    steps: [[{ name: a, template: fail, onExit: say }]]
  - name: bye
    steps: [[{ name: cry, template: say, when: "{{workflow.status}} != Succeeded" }, { name: cheer, template: say, when: "{{workflow.status}} == Succeeded" }]]`,
    phase: 'Failed',
    message: "child 'demo-3048047209' failed",
    nodes: [
      "demo Steps Failed (child 'demo-3048047209' failed)",
      'demo.onExit Steps Succeeded',
      'demo.onExit[0] StepGroup Succeeded',
      "demo.onExit[0].cheer Skipped Skipped (when 'Failed == Succeeded' evaluated false)",
      'demo.onExit[0].cry Pod Succeeded',
      "demo[0] StepGroup Failed (child 'demo-3048047209' failed)",
      'demo[0].a Pod Failed (main: Error (exit code 1))',
      'demo[0].a.onExit Pod Succeeded',
    ],
  },
  {
    name: 'absent output',
    reason: 'a skipped producer without default fails the consumer with its reason, not the controller',
    body: `
templates:
  - name: main
    steps:
      - - { name: a, template: file, when: "false" }
      - - { name: b, template: need, arguments: { parameters: [{ name: text, value: "{{steps.a.outputs.parameters.p}}" }] } }
  - name: need
    inputs: { parameters: [{ name: text }] }
    container: { image: a, command: [x], args: ["out={{inputs.parameters.text}}"] }`,
    phase: 'Failed',
    message: "child 'demo-2402879537' failed",
    nodes: [
      "demo Steps Failed (child 'demo-2402879537' failed)",
      'demo[0] StepGroup Succeeded',
      "demo[0].a Skipped Skipped (when 'false' evaluated false)",
      "demo[1] StepGroup Failed (child 'demo-2402879537' failed)",
      'demo[1].b Skipped Error (inputs.parameters.text: argument references an absent optional (skipped/omitted node output with no default))',
    ],
  },
  {
    name: 'bad condition',
    reason: 'a condition that cannot be read fails its step',
    body: `
templates:
  - name: main
    steps: [[{ name: a, template: say, when: "1 <" }]]`,
    phase: 'Failed',
    message: "child 'demo-3048047209' failed",
    nodes: [
      "demo Steps Failed (child 'demo-3048047209' failed)",
      "demo[0] StepGroup Failed (child 'demo-3048047209' failed)",
      "demo[0].a Skipped Error (Invalid 'when' expression '1 <': Unexpected end of expression)",
    ],
  },
  {
    name: 'recursion',
    reason: 'a template that calls itself without end is stopped, not the controller',
    body: `
templates:
  - name: main
    steps: [[{ name: a, template: main }]]`,
    phase: 'Failed',
    nodes: [],
  },
];

function runRow(name: string): World {
  return runWorld(open(ROWS.find((row) => row.name === name)?.body ?? ''));
}

const firstInput = (world: World, name: string): unknown => nodeNamed(world, name)?.inputs?.parameters?.[0]?.value;

describe('planWorkflow', () => {
  it.each(ROWS)('$name: $reason', (row) => {
    const world = runWorld(open(row.body));
    expect(world.workflow.status?.phase).toBe(row.phase);
    if (row.message !== undefined) expect(world.workflow.status?.message).toBe(row.message);
    if (row.nodes.length > 0) expect(nodeLines(world)).toEqual(row.nodes);
    expect(world.workflow.metadata.labels).toMatchObject({
      'workflows.argoproj.io/phase': row.phase,
      'workflows.argoproj.io/completed': 'true',
    });
  });

  it('wires nodes as upstream does', () => {
    const diamond = runRow('diamond');
    const id = (name: string): string => nodeNamed(diamond, name)?.id ?? '';
    expect(nodeNamed(diamond, 'demo')).toMatchObject({ children: [id('demo.A')], outboundNodes: [id('demo.D')] });
    expect(nodeNamed(diamond, 'demo.A')?.children).toEqual([id('demo.B'), id('demo.C')]);
    expect(nodeNamed(diamond, 'demo.B')?.children).toEqual([id('demo.D')]);
    expect(firstInput(diamond, 'demo.B')).toBe('hello');
    const loops = runRow('loops');
    expect(firstInput(loops, 'demo.after')).toBe('["x",{"k":"v"},3]');
    const follower = nodeNamed(loops, 'demo.after')?.id ?? '';
    expect(nodeNamed(loops, 'demo.L(0:x)')?.children).toEqual([follower]);
    expect(nodeNamed(loops, 'demo.L')?.progress).toBe('3/3');
  });

  it('waits for a duration, and for a person', () => {
    const world = open(`
templates:
  - name: main
    steps: [[{ name: wait, template: pause }], [{ name: approve, template: ask }]]
  - { name: pause, suspend: { duration: "90" } }
  - { name: ask, suspend: {} }`);
    settleWorld(world);
    expect(world.wakeAt).toBe(START + 90_000);
    advanceWorld(world, {});
    settleWorld(world);
    expect(nodeLines(world)).toContain('demo[0].wait Suspend Succeeded');
    expect(nodeLines(world)).toContain('demo[1].approve Suspend Running');
    expect(world.wakeAt).toBeUndefined();
    expect(advanceWorld(world, {})).toBe(false);
  });

  it('backs off between attempts, longer each time, and not beyond maxDuration', () => {
    const world = runWorld(
      open(`
templates:
  - name: main
    retryStrategy: { limit: 5, backoff: { duration: "10", factor: 2, maxDuration: 1m } }
    container: { image: a, command: [x], args: ["exit=1", "ms=0"] }`),
    );
    const startOf = (name: string): number => (Date.parse(nodeNamed(world, name)?.startedAt ?? '') - START) / 1000;
    expect(['demo(0)', 'demo(1)', 'demo(2)'].map(startOf)).toEqual([0, 10, 30]);
    expect(nodeNamed(world, 'demo(3)')).toBeUndefined();
    expect(world.workflow.status?.message).toBe('Backoff would exceed max duration limit');
  });

  it('starts no more pods than spec.parallelism at once', () => {
    const world = open(`
parallelism: 2
templates:
  - name: main
    steps: [[{ name: a, template: say, withSequence: { count: 7 } }]]`);
    let most = 0;
    do {
      settleWorld(world);
      most = Math.max(most, nodeLines(world).filter((line) => / Pod (Pending|Running)/.test(line)).length);
    } while (advanceWorld(world, {}));
    expect(most).toBe(2);
    expect(world.workflow.status).toMatchObject({ phase: 'Succeeded', progress: '7/7' });
  });

  it.each([
    { shutdown: 'Stop' as const, exit: true, reason: 'Stop still runs the exit handler' },
    { shutdown: 'Terminate' as const, exit: false, reason: 'Terminate runs nothing more' },
  ])('$reason', ({ shutdown, exit }) => {
    const world = open(`
onExit: say
templates:
  - name: main
    steps: [[{ name: a, template: say }], [{ name: b, template: say }]]`);
    settleWorld(world);
    advanceWorld(world, {});
    settleWorld(world);
    world.workflow = { ...world.workflow, spec: { ...world.workflow.spec, shutdown } };
    world.memory = undefined;
    runWorld(world);
    expect(world.workflow.status).toMatchObject({ phase: 'Failed', message: `Stopped with strategy '${shutdown}'` });
    expect(nodeNamed(world, 'demo[0].a')?.message).toBe(`workflow shutdown with strategy:  ${shutdown}`);
    expect(nodeNamed(world, 'demo.onExit') !== undefined).toBe(exit);
  });

  it('ends everything at its deadline', () => {
    const world = runWorld(
      open(`
activeDeadlineSeconds: 5
templates:
  - name: main
    steps: [[{ name: a, template: slow }, { name: b, template: ask }], [{ name: c, template: say }]]
  - { name: slow, container: { image: a, command: [x], args: ["ms=60000"] } }
  - { name: ask, suspend: {} }`),
    );
    expect(world.now).toBe(START + 5000);
    expect(world.workflow.status?.phase).toBe('Failed');
    expect(nodeNamed(world, 'demo[0].a')).toMatchObject({ phase: 'Failed', message: 'Step exceeded its deadline' });
    expect(nodeNamed(world, 'demo[0].b')).toMatchObject({ phase: 'Failed', message: 'Step exceeded its deadline' });
    expect(world.events.at(-1)).toBe('WorkflowTimedOut Workflow timed out');
  });

  it('holds everything back while suspended', () => {
    const world = open(`
suspend: true
templates:
  - name: main
    steps: [[{ name: a, template: say }]]`);
    settleWorld(world);
    expect(world.created).toEqual([]);
    world.workflow = { ...world.workflow, spec: { ...world.workflow.spec, suspend: false } };
    world.memory = undefined;
    runWorld(world);
    expect(world.workflow.status?.phase).toBe('Succeeded');
  });

  it('tells a node whose pod was deleted', () => {
    const world = open(`
templates:
  - name: main
    container: { image: a, command: [x], args: ["ms=60000"] }`);
    settleWorld(world);
    advanceWorld(world, {});
    settleWorld(world);
    world.pods.clear();
    world.dirty.add('demo');
    runWorld(world);
    expect(world.now).toBe(START + 10_000);
    expect(world.workflow.status).toMatchObject({ phase: 'Error', message: 'pod deleted' });
  });

  it('names everything that is wrong with an invalid spec', () => {
    const world = runWorld(open(`templates:\n  - { name: main, steps: [[{ name: a, template: nobody }]] }`));
    expect(world.workflow.status).toMatchObject({
      phase: 'Failed',
      message: "invalid spec: templates.main steps[0].a template name 'nobody' undefined",
    });
  });

  it('deletes a finished workflow after its time, not a moment earlier', () => {
    const world = runWorld(
      open(`
ttlStrategy: { secondsAfterCompletion: 60 }
podGC: { strategy: OnPodCompletion, deleteDelayDuration: 2s }
templates:
  - name: main
    container: { image: a, command: [x] }`),
    );
    const endedAt = Date.parse(world.workflow.status?.finishedAt ?? '');
    const due: number[] = [];
    settleWorld(world);
    while (!world.isGone) {
      if (world.wakeAt !== undefined) due.push(world.wakeAt - endedAt);
      if (!advanceWorld(world, {})) break;
      settleWorld(world);
    }
    expect(due).toEqual([2000, 61_000]);
    expect(world.deleted).toEqual(['demo']);
    expect(world.isGone).toBe(true);
  });
});
