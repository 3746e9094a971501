import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfigText } from '@argosy/kube/client';
import { runTool, toolBinary, type Finished } from './kubectl-binary.ts';
import { admin, type Wire } from './open-wire.ts';

/** Real kubectl and helm, logged in to a wire as the administrator, with a home directory of their own. */
export interface ToolSession {
  readonly wire: Wire;
  /** Holds the kubeconfig `config`; files of a test may lie beside it. */
  readonly home: string;
  /** Runs a command such as `kubectl get pods`, parted at single blanks, to its end. */
  run(command: string, input?: string): Promise<Finished>;
  /** As `run`, and expects success; gives what was printed. */
  good(command: string, input?: string): Promise<string>;
  /** As `run`, and expects exit code 1; gives the complaint. */
  bad(command: string, input?: string): Promise<string>;
  /** Closes the wire and removes the home directory. */
  close(): Promise<void>;
}

/** Opens a session on a wire, which it owns from then on. */
export async function openToolSession(wire: Wire): Promise<ToolSession> {
  const home = await mkdtemp(join(tmpdir(), 'argosy-tools-home-'));
  const kubeconfig = join(home, 'config');
  const { certificate, privateKey } = await wire.authority.clientLeaf(admin.name, admin.groups);
  const text = kubeconfigText({ server: wire.url, ca: wire.authority.certificate, certificate, privateKey });
  await writeFile(kubeconfig, text, { mode: 0o600 });
  const binaries: { readonly [tool: string]: string } = {
    kubectl: await toolBinary('kubectl'),
    helm: await toolBinary('helm'),
  };
  const run = (command: string, input?: string): Promise<Finished> => {
    const [tool = '', ...args] = command.split(' ');
    const binary = binaries[tool];
    if (binary === undefined) throw new Error(`${tool} is none of ${Object.keys(binaries).join(', ')}`);
    return runTool(binary, args, { kubeconfig, home, ...(input === undefined ? {} : { input }) });
  };
  const ended = async (command: string, input: string | undefined, wanted: number): Promise<Finished> => {
    const finished = await run(command, input);
    if (finished.code === wanted) return finished;
    throw new Error(
      `${command} ended with ${finished.code} instead of ${wanted}:\n${finished.stdout}${finished.stderr}`,
    );
  };
  return {
    wire,
    home,
    run,
    good: async (command, input) => (await ended(command, input, 0)).stdout,
    bad: async (command, input) => (await ended(command, input, 1)).stderr,
    close: async () => {
      await wire.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
