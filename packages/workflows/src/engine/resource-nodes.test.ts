import type { WorkflowSpec } from '@argosy/api/workflows';
import { parseYaml } from '@argosy/lang/yaml';
import { describe, expect, it } from 'vitest';

import { compileWorkflow } from './compile-workflow.ts';
import { judgeResource, MAX_CONDITION_LENGTH } from './resource-conditions.ts';
import { CREATED_BY_ANNOTATION, type ResourceOrder } from './resource-nodes.ts';
import { readResourceOutputs } from './resource-outputs.ts';
import { MAX_MANIFEST_LENGTH } from './resource-template.ts';
import { MAX_RESULT_LENGTH } from './pod-nodes.ts';
import { advanceWorld, nodeLines, nodeNamed, openWorld, runRound, runWorld, settleWorld } from './scenario-world.ts';

function specFrom(template: string, more = ''): WorkflowSpec {
  const parsed = parseYaml(`
entrypoint: main
arguments: { parameters: [{ name: size, value: "3" }] }
${more}
templates:
  - name: main
    steps:
      - - { name: make, template: make }
      - - name: use
          template: use
          arguments: { parameters: [{ name: text, value: "{{steps.make.outputs.parameters.name}}" }] }
  - name: use
    inputs: { parameters: [{ name: text }] }
    container: { image: a, command: [x] }
  - name: make
    outputs: { parameters: [{ name: name, valueFrom: { jsonPath: "{.metadata.name}" } }] }
${template}`);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value as unknown as WorkflowSpec;
}

const MAKE = `
    serviceAccountName: maker
    resource:
      action: create
      setOwnerReference: true
      successCondition: status.succeeded > {{workflow.parameters.size}}
      manifest: |
        apiVersion: batch/v1
        kind: Job
        metadata: { generateName: "count-" }
        spec: { completions: {{workflow.parameters.size}} }
`;

function ordersOf(spec: WorkflowSpec): readonly ResourceOrder[] {
  const orders: ResourceOrder[] = [];
  runWorld(openWorld(spec), { resource: (order) => void orders.push(order) as undefined });
  return orders;
}

describe('resource templates', () => {
  it('give an order with tags replaced, and take its outcome for the node', () => {
    const [order] = ordersOf(specFrom(MAKE));
    expect(order).toMatchObject({
      action: 'create',
      serviceAccount: 'maker',
      conditions: { success: 'status.succeeded > 3', failure: '' },
      object: {
        kind: 'Job',
        metadata: {
          name: expect.stringMatching(/^count-[a-z0-9]{5,7}$/) as string,
          ownerReferences: [{ kind: 'Workflow', name: 'demo', controller: true }],
        },
        spec: { completions: 3 },
      },
    });
    expect(order?.object.metadata).not.toHaveProperty('generateName');
    const world = runWorld(openWorld(specFrom(MAKE)));
    expect(nodeLines(world)).toContain('demo[0].make Pod Succeeded');
    expect(nodeNamed(world, 'demo[1].use')?.inputs?.parameters?.[0]?.value).toBe('simulated-name');
    expect(world.created).toHaveLength(1);
  });

  it('give the same order again after a round that died, and only once the node is recorded', () => {
    const orders: ResourceOrder[] = [];
    const options = { resource: (order: ResourceOrder): undefined => void orders.push(order) as undefined };
    const world = openWorld(specFrom(MAKE));
    settleWorld(world, options);
    const isRecorded = nodeNamed(world, 'demo[0].make')?.phase === 'Running';
    expect([orders.length, isRecorded]).toEqual([1, true]);
    world.memory = undefined;
    runRound(world, options);
    expect(orders).toHaveLength(2);
    expect(orders[1]).toEqual(orders[0]);
    expect(orders[0]?.createdBy).toMatch(/^uid-1\/demo-\d+\/2025-/);
    expect(CREATED_BY_ANNOTATION).toBe('argosy.dev/created-by-node');
  });

  it('fail with what went wrong, and are retried as another object', () => {
    const spec = specFrom(`    retryStrategy: { limit: 1 }${MAKE}`);
    const names: string[] = [];
    const world = runWorld(openWorld(spec), {
      resource: (order) => {
        names.push(order.object.metadata.name);
        return { error: 'forbidden' };
      },
    });
    expect(new Set(names).size).toBe(2);
    expect(nodeLines(world)).toEqual(
      expect.arrayContaining(['demo[0].make(0) Pod Failed (forbidden)', 'demo[0].make(1) Pod Failed (forbidden)']),
    );
    expect(world.workflow.status?.phase).toBe('Failed');
  });

  it('end at their own deadline and when the workflow is stopped', () => {
    const forever = { resource: (): undefined => undefined };
    const late = openWorld(specFrom(`    activeDeadlineSeconds: 20${MAKE}`));
    settleWorld(late, forever);
    advanceWorld(late, forever);
    settleWorld(late, forever);
    const message = 'Pod was active on the node longer than the specified deadline';
    expect(nodeNamed(late, 'demo[0].make')).toMatchObject({ phase: 'Failed', message });
    const stopped = openWorld(specFrom(MAKE));
    settleWorld(stopped, forever);
    stopped.workflow = { ...stopped.workflow, spec: { ...stopped.workflow.spec, shutdown: 'Terminate' } };
    runWorld(stopped, forever);
    expect(nodeNamed(stopped, 'demo[0].make')).toMatchObject({ phase: 'Failed' });
    expect(stopped.workflow.status?.phase).toBe('Failed');
  });

  it.each([
    { manifest: '', message: 'resource.manifest holds 0 objects: exactly one is allowed' },
    { manifest: 'a: 1\n---\nb: 1\n', message: 'holds 2 objects' },
    { manifest: 'kind: Pod\napiVersion: v1\n', message: 'Kind and name are both required' },
    { manifest: 'kind: Pod\nmetadata: { name: x }\n', message: 'resource.manifest has no apiVersion' },
  ])('refuse the manifest $manifest', ({ manifest, message }) => {
    const given = `    resource: { action: get, manifest: "{{workflow.parameters.text}}" }\n`;
    const spec = specFrom(given);
    const parameters = [{ name: 'text', value: manifest }];
    const world = runWorld(openWorld({ ...spec, arguments: { parameters } }));
    expect(nodeNamed(world, 'demo[0].make')?.message).toContain(message);
  });

  it.each([
    ['{ action: destroy, manifest: x }', 'resource.action must be either get, create, apply, delete, replace, patch'],
    ['{ action: get }', 'either resource.manifest or resource.manifestFrom must be specified'],
    [`{ action: get, manifest: "${'x'.repeat(MAX_MANIFEST_LENGTH + 1)}" }`, `at most ${MAX_MANIFEST_LENGTH}`],
    ['{ action: patch, mergeStrategy: json, manifest: x }', "found 'json', allowed are strategic and merge"],
    ['{ action: get, manifest: x, successCondition: "a b c" }', 'resource.successCondition'],
    [`{ action: get, manifest: x, failureCondition: ${'x'.repeat(MAX_CONDITION_LENGTH + 1)} }`, 'at most 4096'],
    ['{ action: delete, manifest: x, successCondition: a }', 'successCondition must not be set for action delete'],
    ['{ action: delete, manifest: x }', 'outputs.parameters must not be set for resource action delete'],
    ['{ action: get, manifest: x, flags: [-v] }', 'resource.flags is not supported yet'],
    ['{ action: get, manifestFrom: { artifact: { name: a } } }', 'resource.manifestFrom is not supported yet'],
  ])('validation: %s', (resource, message) => {
    const spec = specFrom(`    resource: ${resource}\n`);
    const result = compileWorkflow({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: { name: 'demo' },
      spec,
    });
    expect(result.ok ? '' : result.error.map((problem) => problem.message).join('; ')).toContain(message);
  });
});

