import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { instant } from '@argosy/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_RENDER_LIMITS, type RenderRequest } from '../render/index.ts';
import {
  ARCHIVE_LIMIT_BYTES,
  ARCHIVE_LIMIT_ENTRIES,
  buildKustomization,
  createInProcessRenderer,
  createWorkerRenderer,
  KustomizeBuildError,
  RenderError,
  systemRenderPorts,
  unpackChart,
  type Renderer,
} from './index.ts';

type Texts = { readonly [path: string]: string };

const filesOf = (texts: Texts): ReadonlyMap<string, Uint8Array> =>
  new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));

function request(texts: Texts, source: Partial<RenderRequest['source']> = {}): RenderRequest {
  return {
    source: { repoURL: 'r', ...source },
    path: '',
    tree: filesOf(texts),
    refs: new Map(),
    app: { name: 'web', namespace: 'prod', project: 'default', revision: 'abc' },
    cluster: { kubeVersion: '', apiVersions: [] },
    env: { now: instant(0), seed: 1 },
    limits: DEFAULT_RENDER_LIMITS,
  };
}

const chart = (template: string): Texts => ({
  'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
  'templates/t.yaml': template,
});
const SECRET = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: "hunter2"}\n';
const CM = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}"}\n';

async function failure(renderer: Renderer, asked: RenderRequest): Promise<RenderError> {
  return await renderer.render(asked).then(
    () => Promise.reject(new Error('it rendered')),
    (error: unknown) => (error instanceof RenderError ? error : Promise.reject(error as Error)),
  );
}

describe('the worker processes', { timeout: 60_000 }, () => {
  let renderer: Renderer;
  beforeAll(() => {
    renderer = createWorkerRenderer({ processes: 1, renderTimeoutMs: 20_000, memoryMegabytes: 96 });
  });
  afterAll(() => renderer.close());

  it('render what this process renders', async () => {
    const asked = request(chart(CM));
    const here = await createInProcessRenderer(systemRenderPorts).render(asked);
    expect(await renderer.render(asked)).toEqual(here);
    expect(here.objects).toMatchObject([{ kind: 'ConfigMap', metadata: { name: 'web' } }]);
  });

  it('answer in order when many ask', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
    const found = await Promise.all(
      names.map((name) => renderer.render(request(chart(CM), { helm: { releaseName: name } }))),
    );
    expect(found.map(({ objects }) => objects[0]?.metadata.name)).toEqual(names);
  });

  it('tell failures as they are', async () => {
    const error = await failure(renderer, request(chart('{{ fail "no" }}')));
    expect(error.message).toBe('execution error at (c/templates/t.yaml:1:3): no');
  });

  it('are ended and replaced when they take too much memory', async () => {
    const texts = { ...chart('{{ len (.Files.GetBytes "big") }}'), big: 'x'.repeat(8_000_000) };
    const error = await failure(renderer, request(texts));
    expect(error.limit).toBe('render memory');
    expect((await renderer.render(request(chart(CM)))).objects).toHaveLength(1);
  });

  it('are ended and replaced when they take too long', async () => {
    const quick = createWorkerRenderer({ processes: 1, renderTimeoutMs: 1 });
    try {
      expect((await failure(quick, request(chart(CM)))).limit).toBe('render time');
      expect((await failure(quick, request(chart(CM)))).limit).toBe('render time');
    } finally {
      await quick.close();
    }
  });

  it('keep the limit on who waits', async () => {
    const small = createWorkerRenderer({ processes: 1, waiting: 1 });
    try {
      const asked = [1, 2, 3].map(() => small.render(request(chart(CM))));
      const ends = await Promise.allSettled(asked);
      expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
      expect((ends[2] as PromiseRejectedResult).reason).toMatchObject({ limit: 'render queue' });
    } finally {
      await small.close();
    }
    expect((await failure(small, request(chart(CM)))).limit).toBe('render closed');
  });

  it('see nothing of our environment', async () => {
    const error = await failure(renderer, request(chart('{{ env "PATH" }}')));
    expect(error.message).toContain('function "env" not defined');
  });
});

describe('what never stands in an error', () => {
  it.each([
    [`${SECRET}bad: {{ .Values.x.y }}\n`],
    [`${SECRET}  : broken\n`],
    [`${SECRET}---\nkind: X\n`],
    ['{{ fail "x" }}\n'],
  ])('a value of a Secret: %j', async (template) => {
    const renderer = createInProcessRenderer(systemRenderPorts);
    const helm = { parameters: [{ name: 'password', value: 'hunter2' }], values: 'token: hunter2\n' };
    const error = await failure(renderer, request(chart(template), { helm }));
    expect(error.message).not.toContain('hunter2');
  });
});

