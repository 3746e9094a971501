import type { Command, Invocation } from '@argosy/cli';
import { interrupted } from './interrupted.ts';
import { resolveServeOptions, serveFlags } from './options.ts';
import { createTextLogger } from './text-logger.ts';

async function run(invocation: Invocation): Promise<number> {
  const options = resolveServeOptions(invocation);
  const { terminal } = invocation;
  const logger = createTextLogger(terminal.err, options.logLevel);
  // Loaded here, so that the other commands do not pay for the server's code.
  const { serveControlPlane } = await import('./serve-control-plane.ts');
  const served = await serveControlPlane(options, logger);
  terminal.out(`The Kubernetes API listens on https://127.0.0.1:${served.kubePort}\n`);
  terminal.out(`export KUBECONFIG=${served.kubeconfig}\n`);
  await interrupted(terminal.signal);
  await served.close();
  return 0;
}

/** `argosy cluster serve`: the API server and its storage, with nothing that acts. */
export const serveCommand: Command = {
  name: 'serve',
  summary: 'Run the Kubernetes API alone: no controllers, no node, no page',
  description: `Serves the objects of the data directory. Nothing acts on them: Deployments make no pods, pods do not
run, deleted namespaces wait. For tests of programs that need an API only, and for looking into a data directory.`,
  example: 'argosy cluster serve --data-dir ./data --kube-port 0',
  flags: serveFlags,
  args: { least: 0, most: 0 },
  run,
};
