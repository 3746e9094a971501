import { must } from '@argosy/std';
import type { ContainerLog } from './container-log.ts';
import { ContainerRefusal, type ContainerOrder, type InstanceRef, type PodSandbox } from './contract.ts';
import { buildEnvironment, expandVariables, type PodFacts, type PodObjects } from './environment.ts';
import { mountsOf, type PreparedVolume } from './pod-volumes.ts';
import { rolesOf, type Container, type Pod, type SecurityContext } from './pod-types.ts';
import { parseNano, quantityToCount } from './quantity.ts';

/** What an order is built from. */
export interface OrderInput {
  readonly pod: Pod;
  readonly ref: InstanceRef;
  readonly objects: PodObjects;
  readonly facts: PodFacts;
  /** `undefined` when the runtime keeps nothing on disk. */
  readonly volumes: ReadonlyMap<string, PreparedVolume> | undefined;
  readonly sandbox: PodSandbox;
  /** PATH where the image does not bring one; `undefined` when it does. */
  readonly defaultPath: string | undefined;
  readonly imageId?: string | undefined;
  readonly log: ContainerLog;
  /** Told a sentence for an event about keys of envFrom that cannot be variables. */
  readonly onSkipped: (words: string) => void;
}

/** The pod as its containers' sandbox sees it. */
export function sandboxOf(pod: Pod, podIp: string, resolvConf?: string): PodSandbox {
  const { metadata, spec } = pod;
  return {
    podUid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    podName: metadata.name,
    podIp,
    hostname: spec.hostname ?? metadata.name,
    annotations: metadata.annotations ?? {},
    restartPolicy: spec.restartPolicy ?? 'Always',
    hostAliases: spec.hostAliases ?? [],
    subdomain: spec.subdomain ?? '',
    containerCount: rolesOf(spec).filter(({ role }) => role !== 'ephemeral').length,
    spaces: {
      hostNetwork: spec.hostNetwork === true,
      hostPid: spec.hostPID === true,
      hostIpc: spec.hostIPC === true,
      podPid: spec.shareProcessNamespace === true,
    },
    ...(resolvConf === undefined ? {} : { resolvConf }),
  };
}

function securityOf(pod: Pod, container: Container): SecurityContext {
  const { runAsUser, runAsGroup, runAsNonRoot, fsGroup, supplementalGroups, seccompProfile } =
    pod.spec.securityContext ?? {};
  return {
    ...(fsGroup === undefined ? {} : { fsGroup }),
    ...(supplementalGroups === undefined ? {} : { supplementalGroups }),
    ...(seccompProfile === undefined ? {} : { seccompProfile }),
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    ...(runAsNonRoot === undefined ? {} : { runAsNonRoot }),
    ...container.securityContext,
  };
}

function environmentOf(input: OrderInput, container: Container): ReadonlyMap<string, string> {
  const { pod, objects, facts } = input;
  const built = buildEnvironment({ pod, container, objects, facts });
  if (!built.ok) throw new ContainerRefusal('CreateContainerConfigError', built.error);
  for (const words of built.value.skipped) input.onSkipped(words);
  return new Map([
    ...(input.defaultPath === undefined
      ? []
      : ([
          ['PATH', input.defaultPath],
          ['HOME', '/root'],
        ] as const)),
    ['HOSTNAME', input.sandbox.hostname],
    ...(container.tty === true ? ([['TERM', 'xterm']] as const) : []),
    ...built.value.variables,
  ]);
}

function stdinOf(container: Container): ContainerOrder['stdin'] {
  if (container.stdin !== true) return 'none';
  return container.stdinOnce === true ? 'once' : 'open';
}

function nanoOf(quantity: string | number | undefined): number | undefined {
  const nano = quantity === undefined ? undefined : parseNano(String(quantity));
  return nano === undefined ? undefined : Number(nano);
}

/** The optional parts of an order. */
function optionalParts(container: Container): Partial<ContainerOrder> {
  const { workingDir } = container;
  const { limits = {}, requests = {} } = container.resources ?? {};
  const parts = {
    workingDir: workingDir === '' ? undefined : workingDir,
    memoryLimitBytes: quantityToCount(limits['memory'] ?? ''),
    memoryRequestBytes: quantityToCount(requests['memory'] ?? ''),
    cpuLimitNano: nanoOf(limits['cpu']),
    cpuRequestNano: nanoOf(requests['cpu']),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

/**
 * Turns a container of a pod into a final order: variables resolved, volumes found, security merged.
 * @throws ContainerRefusal CreateContainerConfigError naming what is missing.
 */
export function buildOrder(input: OrderInput): ContainerOrder {
  const { pod, ref, sandbox, log, volumes } = input;
  const found = rolesOf(pod.spec).find((item) => item.spec.name === ref.container);
  const { spec: container, role } = must(found, `container ${ref.container}`);
  const env = environmentOf(input, container);
  const expand = (parts: readonly string[] = []): readonly string[] => parts.map((part) => expandVariables(part, env));
  return {
    ...ref,
    sandbox,
    role,
    image: container.image ?? '',
    ...(input.imageId === undefined ? {} : { imageId: input.imageId }),
    command: expand(container.command),
    args: expand(container.args),
    ...optionalParts(container),
    env: [...env],
    mounts: volumes === undefined ? [] : mountsOf(container, volumes, env),
    security: securityOf(pod, container),
    terminationMessagePath: container.terminationMessagePath ?? '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy ?? 'File',
    stdin: stdinOf(container),
    tty: container.tty === true,
    log,
  };
}
