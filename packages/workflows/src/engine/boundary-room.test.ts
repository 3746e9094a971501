import { parseYaml } from '@argosy/lang/yaml';
import { describe, expect, it } from 'vitest';

import { FAIL_FAST_MESSAGE } from './boundary-room.ts';
import {
  advanceWorld,
  nodeLines,
  nodeNamed,
  openWorld,
  runWorld,
  settleWorld,
  specOf,
  type World,
} from './scenario-world.ts';

const TEMPLATES = `
  - { name: say, container: { image: a, command: [x] } }
  - { name: slow, container: { image: a, command: [x], args: ["ms=9000"] } }
  - { name: fail, container: { image: a, command: [x], args: ["exit=1"] } }
  - name: pair
    steps: [[{ name: one, template: say }], [{ name: two, template: say }]]
  - name: flaky
    retryStrategy: { limit: 2, backoff: { duration: "3" } }
    container: { image: a, command: [x], args: ["exit=1"] }
`;

function open(body: string): World {
  const parsed = parseYaml(`entrypoint: main\n${body.trimEnd()}\n${TEMPLATES}`);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return openWorld(specOf(parsed.value));
}

/** Runs to the end; the most children of a type that were active inside `demo` at one moment. */
function mostActive(world: World, kind: RegExp): number {
  let most = 0;
  do {
    settleWorld(world);
    most = Math.max(most, nodeLines(world).filter((line) => kind.test(line)).length);
  } while (advanceWorld(world, {}));
  return most;
}

const ACTIVE_POD = / Pod (Pending|Running)/;

describe('template.parallelism', () => {
  it.each([
    {
      reason: 'turns of a loop in steps',
      body: 'steps: [[{ name: a, template: say, withSequence: { count: 7 } }]]',
      kind: ACTIVE_POD,
      progress: '7/7',
    },
    {
      reason: 'tasks and turns of a DAG',
      body: `dag:
      tasks:
        - { name: a, template: say, withSequence: { count: 3 } }
        - { name: b, template: say }
        - { name: c, template: say }
        - { name: d, template: say, dependencies: [a, b, c] }`,
      kind: ACTIVE_POD,
      progress: '6/6',
    },
    {
      reason: 'boundaries count as one child, however much they hold',
      body: 'steps: [[{ name: a, template: pair, withSequence: { count: 5 } }]]',
      kind: /^demo\[0\]\.a\S+ Steps Running/,
      progress: '10/10',
    },
    {
      reason: 'exit handlers of steps need room like other children',
      body: 'steps: [[{ name: a, template: say, onExit: say, withSequence: { count: 4 } }]]',
      kind: ACTIVE_POD,
      progress: '8/8',
    },
  ])('holds for $reason', ({ body, kind, progress }) => {
    const world = open(`\ntemplates:\n  - name: main\n    parallelism: 2\n    ${body}`);
    expect(mostActive(world, kind)).toBe(2);
    expect(world.workflow.status).toMatchObject({ phase: 'Succeeded', progress });
  });

  it('gives the room of an attempt that backs off to others, and attempts wait for room', () => {
    const world = open(`
templates:
  - name: main
    parallelism: 1
    steps: [[{ name: a, template: flaky, continueOn: { failed: true }, withSequence: { count: 3 } }]]`);
    expect(mostActive(world, ACTIVE_POD)).toBe(1);
    expect(world.workflow.status).toMatchObject({ phase: 'Succeeded', progress: '0/9' });
  });

  it('is counted for each call of the template by itself', () => {
    const world = open(`
templates:
  - name: main
    steps: [[{ name: x, template: inner }, { name: y, template: inner }]]
  - name: inner
    parallelism: 1
    dag: { tasks: [{ name: a, template: say }, { name: b, template: say }] }`);
    expect(mostActive(world, ACTIVE_POD)).toBe(2);
  });
});

