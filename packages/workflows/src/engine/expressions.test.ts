import type { WorkflowSpec } from '@argosy/api/workflows';
import { parseYaml } from '@argosy/lang/yaml';
import { describe, expect, it } from 'vitest';

import { nodeNamed, openWorld, runWorld, specOf, type World, type WorldOptions } from './scenario-world.ts';

function specFrom(yaml: string): WorkflowSpec {
  const parsed = parseYaml(yaml);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return specOf(parsed.value);
}

const SAY = `
  - name: say
    inputs: { parameters: [{ name: text }] }
    container: { image: a, command: [x], args: ["out={{inputs.parameters.text}}"] }`;

const run = (yaml: string, options: WorldOptions = {}): World => runWorld(openWorld(specFrom(yaml)), options);

const textOf = (world: World, name: string): unknown => nodeNamed(world, name)?.inputs?.parameters?.[0]?.value;

describe('expression tags', () => {
  it('see results, parameters, items and functions', () => {
    const world = run(`
entrypoint: main
arguments: { parameters: [{ name: size, value: 3 }] }
templates:
  - name: main
    steps:
      - - { name: first, template: say, arguments: { parameters: [{ name: text, value: "{{=asInt(workflow.parameters.size) * 2}}" }] } }
      - - name: each
          template: say
          arguments: { parameters: [{ name: text, value: "{{=item.a + '-' + steps.first.outputs.result}}" }] }
          withItems: [{ a: x }, { a: z }]
        - name: words
          template: say
          arguments: { parameters: [{ name: text, value: "{{=sprig.upper(sprig.trunc(3, workflow.name)) + string(len(workflow.namespace))}}" }] }
      - - name: all
          template: say
          when: "{{=len(fromJSON(steps.each.outputs.result)) == 2}}"
          arguments: { parameters: [{ name: text, value: "{{=join(fromJSON(steps.each.outputs.result), '+')}}" }] }
        - { name: none, template: say, when: "{{=steps['first'].outputs.result == '7'}}", arguments: { parameters: [{ name: text, value: x }] } }
${SAY}`);
    expect(world.workflow.status).toMatchObject({ phase: 'Succeeded' });
    expect(textOf(world, 'demo[0].first')).toBe('6');
    expect(textOf(world, 'demo[1].each(1:a:z)')).toBe('z-6');
    expect(textOf(world, 'demo[1].words')).toBe('DEM4');
    expect(textOf(world, 'demo[2].all')).toBe('x-6+z-6');
    expect(nodeNamed(world, 'demo[2].none')).toMatchObject({
      type: 'Skipped',
      message: "when 'false' evaluated false",
    });
  });

  it('guard what a skipped step did not give, and fail without the guard', () => {
    const world = run(`
entrypoint: main
templates:
  - name: main
    steps:
      - - { name: never, template: say, when: "false", arguments: { parameters: [{ name: text, value: a }] } }
      - - { name: safe, template: say, arguments: { parameters: [{ name: text, value: "{{=steps.never.outputs.result ?? 'fallback'}}" }] } }
      - - { name: unsafe, template: say, arguments: { parameters: [{ name: text, value: "{{=steps.nobody.outputs.result}}" }] } }
${SAY}`);
    expect(textOf(world, 'demo[1].safe')).toBe('fallback');
    expect(nodeNamed(world, 'demo[2].unsafe')).toMatchObject({
      phase: 'Error',
      message: 'failed to evaluate expression: steps.nobody.outputs.result is missing',
    });
    expect(world.workflow.status?.phase).toBe('Failed');
  });

  it('choose an output by valueFrom.expression', () => {
    const world = run(`
entrypoint: main
templates:
  - name: main
    dag:
      tasks:
        - { name: a, template: say, arguments: { parameters: [{ name: text, value: heads }] } }
        - { name: b, template: say, dependencies: [a], when: "false", arguments: { parameters: [{ name: text, value: z }] } }
    outputs:
      parameters:
        - { name: chosen, globalName: chosen, valueFrom: { expression: "tasks.a.outputs.result == 'heads' ? tasks.a.outputs.result : tasks.b.outputs.result" } }
        - { name: absent, valueFrom: { default: none, expression: "tasks.b.outputs.result" } }
        - { name: many, valueFrom: { expression: "[1, 2.5, tasks.a.status]" } }
${SAY}`);
    expect(nodeNamed(world, 'demo')?.outputs?.parameters?.map((item) => item.value)).toEqual([
      'heads',
      'none',
      '[1,2.5,"Succeeded"]',
    ]);
    expect(world.workflow.status?.outputs?.parameters).toEqual([{ name: 'chosen', value: 'heads' }]);
  });

  it('fail the node whose output has no value', () => {
    const world = run(`
entrypoint: main
templates:
  - name: main
    steps: [[{ name: a, template: say, arguments: { parameters: [{ name: text, value: x }] } }]]
    outputs: { parameters: [{ name: o, valueFrom: { expression: "steps.a.outputs.parameters.missing" } }] }
${SAY}`);
    expect(world.workflow.status?.phase).toBe('Error');
    expect(world.workflow.status?.message).toContain('outputs.parameters.o: cannot fetch parameters from <nil>');
  });
});

