import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { resources } from '@argosy/api';
import type { RestRequest, RestResponse } from '@argosy/api/rest';
import { workflowCrds, type Artifact } from '@argosy/api/workflows';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import { connectInProcess } from '@argosy/kube/client';
import { createObject } from '@argosy/kube/port';
import { systemClock } from '@argosy/kube/runtime';
import { must } from '@argosy/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openArtifactStore } from '../artifacts/index.ts';
import { artifactRoutes } from './artifact-routes.ts';

const none: AbortSignal = new AbortController().signal;
const FILE = '/artifact-files/{namespace}/{discriminator}/{name}/{nodeId}/{direction}/{artifactName}';

function stored(name: string, key: string, path: string): Artifact {
  return { name, path, archive: { none: {} }, s3: { key } };
}

const ARTIFACTS: readonly Artifact[] = [
  stored('text', 'demo/a/text.txt', '/text.txt'),
  stored('page', 'demo/a/page.html', '/page.html'),
  stored('folder', 'demo/a/folder', '/folder'),
];

describe('downloads of artifacts', () => {
  let folder: string;
  let close: () => Promise<void>;
  let ask: (path: string, params: { readonly [name: string]: string }) => Promise<RestResponse>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'argosy-downloads-'));
    const artifacts = await openArtifactStore({ directory: folder });
    const pod = { namespace: 'default', name: 'demo-a' };
    const out = join(artifacts.podFolder(pod), 'out');
    await mkdir(join(out, '2/deep'), { recursive: true });
    await writeFile(join(out, '0'), 'hello');
    await writeFile(join(out, '1'), '<script>alert(1)</script>');
    await writeFile(join(out, '2/deep/inner.txt'), 'inside');
    const saves = ARTIFACTS.map((artifact, index) => ({ artifact, place: `out/${index}` }));
    const openLog = (): AsyncIterable<Uint8Array> => new ReadableStream<Uint8Array>();
    await artifacts.save(pod, { saves, hasFailed: false, openLog }, none);
    const plane = await openControlPlane({
      log: inMemoryCommitLog(),
      clock: systemClock,
      authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
      newUid: () => randomUUID(),
    });
    close = () => plane.close();
    const api = connectInProcess(plane, { name: 'admin', groups: ['system:masters'] });
    for (const object of workflowCrds()) {
      await createObject(api, { resource: resources.customResourceDefinitions, namespace: '', object });
    }
    const lost = stored('lost', 'demo/a/lost', '/lost');
    const outputs = { artifacts: [...ARTIFACTS, lost, { ...lost, name: 'gone', deleted: true }] };
    const node = { id: 'demo', name: 'demo', displayName: 'demo', type: 'Pod', outputs };
    const object = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: { name: 'demo' },
      spec: { entrypoint: 'a', templates: [] },
      status: { nodes: { demo: node } },
    };
    await createObject(api, { resource: resources.workflows, namespace: 'default', object });
    const routes = artifactRoutes({ api, artifacts });
    ask = async (path, params) => {
      const route = must(
        routes.find((item) => item.path === path),
        path,
      );
      const query = { get: () => undefined, getAll: () => [] };
      const identity = { subject: 'ada', username: 'ada', groups: [], issuer: 'argosy' };
      const all = {
        namespace: 'default',
        discriminator: 'workflows',
        name: 'demo',
        nodeId: 'demo',
        direction: 'outputs',
      };
      const request: RestRequest = { params: { ...all, ...params }, query, body: undefined, identity, signal: none };
      expect(await route.access?.object(request)).toBe('default/demo');
      return route.handle(request);
    };
  });
  afterAll(async () => {
    await close();
    await rm(folder, { recursive: true, force: true });
  });

  async function bytes(response: RestResponse): Promise<string> {
    if (response.kind !== 'bytes') throw new Error(`the answer is ${response.kind}`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.chunks) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  it('show plain text, in a sandbox', async () => {
    const answer = await ask('/artifacts/{namespace}/{name}/{nodeId}/{artifactName}', { artifactName: 'text' });
    expect(answer).toMatchObject({
      contentType: 'text/plain; charset=utf-8',
      headers: {
        'content-disposition': `inline; filename="text.txt"; filename*=UTF-8''text.txt`,
        'content-security-policy': expect.stringMatching(/^sandbox; .*default-src 'none'/),
      },
    });
    expect(await bytes(answer)).toBe('hello');
  });

  it('never show what could run code', async () => {
    const answer = await ask(FILE, { artifactName: 'page' });
    expect(answer).toMatchObject({
      contentType: 'application/octet-stream',
      headers: { 'content-disposition': expect.stringMatching(/^attachment;/) },
    });
    expect(await bytes(answer)).toContain('script');
  });

  it('reach files below a stored folder', async () => {
    const answer = await ask(`${FILE}/{path=**}`, { artifactName: 'folder', path: 'deep/inner.txt' });
    expect(await bytes(answer)).toBe('inside');
  });

  it.each([
    { params: { artifactName: 'folder', path: '../text.txt' }, code: 'FailedPrecondition', says: 'is not allowed' },
    { params: { artifactName: 'folder', path: 'deep' }, code: 'NotFound', says: 'nothing is stored' },
    { params: { artifactName: 'lost' }, code: 'NotFound', says: 'nothing is stored' },
    { params: { artifactName: 'gone' }, code: 'NotFound', says: 'has no outputs.artifacts.gone' },
    { params: { artifactName: 'text', nodeId: '__proto__' }, code: 'NotFound', says: 'has no outputs.artifacts.text' },
    { params: { artifactName: 'text', direction: 'inputs' }, code: 'NotFound', says: 'has no inputs.artifacts.text' },
    { params: { artifactName: 'text', direction: 'sideways' }, code: 'InvalidArgument', says: "neither 'inputs'" },
    { params: { artifactName: 'text', discriminator: 'x' }, code: 'InvalidArgument', says: 'unknown id discriminator' },
  ])('refuse $params', async ({ params, code, says }) => {
    const path = 'path' in params ? `${FILE}/{path=**}` : FILE;
    const refusal = ask(path, params as { readonly [name: string]: string });
    await expect(refusal).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
  });
});
