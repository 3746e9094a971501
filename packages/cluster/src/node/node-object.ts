import { arch, cpus, hostname, platform, release, totalmem } from 'node:os';
import { after, formatMicroTime, formatTime, seconds, type Instant, type Timer } from '@argosy/std';
import { resources } from '@argosy/api';
import { hasReason, setCondition, type Condition, type KubeObject } from '@argosy/kube/meta';
import { createObject, getObjectOrUndefined, patchObject, updateObject } from '@argosy/kube/port';
import type { ControllerContext } from '@argosy/kube/runtime';

const LEASE_SECONDS = 40;
const HEARTBEAT_SECONDS = 10;
/** The Node's status is written again this often even when nothing changed. */
const STATUS_SECONDS = 300;
const LEASE_NAMESPACE = 'kube-node-lease';

/** What the Node object tells. */
export interface NodeDescription {
  readonly name: string;
  /** `bwrap://0.8.0`. */
  readonly runtimeVersion: string;
  readonly pods: number;
  readonly hostIp: string;
  readonly capacity?: { readonly [resource: string]: string };
}

const ARCHITECTURES = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
]);

/** cpu, memory and pods of this machine, as quantities. */
export function machineCapacity(pods: number): { readonly [resource: string]: string } {
  return {
    cpu: String(Math.max(1, cpus().length)),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    'ephemeral-storage': '100Gi',
    pods: String(pods),
  };
}

function labelsOf(name: string): { readonly [key: string]: string } {
  const architecture = ARCHITECTURES.get(arch()) ?? arch();
  return {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': platform(),
    'kubernetes.io/arch': architecture,
    'beta.kubernetes.io/os': platform(),
    'beta.kubernetes.io/arch': architecture,
    'node-role.kubernetes.io/control-plane': '',
  };
}

function conditionsOf(before: readonly Condition[] | undefined, now: Instant): readonly Condition[] {
  const heartbeat = { lastHeartbeatTime: formatTime(now) };
  const pressure = (type: string, resource: string): Condition & { readonly lastHeartbeatTime: string } => ({
    type,
    status: 'False',
    reason: `KubeletHas${resource}`,
    message: `kubelet has ${resource.startsWith('No') ? 'no disk pressure' : 'sufficient resources available'}`,
    ...heartbeat,
  });
  const wanted: readonly Condition[] = [
    pressure('MemoryPressure', 'SufficientMemory'),
    pressure('DiskPressure', 'NoDiskPressure'),
    pressure('PIDPressure', 'SufficientPID'),
    {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'node agent is posting ready status',
      ...heartbeat,
    },
  ];
  return wanted.reduce<readonly Condition[]>((list, condition) => setCondition(list, condition, now), before ?? []);
}

function statusOf(
  description: NodeDescription,
  before: KubeObject | undefined,
  now: Instant,
): { [field: string]: unknown } {
  const capacity = description.capacity ?? machineCapacity(description.pods);
  const old = before?.['status'] as { readonly conditions?: readonly Condition[] } | undefined;
  return {
    capacity,
    allocatable: capacity,
    conditions: conditionsOf(old?.conditions, now),
    addresses: [
      { type: 'InternalIP', address: description.hostIp },
      { type: 'Hostname', address: description.name },
    ],
    nodeInfo: {
      machineID: '',
      systemUUID: '',
      bootID: '',
      kernelVersion: release(),
      osImage: `${platform()} (${hostname()})`,
      containerRuntimeVersion: description.runtimeVersion,
      kubeletVersion: 'v1.32.3',
      kubeProxyVersion: 'v1.32.3',
      operatingSystem: platform(),
      architecture: ARCHITECTURES.get(arch()) ?? arch(),
    },
  };
}

async function writeNode(context: ControllerContext, description: NodeDescription): Promise<KubeObject> {
  const key = { namespace: '', name: description.name };
  const now = context.clock.now();
  const before = await getObjectOrUndefined(context.api, { resource: resources.nodes, key });
  if (before === undefined) {
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: description.name, labels: labelsOf(description.name) },
      spec: {},
    };
    await createObject(context.api, { resource: resources.nodes, namespace: '', object });
  } else {
    const patch = { metadata: { labels: labelsOf(description.name) } };
    await patchObject(context.api, { resource: resources.nodes, key, patchType: 'merge', patch });
  }
  const patch = { status: statusOf(description, before, now) };
  return patchObject(context.api, { resource: resources.nodes, key, subresource: 'status', patchType: 'merge', patch });
}

function leaseOf(node: KubeObject, now: Instant): KubeObject {
  const { name, uid = '' } = node.metadata;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: LEASE_NAMESPACE, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] },
    spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime: formatMicroTime(now) },
  };
}

async function ensureNamespace(context: ControllerContext): Promise<void> {
  const object: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: LEASE_NAMESPACE } };
  try {
    await createObject(context.api, { resource: resources.namespaces, namespace: '', object });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  }
}

async function renewLease(context: ControllerContext, node: KubeObject): Promise<void> {
  const key = { namespace: LEASE_NAMESPACE, name: node.metadata.name };
  const wanted = leaseOf(node, context.clock.now());
  const before = await getObjectOrUndefined(context.api, { resource: resources.leases, key });
  if (before === undefined) {
    await ensureNamespace(context);
    await createObject(context.api, { resource: resources.leases, namespace: LEASE_NAMESPACE, object: wanted });
    return;
  }
  const object = { ...before, spec: wanted['spec'] };
  await updateObject(context.api, { resource: resources.leases, key, object });
}

/** A node that tells of itself until stopped. */
export interface NodeHeartbeat {
  stop(): Promise<void>;
}

/**
 * Registers the Node and keeps it alive: the Lease every 10 s, the status every 5 min. Resolves when both exist.
 * @throws KubeError when the API refuses the first registration; later refusals are logged and tried again.
 */
export async function startHeartbeat(context: ControllerContext, description: NodeDescription): Promise<NodeHeartbeat> {
  let node = await writeNode(context, description);
  await renewLease(context, node);
  let isStopped = false;
  let timer: Timer | undefined;
  let beating: Promise<void> = Promise.resolve();
  let statusDueAt = after(context.clock.now(), seconds(STATUS_SECONDS));

  const beat = async (): Promise<void> => {
    try {
      if (context.clock.now() >= statusDueAt) {
        node = await writeNode(context, description);
        statusDueAt = after(context.clock.now(), seconds(STATUS_SECONDS));
      }
      await renewLease(context, node);
    } catch (error) {
      context.logger.warn('node heartbeat failed', { node: description.name, error: String(error) });
    }
    plan();
  };
  const plan = (): void => {
    if (isStopped) return;
    timer = context.clock.schedule(after(context.clock.now(), seconds(HEARTBEAT_SECONDS)), () => {
      beating = beat();
    });
  };
  plan();
  return {
    stop: async () => {
      isStopped = true;
      timer?.cancel();
      await beating;
    },
  };
}