/** One entry of a tar archive. */
function entry(name: string, text: string, more: { type?: string; size?: number } = {}): Buffer {
  const header = Buffer.alloc(512);
  const body = Buffer.from(text);
  header.write(name, 0);
  header.write((more.size ?? body.length).toString(8).padStart(11, '0'), 124);
  header.write(more.type ?? '0', 156);
  header.write('ustar', 257);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

const pack = (...entries: readonly Buffer[]): Uint8Array => gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]));

describe('unpackChart', () => {
  it('gives regular files below the chart’s directory and nothing else', () => {
    const long = 'x'.repeat(120);
    const archive = pack(
      entry('c/', '', { type: '5' }),
      entry('c/Chart.yaml', 'name: c'),
      entry('pax', `${String(long.length + 14).length + long.length + 11} path=c/${long}\n`, { type: 'x' }),
      entry('c/short', 'long'),
      entry('c/link', '', { type: '2' }),
      entry('c/hard', '', { type: '1' }),
      entry('c/device', '', { type: '3' }),
      entry('top', 'x'),
    );
    const found = unpackChart(archive);
    expect(found.ok && [...found.value.keys()]).toEqual(['Chart.yaml', long]);
  });

  it.each([
    ['a way up', pack(entry('c/../../etc/passwd', 'x')), 'chart illegally references parent directory'],
    ['a backslash way up', pack(entry('c\\..\\x', 'x')), 'chart illegally references parent directory'],
    ['an absolute path', pack(entry('/etc/passwd', 'x')), 'chart illegally contains absolute paths'],
    ['a drive', pack(entry('c:/x', 'x')), 'chart illegally contains absolute paths'],
    ['no directory', pack(entry('Chart.yaml', 'x')), 'chart yaml not in base directory'],
    ['nothing', pack(), 'no files in chart archive'],
    ['a cut file', gzipSync(entry('c/x', 'x', { size: 9999 })), 'the archive ends in the middle of a file'],
    [
      'a size that is none',
      pack(entry('c/x', 'x', { size: Number.NaN })),
      'the archive has an entry of unreadable size',
    ],
    ['no archive', Buffer.from('text'), 'file does not appear to be a gzipped archive'],
    [
      'a bomb',
      gzipSync(Buffer.alloc(ARCHIVE_LIMIT_BYTES + 1)),
      `the archive inflates to more than ${ARCHIVE_LIMIT_BYTES} bytes`,
    ],
    [
      'many entries',
      pack(...Array.from({ length: ARCHIVE_LIMIT_ENTRIES + 1 }, () => entry('c/x', ''))),
      `the archive has more than ${ARCHIVE_LIMIT_ENTRIES} entries`,
    ],
  ])('refuses %s', (_reason, archive, message) => {
    expect(unpackChart(archive)).toEqual({ ok: false, error: message });
  });
});

describe('buildKustomization', { timeout: 30_000 }, () => {
  const job = {
    files: filesOf({ 'a/kustomization.yaml': 'resources: [cm.yaml]\n', 'a/cm.yaml': CM.replace(/"\{.*\}"/, 'x') }),
    path: 'a',
  };
  let home = '';
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'fake-tools-'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  async function fakeTool(name: string, script: string): Promise<string> {
    const path = join(home, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
    return path;
  }

  it('builds with the program on PATH', async () => {
    expect(await buildKustomization(job)).toContain('kind: ConfigMap');
  });

  it('says what to install when there is none', async () => {
    await expect(buildKustomization(job, { searchPath: home })).rejects.toThrow(
      'neither is on PATH: install one of them',
    );
  });

  it('ends a program that takes too long or prints too much', async () => {
    const slow = await fakeTool('slow', 'while :; do :; done');
    const loud = await fakeTool('loud', 'while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaa; done');
    await expect(buildKustomization(job, { binary: slow, timeoutMs: 200 })).rejects.toMatchObject({
      limit: 'kustomize time of 200 ms',
    });
    await expect(buildKustomization(job, { binary: loud, outputBytes: 1000 })).rejects.toMatchObject({
      limit: 'kustomize output of 1000 bytes',
    });
  });

  it('gives the program nothing of our environment, and no network where that can be', async () => {
    const nosy = await fakeTool(
      'nosy',
      'printf "%s|%s|" "$KUBECONFIG$HTTP_PROXY$SECRET" "$PATH"; cat /proc/net/dev | /usr/bin/wc -l',
    );
    const [environment, path] = (await buildKustomization(job, { binary: nosy })).split('|');
    expect([environment, path]).toEqual(['', '/nonexistent']);
  });

  it('tells the error without the place of the copy', async () => {
    const broken = { files: filesOf({ 'kustomization.yaml': 'resources: [gone.yaml]\n' }), path: '' };
    const error = await buildKustomization(broken).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KustomizeBuildError);
    expect((error as Error).message).toContain('gone.yaml');
    expect((error as Error).message).not.toContain(tmpdir());
  });
});
