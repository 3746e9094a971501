import { join } from 'node:path';
import type { Clock } from '@argosy/std';
import { kubeError } from '@argosy/kube/meta';
import type { LogRequest } from '@argosy/kube/port';
import { ContainerLog, memoryLogStorage } from './container-log.ts';
import { instanceKey, type InstanceRef, type NodeLimits } from './contract.ts';
import { fileLogStorage, removeLogFiles } from './log-files.ts';
import type { ContainerSeen } from './plan-types.ts';
import { allStatuses, rolesOf, type Pod } from './pod-types.ts';

/** Bytes of a log that is kept in memory only (simulated pods). */
const MEMORY_LOG_BYTES = 64 * 1024;

/** The logs of a node's containers by instance. */
export class NodeLogs {
  /** By pod, then by instance: a pod that goes must not cost what all pods cost. */
  readonly #logs = new Map<string, Map<string, ContainerLog>>();
  readonly #clock: Clock;
  readonly #limits: NodeLimits;
  readonly #stateDir: string | undefined;

  /** `stateDir` `undefined` keeps logs in memory. */
  constructor(options: { readonly clock: Clock; readonly limits: NodeLimits; readonly stateDir: string | undefined }) {
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.#stateDir = options.stateDir;
  }

  /** The log of an instance: the open one, or a new one that continues what is stored. */
  open(ref: InstanceRef): ContainerLog {
    const key = instanceKey(ref);
    const known = this.find(ref);
    if (known !== undefined) return known;
    const { logFileBytes, logFiles } = this.#limits;
    const storage =
      this.#stateDir === undefined
        ? memoryLogStorage(MEMORY_LOG_BYTES)
        : fileLogStorage(this.#path(this.#stateDir, ref), { fileBytes: logFileBytes, files: logFiles });
    const log = new ContainerLog(storage, this.#clock);
    const ofPod = this.#logs.get(ref.podUid) ?? new Map<string, ContainerLog>();
    this.#logs.set(ref.podUid, ofPod.set(key, log));
    return log;
  }

  /** The log of an instance, if it was ever opened by this agent (adoption opens all). */
  find(ref: InstanceRef): ContainerLog | undefined {
    return this.#logs.get(ref.podUid)?.get(instanceKey(ref));
  }

  /** Ends and removes the log of one instance. */
  async forget(ref: InstanceRef): Promise<void> {
    const log = this.find(ref);
    this.#logs.get(ref.podUid)?.delete(instanceKey(ref));
    await log?.end().catch(() => undefined);
    if (this.#stateDir !== undefined) removeLogFiles(this.#path(this.#stateDir, ref), this.#limits.logFiles);
  }

  /** Forgets a pod's logs; its folder is removed with the pod. */
  async forgetPod(podUid: string): Promise<void> {
    const logs = this.#logs.get(podUid);
    this.#logs.delete(podUid);
    for (const log of logs?.values() ?? []) await log.end().catch(() => undefined);
  }

  /** Closes every log. */
  async close(): Promise<void> {
    for (const logs of this.#logs.values()) {
      for (const log of logs.values()) await log.end().catch(() => undefined);
    }
    this.#logs.clear();
  }

  #path(stateDir: string, ref: InstanceRef): string {
    return join(stateDir, 'pods', ref.podUid, 'logs', ref.container, `${ref.attempt}.log`);
  }
}

function unnamedError(pod: Pod): Error {
  const choice = pod.spec.containers.map((container) => container.name).join(' ');
  const inits = (pod.spec.initContainers ?? []).map((container) => container.name).join(' ');
  const initWords = inits === '' ? '' : ` or one of the init containers: [${inits}]`;
  const { name } = pod.metadata;
  return kubeError(
    'BadRequest',
    `a container name must be specified for pod ${name}, choose one of: [${choice}]${initWords}`,
  );
}

/** The container that a log request means. @throws KubeError BadRequest with upstream's words. */
export function chooseContainer(pod: Pod, asked = ''): string {
  const names = rolesOf(pod.spec).map((item) => item.spec.name);
  if (asked !== '') {
    if (names.includes(asked)) return asked;
    throw kubeError('BadRequest', `container ${asked} is not valid for pod ${pod.metadata.name}`);
  }
  const wanted = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  const [only, ...more] = pod.spec.containers;
  if (only === undefined || more.length > 0) throw unnamedError(pod);
  return only.name;
}

/** The instance that a log request means. @throws KubeError BadRequest when it does not exist (yet). */
export function chooseAttempt(
  pod: Pod,
  container: string,
  input: { readonly seen: ContainerSeen; readonly request: LogRequest },
): number {
  const isPrevious = input.request.previous === true;
  const instance = isPrevious ? input.seen.previous : input.seen.current;
  if (instance !== undefined) return instance.attempt;
  throw isPrevious ? noPreviousError(pod, container) : waitingError(pod, container);
}

function noPreviousError(pod: Pod, container: string): Error {
  return kubeError(
    'BadRequest',
    `previous terminated container "${container}" in pod "${pod.metadata.name}" not found`,
  );
}

/** The refusal for a container that has not run yet. */
function waitingError(pod: Pod, container: string): Error {
  const reason =
    allStatuses(pod.status).find((status) => status.name === container)?.state.waiting?.reason ?? 'ContainerCreating';
  return kubeError(
    'BadRequest',
    `container "${container}" in pod "${pod.metadata.name}" is waiting to start: ${reason}`,
  );
}
