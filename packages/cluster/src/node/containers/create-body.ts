import type { JsonObject } from '@argosy/std';
import type { ContainerOrder, InstanceRef, PodSandbox } from '../contract.ts';
import type { SecurityParts } from './container-security.ts';
import { PAUSE_PROGRAM } from './pause-image.ts';

/** How pods are put on the network. */
export type PodNetwork = 'host' | 'engine' | 'none';

/** The engine's network of pods with addresses of their own. */
export const NETWORK_NAME = 'argosy';

/** Labels by which containers are found again. */
export const LABELS = Object.freeze({
  node: 'io.argosy.node',
  kind: 'io.argosy.kind',
  attempt: 'io.argosy.attempt',
  terminationPolicy: 'io.argosy.termination-policy',
  podUid: 'io.kubernetes.pod.uid',
  podName: 'io.kubernetes.pod.name',
  namespace: 'io.kubernetes.pod.namespace',
  container: 'io.kubernetes.container.name',
});

/** What creating a container needs beside its order. */
export interface CreatePlace {
  readonly node: string;
  readonly network: PodNetwork;
  readonly engine: 'docker' | 'podman';
  /** `undefined` for a container that shares no namespace. */
  readonly sandboxId: string | undefined;
  readonly security: SecurityParts;
  readonly files: { readonly hosts: string; readonly resolvConf?: string; readonly terminationMessage: string };
}

/** The engine's name of an instance. */
export function containerName(ref: InstanceRef): string {
  return `argosy-${ref.podUid}-${ref.container}-${ref.attempt}`;
}

/** The engine's name of a pod's sandbox. */
export function sandboxName(podUid: string): string {
  return `argosy-${podUid}-sandbox`;
}

function podLabels(sandbox: PodSandbox, node: string): { readonly [label: string]: string } {
  return {
    [LABELS.node]: node,
    [LABELS.podUid]: sandbox.podUid,
    [LABELS.podName]: sandbox.podName,
    [LABELS.namespace]: sandbox.namespace,
  };
}

const isOnHost = (sandbox: PodSandbox, network: PodNetwork): boolean =>
  network === 'host' || sandbox.spaces.hostNetwork;

/** True when a pod needs a container that holds what others share: a network of its own, or more than one container. */
export function needsSandbox(sandbox: PodSandbox, network: PodNetwork): boolean {
  return !isOnHost(sandbox, network) || sandbox.containerCount > 1;
}

function sandboxNetwork(sandbox: PodSandbox, network: PodNetwork): string {
  if (isOnHost(sandbox, network)) return 'host';
  return network === 'engine' ? NETWORK_NAME : 'none';
}

/** The request that creates a pod's sandbox: the container that holds its namespaces. */
export function sandboxBody(
  sandbox: PodSandbox,
  place: { readonly node: string; readonly network: PodNetwork; readonly imageId: string },
): JsonObject {
  return {
    Image: place.imageId,
    Entrypoint: [PAUSE_PROGRAM],
    Cmd: [],
    Hostname: sandbox.hostname.slice(0, 63),
    Labels: { ...podLabels(sandbox, place.node), [LABELS.kind]: 'sandbox' },
    StopTimeout: 0,
    HostConfig: {
      NetworkMode: sandboxNetwork(sandbox, place.network),
      IpcMode: 'shareable',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
    },
  };
}

function bind(source: string, target: string, isReadOnly: boolean): JsonObject {
  return { Type: 'bind', Source: source, Target: target, ReadOnly: isReadOnly };
}

function mountsOf(order: ContainerOrder, place: CreatePlace): readonly JsonObject[] {
  const { hosts, resolvConf, terminationMessage } = place.files;
  const own = new Set(order.mounts.map((mount) => mount.mountPath));
  const system = new Map([
    ['/etc/hosts', hosts],
    ...(resolvConf === undefined ? [] : [['/etc/resolv.conf', resolvConf] as const]),
    [order.terminationMessagePath, terminationMessage],
  ]);
  const ours = [...system].filter(([target]) => !own.has(target));
  return [
    ...ours.map(([target, source]) => bind(source, target, false)),
    ...order.mounts.map((mount) => bind(mount.hostPath, mount.mountPath, mount.readOnly)),
  ];
}

