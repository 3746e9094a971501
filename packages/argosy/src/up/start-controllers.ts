import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { resources } from '@argosy/api';
import { openClusterCharts, startApplicationController } from '@argosy/cd/controller';
import { createWorkerRenderer } from '@argosy/cd/renderer';
import { createManifestLoader, openRepositories, type ManifestLoader, type Repositories } from '@argosy/cd/repo';
import type { ControlPlane } from '@argosy/cluster/apiserver';
import { startClusterControllers } from '@argosy/cluster/controllers';
import {
  createContainerRuntime,
  createProcessRuntime,
  createSimulatedRuntime,
  findEngineSocket,
  startNodeAgent,
  type MintToken,
  type NodeAgent,
  type PodNetwork,
  type PodRuntime,
} from '@argosy/cluster/node';
import { CommandError } from '@argosy/cli';
import { connectInProcess, createRestMapper, mappingsOf } from '@argosy/kube/client';
import { createObject, type ClusterApi, type RestMapper, type UserInfo } from '@argosy/kube/port';
import { createEventRecorder, createInformerFactory, type ControllerContext, type Journal } from '@argosy/kube/runtime';
import type { KubeObject } from '@argosy/kube/meta';
import { getPath, type Clock, type Logger } from '@argosy/std';
import { ARTIFACT_VOLUME_DRIVER, openArtifactStore, type ArtifactStore } from '@argosy/workflows/artifacts';
import { startCronController, startWorkflowController } from '@argosy/workflows/controller';
import { clusterCapabilities } from './cluster-capabilities.ts';
import type { DataDirectory } from './data-directory.ts';
import {
  applicationController,
  clusterControllers,
  gatewayController,
  nodeAgent,
  userOf,
  workflowController,
} from './identities.ts';
import type { RuntimeChoice } from './options.ts';
import type { RunningControlPlane } from './start-control-plane.ts';
import { openGateway, startNames, startServices } from './start-network.ts';

/** The name of the one node. */
export const NODE_NAME = 'local';

/** What the controllers are started with. */
export interface ControllerSettings {
  readonly directory: DataDirectory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly journal: Journal;
  readonly runtime: RuntimeChoice;
  /** Socket of the container engine; `undefined` looks in the usual places. */
  readonly engineSocket: string | undefined;
  readonly podNetwork: PodNetwork;
  readonly gateway: { readonly httpPort: number; readonly httpsPort: number };
}

/** The controllers and the node agent, running. */
export interface RunningControllers {
  readonly repositories: Repositories;
  /** Renders for the controller and for whoever asks. */
  readonly loader: ManifestLoader;
  readonly restMapper: RestMapper;
  readonly artifacts: ArtifactStore;
  /** Stops deciding first, then the pods; objects stay as they are. */
  close(): Promise<void>;
}

interface Parts {
  readonly plane: ControlPlane;
  readonly settings: ControllerSettings;
  /** Ends the controllers. */
  readonly deciding: AbortController;
  /** Ends what the node agent follows; after its pods have stopped. */
  readonly running: AbortController;
}

/** What one component is given: its own identity, informers and events. */
function contextFor(
  parts: Parts,
  identity: { component: string; user: UserInfo },
  signal: AbortSignal,
): ControllerContext {
  const { component, user } = identity;
  const { clock, journal } = parts.settings;
  const logger = parts.settings.logger.with({ component });
  const api: ClusterApi = connectInProcess(parts.plane, user);
  return {
    api,
    clock,
    journal,
    logger,
    signal,
    seed: 0,
    informers: createInformerFactory({ api, clock, logger, signal }),
    events: createEventRecorder({ api, clock, component, host: NODE_NAME, logger }),
  };
}

const contextOf = (parts: Parts, component: string, user: UserInfo): ControllerContext =>
  contextFor(parts, { component, user }, parts.deciding.signal);

const nodeContext = (parts: Parts, component: string): ControllerContext =>
  contextFor(parts, { component, user: userOf(nodeAgent) }, parts.running.signal);

const gatewayContext = (parts: Parts): ControllerContext =>
  contextFor(parts, { component: 'gateway', user: userOf(gatewayController) }, parts.running.signal);

