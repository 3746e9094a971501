import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inputLines, runCommand, type Terminal } from '../command/index.ts';
import { renderCommand } from './index.ts';

let root = '';

const FILES: { readonly [path: string]: string } = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
  'chart/values.yaml': 'a: 1\n',
  'chart/own.yaml': 'a: 5\n',
  'chart/crds/x.yaml': 'apiVersion: v1\nkind: CustomResourceDefinition\nmetadata: {name: crd}\n',
  'chart/templates/t.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}", namespace: "{{ .Release.Namespace }}"}\ndata: {a: "{{ .Values.a }}", v: "{{ .Capabilities.KubeVersion }}", h: "{{ .Capabilities.APIVersions.Has "x/v1" }}"}\n',
  'values.yaml': 'a: 2\n',
  'base/kustomization.yaml': 'resources: [cm.yaml]\n',
  'base/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: k}\n',
  'overlays/prod/kustomization.yaml': 'resources: [../../base]\nnamePrefix: prod-\n',
  'plain/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
  'plain/deep/b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n',
  'jsonnet/x.jsonnet': '{apiVersion: "v1", kind: "ConfigMap", metadata: {name: std.asciiLower("J")}}',
  'jsonnet/plain.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\n',
  'links/a.yaml': '',
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'render-command-'));
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await symlink('/etc/hostname', join(root, 'links', 'out.yaml'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new TextEncoder().encode(text));
}

async function run(argv: readonly string[], input = ''): Promise<{ code: number; out: string; err: string }> {
  const printed = { out: '', err: '' };
  const terminal: Terminal = {
    out: (text) => void (printed.out += text),
    err: (text) => void (printed.err += text),
    readInput: () => Promise.resolve(input),
    inputLines: () => inputLines(once(input)),
    readFile: () => Promise.reject(new Error('ENOENT')),
    env: {},
    interactive: false,
    signal: new AbortController().signal,
  };
  return { code: await runCommand(renderCommand, argv, terminal), ...printed };
}

const names = async (path: string, ...flags: readonly string[]): Promise<readonly string[]> => {
  const { code, out, err } = await run([join(root, path), '-o', 'json', ...flags]);
  if (code !== 0) return [err];
  return (JSON.parse(out) as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
};

describe('argosy render', { timeout: 30_000 }, () => {
  it('renders a chart with all that helm template takes', async () => {
    const given = [
      '--name',
      'web',
      '-n',
      'prod',
      '--kube-version',
      '1.29.1',
      '--api-versions',
      'x/v1',
      '--include-crds',
    ];
    const values = ['--values', join(root, 'values.yaml'), '--set', 'b=1', '--set-string', 'a=7'];
    const { code, out } = await run([join(root, 'chart'), ...given, ...values]);
    expect(code).toBe(0);
    expect(out).toBe(`---
apiVersion: v1
kind: CustomResourceDefinition
metadata:
  name: crd
---
apiVersion: v1
data:
  a: "7"
  h: "true"
  v: v1.29.1
kind: ConfigMap
metadata:
  name: web
  namespace: prod
`);
  });

  it('finds out what a directory is', async () => {
    expect(await names('chart')).toEqual(['release-name']);
    expect(await names('overlays/prod')).toEqual(['prod-k']);
    expect(await names('plain')).toEqual(['a']);
    expect(await names('plain', '--recurse')).toEqual(['a', 'b']);
    expect(await names('jsonnet')).toEqual(['plain', 'j']);
    expect(await names('jsonnet', '--tool', 'jsonnet')).toEqual(['j']);
  });

  it.each([
    [['nowhere'], /nowhere is not a directory/],
    [['links'], /out-of-bounds symlinks. file: out.yaml/],
    [['chart', '--tool', 'make'], /--tool: found "make", allowed are auto, helm, kustomize/],
    [['chart', '-o', 'xml'], /--output: found "xml"/],
    [['chart', '--set', 'a'], /failed parsing --set data: key "a" has no value/],
    [['chart', '--values', 'no.yaml'], /open no.yaml: no such file or directory/],
    [['plain', '--tool', 'helm'], /Chart.yaml file is missing/],
  ])('%j is refused', async ([path = '', ...flags], message) => {
    const { code, err } = await run([join(root, path), ...flags]);
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });

  it('answers a batch line by line, in order', async () => {
    const lines = [
      {
        id: 1,
        dir: join(root, 'chart'),
        set: ['a=9'],
        name: 'one',
        values: ['own.yaml', { a: 3 }],
        includeCRDs: false,
      },
      { id: 'k', dir: join(root, 'overlays/prod'), tool: 'kustomize' },
      { id: 2, dir: join(root, 'plain'), tool: 'directory', recurse: true },
      { id: 3, dir: join(root, 'nowhere') },
      { id: 4 },
      { id: 5, dir: join(root, 'chart'), tool: 'x' },
      { id: 6, dir: join(root, 'chart'), set: 'a=1' },
    ];
    const { code, out } = await run(['--batch'], `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnonsense\n`);
    expect(code).toBe(0);
    type Answer = { id: unknown; error?: string; objects?: { metadata: { name: string }; data?: unknown }[] };
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer);
    expect(answers.map(({ id }) => id)).toEqual([1, 'k', 2, 3, 4, 5, 6, null]);
    expect(answers[0]?.objects?.[0]).toMatchObject({ metadata: { name: 'one' }, data: { a: '9' } });
    expect(answers[1]?.objects?.map(({ metadata }) => metadata.name)).toEqual(['prod-k']);
    expect(answers[2]?.objects).toHaveLength(2);
    expect(answers.slice(3).map(({ error }) => error)).toEqual([
      `${join(root, 'nowhere')} is not a directory`,
      'dir must be a text',
      'tool: found "x", allowed are auto, helm, kustomize, jsonnet, directory',
      'set must be a list',
      expect.stringContaining('malformed line'),
    ]);
  });

  it('has help with examples', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('render --batch');
    expect(out).toContain('Examples:');
  });
});
