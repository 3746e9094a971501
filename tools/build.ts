import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { build as buildPage } from 'vite';

const root = join(import.meta.dirname, '..');
const outdir = join(root, 'dist');

/** Modules that stay in node_modules: native code, and what finds its own files by path. */
const EXTERNAL = ['libsql'];

/** CommonJS parts inside the bundle still call `require`. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

async function buildPrograms(): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: {
      argosy: 'packages/argosy/src/main.ts',
      // Threads are started by file name beside the program.
      'commit-log-worker': 'packages/cluster/src/disk/commit-log-worker.ts',
      'password-worker': 'packages/auth/src/sessions/password-worker.ts',
      'render-worker': 'packages/cd/src/renderer/render-worker.ts',
    },
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    external: EXTERNAL,
    banner: { js: REQUIRE },
    logLevel: 'warning',
    legalComments: 'none',
  });
}

async function buildAll(): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  await buildPrograms();
  await buildPage({ configFile: join(root, 'packages/ui/vite.config.ts'), logLevel: 'warn' });
}

await buildAll();
