import { describe, expect, it } from 'vitest';
import { runCommand, type Command, type Terminal } from '../command/index.ts';
import { adminCommand, diffCommand, healthCommand, planSyncCommand } from './index.ts';

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

type Files = { readonly [path: string]: string };

/** Runs a command; the file `-` is standard input. */
async function run(command: Command, argv: readonly string[], files: Files = {}): Promise<Printed> {
  const printed = { out: '', err: '' };
  const terminal: Terminal = {
    out: (text) => void (printed.out += text),
    err: (text) => void (printed.err += text),
    readInput: () => Promise.resolve(files['-'] ?? ''),
    readFile: (path) => Promise.resolve(files[path] ?? ''),
    env: {},
    interactive: false,
    signal: new AbortController().signal,
  };
  const code = await runCommand(command, argv, terminal);
  return { code, ...printed };
}

async function batch(command: Command, ...requests: readonly (object | string)[]): Promise<readonly unknown[]> {
  const input = requests.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join('\n');
  const { code, out } = await run(command, ['--batch'], { '-': input });
  expect(code).toBe(0);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

const configMap = (name: string, data: object): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});
const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'x' }, status: { phase: 'Lost' } };

describe('argosy cd health', () => {
  it('answers a batch', async () => {
    expect(
      await batch(healthCommand, { id: 1, object: claim }, { id: 'b', object: configMap('a', {}) }, { id: 3 }, 'x'),
    ).toEqual([
      { id: 1, status: 'Degraded', message: '' },
      { id: 'b', status: '', message: '' },
      { id: 3, error: 'object: found nothing, allowed is an object with apiVersion, kind and metadata' },
      { id: null, error: expect.stringMatching(/^malformed line: /) as unknown },
    ]);
  });

  it('prints a table, and fails when something is degraded', async () => {
    const { code, out } = await run(healthCommand, ['-'], { '-': JSON.stringify({ kind: 'List', items: [claim] }) });
    expect(code).toBe(1);
    expect(out).toMatch(/KIND +NAMESPACE +NAME +HEALTH +MESSAGE\nPersistentVolumeClaim +x +Degraded/);
  });
});

describe('argosy cd diff', () => {
  it('answers a batch', async () => {
    const [same, other, gone, bad] = (await batch(
      diffCommand,
      { id: 1, target: configMap('a', { k: '1' }), live: configMap('a', { k: '1', more: '2' }), strategy: 'three-way' },
      {
        id: 2,
        target: configMap('a', { k: '1' }),
        live: configMap('a', { k: '1', more: '2' }),
        config: configMap('a', { k: '1', more: '2' }),
      },
      { id: 3, target: null, live: configMap('a', {}) },
      { id: 4, target: configMap('a', {}), live: configMap('a', {}), strategy: 'guess' },
    )) as [object, object, object, object];
    expect(same).toMatchObject({ id: 1, modified: false, predictedLive: { data: { k: '1', more: '2' } } });
    expect(other).toMatchObject({ id: 2, modified: true, normalizedLive: { data: { more: '2' } } });
    expect(gone).toMatchObject({ id: 3, modified: false, predictedLive: null });
    expect(bad).toEqual({ id: 4, error: 'strategy: found "guess", allowed are three-way, structured' });
  });

  it('takes the settings of an Application, and refuses malformed ones', async () => {
    const pair = { target: configMap('a', { k: '1' }), live: configMap('a', { k: '2' }) };
    const rule = { kind: 'ConfigMap', jqPathExpressions: ['.data.k'] };
    expect(
      await batch(
        diffCommand,
        { id: 1, ...pair, config: { ignoreDifferences: [rule] } },
        { id: 2, ...pair, config: { ignoreDifferences: [{ kind: 'ConfigMap', jsonPointers: [1] }] } },
      ),
    ).toEqual([
      expect.objectContaining({ id: 1, modified: false }) as unknown,
      { id: 2, error: 'config.ignoreDifferences[0].jsonPointers[0]: found 1, allowed is a text' },
    ]);
  });

  it('prints what would change', async () => {
    const files = {
      'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: new}\n',
      'b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: old, l: x}\n',
    };
    expect(await run(diffCommand, ['--target', 'a.yaml', '--live', 'b.yaml'], files)).toEqual({
      code: 1,
      out: 'data.k: "old" → "new"\n',
      err: '',
    });
    const ignored = ['--target', 'a.yaml', '--live', 'b.yaml', '--ignore', '.data.k'];
    expect((await run(diffCommand, ignored, files)).code).toBe(0);
  });
});

describe('argosy cd plan-sync', () => {
  it('answers a batch', async () => {
    expect(
      await batch(
        planSyncCommand,
        { id: 1, targets: [configMap('a', {})], live: [configMap('b', {})], options: { prune: true } },
        { id: 2, targets: [{}] },
        { id: 3, targets: [], options: { resources: ['all'] } },
      ),
    ).toEqual([
      {
        id: 1,
        tasks: [
          { phase: 'Sync', wave: 0, group: '', kind: 'ConfigMap', namespace: '', name: 'a', action: 'apply' },
          { phase: 'Sync', wave: 0, group: '', kind: 'ConfigMap', namespace: '', name: 'b', action: 'prune' },
        ],
      },
      { id: 2, error: 'targets[0]: found {}, allowed is an object with apiVersion, kind and metadata' },
      {
        id: 3,
        error: expect.stringContaining('options.resources[0]: allowed is an object with kind and name') as unknown,
      },
    ]);
  });

  it('prints the steps', async () => {
    const files = { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' };
    const { out } = await run(planSyncCommand, ['--target', 'a.yaml', '--dest-namespace', 'prod'], files);
    expect(out).toMatch(/1 +Sync +0 +apply +ConfigMap +prod +a/);
  });
});

describe('argocd admin settings resource-overrides', () => {
  const files = {
    'cm.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  resource.customizations.health.ConfigMap: |
    return {status = "Suspended", message = obj.data.why}
`,
    'map.yaml': JSON.stringify(configMap('a', { why: 'held' })),
    'deployment.yaml': JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: {} }),
  };
  const overrides = (...words: readonly string[]): Promise<Printed> =>
    run(adminCommand, ['settings', 'resource-overrides', ...words], files);

  it('judges health by a script, and says when there is none', async () => {
    const { out } = await overrides('health', 'map.yaml', '--argocd-cm-path', 'cm.yaml');
    expect(out).toBe('STATUS: Suspended\nMESSAGE: held\n');
    expect((await overrides('health', 'map.yaml')).out).toBe("Health script is not configured for '/ConfigMap'\n");
  });

  it('lists actions and shows what one would change', async () => {
    expect((await overrides('list-actions', 'deployment.yaml')).out.split('\n')[0]).toMatch(/^NAME +DISABLED/);
    const { out } = await overrides('run-action', 'deployment.yaml', 'scale', '--param', 'replicas=2');
    expect(out).toContain('Following fields have been changed:');
    expect(out).toContain('replicas: 2');
    expect((await overrides('run-action', 'deployment.yaml', 'nothing')).err).toContain('available are');
  });

  it('takes settings in a batch', async () => {
    const config = { 'resource.customizations.health.ConfigMap': 'return {status = "Degraded", message = "no"}' };
    expect(
      await batch(
        healthCommand,
        { id: 1, object: configMap('a', {}), config },
        { id: 2, object: configMap('a', {}), config: { 'resource.customizations.health.ConfigMap': 'error("x")' } },
      ),
    ).toEqual([
      { id: 1, status: 'Degraded', message: 'no' },
      { id: 2, error: expect.stringMatching(/^error setting app health: /) as unknown },
    ]);
  });
});
