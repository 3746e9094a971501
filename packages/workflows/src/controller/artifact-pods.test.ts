import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { NodeStatus, Workflow } from '@argosy/api/workflows';
import { must } from '@argosy/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { isOver, openCluster, runWorkflow, type Cluster } from './cluster-fixture.ts';

/** Serves one file, and keeps what is put there. */
async function startFileServer(): Promise<{ server: Server; url: string; stored: Map<string, string> }> {
  const stored = new Map([['/data.txt', 'from the web']]);
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    if (path === '/moved') {
      response.writeHead(302, { location: '/data.txt' }).end();
      return;
    }
    if (request.method === 'PUT') {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        stored.set(path, Buffer.concat(chunks).toString());
        response.writeHead(201).end();
      });
      return;
    }
    const content = stored.get(path);
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, stored, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('artifacts of process pods', () => {
  let cluster: Cluster;
  let web: Awaited<ReturnType<typeof startFileServer>>;
  beforeAll(async () => {
    cluster = await openCluster();
    web = await startFileServer();
  });
  afterAll(async () => {
    web.server.close();
    await cluster.close();
  });

  const run = (name: string, yaml: string): Promise<Workflow> => runWorkflow(cluster, { name, yaml, holds: isOver });
  const node = (workflow: Workflow, name: string): NodeStatus =>
    must(
      Object.values(workflow.status?.nodes ?? {}).find((item) => item.name === name),
      name,
    );
  const read = async (artifact: NonNullable<NonNullable<NodeStatus['outputs']>['artifacts']>[number], inner = '') => {
    const open = await cluster.artifacts.open({ namespace: 'default', artifact, inner }, new AbortController().signal);
    const chunks: Uint8Array[] = [];
    for await (const chunk of open.chunks) chunks.push(chunk);
    return { fileName: open.fileName, content: Buffer.concat(chunks) };
  };

  it('passes files and folders from one pod to the next', async () => {
    const workflow = await run(
      'passing',
      `
entrypoint: main
templates:
  - name: main
    steps:
      - - { name: make, template: make }
      - - name: use
          template: use
          arguments:
            artifacts:
              - { name: file, from: "{{steps.make.outputs.artifacts.file}}" }
              - { name: folder, from: "{{steps.make.outputs.artifacts.folder}}" }
    outputs:
      artifacts:
        - { name: final, from: "{{steps.use.outputs.artifacts.joined}}" }
  - name: make
    container:
      image: any
      command: [sh, -c]
      args: ["echo one > /tmp/file; mkdir -p /tmp/folder/deep; echo two > /tmp/folder/deep/two; ln -s deep/two /tmp/folder/link; chmod 750 /tmp/folder/deep/two"]
    outputs:
      artifacts:
        - { name: file, path: /tmp/file }
        - { name: folder, path: /tmp/folder, archive: { tar: { compressionLevel: 0 } }, globalName: shared }
  - name: use
    inputs:
      artifacts:
        - { name: file, path: /work/file, mode: 292 }
        - { name: folder, path: /work/folder }
        - { name: nobody, path: /work/nobody, optional: true }
    script:
      image: any
      command: [sh]
      source: |
        set -e
        test ! -e /work/nobody
        cat {{inputs.artifacts.file.path}} /work/folder/link > {{outputs.artifacts.joined.path}}
        stat -c %a /work/file
        test -x /work/folder/deep/two
    outputs:
      artifacts:
        - { name: joined, path: /tmp/joined, archive: { none: {} } }
        - { name: maybe, path: /tmp/maybe, optional: true }
`,
    );
    expect(workflow.status).toMatchObject({ phase: 'Succeeded' });
    const made = node(workflow, 'passing[0].make').outputs?.artifacts ?? [];
    expect(made).toMatchObject([
      { name: 'file', path: '/tmp/file', s3: { key: expect.stringMatching(/^passing\/passing-make-\d+\/file\.tgz$/) } },
      { name: 'folder', s3: { key: expect.stringMatching(/\/folder\.tgz$/) } },
    ]);
    const used = node(workflow, 'passing[1].use');
    expect(used.outputs?.artifacts?.map((item) => item.name)).toEqual(['joined']);
    const final = must(node(workflow, 'passing').outputs?.artifacts?.[0], 'final');
    expect(final.name).toBe('final');
    expect(await read(final)).toEqual({ fileName: 'joined', content: Buffer.from('one\ntwo\n') });
    expect(workflow.status?.outputs?.artifacts).toMatchObject([{ name: 'shared' }]);
  });

  it('chooses between artifacts, reads raw text and the web, and puts files there', async () => {
    const workflow = await run(
      'sources',
      `
entrypoint: main
templates:
  - name: main
    dag:
      tasks:
        - { name: heads, template: say, arguments: { parameters: [{ name: text, value: heads }] } }
        - { name: tails, template: say, arguments: { parameters: [{ name: text, value: tails }] }, when: "1 == 2" }
        - name: use
          depends: heads && (tails.Skipped || tails.Succeeded)
          template: use
          arguments:
            artifacts:
              - name: chosen
                fromExpression: "tasks.tails.status == 'Succeeded' ? tasks.tails.outputs.artifacts.said : tasks.heads.outputs.artifacts.said"
              - { name: web, http: { url: "${web.url}/moved" } }
              - { name: lost, optional: true, from: "{{tasks.tails.outputs.artifacts.said}}" }
        - name: each
          depends: heads
          template: print
          withItems: [a, b]
          arguments:
            artifacts:
              - { name: text, raw: { data: "item {{item}}" } }
  - name: say
    inputs: { parameters: [{ name: text }] }
    container: { image: any, command: [sh, -c], args: ["echo {{inputs.parameters.text}} > /tmp/said"] }
    outputs: { artifacts: [{ name: said, path: /tmp/said }] }
  - name: print
    inputs: { artifacts: [{ name: text, path: /tmp/text }] }
    container: { image: any, command: [sh, -c], args: ["grep -q '^item [ab]' /tmp/text"] }
  - name: use
    inputs:
      artifacts:
        - { name: chosen, path: /tmp/chosen }
        - { name: web, path: /tmp/web }
        - { name: lost, path: /tmp/lost, optional: true }
    container: { image: any, command: [sh, -c], args: ["cat /tmp/chosen /tmp/web > /tmp/both; test ! -e /tmp/lost"] }
    outputs: { artifacts: [{ name: both, path: /tmp/both, archive: { none: {} }, http: { url: "${web.url}/both" } }] }
`,
    );
    expect(workflow.status).toMatchObject({ phase: 'Succeeded' });
    expect(web.stored.get('/both')).toBe('heads\nfrom the web');
  });

  it.each([
    {
      name: 'unwritten',
      templates: `[{ name: a, container: { image: any, command: ['true'] }, outputs: { artifacts: [{ name: x, path: /tmp/x }] } }]`,
      message: 'artifact x: /tmp/x was not written',
    },
    {
      name: 'notfound',
      templates: `[{ name: a, container: { image: any, command: ['true'] }, inputs: { artifacts: [{ name: x, path: /tmp/x, s3: { key: no/such } }] } }]`,
      message: "artifact x failed to load: nothing is stored at key 'no/such'",
    },
    {
      name: 'climbing',
      templates: `[{ name: a, container: { image: any, command: ['true'] }, inputs: { artifacts: [{ name: x, path: /tmp/x, s3: { key: ../other/x } }] } }]`,
      message: "artifact x failed to load: key '../other/x' is not allowed",
    },
    {
      name: 'linklocal',
      templates: `[{ name: a, container: { image: any, command: ['true'] }, inputs: { artifacts: [{ name: x, path: /tmp/x, http: { url: "http://169.254.169.254/latest" } }] } }]`,
      message: 'artifacts never come from there',
    },
    {
      name: 'linked',
      templates: `[{ name: a, container: { image: any, command: [sh, -c, 'ln -s /etc/passwd /tmp/x'] }, outputs: { artifacts: [{ name: x, path: /tmp/x, archive: { none: {} } }] } }]`,
      message: 'artifact x: it holds a link',
    },
  ])('tells a node what is wrong: $name', async ({ name, templates, message }) => {
    const workflow = await run(name, `{ entrypoint: a, templates: ${templates} }`);
    expect(workflow.status?.phase).toBe('Error');
    expect(workflow.status?.message).toContain(message);
  });

  it('keeps logs, also of programs that fail', async () => {
    const workflow = await run(
      'logged',
      `{ entrypoint: a, archiveLogs: true, templates: [{ name: a, container: { image: any, command: [sh, -c, echo said; exit 3] } }] }`,
    );
    expect(workflow.status?.phase).toBe('Failed');
    const log = must(node(workflow, 'logged').outputs?.artifacts?.[0], 'log');
    expect(log).toEqual({ name: 'main-logs', archive: { none: {} }, s3: { key: 'logged/logged/main.log' } });
    expect((await read(log)).content.toString()).toBe('said\n');
  });
});
