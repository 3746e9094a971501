import { createSystemClock } from '@argosy/kube/runtime';
import type { Logger } from '@argosy/std';
import { openDataDirectory } from './data-directory.ts';
import { publishKubernetesService } from './kubernetes-service.ts';
import type { ServeOptions } from './options.ts';
import { startControlPlane } from './start-control-plane.ts';

/** A control plane that runs alone. */
export interface ServedControlPlane {
  readonly kubePort: number;
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/**
 * Serves the objects of a data directory, with nothing that acts on them.
 * @throws CommandError with one sentence for what a user can mend.
 */
export async function serveControlPlane(options: ServeOptions, logger: Logger): Promise<ServedControlPlane> {
  const directory = await openDataDirectory(options.dataDirectory);
  const clock = createSystemClock({ holdsProcess: false });
  const controlPlane = await startControlPlane(directory, {
    kubePort: options.kubePort,
    kubeAuthentication: options.kubeAuthentication,
    clock,
    logger,
  });
  await publishKubernetesService(controlPlane.plane, controlPlane.kubePort);
  return { kubePort: controlPlane.kubePort, kubeconfig: directory.kubeconfig, close: () => controlPlane.close() };
}