/** One processor is 1024 shares; fewer than two are not allowed by the kernel. */
function sharesOf(requestNano: number): number {
  return Math.max(2, Math.floor((requestNano * 1024) / 1e9));
}

function resourcesOf(order: ContainerOrder): JsonObject {
  const { memoryLimitBytes, memoryRequestBytes, cpuLimitNano, cpuRequestNano } = order;
  const shares = cpuRequestNano ?? cpuLimitNano;
  return {
    ...(memoryLimitBytes === undefined ? {} : { Memory: memoryLimitBytes, MemorySwap: memoryLimitBytes }),
    ...(memoryRequestBytes === undefined ? {} : { MemoryReservation: memoryRequestBytes }),
    ...(cpuLimitNano === undefined ? {} : { NanoCpus: cpuLimitNano }),
    ...(shares === undefined ? {} : { CpuShares: sharesOf(shares) }),
  };
}

function spacesOf(order: ContainerOrder, place: CreatePlace): JsonObject {
  if (place.sandboxId === undefined) return { NetworkMode: 'host', IpcMode: 'private' };
  const joined = `container:${place.sandboxId}`;
  const onHost = isOnHost(order.sandbox, place.network);
  return {
    NetworkMode: onHost ? 'host' : joined,
    IpcMode: joined,
    ...(order.sandbox.spaces.podPid ? { PidMode: joined } : {}),
    // Docker shares the host name with the network; Podman has to be told.
    ...(place.engine === 'podman' && !onHost ? { UTSMode: joined } : {}),
  };
}

function hostConfig(order: ContainerOrder, place: CreatePlace): JsonObject {
  const { security } = place;
  return {
    ...spacesOf(order, place),
    ...resourcesOf(order),
    Mounts: mountsOf(order, place),
    ReadonlyRootfs: security.isReadOnly,
    CapAdd: security.capAdd,
    CapDrop: security.capDrop,
    SecurityOpt: security.options,
    GroupAdd: security.groups,
    RestartPolicy: { Name: 'no' },
  };
}

/** The request that creates a container. `command` replaces the image's ENTRYPOINT and CMD, `args` only its CMD. */
export function containerBody(order: ContainerOrder, place: CreatePlace): JsonObject {
  const { command, args, workingDir, sandbox } = order;
  return {
    Image: order.imageId ?? order.image,
    ...(isOnHost(sandbox, place.network) ? { Hostname: sandbox.hostname.slice(0, 63) } : {}),
    Tty: order.tty,
    OpenStdin: order.stdin !== 'none',
    StdinOnce: order.stdin === 'once',
    Env: order.env.map(([name, value]) => `${name}=${value}`),
    ...(command.length === 0 ? {} : { Entrypoint: command }),
    ...(args.length === 0 ? {} : { Cmd: args }),
    ...(workingDir === undefined ? {} : { WorkingDir: workingDir }),
    ...(place.security.user === '' ? {} : { User: place.security.user }),
    Labels: {
      ...podLabels(sandbox, place.node),
      [LABELS.kind]: 'container',
      [LABELS.container]: order.container,
      [LABELS.attempt]: String(order.attempt),
      [LABELS.terminationPolicy]: order.terminationMessagePolicy,
    },
    HostConfig: hostConfig(order, place),
  };
}

/** The instance that labels tell of; `undefined` for sandboxes and foreign containers. */
export function refOfLabels(labels: ReadonlyMap<string, string>): InstanceRef | undefined {
  const podUid = labels.get(LABELS.podUid);
  const container = labels.get(LABELS.container);
  const attempt = Number(labels.get(LABELS.attempt) ?? Number.NaN);
  if (podUid === undefined || container === undefined || !Number.isInteger(attempt)) return undefined;
  return { podUid, container, attempt };
}
