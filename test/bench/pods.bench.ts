// Measures pods: `npx tsx test/bench/pods.bench.ts [processes|simulated|containers…]`. Prints a table.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { resources } from '@argosy/api';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import {
  createContainerRuntime,
  createProcessRuntime,
  createSimulatedRuntime,
  findEngineSocket,
  startNodeAgent,
  type PodRuntime,
} from '@argosy/cluster/node';
import { connectInProcess } from '@argosy/kube/client';
import { createObject, deleteObject, type ClusterApi } from '@argosy/kube/port';
import { createEventRecorder, createInformerFactory, createMemoryJournal, systemClock } from '@argosy/kube/runtime';
import type { KubeObject } from '@argosy/kube/meta';
import { getPath, silentLogger } from '@argosy/std';

const run = promisify(execFile);
const admin = { name: 'bench', groups: ['system:masters'] };
const clock = systemClock;

interface Bench {
  readonly api: ClusterApi;
  /** Resolves once the pod's phase is one of these, or `gone`. */
  until(name: string, ...phases: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

async function open(runtime: PodRuntime): Promise<Bench> {
  const dir = await mkdtemp(join(tmpdir(), 'argosy-bench-'));
  const authorizer = { authorize: () => ({ allowed: true, reason: '' }) };
  const plane = await openControlPlane({ log: inMemoryCommitLog(), clock, authorizer, newUid: randomUUID });
  const api = connectInProcess(plane, admin);
  const stop = new AbortController();
  const { signal } = stop;
  const logger = silentLogger;
  const informers = createInformerFactory({ api, clock, logger, signal });
  const events = createEventRecorder({ api, clock, component: 'bench', host: 'node-a' });
  const context = { api, informers, clock, logger, signal, events, journal: createMemoryJournal(), seed: 1 };
  const options = { nodeName: 'node-a', stateDirectory: dir, runtime, limits: { pods: 100_000 } };
  const agent = await startNodeAgent(context, options);
  const waiting = new Map<string, { readonly phases: readonly string[]; readonly resolve: () => void }>();
  informers.informer<KubeObject>(resources.pods).onChange(({ key, after }) => {
    const phase = after === undefined ? 'gone' : getPath(after, ['status', 'phase']);
    const wanted = waiting.get(key.name);
    if (typeof phase !== 'string' || wanted?.phases.includes(phase) !== true) return;
    waiting.delete(key.name);
    wanted.resolve();
  });
  return {
    api,
    until: (name, ...phases) => new Promise((resolve) => waiting.set(name, { phases, resolve })),
    close: async () => {
      await agent.stop({ drainPods: true });
      stop.abort();
      await plane.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function podObject(name: string, image: string, annotations: { readonly [key: string]: string } = {}): KubeObject {
  const container = { name: 'main', image, imagePullPolicy: 'Never', command: ['sleep', '1000'] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', annotations },
    spec: {
      nodeName: 'node-a',
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      containers: [container],
    },
  };
}

const target = (name: string) => ({ resource: resources.pods, key: { namespace: 'default', name } });

/** Milliseconds from the request that creates a pod until its status says Running, one after another. */
async function starts(bench: Bench, count: number, image: string): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = `pod-${index}`;
    const running = bench.until(name, 'Running');
    const began = performance.now();
    await createObject(bench.api, { resource: resources.pods, namespace: 'default', object: podObject(name, image) });
    await running;
    times.push(performance.now() - began);
    const gone = bench.until(name, 'gone');
    await deleteObject(bench.api, target(name), { gracePeriodSeconds: 0 });
    await gone;
  }
  return times.toSorted((a, b) => a - b);
}

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(64)}${value.padStart(24)}\n`);
}

function printTimes(name: string, times: readonly number[]): void {
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
  print(name, `${at(0.5)} / ${at(0.95)} ms`);
}

async function processes(): Promise<void> {
  for (const sandbox of ['bubblewrap', 'namespaces', 'none'] as const) {
    const runtime = await createProcessRuntime({ sandbox }).catch(() => undefined);
    if (runtime === undefined) continue;
    const bench = await open(runtime);
    await starts(bench, 5, 'none');
    printTimes(`process pod, ${sandbox}: create → Running (median / p95)`, await starts(bench, 40, 'none'));
    await bench.close();
  }
}

/** Whole lives of simulated pods: create, Running, Succeeded, delete, gone. */
async function simulated(): Promise<void> {
  const bench = await open(createSimulatedRuntime());
  const life = async (name: string): Promise<void> => {
    const over = bench.until(name, 'Succeeded');
    const object = podObject(name, 'none', { 'simulation.argosy.io/run': '1ms;exit=0' });
    await createObject(bench.api, { resource: resources.pods, namespace: 'default', object });
    await over;
    const gone = bench.until(name, 'gone');
    await deleteObject(bench.api, target(name), { gracePeriodSeconds: 0 });
    await gone;
  };
  const lives = async (count: number, inFlight: number): Promise<number> => {
    let next = 0;
    const began = performance.now();
    const lane = async (): Promise<void> => {
      while (next < count) await life(`sim-${count}-${next++}`);
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    return (count / (performance.now() - began)) * 1000;
  };
  await lives(500, 100);
  const before = process.cpuUsage();
  const count = 5000;
  print('simulated pods: whole lives a second, 200 in flight', (await lives(count, 200)).toFixed(0));
  const { user, system } = process.cpuUsage(before);
  print('simulated pods: lives for a second of processor time', ((count * 1e6) / (user + system)).toFixed(0));
  await bench.close();
}

/** Needs an engine (ARGOSY_ENGINE_SOCKET or the usual places), `podman` on the same storage, and ARGOSY_BENCH_IMAGE with `sleep`. */
async function containers(): Promise<void> {
  const socketPath = process.env['ARGOSY_ENGINE_SOCKET'] ?? findEngineSocket();
  const image = process.env['ARGOSY_BENCH_IMAGE'];
  if (socketPath === undefined || image === undefined) {
    print('containers', 'no engine, or ARGOSY_BENCH_IMAGE not set');
    return;
  }
  const raw: number[] = [];
  for (let index = 0; index < 10; index += 1) {
    const began = performance.now();
    const { stdout } = await run('podman', ['run', '-d', '--network', 'none', image, 'sleep', '1000']);
    raw.push(performance.now() - began);
    await run('podman', ['rm', '-f', '-t', '0', stdout.trim()]);
  }
  printTimes(
    'raw: podman run -d (median / p95)',
    raw.toSorted((a, b) => a - b),
  );
  for (const network of ['none', 'host', 'engine'] as const) {
    const bench = await open(await createContainerRuntime({ socketPath, network }));
    await starts(bench, 1, image);
    printTimes(`container pod, network ${network}: create → Running`, await starts(bench, 10, image));
    await bench.close();
  }
}

const suites = { processes, simulated, containers };
const wanted = process.argv.slice(2);
// The clock's timers alone would not keep the program from ending.
const alive = setInterval(() => undefined, 1000);
for (const [name, suite] of Object.entries(suites)) if (wanted.length === 0 || wanted.includes(name)) await suite();
clearInterval(alive);
