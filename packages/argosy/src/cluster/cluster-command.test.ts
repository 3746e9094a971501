import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand, type Terminal } from '@argosy/cli';
import { openCommitLog } from '@argosy/cluster/disk';
import { kubeconfigText } from '@argosy/kube/client';
import { clusterCommand } from './index.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'argosy-cluster-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly text: string;
}

const run = (...args: readonly string[]): Promise<Ended> => runWith({}, ...args);

/** `hear` is told each part that is printed; the command is interrupted when `signal` aborts. */
async function runWith(
  { hear, signal }: { readonly hear?: (part: string) => void; readonly signal?: AbortSignal },
  ...args: readonly string[]
): Promise<Ended> {
  let text = '';
  const put = (part: string): void => {
    text += part;
    hear?.(part);
  };
  const terminal: Terminal = {
    out: put,
    err: put,
    readInput: () => Promise.resolve(''),
    readFile: (path) => readFile(path, 'utf8'),
    env: { HOME: home, ARGOSY_DATA_DIR: join(home, 'data') },
    interactive: false,
    signal: signal ?? new AbortController().signal,
  };
  const code = await runCommand(clusterCommand, [...args], terminal);
  return { code, text };
}

const openLog = (): ReturnType<typeof openCommitLog> => openCommitLog(join(home, 'data', 'cluster'));

async function fill(): Promise<void> {
  const log = await openLog();
  await log.append([{ key: '/configmaps/default/a', resourceVersion: 7, bytes: Buffer.from('{}') }]);
  await log.close();
}

describe('argosy cluster', () => {
  it('serves the API alone until it is interrupted', async () => {
    const stop = new AbortController();
    const said: { ready: () => void } = { ready: () => undefined };
    const ready = new Promise<void>((resolve) => (said.ready = resolve));
    const hear = (part: string): void => void (part.includes('KUBECONFIG') && said.ready());
    const served = runWith({ hear, signal: stop.signal }, 'serve', '--kube-port', '0');
    await Promise.race([ready, served]);
    const status = await run('status', '-o', 'json');
    expect(JSON.parse(status.text)).toMatchObject({ nodes: [], pods: {} });
    expect((await run('snapshot', 'save', join(home, 'x'))).text).toContain('the cluster is running');
    stop.abort();
    expect((await served).code).toBe(0);
    expect((await run('snapshot', 'save', join(home, 'x'))).code).toBe(0);
  });

  it('saves, resets and restores a stopped cluster', async () => {
    await fill();
    const file = join(home, 'backup');
    expect(await run('snapshot', 'save', file)).toEqual({ code: 0, text: `saved 1 objects at version 7: ${file}\n` });
    expect((await run('reset')).text).toContain('Add --yes to do it.');
    expect(await run('reset', '--yes')).toEqual({ code: 0, text: 'deleted 1 objects\n' });
    const restored = await run('snapshot', 'restore', file, '-o', 'json');
    expect(JSON.parse(restored.text)).toEqual({ objects: 1, resourceVersion: 7, file });
    const log = await openLog();
    expect((await log.load()).records.map(({ key }) => key)).toEqual(['/configmaps/default/a']);
    await log.close();
  });

  it('puts present objects aside, and only when told to', async () => {
    await fill();
    const file = join(home, 'backup');
    await run('snapshot', 'save', file);
    expect((await run('snapshot', 'restore', file)).text).toContain('they will be put aside. Add --yes');
    expect((await run('snapshot', 'restore', file, '--yes')).code).toBe(0);
    expect((await readdir(join(home, 'data'))).some((name) => name.startsWith('cluster-before-'))).toBe(true);
  });

  it('does nothing to a running cluster', async () => {
    await fill();
    const log = await openLog();
    for (const args of [
      ['snapshot', 'save', join(home, 'x')],
      ['reset', '--yes'],
    ]) {
      const { code, text } = await run(...args);
      expect(code).toBe(1);
      expect(text).toContain('the cluster is running');
    }
    await log.close();
  });

  it('refuses a broken snapshot before it touches anything', async () => {
    await fill();
    const file = join(home, 'broken');
    await writeFile(file, '{"format":"other"}\n');
    expect((await run('snapshot', 'restore', file, '--yes')).text).toContain(
      'the digest in the last line does not fit',
    );
    expect((await readdir(join(home, 'data'))).filter((name) => name.startsWith('cluster'))).toEqual(['cluster']);
  });

  it('prints its kubeconfig and merges it into another, keeping what is there', async () => {
    expect((await run('kubeconfig')).text).toContain('start the cluster once with argosy up');
    await mkdir(join(home, 'data'), { recursive: true });
    const own = kubeconfigText({ server: 'https://127.0.0.1:6443', ca: 'CA', token: 'secret' });
    await writeFile(join(home, 'data', 'kubeconfig'), own);
    expect((await run('kubeconfig')).text).toBe(own);
    const target = join(home, 'config');
    await writeFile(target, kubeconfigText({ server: 'https://other', ca: 'CA', token: 'theirs', name: 'other' }));
    for (let times = 0; times < 2; times += 1) expect((await run('kubeconfig', target, '--merge')).code).toBe(0);
    const merged = await readFile(target, 'utf8');
    expect(merged.match(/^- name: |^ {2}name: /gm)?.length).toBe(6);
    expect(merged).toContain('current-context: argosy');
    expect(merged).toContain('https://other');
  });

  it('says when nothing answers, and which formats there are', async () => {
    expect((await run('status')).text).toContain('does not answer');
    expect((await run('status', '-o', 'xml')).text).toContain('found "xml", allowed are wide, json, yaml');
  });
});