describe('conditions', () => {
  const job = { kind: 'Job', status: { succeeded: 2, phase: 'Running', ready: true, conditions: [{ type: 'Ready' }] } };
  it.each([
    { success: 'status.succeeded > 1', failure: '', gives: 'done' },
    { success: 'status.succeeded > 1, status.phase == Done', failure: '', gives: 'wait' },
    { success: 'status.phase in (Done, Running)', failure: '', gives: 'done' },
    { success: 'status.phase notin (Done, Running)', failure: '', gives: 'wait' },
    { success: 'status.conditions.0.type = Ready', failure: '', gives: 'done' },
    { success: '!status.failed, status.ready', failure: '', gives: 'done' },
    { success: 'status.ready == true', failure: 'status.failed > 3', gives: 'done' },
    { success: '', failure: 'status.failed > 3', gives: 'done' },
    { success: 'status.missing', failure: '', gives: 'wait' },
    { success: 'constructor', failure: '', gives: 'wait' },
    {
      success: '',
      failure: 'a=b,status.phase = Running',
      gives: "failure condition 'status.phase=Running' evaluated true",
    },
  ])('$success / $failure → $gives', ({ success, failure, gives }) => {
    const verdict = judgeResource({ success, failure }, job);
    expect(verdict.ok ? verdict.value : verdict.error).toContain(gives);
  });
});

describe('outputs of objects', () => {
  const object = { metadata: { name: 'a', labels: { x: '1' } }, list: [1, 2], long: 'x'.repeat(MAX_RESULT_LENGTH + 1) };
  it.each([
    { valueFrom: { jsonPath: '{.metadata.name}-{.list[1]}' }, value: 'a-2' },
    { valueFrom: { jqFilter: '.metadata.labels' }, value: '{"x":"1"}' },
    { valueFrom: { jqFilter: '.metadata.name' }, value: 'a' },
    { valueFrom: { jqFilter: '.list[]' }, value: '1\n2' },
  ])('$valueFrom → $value', ({ valueFrom, value }) => {
    expect(readResourceOutputs([{ name: 'p', valueFrom }], object)).toMatchObject({ ok: true, value: [{ value }] });
  });
  it('takes the default, or nothing, when there is no object', () => {
    const declared = [
      { name: 'p', valueFrom: { jsonPath: '{.a}', default: 'none' } },
      { name: 'q', valueFrom: { jqFilter: '.a' } },
    ];
    expect(readResourceOutputs(declared, undefined)).toMatchObject({
      ok: true,
      value: [{ value: 'none' }, { value: '' }],
    });
  });
  it.each(['.a |', '.long', 'error("no")'])('says what is wrong with %s', (jqFilter) => {
    expect(readResourceOutputs([{ name: 'p', valueFrom: { jqFilter } }], object)).toMatchObject({
      ok: false,
      error: expect.stringContaining('outputs.parameters.p') as string,
    });
  });
});
