import { canonicalJson, compareText, equalJson, safeNameHash } from '@argosy/std';
import { controllerRef, keyOf, type KubeObject } from '@argosy/kube/meta';
import { settled, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import type { Pod, Service, ServicePort } from './kinds.ts';
import { isReady, isTerminal } from './pods.ts';
import { targets } from './resources.ts';

/** Addresses that an Endpoints object holds at most; the rest is left out and said so by an annotation. */
export const MAX_ENDPOINT_ADDRESSES = 1000;

/** Endpoints of one EndpointSlice at most. */
export const MAX_SLICE_ENDPOINTS = 100;

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const SLICE_CONTROLLER = 'endpointslice-controller.k8s.io';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';

/** What the planner sees of one Service. `pods`: those its selector matches. */
export interface EndpointsObserved {
  readonly service: Service;
  readonly pods: readonly Pod[];
  readonly endpoints?: KubeObject;
  /** Slices that this controller made for the service. */
  readonly slices: readonly KubeObject[];
}

interface ResolvedPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

interface Endpoint {
  readonly ip: string;
  readonly pod: Pod;
  readonly ports: readonly ResolvedPort[];
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

/** Writes the Endpoints and EndpointSlices of a Service with a selector; a Service without one is left alone. */
export function planEndpoints(seen: EndpointsObserved, _env: PlanEnv): Plan<StandardAction, undefined> {
  const { service } = seen;
  const hasSelector = Object.keys(service.spec?.selector ?? {}).length > 0;
  if (!hasSelector || service.spec?.type === 'ExternalName' || service.metadata.deletionTimestamp !== undefined) {
    return { actions: [], status: undefined, next: settled };
  }
  const found = seen.pods.flatMap((pod) => endpointOf(service, pod));
  found.sort((a, b) => compareText(a.pod.metadata.name, b.pod.metadata.name));
  return {
    actions: [...planEndpointsObject(seen, found), ...planSlices(seen, found)],
    status: undefined,
    next: settled,
  };
}

function endpointOf(service: Service, pod: Pod): readonly Endpoint[] {
  const ip = pod.status?.podIP ?? '';
  const ports = resolvePorts(service.spec?.ports ?? [], pod);
  if (ip === '' || isTerminal(pod) || ports === undefined) return [];
  return [{ ip, pod, ports, ...conditionsOf(service, pod) }];
}

function conditionsOf(service: Service, pod: Pod): Pick<Endpoint, 'ready' | 'serving' | 'terminating'> {
  const always = service.spec?.publishNotReadyAddresses === true;
  const serving = always || isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  return { serving, terminating, ready: always || (serving && !terminating) };
}

/** Ports as numbers; a named target port is looked up in the pod. `undefined`: the pod serves none of them. */
function resolvePorts(ports: readonly ServicePort[], pod: Pod): readonly ResolvedPort[] | undefined {
  const resolved = ports.flatMap((port): ResolvedPort[] => {
    const number = targetPort(port, pod);
    if (number === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = port;
    const named = name === '' ? {} : { name };
    return [{ ...named, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
  return ports.length > 0 && resolved.length === 0 ? undefined : resolved;
}

function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target === 0 ? port.port : target;
  for (const container of pod.spec.containers) {
    const found = container.ports?.find(
      (each) => each.name === target && (each.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    );
    if (found !== undefined) return found.containerPort;
  }
  return undefined;
}

function targetRef(pod: Pod): { readonly [field: string]: string } {
  const { name, namespace = '', uid } = pod.metadata;
  return { kind: 'Pod', name, namespace, ...(uid === undefined ? {} : { uid }) };
}

function placeOf(service: Service, pod: Pod): { readonly [field: string]: string } {
  const { nodeName, hostname, subdomain } = pod.spec;
  const isNamed = hostname !== undefined && subdomain === service.metadata.name;
  return { ...(isNamed ? { hostname } : {}), ...(nodeName === undefined ? {} : { nodeName }) };
}

/** Endpoints with the same ports, in a stable order of ports. */
function byPorts(endpoints: readonly Endpoint[]): readonly { readonly ports: string; readonly list: Endpoint[] }[] {
  const groups = new Map<string, Endpoint[]>();
  for (const endpoint of endpoints) {
    const id = canonicalJson(endpoint.ports);
    const list = groups.get(id) ?? [];
    list.push(endpoint);
    groups.set(id, list);
  }
  return [...groups].map(([ports, list]) => ({ ports, list })).sort((a, b) => compareText(a.ports, b.ports));
}

function subsetOf(service: Service, list: readonly Endpoint[]) {
  const ready = list.filter((each) => each.ready).map((each) => address(service, each));
  const notReady = list.filter((each) => !each.ready).map((each) => address(service, each));
  const ports = list[0]?.ports ?? [];
  return {
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
    ...(ports.length === 0 ? {} : { ports }),
  };
}

function planEndpointsObject(seen: EndpointsObserved, found: readonly Endpoint[]): readonly StandardAction[] {
  const { service, endpoints: stored } = seen;
  const lasting = found.filter((each) => each.ready || !each.terminating);
  const subsets = byPorts(lasting.slice(0, MAX_ENDPOINT_ADDRESSES)).map(({ list }) => subsetOf(service, list));
  const isCut = lasting.length > MAX_ENDPOINT_ADDRESSES;
  const labels = { ...service.metadata.labels, 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };
  const { name, namespace = '', annotations: old } = stored?.metadata ?? service.metadata;
  const { [OVER_CAPACITY]: _cut, ...rest } = stored === undefined ? {} : (old ?? {});
  const annotations = isCut ? { ...rest, [OVER_CAPACITY]: 'truncated' } : rest;
  if (stored === undefined) {
    const metadata = { name, namespace, labels, ...(isCut ? { annotations } : {}) };
    const object = { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets };
    return [{ kind: 'create', resource: targets.endpoints, object }];
  }
  const object = { ...stored, metadata: { ...stored.metadata, labels, annotations }, subsets };
  return isSameEndpoints(stored, object) ? [] : [{ kind: 'update', resource: targets.endpoints, object }];
}

function isSameEndpoints(stored: KubeObject, wanted: KubeObject): boolean {
  return (
    equalJson(stored['subsets'] ?? [], wanted['subsets']) &&
    equalJson(stored.metadata.labels ?? {}, wanted.metadata.labels) &&
    equalJson(stored.metadata.annotations ?? {}, wanted.metadata.annotations)
  );
}

function address(service: Service, endpoint: Endpoint) {
  return { ip: endpoint.ip, ...placeOf(service, endpoint.pod), targetRef: targetRef(endpoint.pod) };
}

function sliceEndpoint(service: Service, endpoint: Endpoint) {
  const { ready, serving, terminating } = endpoint;
  return {
    addresses: [endpoint.ip],
    conditions: { ready, serving, terminating },
    ...placeOf(service, endpoint.pod),
    targetRef: targetRef(endpoint.pod),
  };
}

type SliceEndpoint = ReturnType<typeof sliceEndpoint>;

/** One group of endpoints that share ports and address family, and the slices that hold such already. */
interface SliceGroup {
  readonly addressType: 'IPv4' | 'IPv6';
  readonly ports: readonly ResolvedPort[];
  readonly wanted: Map<string, SliceEndpoint>;
}

function groupEndpoints(service: Service, found: readonly Endpoint[]): Map<string, SliceGroup> {
  const groups = new Map<string, SliceGroup>();
  for (const endpoint of found) {
    const addressType = endpoint.ip.includes(':') ? 'IPv6' : 'IPv4';
    const id = groupId(addressType, endpoint.ports);
    const group = groups.get(id) ?? { addressType, ports: endpoint.ports, wanted: new Map<string, SliceEndpoint>() };
    group.wanted.set(endpoint.pod.metadata.uid ?? '', sliceEndpoint(service, endpoint));
    groups.set(id, group);
  }
  if (groups.size === 0) {
    const ports = resolvePorts(service.spec?.ports ?? [], NO_POD) ?? [];
    groups.set(groupId('IPv4', ports), { addressType: 'IPv4', ports, wanted: new Map() });
  }
  return groups;
}

function planSlices(seen: EndpointsObserved, found: readonly Endpoint[]): readonly StandardAction[] {
  const groups = groupEndpoints(seen.service, found);
  const actions: StandardAction[] = [];
  const usedNames = new Set(seen.slices.map((slice) => slice.metadata.name));
  for (const [id, group] of [...groups].sort((a, b) => compareText(a[0], b[0]))) {
    const slices = seen.slices.filter((slice) => idOf(slice) === id);
    actions.push(...packGroup(seen, group, { slices, usedNames }));
  }
  const useless = seen.slices.filter((slice) => !groups.has(idOf(slice)));
  for (const slice of useless) actions.push({ kind: 'delete', resource: targets.endpointSlices, key: keyOf(slice) });
  return actions;
}

const NO_POD: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: '' }, spec: { containers: [] } };

const groupId = (addressType: string, ports: unknown): string => `${addressType} ${canonicalJson(ports)}`;

/** The API server fills an absent port name in as ''; the two are one. */
function idOf(slice: KubeObject): string {
  const stored = (slice['ports'] ?? []) as readonly ResolvedPort[];
  const ports = stored.map(({ name = '', ...port }) => (name === '' ? port : { name, ...port }));
  return groupId(String(slice['addressType']), ports);
}

/** Endpoints stay in the slice they are in, so that one change rewrites one slice; new ones fill what has room. */
function packGroup(
  seen: EndpointsObserved,
  group: SliceGroup,
  stock: { readonly slices: readonly KubeObject[]; readonly usedNames: Set<string> },
): readonly StandardAction[] {
  const left = new Map(group.wanted);
  const contents = stock.slices.map((slice) => {
    const kept: SliceEndpoint[] = [];
    for (const old of (slice['endpoints'] ?? []) as readonly SliceEndpoint[]) {
      const uid = old.targetRef['uid'] ?? '';
      const now = left.get(uid);
      if (now !== undefined) kept.push(now);
      left.delete(uid);
    }
    return { slice, kept };
  });
  const fresh = [...left.values()];
  for (const content of contents) content.kept.push(...fresh.splice(0, MAX_SLICE_ENDPOINTS - content.kept.length));
  const actions: StandardAction[] = [];
  // The last empty slice of a service stays, so that clients find it; others go.
  const isOnly = contents.length === 1;
  for (const { slice, kept } of contents) actions.push(...writeSlice(seen.service, group, { slice, kept, isOnly }));
  do {
    if (fresh.length === 0 && contents.length > 0) break;
    actions.push(createSlice(seen.service, group, { endpoints: fresh.splice(0, MAX_SLICE_ENDPOINTS), ...stock }));
  } while (fresh.length > 0);
  return actions;
}

function sliceLabels(service: Service): { readonly [key: string]: string } {
  const headless = service.spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {};
  const own = { 'kubernetes.io/service-name': service.metadata.name, [MANAGED_BY]: SLICE_CONTROLLER };
  return { ...service.metadata.labels, ...headless, ...own };
}

function writeSlice(
  service: Service,
  group: SliceGroup,
  write: { readonly slice: KubeObject; readonly kept: readonly SliceEndpoint[]; readonly isOnly: boolean },
): readonly StandardAction[] {
  const { slice, kept } = write;
  if (kept.length === 0 && !write.isOnly) {
    return [{ kind: 'delete', resource: targets.endpointSlices, key: keyOf(slice) }];
  }
  const labels = sliceLabels(service);
  if (equalJson(slice['endpoints'] ?? [], kept) && equalJson(slice.metadata.labels ?? {}, labels)) return [];
  const object = { ...slice, metadata: { ...slice.metadata, labels }, endpoints: kept, ports: group.ports };
  return [{ kind: 'update', resource: targets.endpointSlices, object }];
}

function createSlice(
  service: Service,
  group: SliceGroup,
  more: { readonly endpoints: readonly SliceEndpoint[]; readonly usedNames: Set<string> },
): StandardAction {
  const { name, namespace = '', uid = '' } = service.metadata;
  let ordinal = 0;
  const nameAt = (): string => `${name}-${safeNameHash(`${uid}/${ordinal}`, 5)}`;
  while (more.usedNames.has(nameAt())) ordinal += 1;
  const sliceName = nameAt();
  more.usedNames.add(sliceName);
  const object = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: sliceName,
      generateName: `${name}-`,
      namespace,
      labels: sliceLabels(service),
      ownerReferences: [controllerRef(service)],
    },
    addressType: group.addressType,
    endpoints: more.endpoints,
    ports: group.ports,
  };
  return { kind: 'create', resource: targets.endpointSlices, object };
}