describe('template.failFast', () => {
  it.each([
    {
      reason: 'a loop of steps starts no more turns',
      body: `parallelism: 1
    failFast: true
    steps: [[{ name: a, template: fail, withSequence: { count: 5 } }], [{ name: never, template: say }]]`,
      created: 1,
    },
    {
      reason: 'a tolerated failure is a failure too',
      body: `failFast: true
    steps: [[{ name: a, template: fail, continueOn: { failed: true } }], [{ name: never, template: say }]]`,
      created: 1,
    },
    {
      reason: 'tasks that have not started never do',
      body: `failFast: true
    dag:
      failFast: false
      tasks:
        - { name: a, template: fail }
        - { name: b, template: slow }
        - { name: c, template: say, dependencies: [b] }`,
      created: 2,
    },
    {
      reason: 'a loop that waits for room is given up',
      body: `failFast: true
    parallelism: 2
    dag: { tasks: [{ name: b, template: slow }, { name: a, template: fail }, { name: c, template: say, withSequence: { count: 3 } }] }`,
      created: 2,
    },
  ])('$reason', ({ body, created }) => {
    const world = runWorld(open(`\ntemplates:\n  - name: main\n    ${body}`));
    expect(world.workflow.status).toMatchObject({ phase: 'Failed', message: FAIL_FAST_MESSAGE });
    expect(world.created).toHaveLength(created);
    // What ran was waited for.
    expect(nodeLines(world).filter((line) => ACTIVE_POD.test(line))).toEqual([]);
  });

  it('fails the last group with the template', () => {
    const world = runWorld(
      open('\ntemplates:\n  - name: main\n    failFast: true\n    steps: [[{ name: a, template: fail }]]'),
    );
    expect(nodeNamed(world, 'demo[0]')).toMatchObject({ phase: 'Failed', message: FAIL_FAST_MESSAGE });
  });

  it('looks at the end of a retried child, not at its attempts', () => {
    const world = runWorld(
      open(`
templates:
  - name: main
    failFast: true
    steps: [[{ name: a, template: lucky }], [{ name: b, template: say }]]
  - name: lucky
    retryStrategy: { limit: 1 }
    container: { image: a, command: [x], args: ["try={{retries}}"] }`),
      { script: (_name, pod) => ({ exitCode: JSON.stringify(pod).includes('try=0') ? 1 : 0 }) },
    );
    expect(world.workflow.status?.phase).toBe('Succeeded');
    expect(nodeLines(world)).toContain('demo[0].a(0) Pod Failed (main: Error (exit code 1))');
  });
});

describe('spec.workflowMetadata', () => {
  const BODY = `
workflowMetadata: { labels: { team: blue }, annotations: { note: hi } }
templates:
  - name: main
    container: { image: a, command: [x], args: ["{{workflow.labels.team}}-{{workflow.annotations.note}}"] }`;

  it('labels the workflow in its first round and is seen by variables from there on', () => {
    const world = open(BODY);
    settleWorld(world);
    expect(world.workflow.metadata).toMatchObject({ labels: { team: 'blue' }, annotations: { note: 'hi' } });
    expect(JSON.stringify([...world.pods.values()][0]?.object['spec'])).toContain('"blue-hi"');
  });

  it('leaves what a person changes later', () => {
    const world = open(BODY);
    settleWorld(world);
    const { metadata } = world.workflow;
    world.workflow = { ...world.workflow, metadata: { ...metadata, labels: { ...metadata.labels, team: 'red' } } };
    runWorld(world);
    expect(world.workflow.metadata.labels).toMatchObject({ team: 'red' });
  });
});

describe('configMapKeyRef', () => {
  const run = (input: string, configMaps: Parameters<typeof runWorld>[1] = {}): World =>
    runWorld(
      open(`
templates:
  - name: main
    steps: [[{ name: a, template: read }]]
  - name: read
    inputs: { parameters: [{ name: p, ${input} }] }
    container: { image: a, command: [x], args: ["{{inputs.parameters.p}}"] }`),
      configMaps,
    );
  const REF = 'valueFrom: { configMapKeyRef: { name: config, key: size } }';
  const DEFAULTED = 'valueFrom: { default: small, configMapKeyRef: { name: config, key: size } }';
  const found = { config: { values: { size: 'large' } } };
  const wrong = { config: { refusal: 'it needs a label' } };

  it.each([
    { reason: 'the key is there', input: REF, configMaps: found, value: 'large' },
    { reason: 'an own value wins', input: `value: own, ${REF}`, configMaps: found, value: 'own' },
    { reason: 'a default stands in for a missing ConfigMap', input: DEFAULTED, configMaps: {}, value: 'small' },
    {
      reason: 'a default stands in for a missing key',
      input: DEFAULTED,
      configMaps: { config: { values: {} } },
      value: 'small',
    },
  ])('$reason', ({ input, configMaps, value }) => {
    const world = run(input, { configMaps });
    expect(world.workflow.status?.phase).toBe('Succeeded');
    expect(nodeNamed(world, 'demo[0].a')?.inputs?.parameters?.[0]?.value).toBe(value);
  });

  it.each([
    { input: REF, configMaps: {}, message: "ConfigMap 'config' does not exist" },
    { input: REF, configMaps: { config: { values: {} } }, message: "ConfigMap 'config' does not have the key 'size'" },
    { input: DEFAULTED, configMaps: wrong, message: 'it needs a label' },
  ])('tells the node: $message', ({ input, configMaps, message }) => {
    const world = run(input, { configMaps });
    expect(nodeNamed(world, 'demo[0].a')?.phase).toBe('Error');
    expect(nodeNamed(world, 'demo[0].a')?.message).toContain(
      `unable to retrieve inputs.parameters.p from ConfigMap: ${message}`,
    );
  });

  it.each([
    { ref: '{ name: "", key: k }', message: 'configMapKeyRef.name is required' },
    { ref: '{ name: config }', message: 'configMapKeyRef.key is required' },
    { ref: '{ name: "{{workflow.name}}", key: k }', message: 'are not supported yet' },
  ])('refuses $ref', ({ ref, message }) => {
    expect(run(`valueFrom: { configMapKeyRef: ${ref} }`).workflow.status?.message).toContain(message);
  });
});
