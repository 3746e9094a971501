// Measures the embedded control plane: `npx tsx test/bench/control-plane.bench.ts [objects…]`. Prints a table.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { instant, type Clock } from '@argosy/std';
import type { ControlPlane } from '@argosy/cluster/apiserver';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import { openCommitLog } from '@argosy/cluster/disk';
import type { KubeObject } from '@argosy/kube/meta';
import type { KubeRequest, UserInfo } from '@argosy/kube/port';

const user: UserInfo = { name: 'bench', groups: ['system:masters'] };
const configMaps = { group: '', version: 'v1', resource: 'configmaps' };
const pods = { group: '', version: 'v1', resource: 'pods' };

const clock: Clock = {
  now: () => instant(Date.now()),
  schedule: (at, wake) => {
    const timer = setTimeout(wake, Math.max(0, at - Date.now()));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

const filler = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`key-${index}`, 'v'.repeat(90)]));
const configMap = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { app: 'bench' } },
  data: filler,
});
const env = Array.from({ length: 40 }, (_, index) => ({ name: `NAME_${index}`, value: 'w'.repeat(24) }));
const pod = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'bench' } },
  spec: { containers: [{ name: 'main', image: 'example/app:1', env, command: ['run'], args: ['a', 'b'] }] },
});

function print(cells: readonly (string | number)[]): void {
  const [name = '', ...rest] = cells;
  process.stdout.write(`${String(name).padEnd(58)}${rest.map((cell) => String(cell).padStart(16)).join('')}\n`);
}

/** Runs `count` requests with `inFlight` at a time; requests a second. */
async function rate(count: number, inFlight: number, one: (index: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const started = performance.now();
  const lane = async (): Promise<void> => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return Math.round((count / (performance.now() - started)) * 1000);
}

const send = (plane: ControlPlane, request: KubeRequest): Promise<KubeObject> => plane.send(user, request);
const create = (plane: ControlPlane, resource: typeof pods, object: KubeObject): Promise<KubeObject> =>
  send(plane, { verb: 'create', resource, namespace: 'default', object });

async function withPlane(durable: boolean, work: (plane: ControlPlane) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'argosy-bench-'));
  const log = durable ? await openCommitLog(directory) : inMemoryCommitLog();
  const authorizer = { authorize: () => ({ allowed: true, reason: '' }) };
  const plane = await openControlPlane({ log, clock, authorizer, newUid: randomUUID });
  try {
    await work(plane);
  } finally {
    await plane.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function writes(plane: ControlPlane, label: string): Promise<void> {
  for (const inFlight of [1, 64]) {
    const count = inFlight === 1 ? 1500 : 12_000;
    const named = (index: number): string => `w${inFlight}-${index}`;
    const created = await rate(count, inFlight, (index) => create(plane, configMaps, configMap(named(index))));
    print([`${label}: create ConfigMap 3.5 KB, ${inFlight} in flight`, `${created}/s`]);
    const made = await rate(count / 3, inFlight, (index) => create(plane, pods, pod(`${named(index)}`)));
    print([`${label}: create Pod 3.5 KB, ${inFlight} in flight`, `${made}/s`]);
    const patched = await rate(count, inFlight, (index) =>
      send(plane, {
        verb: 'patch',
        resource: configMaps,
        key: { namespace: 'default', name: named(index) },
        patchType: 'merge',
        patch: { metadata: { labels: { round: String(index % 7) } } },
      }),
    );
    print([`${label}: merge patch, ${inFlight} in flight`, `${patched}/s`]);
  }
}

async function fanOut(plane: ControlPlane, label: string): Promise<void> {
  let delivered = 0;
  const stops = Array.from({ length: 10 }, () =>
    plane.openWatch(
      user,
      { resource: configMaps, namespace: '', resourceVersion: '' },
      { push: () => (delivered += 1) > 0, end: () => undefined },
    ),
  );
  await create(plane, configMaps, configMap('fan-first'));
  delivered = 0;
  const started = performance.now();
  await rate(5000, 64, (index) => create(plane, configMaps, configMap(`fan-${index}`)));
  const seconds = (performance.now() - started) / 1000;
  print([`${label}: 10 watchers, events delivered`, `${Math.round(delivered / seconds)}/s`, `${delivered}`]);
  for (const stop of stops) stop();
}

async function atSize(count: number): Promise<void> {
  await withPlane(false, async (plane) => {
    await rate(count, 64, (index) => create(plane, configMaps, configMap(`o-${index}`)));
    const key = (index: number): { namespace: string; name: string } => ({
      namespace: 'default',
      name: `o-${(index * 7919) % count}`,
    });
    const got = await rate(20_000, 1, (index) => send(plane, { verb: 'get', resource: configMaps, key: key(index) }));
    const patched = await rate(3000, 64, (index) =>
      send(plane, {
        verb: 'patch',
        resource: configMaps,
        key: key(index),
        patchType: 'merge',
        patch: { data: { changed: String(index) } },
      }),
    );
    const made = await rate(3000, 64, (index) => create(plane, configMaps, configMap(`n-${index}`)));
    const started = performance.now();
    const answer = await plane.answer(user, { verb: 'list', resource: configMaps, namespace: '' });
    const bytes = answer.bytes?.byteLength ?? 0;
    const listMs = Math.round(performance.now() - started);
    const heap = Math.round(process.memoryUsage().rss / 1024 / 1024);
    print([`${count} stored: get, patch, create`, `${got}/s`, `${patched}/s`, `${made}/s`]);
    print([`${count} stored: list as bytes, size, RSS`, `${listMs} ms`, `${Math.round(bytes / 1e6)} MB`, `${heap} MB`]);
    const page = await rate(50, 1, () =>
      plane.answer(user, { verb: 'list', resource: configMaps, namespace: '', limit: 500 }),
    );
    print([`${count} stored: first page of 500`, `${page}/s`]);
  });
}

const sizes = process.argv.slice(2).map(Number);
await withPlane(true, async (plane) => {
  await writes(plane, 'disk');
  await fanOut(plane, 'disk');
});
await withPlane(false, async (plane) => {
  await writes(plane, 'memory');
  await fanOut(plane, 'memory');
});
for (const size of sizes.length > 0 ? sizes : [1000, 10_000, 100_000]) await atSize(size);
