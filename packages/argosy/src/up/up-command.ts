import type { Command, Invocation } from '@argosy/cli';
import { interrupted } from './interrupted.ts';
import { resolveUpOptions, upFlags } from './options.ts';
import type { RunningArgosy } from './start-argosy.ts';
import { createTextLogger } from './text-logger.ts';

/** Exit code after Ctrl-C, when everything stopped in order. */
const INTERRUPTED_EXIT_CODE = 0;

function banner(argosy: RunningArgosy, tookMs: number): string {
  const lines = [
    '',
    `  Argosy is ready (${(tookMs / 1000).toFixed(1)} s).`,
    '',
    `  Page        ${argosy.url}`,
    `  Login       admin, password in ${argosy.adminPasswordFile}`,
    `  Kubernetes  export KUBECONFIG=${argosy.kubeconfig}`,
    ...(argosy.demoRepository === undefined ? [] : [`  Demo        ${argosy.demoRepository}: edit, commit, watch`]),
    '',
    '  Ctrl-C stops the pods and keeps the data.',
    '',
    '',
  ];
  return lines.join('\n');
}

async function runUp(invocation: Invocation): Promise<number> {
  const options = resolveUpOptions(invocation);
  const { terminal } = invocation;
  const logger = createTextLogger(terminal.err, options.logLevel);
  const started = performance.now();
  // Loaded here, so that the other commands do not pay for the server's code.
  const { startArgosy } = await import('./start-argosy.ts');
  const argosy = await startArgosy(options, logger);
  terminal.out(banner(argosy, performance.now() - started));
  await interrupted(terminal.signal);
  terminal.out('Stopping…\n');
  await argosy.close();
  return INTERRUPTED_EXIT_CODE;
}

/** `argosy up`: everything on this machine, in one process. */
export const upCommand: Command = {
  name: 'up',
  summary: 'Run everything on this machine',
  description: `Runs control plane, node agent, controllers, HTTPS server and page in one process.

Everything is kept in the data directory. The first start generates certificates, keys and the
password of the user admin; nothing has a default. A second start goes on where the last one ended.`,
  example: `argosy up
argosy up --data-dir ./data --port 0 --kube-port 0 --no-demo
argosy up --ready-file /tmp/ready.json &`,
  flags: upFlags,
  args: { least: 0, most: 0 },
  run: runUp,
};
