import type { WorkflowSpec } from '@argosy/api/workflows';
import { parseYaml } from '@argosy/lang/yaml';
import { describe, expect, it } from 'vitest';

import { compileWorkflow } from './compile-workflow.ts';
import { nodeLines, nodeNamed, openWorld, runWorld, type World } from './scenario-world.ts';

function specFrom(main: string, daemon = 'daemon: true', lasts = 'ms=1000000'): WorkflowSpec {
  const parsed = parseYaml(`
entrypoint: main
templates:
  - { name: serve, ${daemon}, container: { image: a, command: [x], args: ["${lasts}"] } }
  - name: ask
    inputs: { parameters: [{ name: ip }] }
    container: { image: a, command: [x] }
  - name: main
${main}`);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value as unknown as WorkflowSpec;
}

const STEPS = `
    steps:
      - - { name: server, template: serve }
      - - { name: client, template: ask, arguments: { parameters: [{ name: ip, value: "{{steps.server.ip}}" }] } }`;
const DAG = `
    dag:
      tasks:
        - { name: server, template: serve }
        - name: client
          depends: server
          template: ask
          arguments: { parameters: [{ name: ip, value: "{{tasks.server.ip}}" }] }`;

function serverOf(world: World) {
  return nodeNamed(world, 'demo[0].server') ?? nodeNamed(world, 'demo.server');
}

describe('daemons', () => {
  it.each([STEPS, DAG])('let others go on with their address, and end with what is around them: %s', (main) => {
    const world = runWorld(openWorld(specFrom(main)));
    const client = nodeNamed(world, 'demo[1].client') ?? nodeNamed(world, 'demo.client');
    expect(client?.inputs?.parameters?.[0]?.value).toBe('10.0.0.9');
    expect(serverOf(world)).toMatchObject({ phase: 'Succeeded' });
    expect(serverOf(world)).not.toHaveProperty('daemoned');
    expect(world.workflow.status).toMatchObject({ phase: 'Succeeded', progress: '2/2' });
    // It was told to stop: nobody waited for its thousand seconds.
    expect(Date.parse(world.workflow.status?.finishedAt ?? '') - 1_750_000_000_000).toBeLessThan(10_000);
  });

  it('decide the same without an index, and after rounds that died', () => {
    const calm = nodeLines(runWorld(openWorld(specFrom(STEPS))));
    expect(nodeLines(runWorld(openWorld(specFrom(STEPS)), { useMemory: false }))).toEqual(calm);
    let count = 0;
    const crash = (): boolean => (count += 1) % 5 === 0 && count < 60;
    expect(nodeLines(runWorld(openWorld(specFrom(STEPS)), { crash }))).toEqual(calm);
  });

  it('fail when they end by themselves', () => {
    const early = specFrom(STEPS, 'daemon: true', 'ms=100');
    const slow = JSON.parse(JSON.stringify(early)) as WorkflowSpec;
    const world = runWorld(openWorld(slow), { script: (name) => (name.includes('ask') ? { takesMs: 60_000 } : {}) });
    expect(serverOf(world)).toMatchObject({ phase: 'Failed' });
    expect(world.workflow.status?.phase).toBe('Succeeded');
  });

  it('end when the workflow is stopped', () => {
    const spec = { ...specFrom(STEPS), activeDeadlineSeconds: 5 };
    const world = runWorld(openWorld(spec), { script: (name) => (name.includes('ask') ? { takesMs: 60_000 } : {}) });
    expect(serverOf(world)).toMatchObject({ phase: 'Succeeded' });
    expect(world.workflow.status?.phase).toBe('Failed');
  });

  it.each([
    ['daemon: true, retryStrategy: { limit: 1 }', 'retryStrategy of a template with daemon is not supported yet'],
    ['daemon: true, outputs: { parameters: [{ name: a, valueFrom: { path: /a } }] }', 'cannot have outputs'],
  ])('are refused with %s', (daemon, message) => {
    const spec = specFrom(STEPS, daemon);
    const result = compileWorkflow({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: { name: 'demo' },
      spec,
    });
    expect(result.ok ? '' : result.error.map((problem) => problem.message).join('; ')).toContain(message);
  });
});
