import { must } from '@argosy/std';
import type { ContainerLog } from './container-log.ts';
import { ContainerRefusal, type ContainerOrder, type InstanceRef, type PodSandbox } from './contract.ts';
import { buildEnvironment, expandVariables, type PodFacts, type PodObjects } from './environment.ts';
import { mountsOf, type PreparedVolume } from './pod-volumes.ts';
import { rolesOf, type Container, type Pod, type SecurityContext } from './pod-types.ts';
import { quantityToCount } from './quantity.ts';
import { resolvConf } from './resolv-conf.ts';

/** What an order is built from. */
export interface OrderInput {
  readonly pod: Pod;
  readonly ref: InstanceRef;
  readonly objects: PodObjects;
  readonly facts: PodFacts;
  /** `undefined` when the runtime keeps nothing on disk. */
  readonly volumes: ReadonlyMap<string, PreparedVolume> | undefined;
  readonly sandbox: PodSandbox;
  readonly defaultPath: string;
  readonly log: ContainerLog;
}

/** The pod as its containers' sandbox sees it. */
export function sandboxOf(pod: Pod, podIp: string, clusterDns?: string): PodSandbox {
  const { metadata, spec } = pod;
  const naming = resolvConf({ namespace: metadata.namespace ?? '', spec }, clusterDns);
  return {
    podUid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    podName: metadata.name,
    podIp,
    hostname: spec.hostname ?? metadata.name,
    annotations: metadata.annotations ?? {},
    restartPolicy: spec.restartPolicy ?? 'Always',
    ...(naming === undefined ? {} : { resolvConf: naming }),
    hostAliases: spec.hostAliases ?? [],
  };
}

function securityOf(pod: Pod, container: Container): SecurityContext {
  const { runAsUser, runAsGroup, runAsNonRoot } = pod.spec.securityContext ?? {};
  return {
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
  return new Map([
    ['PATH', input.defaultPath],
    ['HOME', '/root'],
    ['HOSTNAME', input.sandbox.hostname],
    ...(container.tty === true ? ([['TERM', 'xterm']] as const) : []),
    ...built.value.variables,
  ]);
}

function stdinOf(container: Container): ContainerOrder['stdin'] {
  if (container.stdin !== true) return 'none';
  return container.stdinOnce === true ? 'once' : 'open';
}

/** The optional parts of an order. */
function optionalParts(container: Container): Partial<ContainerOrder> {
  const { workingDir } = container;
  const memory = quantityToCount(container.resources?.limits?.['memory'] ?? '');
  return {
    ...(workingDir === undefined || workingDir === '' ? {} : { workingDir }),
    ...(memory === undefined ? {} : { memoryLimitBytes: memory }),
  };
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
