import type { Workflow, WorkflowSpec } from '@argosy/api/workflows';
import { parseYaml } from '@argosy/lang/yaml';
import { instant, must } from '@argosy/std';
import { describe, expect, it } from 'vitest';

import { parseNodeSelector } from './node-selector.ts';
import { resubmitWorkflow } from './resubmit-workflow.ts';
import { retryWorkflow, type RetryOptions } from './retry-workflow.ts';
import { nodeLines, nodeNamed, openWorld, runWorld, specOf, type World, type WorldOptions } from './scenario-world.ts';

function specFrom(yaml: string): WorkflowSpec {
  const parsed = parseYaml(yaml);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return specOf(parsed.value);
}

const LEAVES = `
  - { name: ok, inputs: { parameters: [{ name: text, default: d }] }, container: { image: a, command: [x], args: ["out={{inputs.parameters.text}}"] } }
  - { name: bad, container: { image: a, command: [x], args: ["exit={{workflow.parameters.code}}"] } }
arguments: { parameters: [{ name: code, value: "1" }] }
entrypoint: main`;

const DAG = `
onExit: ok
templates:
  - name: main
    dag:
      tasks:
        - { name: a, template: ok }
        - { name: b, template: bad, dependencies: [a], onExit: ok }
        - { name: c, template: ok, dependencies: [a] }
        - { name: d, template: ok, dependencies: [b, c], arguments: { parameters: [{ name: text, value: "{{tasks.c.outputs.result}}" }] } }
${LEAVES}`;

const NESTED = `
templates:
  - name: main
    steps:
      - - { name: first, template: ok }
      - - { name: inner, template: inner }
      - - { name: last, template: ok }
  - name: inner
    retryStrategy: { limit: 1 }
    steps:
      - - { name: fine, template: ok }
      - - { name: loop, template: bad, withItems: [p, q] }
${LEAVES}`;

const run = (yaml: string, options: WorldOptions = {}): World => runWorld(openWorld(specFrom(yaml)), options);

const OPTIONS: RetryOptions = {
  restartSuccessful: false,
  selects: () => false,
  isSelective: false,
  parameters: [],
  now: instant(1_750_000_900_000),
};

/** Begins the world again with the pods that remain. */
function again(world: World, options: Partial<RetryOptions> = {}): World {
  const retried = retryWorkflow(world.workflow, { ...OPTIONS, ...options });
  if (!retried.ok) throw new Error(retried.error);
  for (const name of retried.value.podsToDelete) world.pods.delete(name);
  world.workflow = retried.value.workflow;
  world.memory = undefined;
  world.carried = undefined;
  world.created.length = 0;
  return runWorld(world);
}

const FIXED = { parameters: [{ name: 'code', value: '0' }] };

