import { join } from 'node:path';
import { cdCrds } from '@argosy/api/cd';
import { gatewayCrds } from '@argosy/api/gateway';
import { workflowCrds } from '@argosy/api/workflows';
import { LOCAL_SERVER_FILE } from '@argosy/cli';
import { createMemoryJournal, createSystemClock } from '@argosy/kube/runtime';
import type { Logger } from '@argosy/std';
import { demoApplication, ensureDemoRepository } from '../demo/index.ts';
import { openDataDirectory, writePrivateFile, type DataDirectory } from './data-directory.ts';
import type { UpOptions } from './options.ts';
import { ensureObject, replaceObject, startControlPlane, type RunningControlPlane } from './start-control-plane.ts';
import { renewCertificates } from './renew-certificates.ts';
import { publishKubernetesService } from './kubernetes-service.ts';
import { startControllers } from './start-controllers.ts';
import { gatewayClassObjects } from './start-network.ts';
import { startFront } from './start-front.ts';
import { VERSION } from './version.ts';

/** A running Argosy. */
export interface RunningArgosy {
  readonly url: string;
  readonly kubeconfig: string;
  readonly adminPasswordFile: string;
  readonly demoRepository: string | undefined;
  /** Stops everything in reverse order; data stays. */
  close(): Promise<void>;
}

/** Ends what was started, the last first; the first failure is reported after all had their turn. */
async function closeAll(parts: readonly { close(): Promise<void> }[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of parts.toReversed()) {
    await part.close().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

async function installKinds(controlPlane: RunningControlPlane): Promise<void> {
  for (const crd of [...cdCrds(), ...workflowCrds(), ...gatewayCrds()]) await replaceObject(controlPlane.plane, crd);
  for (const object of gatewayClassObjects()) await ensureObject(controlPlane.plane, object);
}

/** The demo is laid once: a user who deletes it does not get it back. */
async function layDemo(
  controlPlane: RunningControlPlane,
  directory: DataDirectory,
  logger: Logger,
): Promise<string | undefined> {
  try {
    const url = await ensureDemoRepository(directory.demoRepository);
    await ensureObject(controlPlane.plane, demoApplication(url));
    return directory.demoRepository;
  } catch (error) {
    logger.warn('the demo was not laid', { error });
    return undefined;
  }
}

function describe(directory: DataDirectory, url: string): string {
  const { kubeconfig, adminPasswordFile, caFile } = directory;
  return `${JSON.stringify({ kubeconfig, url, adminPasswordFile, caFile }, undefined, 2)}\n`;
}

/**
 * Brings everything up in this process: control plane, node agent, controllers, HTTPS server and page.
 * What was started is stopped again when a later part fails.
 * @throws CommandError with one sentence for what a user can mend.
 */
export async function startArgosy(options: UpOptions, logger: Logger): Promise<RunningArgosy> {
  const clock = createSystemClock({ holdsProcess: false });
  const journal = createMemoryJournal({});
  const directory = await openDataDirectory(options.dataDirectory);
  const started: { close(): Promise<void> }[] = [];
  try {
    const controlPlane = await startControlPlane(directory, {
      kubePort: options.kubePort,
      kubeAuthentication: options.kubeAuthentication,
      clock,
      logger,
    });
    started.push(controlPlane);
    await installKinds(controlPlane);
    await publishKubernetesService(controlPlane.plane, controlPlane.kubePort);
    const controllers = await startControllers(controlPlane, {
      directory,
      clock,
      logger,
      journal,
      runtime: options.runtime,
      engineSocket: options.engineSocket,
      podNetwork: options.podNetwork,
      gateway: { httpPort: options.gatewayPort, httpsPort: options.gatewayTlsPort },
    });
    started.push(controllers);
    const front = await startFront(controlPlane, controllers, {
      directory,
      clock,
      logger,
      port: options.port,
      version: VERSION,
    });
    started.push(front);
    started.push(renewCertificates({ controlPlane, front, clock, logger }));
    const demoRepository = options.demo ? await layDemo(controlPlane, directory, logger) : undefined;
    await writePrivateFile(join(directory.root, LOCAL_SERVER_FILE), describe(directory, front.url));
    if (options.readyFile !== undefined) await writePrivateFile(options.readyFile, describe(directory, front.url));
    return {
      url: front.url,
      kubeconfig: directory.kubeconfig,
      adminPasswordFile: directory.adminPasswordFile,
      demoRepository,
      close: () => closeAll(started),
    };
  } catch (error) {
    await closeAll(started).catch((failure: unknown) =>
      logger.error('stopping after a failed start', { error: failure }),
    );
    throw error;
  }
}
