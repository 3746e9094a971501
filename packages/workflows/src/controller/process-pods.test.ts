import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { resources } from '@argosy/api';
import type { NodeStatus, Workflow } from '@argosy/api/workflows';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import { createObject, patchObject, type ClusterApi } from '@argosy/kube/port';
import { parseYaml } from '@argosy/lang/yaml';
import { must } from '@argosy/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { podName } from '../engine/index.ts';
import {
  isOver,
  NAMESPACE,
  openCluster,
  runWorkflow,
  submitWorkflow,
  untilWorkflow,
  type Cluster,
} from './cluster-fixture.ts';

const RESOURCES: { readonly [kind: string]: ResourceRef } = {
  WorkflowTemplate: resources.workflowTemplates,
  ClusterWorkflowTemplate: resources.clusterWorkflowTemplates,
  ConfigMap: resources.configMaps,
  CronWorkflow: resources.cronWorkflows,
  ServiceAccount: resources.serviceAccounts,
  Role: resources.roles,
  RoleBinding: resources.roleBindings,
};

/** Creates what the examples refer to. */
async function createObjects(api: ClusterApi, folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    const parsed = parseYaml(await readFile(join(folder, file), 'utf8'));
    const object = parsed.ok ? (parsed.value as unknown as KubeObject) : undefined;
    const { kind } = must(object, file);
    const namespace = kind.startsWith('Cluster') ? '' : NAMESPACE;
    const resource = must(RESOURCES[kind], kind);
    await createObject(api, { resource, namespace, object: must(object, file), fieldValidation: 'Strict' });
  }
}

