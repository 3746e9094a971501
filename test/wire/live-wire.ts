import { join } from 'node:path';
import { startClusterControllers } from '@argosy/cluster/controllers';
import { createSimulatedRuntime, startNodeAgent, type PodRuntime } from '@argosy/cluster/node';
import { createEventRecorder, createInformerFactory, createMemoryJournal, systemClock } from '@argosy/kube/runtime';
import type { ControllerContext } from '@argosy/kube/runtime';
import { silentLogger } from '@argosy/std';
import { admin, openWire, type Wire, type WireOptions } from './open-wire.ts';

/** The context of a controller that acts as the administrator until `signal` aborts. */
export function controllerContext(wire: Wire, signal: AbortSignal): ControllerContext {
  const api = wire.inProcess(admin);
  const [clock, logger] = [systemClock, silentLogger];
  return {
    api,
    clock,
    logger,
    signal,
    seed: 1,
    journal: createMemoryJournal(),
    informers: createInformerFactory({ api, clock, logger, signal }),
    events: createEventRecorder({ api, clock, component: 'test', host: 'node-a' }),
  };
}

/** Opens a wire whose cluster lives: its controllers run, and a node runs pods, simulated ones unless told otherwise. */
export async function openLiveWire(
  runtime: PodRuntime = createSimulatedRuntime(),
  options: WireOptions = {},
): Promise<Wire> {
  const wire = await openWire(options);
  const stop = new AbortController();
  const localVolumes = { root: join(wire.directory, 'volumes'), nodeName: 'node-a' };
  const controllers = startClusterControllers(controllerContext(wire, stop.signal), {
    discovery: () => wire.plane.discovery(),
    rootCa: wire.authority.certificate,
    localVolumes,
  });
  const node = await startNodeAgent(controllerContext(wire, stop.signal), {
    nodeName: 'node-a',
    stateDirectory: join(wire.directory, 'node'),
    runtime,
    volumeRoot: localVolumes.root,
    usageWindowMs: 200,
    mintToken: async (account) => `token of ${account.name}`,
  });
  wire.plane.connectNode(node);
  return {
    ...wire,
    close: async () => {
      await node.stop({ drainPods: true });
      stop.abort();
      await controllers.stopped();
      await wire.close();
    },
  };
}
