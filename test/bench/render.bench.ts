// How fast charts are rendered: in this process, in a worker process, and by the real helm. Run with:
// npx tsx test/bench/render.bench.ts
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instant } from '@argosy/std';
import {
  createInProcessRenderer,
  createWorkerRenderer,
  readLocalTree,
  systemRenderPorts,
  type Renderer,
} from '../../packages/cd/src/renderer/index.ts';
import { DEFAULT_RENDER_LIMITS, type RenderRequest } from '../../packages/cd/src/render/index.ts';
import { runTool, toolBinary } from '../wire/kubectl-binary.ts';

const ROUNDS = 200;
const HELM_ROUNDS = 20;

async function median(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
}

function requestFor(tree: ReadonlyMap<string, Uint8Array>): RenderRequest {
  return {
    source: { repoURL: '', helm: { parameters: [{ name: 'ingress.enabled', value: 'true' }] } },
    path: '',
    tree,
    refs: new Map(),
    app: { name: 'web', namespace: 'default', project: 'default', revision: '' },
    cluster: { kubeVersion: '', apiVersions: [] },
    env: { now: instant(0), seed: 1 },
    limits: DEFAULT_RENDER_LIMITS,
  };
}

async function main(): Promise<void> {
  const helm = await toolBinary('helm');
  const home = await mkdtemp(join(tmpdir(), 'render-bench-'));
  const workers: Renderer = createWorkerRenderer({ processes: 1 });
  try {
    const chart = join(home, 'web');
    await runTool(helm, ['create', chart], { kubeconfig: '/dev/null', home });
    const request = requestFor(await readLocalTree(chart));
    const here = createInProcessRenderer(systemRenderPorts);
    const cold = performance.now();
    await here.render(request);
    console.log(`first render in process      ${(performance.now() - cold).toFixed(1)} ms`);
    const started = performance.now();
    await workers.render(request);
    console.log(`first render in a worker     ${(performance.now() - started).toFixed(1)} ms (the process starts)`);
    const inProcess = await median(ROUNDS, () => here.render(request));
    const inWorker = await median(ROUNDS, () => workers.render(request));
    const args = ['template', 'web', chart, '--include-crds', '--set', 'ingress.enabled=true'];
    const real = await median(HELM_ROUNDS, () => runTool(helm, args, { kubeconfig: '/dev/null', home }));
    console.log(`in process                   ${inProcess.toFixed(2)} ms`);
    console.log(
      `in a warm worker process     ${inWorker.toFixed(2)} ms (the hop costs ${(inWorker - inProcess).toFixed(2)} ms)`,
    );
    console.log(`helm template, spawned       ${real.toFixed(2)} ms`);
    console.log(
      `in process is ${(real / inProcess).toFixed(0)} times as fast as helm, a worker ${(real / inWorker).toFixed(0)} times`,
    );
  } finally {
    await workers.close();
    await rm(home, { recursive: true, force: true });
  }
}

void main();