describe('workflows as processes', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await openCluster();
  });
  afterAll(() => cluster.close());

  const until = (name: string, holds: (workflow: Workflow) => boolean): Promise<Workflow> =>
    untilWorkflow(cluster, name, holds);
  const submit = (name: string, yaml: string): Promise<void> => submitWorkflow(cluster, name, yaml);
  const run = (name: string, yaml: string): Promise<Workflow> => runWorkflow(cluster, { name, yaml, holds: isOver });
  const node = (workflow: Workflow, name: string): NodeStatus =>
    must(
      Object.values(workflow.status?.nodes ?? {}).find((item) => item.name === name),
      name,
    );

  const CALLED = `
  - name: print
    inputs: { parameters: [{ name: text }] }
    container: { image: any, command: [sh, -c], args: ["echo {{inputs.parameters.text}}"] }`;

  it('runs hello world to its end in well under a second', async () => {
    await run('warm', `{ entrypoint: a, templates: [{ name: a, container: { image: any, command: [echo, hello] } }] }`);
    const began = performance.now();
    const workflow = await run(
      'hello',
      `{ entrypoint: a, templates: [{ name: a, container: { image: any, command: [echo, hello world] } }] }`,
    );
    const tookMs = performance.now() - began;
    process.stdout.write(`hello world: ${tookMs.toFixed(0)} ms\n`);
    expect(workflow.status).toMatchObject({ phase: 'Succeeded', progress: '1/1' });
    expect(node(workflow, 'hello')).toMatchObject({ type: 'Pod', phase: 'Succeeded', outputs: { exitCode: '0' } });
    expect(tookMs).toBeLessThan(700);
  });

  it('passes the result of one step to the next', async () => {
    const workflow = await run(
      'passing',
      `
entrypoint: main
templates:
  - name: main
    steps:
      - - { name: first, template: print, arguments: { parameters: [{ name: text, value: one }] } }
      - - name: second
          template: print
          arguments: { parameters: [{ name: text, value: "{{steps.first.outputs.result}} and two" }] }
        - { name: never, template: print, when: "{{steps.first.outputs.result}} == two", arguments: { parameters: [{ name: text, value: x }] } }
      - - { name: third, template: print, arguments: { parameters: [{ name: text, value: "{{steps.second.outputs.result}}!" }] } }
${CALLED}`,
    );
    expect(workflow.status?.phase).toBe('Succeeded');
    expect(node(workflow, 'passing[1].second').outputs?.result).toBe('one and two');
    expect(node(workflow, 'passing[1].never')).toMatchObject({ type: 'Skipped', phase: 'Skipped' });
    expect(node(workflow, 'passing[2].third').inputs?.parameters?.[0]?.value).toBe('one and two!');
  });

  it('takes stdout alone for a result', async () => {
    const workflow = await run(
      'streams',
      `
entrypoint: main
templates:
  - name: main
    steps:
      - - { name: count, template: count }
      - - { name: say, template: print, arguments: { parameters: [{ name: text, value: "{{steps.count.outputs.result}}" }] } }
  - name: count
    script:
      image: any
      command: [sh]
      source: |
        echo "counting" >&2
        echo 7
        echo "done" >&2
${CALLED}`,
    );
    expect(node(workflow, 'streams[0].count').outputs?.result).toBe('7');
    const logs = async (stream?: 'Stderr'): Promise<string> => {
      const key = { namespace: NAMESPACE, name: podName('streams', 'streams[0].count', 'count') };
      const chunks: Uint8Array[] = [];
      for await (const chunk of cluster.api.logs({ key, ...(stream === undefined ? {} : { stream }) }))
        chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    expect(await logs('Stderr')).toBe('counting\ndone\n');
    expect((await logs()).split('\n').toSorted()).toEqual(['', '7', 'counting', 'done']);
  });

  it('collects output parameters from files, runs scripts and retries what fails', async () => {
    const workflow = await run(
      'files',
      `
entrypoint: main
templates:
  - name: main
    dag:
      tasks:
        - { name: A, template: write }
        - { name: B, template: count, dependencies: [A], arguments: { parameters: [{ name: text, value: "{{tasks.A.outputs.parameters.greeting}}" }] } }
        - { name: C, template: flaky, dependencies: [A] }
  - name: write
    container: { image: any, command: [sh, -c], args: ["echo 'grüß dich' > /tmp/greeting"] }
    outputs:
      parameters:
        - { name: greeting, valueFrom: { path: /tmp/greeting } }
        - { name: missing, valueFrom: { path: /tmp/missing, default: none } }
  - name: count
    inputs: { parameters: [{ name: text }] }
    script:
      image: any
      command: [sh]
      source: |
        text='{{inputs.parameters.text}}'
        echo "$text has words" | wc -w
  - name: flaky
    retryStrategy: { limit: "2" }
    container: { image: any, command: [sh, -c], args: ["test {{retries}} = 1"] }
`,
    );
    expect(workflow.status?.phase).toBe('Succeeded');
    expect(node(workflow, 'files.A').outputs?.parameters).toMatchObject([
      { name: 'greeting', value: 'grüß dich' },
      { name: 'missing', value: 'none' },
    ]);
    expect(node(workflow, 'files.C(0)').phase).toBe('Failed');
    expect(node(workflow, 'files.C')).toMatchObject({ type: 'Retry', phase: 'Succeeded' });
  });

  it('fails when the command fails, and says why', async () => {
    const workflow = await run(
      'failing',
      `{ entrypoint: a, templates: [{ name: a, container: { image: any, command: [sh, -c, exit 3] } }] }`,
    );
    expect(workflow.status).toMatchObject({ phase: 'Failed', message: 'main: Error (exit code 3)' });
  });

  it('runs every example to the end that it promises', async () => {
    const folder = join(import.meta.dirname, '../../../../examples/workflows');
    const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
    await createObjects(cluster.api, join(folder, 'templates'));
    expect(names.length).toBeGreaterThan(5);
    const ends = names.map(async (file) => {
      const parsed = parseYaml(await readFile(join(folder, file), 'utf8'));
      const example = parsed.ok ? (parsed.value as unknown as Workflow) : undefined;
      const name = `example-${file.replace('.yaml', '')}`;
      const { metadata, ...rest } = must(example, file);
      const { generateName: _generateName, ...kept } = metadata;
      await createObject(cluster.api, {
        resource: resources.workflows,
        namespace: NAMESPACE,
        object: { ...rest, metadata: { ...kept, name } } as Workflow,
        fieldValidation: 'Strict',
      });
      const workflow = await until(name, isOver);
      const expected = metadata.annotations?.['argosy.dev/expected-phase'] ?? 'Succeeded';
      return { file, phase: workflow.status?.phase, expected };
    });
    for (const { file, phase, expected } of await Promise.all(ends))
      expect(`${file}: ${phase}`).toBe(`${file}: ${expected}`);
  });

  it('stops a running pod and keeps its log', async () => {
    await submit(
      'stopped',
      `{ entrypoint: a, templates: [{ name: a, container: { image: any, command: [sh, -c, echo begun; sleep 60] } }] }`,
    );
    await until('stopped', (workflow) =>
      Object.values(workflow.status?.nodes ?? {}).some((item) => item.phase === 'Running'),
    );
    const key = { namespace: NAMESPACE, name: 'stopped' };
    const patch = { spec: { shutdown: 'Terminate' } };
    await patchObject(cluster.api, { resource: resources.workflows, key, patchType: 'merge', patch });
    const workflow = await until('stopped', isOver);
    expect(workflow.status).toMatchObject({ phase: 'Failed', message: "Stopped with strategy 'Terminate'" });
    const late = AbortSignal.timeout(10_000);
    for await (const event of cluster.api.watch({ resource: resources.pods, namespace: NAMESPACE, signal: late })) {
      if (event.object.metadata.name === 'stopped' && (event.object['status'] as { phase: string }).phase === 'Failed')
        break;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of cluster.api.logs({ key, container: 'main' })) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('begun\n');
  });

  it('tells a node whose pod the API server refuses', async () => {
    const workflow = await run(
      'refused',
      `{ entrypoint: a, templates: [{ name: a, container: { image: any, command: ['true'], env: [{ name: '', value: x }] } }] }`,
    );
    expect(workflow.status?.phase).toBe('Error');
    expect(workflow.status?.message).toContain('env[');
  });
});
