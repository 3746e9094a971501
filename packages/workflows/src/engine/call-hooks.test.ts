import type { WorkflowSpec } from '@argosy/api/workflows';
import { parseYaml } from '@argosy/lang/yaml';
import { describe, expect, it } from 'vitest';

import { nodeLines, nodeNamed, openWorld, runWorld, settleWorld, specOf, type World } from './scenario-world.ts';

function specFrom(yaml: string): WorkflowSpec {
  const parsed = parseYaml(yaml);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return specOf(parsed.value);
}

const LEAVES = `
  - name: ok
    inputs: { parameters: [{ name: text, default: d }] }
    container: { image: a, command: [x], args: ["out={{inputs.parameters.text}}"] }
  - { name: bad, container: { image: a, command: [x], args: ["exit=1"] } }
  - { name: slow, container: { image: a, command: [x], args: ["ms=30000"] } }`;

const run = (yaml: string): World => runWorld(openWorld(specFrom(yaml)));

describe.each([
  { kind: 'steps', body: (call: string) => `steps: [[${call}]]`, node: 'demo[0].a' },
  { kind: 'tasks', body: (call: string) => `dag: { tasks: [${call}] }`, node: 'demo.a' },
])('hooks of $kind', ({ kind, body, node }) => {
  const spec = (template: string, hooks: string, extra = ''): string => `
entrypoint: main
templates:
  - { name: main, ${body(`{ name: a, template: ${template}, hooks: ${hooks}${extra} }`)} }
${LEAVES}`;

  it('run while the node runs, and once', () => {
    const world = run(spec('ok', `{ running: { expression: '${kind}.a.status == "Running"', template: ok } }`));
    expect(world.workflow.status?.message).toBeUndefined();
    expect(nodeNamed(world, `${node}.hooks.running`)).toMatchObject({
      phase: 'Succeeded',
      nodeFlag: { hooked: true },
    });
    expect(nodeNamed(world, node)?.children).toHaveLength(1);
    expect(world.created).toHaveLength(2);
    expect(world.workflow.status?.phase).toBe('Succeeded');
  });

  it('run at the end when they ask for it, with outputs of the node, and are waited for', () => {
    const world = run(
      spec(
        'ok',
        `{ done: { expression: '${kind}.a.status == "Succeeded"', template: ok, arguments: { parameters: [{ name: text, value: "{{${kind}.a.outputs.result}}!" }] } },
           failed: { expression: '${kind}.a.status == "Failed"', template: ok } }`,
      ),
    );
    expect(nodeNamed(world, `${node}.hooks.done`)?.inputs?.parameters?.[0]?.value).toBe('d!');
    expect(nodeNamed(world, `${node}.hooks.failed`)).toBeUndefined();
  });

  it('see the turn of a loop that they belong to', () => {
    const hooks = `{ done: { expression: '${kind}.a.status == "Failed"', template: ok } }`;
    const world = run(spec('bad', hooks, ', withItems: [p, q], continueOn: { failed: true }'));
    expect(nodeLines(world).filter((line) => line.includes('hooks.done'))).toEqual([
      `${node}(0:p).hooks.done Pod Succeeded`,
      `${node}(1:q).hooks.done Pod Succeeded`,
    ]);
  });

  it('do not change how the node ended when they fail, and an unreadable one says so', () => {
    const world = run(
      spec('ok', `{ broken: { expression: "1 +", template: ok }, failing: { expression: "true", template: bad } }`),
    );
    expect(world.workflow.status?.phase).toBe('Succeeded');
    expect(nodeNamed(world, `${node}.hooks.failing`)?.phase).toBe('Failed');
    expect(nodeNamed(world, `${node}.hooks.broken`)).toMatchObject({ type: 'Skipped', phase: 'Error' });
  });

  it('an exit hook may have a condition', () => {
    const world = run(spec('ok', `{ exit: { expression: "${kind}.a.status == 'Failed'", template: ok } }`));
    expect(nodeNamed(world, `${node}.onExit`)).toBeUndefined();
    expect(world.workflow.status?.phase).toBe('Succeeded');
  });

  it.each([
    { hooks: '{ x: { template: ok } }', text: '.hooks.x Expression required' },
    { hooks: "{ x: { expression: 'true', template: nobody } }", text: ".hooks.x template name 'nobody' undefined" },
  ])('$hooks is refused', ({ hooks, text }) => {
    expect(run(spec('ok', hooks)).workflow.status?.message).toContain(text);
  });
});

describe('hooks of a workflow', () => {
  it('run when their moment comes and hold the end back', () => {
    const world = run(`
entrypoint: main
hooks:
  running: { expression: 'workflow.status == "Running"', template: slow }
  done: { expression: 'workflow.status == "Succeeded"', template: ok }
  never: { expression: 'workflow.status == "Failed"', template: ok }
  exit: { template: ok }
templates:
  - { name: main, steps: [[{ name: a, template: ok }]] }
${LEAVES}`);
    expect(world.workflow.status?.phase).toBe('Succeeded');
    expect(nodeNamed(world, 'demo.hooks.never')).toBeUndefined();
    expect(nodeNamed(world, 'demo')?.children).toEqual(
      expect.arrayContaining([nodeNamed(world, 'demo.hooks.running')?.id, nodeNamed(world, 'demo.hooks.done')?.id]),
    );
    const exit = nodeNamed(world, 'demo.onExit');
    const slow = nodeNamed(world, 'demo.hooks.running');
    expect(Date.parse(exit?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(slow?.finishedAt ?? ''));
  });

  it('do not start once the workflow is stopped', () => {
    const world = openWorld(
      specFrom(`
entrypoint: slow
hooks: { failed: { expression: 'workflow.status == "Failed"', template: ok } }
templates: ${LEAVES}`),
    );
    settleWorld(world);
    world.workflow = { ...world.workflow, spec: { ...world.workflow.spec, shutdown: 'Stop' } };
    runWorld(world);
    expect(nodeNamed(world, 'demo.hooks.failed')).toBeUndefined();
    expect(world.workflow.status?.message).toBe("Stopped with strategy 'Stop'");
  });
});
