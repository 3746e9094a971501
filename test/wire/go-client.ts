import { execFile, spawn } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** A Go program with client-go, from npm; only for Linux on amd64, 78 MB, so it is fetched when it is asked for. */
export const GO_CLIENT = {
  name: 'kubernetes-mcp-server-linux-amd64',
  version: '0.0.67',
  os: 'linux',
  arch: 'x64',
} as const;

/** The path of the program, installed once into a folder of its own. @throws Error on another platform. */
export async function goClientBinary(): Promise<string> {
  const { name, version, os, arch } = GO_CLIENT;
  if (process.platform !== os || process.arch !== arch) {
    throw new Error(`${name} runs on ${os} ${arch}; this is ${process.platform} ${process.arch}`);
  }
  const directory = join(tmpdir(), `argosy-tools-${name}-${version}`);
  const binary = join(directory, 'node_modules', name, 'bin', name);
  const there = await access(binary).then(
    () => true,
    () => false,
  );
  if (there) return binary;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const args = ['install', '--prefix', directory, '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
  await promisify(execFile)('npm', [...args, `${name}@${version}`], { cwd: directory });
  return binary;
}

/** The program, run beside a test: one call of its tools after another, each one or more requests by client-go. */
export interface GoClient {
  /** What a tool answered as text. @throws Error with its words when the tool failed. */
  call(tool: string, args?: object): Promise<string>;
  close(): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: { readonly isError?: boolean; readonly content?: readonly { readonly text?: string }[] };
}

/** Starts the program with a kubeconfig; it speaks JSON-RPC by lines. */
export async function startGoClient(kubeconfig: string, home: string): Promise<GoClient> {
  const args = ['--kubeconfig', kubeconfig, '--disable-multi-cluster', '--log-file', join(home, 'go-client.log')];
  const child = spawn(await goClientBinary(), args, { env: { PATH: process.env['PATH'], HOME: home } });
  const waiting = new Map<number, (answer: Answer) => void>();
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as Answer;
    if (answer.id === undefined) return;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let last = 0;
  const tell = (message: object): void => void child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const ask = (method: string, params: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const id = (last += 1);
      waiting.set(id, resolve);
      void ended.then(() => reject(new Error(`the program ended before it answered ${method}`)));
      tell({ id, method, params });
    });
  await ask('initialize', {
    protocolVersion: '2025-03-26',
    capabilities: {},
    clientInfo: { name: 'argosy', version: '1' },
  });
  tell({ method: 'notifications/initialized' });
  return {
    call: async (name, given = {}) => {
      const { error, result } = await ask('tools/call', { name, arguments: given });
      const text = (result?.content ?? []).map((part) => part.text ?? '').join('');
      if (error !== undefined || result?.isError === true) throw new Error(error?.message ?? text);
      return text;
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