async function engineRuntime(settings: ControllerSettings): Promise<PodRuntime> {
  const socketPath = settings.engineSocket ?? findEngineSocket();
  if (socketPath === undefined) {
    throw new CommandError(
      '--runtime containers: no container engine found; start Docker or `podman system service`, ' +
        'or name its unix socket with --engine-socket',
    );
  }
  try {
    return await createContainerRuntime({ socketPath, network: settings.podNetwork });
  } catch (error) {
    throw new CommandError(`--runtime containers: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function chooseRuntime(settings: ControllerSettings): Promise<PodRuntime> {
  if (settings.runtime === 'simulated') return createSimulatedRuntime();
  if (settings.runtime === 'containers') return engineRuntime(settings);
  return createProcessRuntime({ readOnlyPaths: [dirname(dirname(process.execPath))] });
}

/** Tokens for pods come from the API server like everybody else's: bound to the pod, gone with it. */
function tokenMint(api: ClusterApi): MintToken {
  return async (account, pod, wish) => {
    const answer = await createObject<KubeObject>(api, {
      resource: resources.serviceAccounts,
      namespace: account.namespace,
      name: account.name,
      subresource: 'token',
      object: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: { name: account.name },
        spec: {
          audiences: wish.audiences,
          expirationSeconds: wish.expirationSeconds,
          boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: pod.metadata.name, uid: pod.metadata.uid },
        },
      },
    });
    const token = getPath(answer, ['status', 'token']);
    if (typeof token !== 'string') throw new Error('the token request was answered without a token');
    return token;
  };
}

async function startNode(
  parts: Parts,
  kubePort: number,
  given: { readonly clusterDns: string | undefined; readonly artifacts: ArtifactStore },
): Promise<NodeAgent> {
  const { clusterDns, artifacts } = given;
  const context = nodeContext(parts, 'node-agent');
  const agent = await startNodeAgent(context, {
    nodeName: NODE_NAME,
    stateDirectory: parts.settings.directory.node,
    volumeRoot: parts.settings.directory.volumes,
    podAddressRange: parts.settings.directory.podRange,
    runtime: await chooseRuntime(parts.settings),
    apiServerAddress: { host: '127.0.0.1', port: kubePort },
    mintToken: tokenMint(context.api),
    ...(clusterDns === undefined ? {} : { clusterDns }),
    inlineFolder: (driver, pod) => (driver === ARTIFACT_VOLUME_DRIVER ? artifacts.podFolder(pod) : undefined),
  });
  parts.plane.connectNode(agent);
  return agent;
}

type Closable = () => Promise<void>;

async function startAll(
  controlPlane: RunningControlPlane,
  parts: Parts,
  closers: Closable[],
): Promise<RunningControllers> {
  const { plane, authority, kubePort } = controlPlane;
  const { settings } = parts;
  const restMapper = createRestMapper({
    discover: () => Promise.resolve(mappingsOf(plane.discovery())),
    now: () => settings.clock.now(),
  });
  const cluster = startClusterControllers(contextOf(parts, 'controller-manager', clusterControllers), {
    discovery: () => plane.discovery(),
    rootCa: authority.certificate,
    localVolumes: { root: settings.directory.volumes, nodeName: NODE_NAME },
  });
  closers.push(() => cluster.stopped());
  const artifacts = await openArtifactStore({ directory: settings.directory.artifacts });
  const names = await startNames(plane, nodeContext(parts, 'name-server'));
  if (names !== undefined) closers.push(() => names.close());
  const node = await startNode(parts, kubePort, { clusterDns: names?.address, artifacts });
  closers.push(() => node.stop({ drainPods: true }));
  const proxy = await startServices(nodeContext(parts, 'service-proxy'));
  closers.push(() => proxy.close());
  const gateway = await openGateway(gatewayContext(parts), settings.gateway);
  if (gateway !== undefined) closers.push(() => gateway.close());
  const repositories = await openRepositories({
    cacheDirectory: settings.directory.repositories,
    clock: settings.clock,
  });
  closers.push(() => repositories.close());
  const renderer = createWorkerRenderer();
  closers.push(() => renderer.close());
  const delivering = contextOf(parts, applicationController.name, userOf(applicationController));
  const loader = createManifestLoader({
    repositories,
    renderer,
    charts: openClusterCharts(delivering),
    salt: randomUUID(),
    cluster: () => clusterCapabilities(plane),
  });
  const applications = await startApplicationController(delivering, { repositories, restMapper, loader });
  closers.push(() => applications.stopped());
  const workflows = startWorkflowController(contextOf(parts, 'workflow-controller', userOf(workflowController)), {
    restMapper,
    artifacts,
  });
  closers.push(() => workflows.stopped());
  const crons = startCronController(contextOf(parts, 'cron-workflow-controller', userOf(workflowController)));
  closers.push(() => crons.stopped());
  return { repositories, loader, restMapper, artifacts, close: () => Promise.resolve() };
}

/** Starts the cluster's own controllers, the node agent, and the controllers of delivery and workflows. */
export async function startControllers(
  controlPlane: RunningControlPlane,
  settings: ControllerSettings,
): Promise<RunningControllers> {
  const deciding = new AbortController();
  const running = new AbortController();
  const parts: Parts = { plane: controlPlane.plane, settings, deciding, running };
  const closers: Closable[] = [];
  // Deciding ends first, so that nobody reacts to pods that stop; the node agent follows the cluster until they have.
  const close = async (): Promise<void> => {
    deciding.abort(new Error('Argosy stops'));
    for (const end of closers.toReversed()) await end();
    running.abort(new Error('Argosy stops'));
  };
  try {
    return { ...(await startAll(controlPlane, parts, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}
