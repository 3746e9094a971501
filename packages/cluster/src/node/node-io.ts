import type { ControllerContext, EventRecorder } from '@argosy/kube/runtime';
import type { PodRuntime } from './contract.ts';
import type { PodFacts } from './environment.ts';
import type { NodeLogs } from './node-logs.ts';
import type { PodTiming } from './plan-types.ts';
import type { PodAddresses } from './pod-addresses.ts';
import type { PodObjectReader } from './pod-objects.ts';
import type { VolumeSources } from './pod-volumes.ts';
import type { PodWorker } from './pod-worker.ts';
import type { StartSlots } from './start-slots.ts';

/** What the node agent lends to each of its pod workers. */
export interface NodeIo {
  readonly context: ControllerContext;
  readonly runtime: PodRuntime;
  readonly events: EventRecorder;
  readonly timing: PodTiming;
  readonly stateDir: string;
  readonly slots: StartSlots;
  readonly logs: NodeLogs;
  readonly objects: PodObjectReader;
  readonly addresses: PodAddresses;
  /** `undefined` when the runtime keeps nothing on disk. */
  readonly volumes: Omit<VolumeSources, 'podDir'> | undefined;
  readonly facts: Omit<PodFacts, 'podIp'>;
  /** Address of the cluster's name server. */
  readonly clusterDns: string | undefined;
  /** PATH of containers that do not set it. */
  readonly defaultPath: string;
  /** Told when a pod has been cleaned up. */
  readonly onFinal: (worker: PodWorker) => void;
}
