import { spawn } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { connectHttp, type HttpClusterApi } from '@argosy/kube/client';

/** A server process. */
export interface KillableServer {
  /** A client of it, once it serves; undefined when it died before. */
  readonly api: Promise<HttpClusterApi | undefined>;
  /** Ends it as kill -9 does at a moment from now, and waits until it is gone. @throws Error when it ended by itself. */
  kill(afterMs: number): Promise<void>;
}

/** A bundled server with its data directory. */
export interface KillableCluster {
  readonly snapshot: string;
  readonly directory: string;
  start(): KillableServer;
  close(): Promise<void>;
}

const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** Bundles the server as a release is, the main program and the worker side by side, native modules outside. */
async function bundle(workplace: string): Promise<void> {
  await build({
    entryPoints: {
      server: fileURLToPath(new URL('./kill-server-fixture.ts', import.meta.url)),
      'commit-log-worker': fileURLToPath(
        new URL('../../packages/cluster/src/disk/commit-log-worker.ts', import.meta.url),
      ),
    },
    outdir: workplace,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['libsql'],
    banner: { js: REQUIRE },
    logLevel: 'error',
  });
  await symlink(dirname(dirname(createRequire(import.meta.url).resolve('libsql'))), join(workplace, 'node_modules'));
  await writeFile(join(workplace, 'package.json'), '{"type":"module"}');
}

function start(program: string, data: string): KillableServer {
  const child = spawn(process.execPath, [program, data], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const gone = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_code, signal) => resolve(signal)));
  const ready = new Promise<HttpClusterApi | undefined>((resolve) => {
    createInterface({ input: child.stdout }).once('line', (line) => {
      const said = JSON.parse(line) as { readonly url: string; readonly token: string; readonly authority: string };
      resolve(connectHttp({ server: said.url, ca: said.authority, credentials: { token: said.token } }));
    });
    void gone.then(() => resolve(undefined));
  });
  return {
    api: ready,
    kill: async (afterMs) => {
      setTimeout(() => child.kill('SIGKILL'), afterMs);
      const signal = await gone;
      if (signal !== 'SIGKILL') throw new Error(`the server ended by itself: ${complaint}`);
      await (await ready)?.close();
    },
  };
}

/** Builds the server program in a new directory. */
export async function openKillableCluster(): Promise<KillableCluster> {
  const workplace = await mkdtemp(join(tmpdir(), 'argosy-kill-'));
  await bundle(workplace);
  const directory = join(workplace, 'data');
  return {
    directory,
    snapshot: join(directory, 'saved.snapshot'),
    start: () => start(join(workplace, 'server.js'), directory),
    close: () => rm(workplace, { recursive: true, force: true }),
  };
}
