import { spawn, type ChildProcess } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { KustomizeJob } from '../render/index.ts';

/** How kustomizations are built. */
export interface KustomizeOptions {
  /** `kustomize` or `kubectl`; looked for on PATH when not given. */
  readonly binary?: string;
  /** The search path. @default the process's */
  readonly searchPath?: string;
  /** @default 60 s */
  readonly timeoutMs?: number;
  /** @default 50 MiB */
  readonly outputBytes?: number;
}

/** Why a kustomization was not built; the text names no directory of this machine. */
export class KustomizeBuildError extends Error {
  override readonly name = 'KustomizeBuildError';
  readonly limit: string | undefined;

  constructor(message: string, limit?: string) {
    super(message);
    this.limit = limit;
  }
}

const TIMEOUT_MS = 60_000;
const OUTPUT_BYTES = 50 * 1024 * 1024;
const ERROR_BYTES = 64 * 1024;

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The first program of these names on a search path. */
async function findProgram(names: readonly string[], searchPath: string): Promise<string | undefined> {
  for (const name of names) {
    for (const directory of searchPath.split(delimiter).filter((item) => item !== '')) {
      const path = join(directory, name);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

async function programFor(options: KustomizeOptions): Promise<string> {
  const found =
    options.binary ?? (await findProgram(['kustomize', 'kubectl'], options.searchPath ?? process.env['PATH'] ?? ''));
  if (found !== undefined) return found;
  throw new KustomizeBuildError(
    'source type Kustomize needs the program kustomize or kubectl, and neither is on PATH: install one of them, or commit what `kustomize build` prints',
  );
}

async function writeTree(root: string, files: KustomizeJob['files']): Promise<void> {
  const made = new Set<string>();
  for (const [path, data] of files) {
    const full = join(root, path);
    const directory = dirname(full);
    if (!made.has(directory)) await mkdir(directory, { recursive: true });
    made.add(directory);
    await writeFile(full, data, { mode: 0o600 });
  }
}

/** Ends a program and all that it started. */
function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

interface Run {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly home: string;
  readonly timeoutMs: number;
  readonly outputBytes: number;
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly limit?: string;
}

/** Runs a program with nothing of our environment, a time limit and an output limit. */
function runBounded(run: Run): Promise<Ran> {
  const [program = '', ...args] = run.command;
  return new Promise((resolve, reject) => {
    const env = { HOME: run.home, PATH: '/nonexistent', TMPDIR: run.home, LC_ALL: 'C' };
    const child = spawn(program, args, { cwd: run.cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const out: Buffer[] = [];
    let [bytes, errorText, limit] = [0, '', undefined as string | undefined];
    const stop = (reason: string): void => {
      limit ??= reason;
      killGroup(child);
    };
    const timer = setTimeout(() => stop(`kustomize time of ${run.timeoutMs} ms`), run.timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > run.outputBytes) stop(`kustomize output of ${run.outputBytes} bytes`);
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (errorText.length < ERROR_BYTES) errorText += chunk.toString('utf8');
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      const stdout = Buffer.concat(out).toString('utf8');
      resolve({ code, stdout, stderr: errorText, ...(limit === undefined ? {} : { limit }) });
    });
  });
}

let isolation: Promise<readonly string[]> | undefined;

/** What cuts a program off the network, where this machine lets us: a network namespace of its own. */
function networkIsolation(): Promise<readonly string[]> {
  isolation ??= (async () => {
    const unshare = await findProgram(['unshare'], '/usr/bin:/bin');
    if (unshare === undefined) return [];
    const prefix = [unshare, '--user', '--map-root-user', '--net'];
    const probe = { cwd: '/', home: '/nonexistent', timeoutMs: 5000, outputBytes: 1024 };
    const tried = await runBounded({ ...probe, command: [...prefix, '/bin/true'] }).catch(() => undefined);
    return tried?.code === 0 ? prefix : [];
  })();
  return isolation;
}

function told(stderr: string, root: string): string {
  const text = stderr
    .replaceAll(root, '')
    .replaceAll(/^(error|Error): /gm, '')
    .trim();
  return text === '' ? 'the program ended without a word' : text.slice(0, 4000);
}

/**
 * Builds a kustomization in a private copy of its tree: plain files only, so that no link leads out; no environment, no
 * search path, no network where the machine allows to take it away; bounded in time and output.
 * @throws KustomizeBuildError
 */
export async function buildKustomization(job: KustomizeJob, options: KustomizeOptions = {}): Promise<string> {
  const program = await programFor(options);
  const root = await mkdtemp(join(tmpdir(), 'argosy-kustomize-'));
  try {
    const tree = join(root, 'tree');
    await mkdir(tree);
    await writeTree(tree, job.files);
    const isKubectl = (program.split('/').at(-1) ?? '').startsWith('kubectl');
    const ran = await runBounded({
      command: [...(await networkIsolation()), program, isKubectl ? 'kustomize' : 'build', join(tree, job.path)],
      cwd: tree,
      home: root,
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      outputBytes: options.outputBytes ?? OUTPUT_BYTES,
    });
    if (ran.limit !== undefined) throw new KustomizeBuildError(`kustomize build went over the ${ran.limit}`, ran.limit);
    if (ran.code !== 0) throw new KustomizeBuildError(`kustomize build: ${told(ran.stderr, tree)}`);
    return ran.stdout;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
