/**
 * The numbers of the keel, measured on the built program (`npm run build` first; run: npx tsx test/bench/keel.bench.ts).
 * Start, memory, commit by webhook to Synced, and a hello-world workflow from submit to Succeeded.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { residentMegabytes, startArgosy, type ArgosyProcess } from '../e2e/argosy-process.ts';
import { eventually } from '../e2e/eventually.ts';

const STARTS = 5;
const COMMITS = 10;
const WORKFLOWS = 20;
const flags = ['--port', '0', '--kube-port', '0'];

const home = mkdtempSync(join(tmpdir(), 'argosy-bench-'));
const data = join(home, 'data');

interface Client {
  readonly get: (path: string) => Promise<unknown>;
  readonly post: (path: string, body: unknown, headers?: { readonly [name: string]: string }) => Promise<unknown>;
}

async function connect(argosy: ArgosyProcess): Promise<Client> {
  const dispatcher = new Agent({ connect: { ca: readFileSync(argosy.ready.caFile, 'utf8') } });
  let token = '';
  const call = async (path: string, body?: unknown, more: object = {}): Promise<unknown> => {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = {
      'content-type': 'application/json',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...more,
    };
    const text = body === undefined ? null : JSON.stringify(body);
    const answer = await request(argosy.ready.url + path, { method, dispatcher, headers, body: text });
    const json: unknown = await answer.body.json();
    if (answer.statusCode >= 400) throw new Error(`${path}: ${JSON.stringify(json)}`);
    return json;
  };
  const password = readFileSync(argosy.ready.adminPasswordFile, 'utf8').trim();
  ({ token } = (await call('/api/v1/session', { username: 'admin', password })) as { token: string });
  return { get: (path) => call(path), post: (path, body, headers) => call(path, body, headers) };
}

function report(name: string, values: readonly number[], unit: string): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
  console.log(
    `${name.padEnd(44)} median ${at(0.5).padStart(6)} ${unit}   p90 ${at(0.9).padStart(6)}   max ${at(1).padStart(6)}   (${values.length})`,
  );
}

function git(...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Bench', '-c', 'user.email=bench@argosy.invalid'];
  return execFileSync('git', [...identity, ...args], { cwd: join(data, 'demo'), encoding: 'utf8' }).trim();
}

interface App {
  readonly status?: { readonly sync?: { readonly status?: string; readonly revision?: string } };
}

async function commitToSynced(client: Client, number: number): Promise<number> {
  writeFileSync(
    join(data, 'demo/app/settings.yaml'),
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {number: "${number}"}\n`,
  );
  git('add', '.');
  git('commit', '--quiet', '-m', `number ${number}`);
  const after = git('rev-parse', 'HEAD');
  const repository = { html_url: `file://${join(data, 'demo')}`, default_branch: 'main' };
  const started = performance.now();
  await client.post(
    '/api/webhook',
    { ref: 'refs/heads/main', after, repository, commits: [{ modified: ['app/settings.yaml'] }] },
    { 'x-github-event': 'push' },
  );
  await eventually('synced', 10_000, async () => {
    const { status } = (await client.get('/api/v1/applications/demo')) as App;
    return status?.sync?.status === 'Synced' && status.sync.revision === after;
  });
  return performance.now() - started;
}

interface Flow {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly phase?: string };
}

async function helloWorld(client: Client): Promise<number> {
  const workflow = {
    metadata: { generateName: 'hello-' },
    spec: {
      entrypoint: 'main',
      templates: [{ name: 'main', container: { image: 'busybox', command: ['echo'], args: ['hello world'] } }],
    },
  };
  const started = performance.now();
  const { metadata } = (await client.post('/api/v1/workflows/default', { workflow })) as Flow;
  await eventually('succeeded', 10_000, async () => {
    const { status } = (await client.get(`/api/v1/workflows/default/${metadata.name}`)) as Flow;
    if (status?.phase === 'Failed' || status?.phase === 'Error') throw new Error(`ended as ${status.phase}`);
    return status?.phase === 'Succeeded';
  });
  return performance.now() - started;
}

/** Processor time of a process so far, in milliseconds. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function main(): Promise<void> {
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`);
  const first = await startArgosy(data, flags);
  report('first start to ready (keys, demo)', [first.readyMs], 'ms');
  await first.stop('SIGINT');
  const starts: number[] = [];
  for (let index = 0; index < STARTS; index += 1) {
    const next = await startArgosy(data, flags);
    starts.push(next.readyMs);
    await next.stop('SIGINT');
  }
  report('later starts to ready', starts, 'ms');
  const argosy = await startArgosy(data, flags);
  const client = await connect(argosy);
  const commits: number[] = [];
  const flows: number[] = [];
  try {
    for (let index = 0; index < COMMITS; index += 1) commits.push(await commitToSynced(client, index));
    report('commit by webhook → Synced', commits, 'ms');
    for (let index = 0; index < WORKFLOWS; index += 1) flows.push(await helloWorld(client));
    report('hello-world submit → Succeeded', flows, 'ms');
    const before = processorMs(argosy.pid);
    const since = performance.now();
    await eventually('ten idle seconds', 20_000, () => Promise.resolve(performance.now() - since > 10_000));
    report('processor while idle, of one core', [((processorMs(argosy.pid) - before) / 10_000) * 100], '%');
    report('resident memory', [residentMegabytes(argosy.pid)], 'MB');
  } finally {
    await argosy.stop('SIGINT');
    rmSync(home, { recursive: true, force: true });
  }
}

await main();