describe('retryStrategy.expression', () => {
  const spec = (expression: string, extra = ''): string => `
entrypoint: main
templates:
  - name: main
    retryStrategy: { limit: "{{workflow.parameters.limit}}", expression: "${expression}"${extra} }
    container: { image: a, command: [x], args: ["exit=3"] }
arguments: { parameters: [{ name: limit, value: "5" }] }`;

  it('ends the attempts when it is false', () => {
    const world = run(spec("lastRetry.exitCode == '3' && asInt(retries) < 2"));
    expect(world.created).toHaveLength(3);
    expect(world.workflow.status).toMatchObject({
      phase: 'Failed',
      message: 'retryStrategy.expression evaluated to false',
    });
  });

  it('is an error when it is no condition, and the limit counts before it', () => {
    expect(run(spec("'yes'")).workflow.status?.message).toBe(
      "failed to evaluate retryStrategy.expression: expression ''yes'' must evaluate to a boolean",
    );
    const world = run(spec('true'));
    expect(world.created).toHaveLength(6);
    expect(world.workflow.status?.message).toBe('No more retries left');
  });
});

describe('workflow variables', () => {
  const LABELS = (expression: string): string => `
entrypoint: say
arguments: { parameters: [{ name: text, value: Blue }] }
workflowMetadata: { labels: { kind: plain }, labelsFrom: { team: { expression: "${expression}" } } }
templates:${SAY}`;

  it('labelsFrom evaluates once and is a label and a variable', () => {
    const world = run(LABELS("lower(workflow.parameters.text) + '-' + workflow.labels.kind"));
    expect(world.workflow.metadata.labels).toMatchObject({ team: 'blue-plain', kind: 'plain' });
    expect(world.workflow.status?.phase).toBe('Succeeded');
  });

  it.each([
    { expression: '7', message: "workflowMetadata.labelsFrom.team.expression '7' must evaluate to a string" },
    {
      expression: "'a b'",
      message: "workflowMetadata.labelsFrom.team.expression evaluated to 'a b', which is no valid label value",
    },
  ])('labelsFrom $expression is the workflow’s error', ({ expression, message }) => {
    const world = run(LABELS(expression));
    expect(world.workflow.status).toMatchObject({ phase: 'Error', message });
    expect(world.created).toEqual([]);
  });

  const FROM_MAP = `
entrypoint: main
arguments: { parameters: [{ name: size, valueFrom: { configMapKeyRef: { name: sizes, key: big } } }] }
templates:
  - name: main
    steps:
      - - { name: a, template: say, arguments: { parameters: [{ name: text, value: "{{workflow.parameters.size}}" }] } }
        - { name: b, template: say, arguments: { parameters: [{ name: text, valueFrom: { configMapKeyRef: { name: sizes, key: big } } }] } }
${SAY}`;

  it('arguments of workflows and of steps come from ConfigMaps', () => {
    const world = run(FROM_MAP, { configMaps: { sizes: { values: { big: '9' } } } });
    expect([textOf(world, 'demo[0].a'), textOf(world, 'demo[0].b')]).toEqual(['9', '9']);
  });

  it('a workflow whose argument cannot be read is an error', () => {
    const world = run(FROM_MAP, { configMaps: { sizes: { values: {} } } });
    expect(world.workflow.status).toMatchObject({
      phase: 'Error',
      message:
        'failed to set global parameter size from configmap with name sizes and key big: ' +
        "ConfigMap 'sizes' does not have the key 'big'",
    });
  });
});