describe('retryWorkflow', () => {
  it.each([
    { name: 'a DAG', yaml: DAG, pods: 4, reason: 'the failed task, what follows it, both exit handlers' },
    { name: 'retried steps', yaml: NESTED, pods: 4, reason: 'all of the failed Retry node, and what follows' },
  ])('$name: $reason run again, and only they', ({ yaml, pods }) => {
    const world = run(yaml);
    expect(world.workflow.status?.phase).toBe('Failed');
    const retried = again(world, FIXED);
    expect(retried.created).toHaveLength(pods);
    expect(retried.workflow.status).toMatchObject({ phase: 'Succeeded' });
    expect(retried.workflow.status).not.toHaveProperty('message');
    const fresh = run(yaml.replace('name: code, value: "1"', 'name: code, value: "0"'));
    expect(nodeLines(retried)).toEqual(nodeLines(fresh));
    expect(retried.workflow.status?.progress).toBe(fresh.workflow.status?.progress);
  });

  it('fails again in the same way when nothing was mended', () => {
    const world = run(NESTED);
    const before = nodeLines(world);
    expect(nodeLines(again(world))).toEqual(before);
  });

  it('runs succeeded nodes again when they are selected', () => {
    const world = run(DAG.replace('value: "1"', 'value: "0"'));
    const selects = parseNodeSelector('displayName=c');
    expect(selects.ok).toBe(true);
    const retried = again(world, {
      restartSuccessful: true,
      isSelective: true,
      ...(selects.ok ? { selects: selects.value } : {}),
    });
    expect(retried.workflow.status?.phase).toBe('Succeeded');
    // The selected task, the one after it, and both exit handlers, which always run again.
    expect(retried.created.map((name) => name.replace(/-\d+$/, ''))).toEqual(Array(4).fill('demo-ok'));
    expect(nodeNamed(retried, 'demo.a')?.finishedAt).toBe(nodeNamed(world, 'demo.a')?.finishedAt);
  });

  it('forgets how the workflow ended and was stopped', () => {
    const world = run(DAG);
    const labels = { 'workflows.argoproj.io/completed': 'true', team: 'blue' };
    const stopped: Workflow = {
      ...world.workflow,
      metadata: { ...world.workflow.metadata, labels },
      spec: { ...world.workflow.spec, shutdown: 'Stop' },
    };
    const retried = retryWorkflow(stopped, OPTIONS);
    const { workflow } = must(retried.ok ? retried.value : undefined, 'retried');
    expect(workflow.metadata.labels).toEqual({ team: 'blue' });
    expect(workflow.spec.shutdown).toBeUndefined();
    expect(workflow.status).toMatchObject({ phase: '', startedAt: '2025-06-15T15:21:40Z' });
    expect(workflow.status).not.toHaveProperty('finishedAt');
    expect(workflow.status?.conditions).toContainEqual({ type: 'Completed', status: 'False' });
  });

  it.each([
    { phase: 'Running', text: 'Cannot retry a workflow in phase Running' },
    {
      phase: 'Succeeded',
      text: 'To retry a succeeded workflow, set the options restartSuccessful and nodeFieldSelector',
    },
  ] as const)('refuses a workflow that is $phase', ({ phase, text }) => {
    const { workflow } = openWorld(specFrom(DAG));
    expect(retryWorkflow({ ...workflow, status: { phase } }, OPTIONS)).toEqual({ ok: false, error: text });
  });
});

describe('resubmitWorkflow', () => {
  const env = { now: OPTIONS.now, seed: 7 };

  it('makes a new workflow with the old spec, labels and other arguments', () => {
    const world = run(DAG);
    const fresh = resubmitWorkflow(world.workflow, { memoized: false, env, ...FIXED });
    const workflow = must(fresh.ok ? fresh.value : undefined, 'fresh');
    expect(workflow.metadata).toMatchObject({
      generateName: 'demo-',
      labels: { 'workflows.argoproj.io/resubmitted-from-workflow': 'demo' },
    });
    expect(Object.keys(workflow.metadata.labels ?? {})).toHaveLength(1);
    expect(workflow.spec.arguments?.parameters).toEqual([{ name: 'code', value: '0' }]);
    expect(workflow.status).toBeUndefined();
  });

  it('memoized, runs only what had not succeeded, with the outputs of what had', () => {
    const world = run(DAG);
    const fresh = resubmitWorkflow(world.workflow, { memoized: true, env, ...FIXED });
    const workflow = must(fresh.ok ? fresh.value : undefined, 'fresh');
    const { name } = workflow.metadata;
    expect(name).toMatch(/^demo-[a-z0-9]{5}$/);
    const next = openWorld(workflow.spec, name);
    next.workflow = { ...workflow, metadata: { ...workflow.metadata, uid: 'uid-2' } };
    runWorld(next);
    expect(next.workflow.status?.phase).toBe('Succeeded');
    expect(next.created).toHaveLength(4);
    expect(nodeNamed(next, `${name}.c`)).toMatchObject({
      type: 'Skipped',
      phase: 'Skipped',
      message: `original pod: ${nodeNamed(world, 'demo.c')?.id ?? ''}`,
      outputs: { result: 'd' },
    });
    expect(nodeNamed(next, `${name}.d`)?.inputs?.parameters?.[0]?.value).toBe('d');
  });

  it('memoized, refuses a workflow that did not fail', () => {
    const { workflow } = openWorld(specFrom(DAG));
    expect(resubmitWorkflow(workflow, { memoized: true, parameters: [], env })).toEqual({
      ok: false,
      error: 'workflow must be Failed/Error to resubmit in memoized mode',
    });
  });
});
