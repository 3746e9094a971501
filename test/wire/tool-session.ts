import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfigText } from '@argosy/kube/client';
import { runTool, startTool, toolBinary, type Finished, type RunningTool, type ToolLayer } from './kubectl-binary.ts';
import { admin, type Wire } from './open-wire.ts';

/** A command such as `kubectl get pods`, parted at single blanks, or its words. */
export type Command = string | readonly string[];

/** Real kubectl and helm, logged in to a wire as the administrator, with a home directory of their own. */
export interface ToolSession {
  readonly wire: Wire;
  /** Holds the kubeconfig `config`; files of a test may lie beside it. */
  readonly home: string;
  /** Runs a command to its end. */
  run(command: Command, input?: string): Promise<Finished>;
  /** As `run`, and expects success; gives what was printed. */
  good(command: Command, input?: string): Promise<string>;
  /** As `run`, and expects exit code 1; gives the complaint. */
  bad(command: Command, input?: string): Promise<string>;
  /** Starts a command that runs on beside the test. */
  start(command: Command): RunningTool;
  /** As `start`, on a terminal of its own, which gets what is written to it as keys. */
  startOnTerminal(command: Command): RunningTool;
  /** Closes the wire and removes the home directory. */
  close(): Promise<void>;
}

/** Which tools a session has. */
export interface ToolOptions {
  /** @default v32 */
  readonly layer?: ToolLayer;
  /** More variables of its programs. */
  readonly env?: { readonly [name: string]: string };
}

/** Opens a session on a wire, which it owns from then on. */
export async function openToolSession(wire: Wire, options: ToolOptions = {}): Promise<ToolSession> {
  const tools = await openTools(wire, options);
  return {
    ...tools,
    close: async () => {
      await wire.close();
      await tools.close();
    },
  };
}

/** Opens a session on a wire that is closed by somebody else. */
export async function openTools(wire: Wire, options: ToolOptions = {}): Promise<ToolSession> {
  const home = await mkdtemp(join(tmpdir(), 'argosy-tools-home-'));
  const kubeconfig = join(home, 'config');
  const { certificate, privateKey } = await wire.authority.clientLeaf(admin.name, admin.groups);
  const text = kubeconfigText({ server: wire.url, ca: wire.authority.certificate, certificate, privateKey });
  await writeFile(kubeconfig, text, { mode: 0o600 });
  const binaries: { readonly [tool: string]: string } = {
    kubectl: await toolBinary('kubectl', options.layer),
    helm: await toolBinary('helm', options.layer),
  };
  const place = { kubeconfig, home, ...(options.env === undefined ? {} : { env: options.env }) };
  const wordsOf = (command: Command): { readonly binary: string; readonly args: readonly string[] } => {
    const [tool = '', ...args] = typeof command === 'string' ? command.split(' ') : command;
    const binary = binaries[tool];
    if (binary === undefined) throw new Error(`${tool} is none of ${Object.keys(binaries).join(', ')}`);
    return { binary, args };
  };
  const run = (command: Command, input?: string): Promise<Finished> => {
    const { binary, args } = wordsOf(command);
    return runTool(binary, args, { ...place, ...(input === undefined ? {} : { input }) });
  };
  const start = (command: Command): RunningTool => {
    const { binary, args } = wordsOf(command);
    return startTool(binary, args, place);
  };
  const startOnTerminal = (command: Command): RunningTool => {
    const { binary, args } = wordsOf(command);
    const line = [binary, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    return startTool('script', ['-q', '-e', '-E', 'always', '-c', line, '/dev/null'], place);
  };
  const ended = async (command: Command, input: string | undefined, wanted: number): Promise<Finished> => {
    const finished = await run(command, input);
    if (finished.code === wanted) return finished;
    throw new Error(
      `${String(command)} ended with ${finished.code} instead of ${wanted}:\n${finished.stdout}${finished.stderr}`,
    );
  };
  return {
    wire,
    home,
    run,
    good: async (command, input) => (await ended(command, input, 0)).stdout,
    bad: async (command, input) => (await ended(command, input, 1)).stderr,
    start,
    startOnTerminal,
    close: async () => {
      await rm(home, { recursive: true, force: true });
    },
  };
}
