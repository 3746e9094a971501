import { isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import {
  addressData,
  DNS_CODES,
  DNS_TYPES,
  encodeName,
  serviceData,
  type DnsAnswer,
  type DnsQuestion,
  type DnsRecord,
} from './dns-message.ts';

/** The domain of the cluster. */
export const CLUSTER_DOMAIN = 'cluster.local';

/** Seconds that an answer may be kept: Services and their endpoints come and go. */
export const ANSWER_TTL = 5;

/** What names are answered from. */
export interface DnsWorld {
  service(namespace: string, name: string): KubeObject | undefined;
  endpoints(namespace: string, name: string): KubeObject | undefined;
  /** The Service with this cluster address. */
  serviceByAddress(address: string): KubeObject | undefined;
  /** True when a pod of the namespace has the address. */
  hasPod(namespace: string, address: string): boolean;
}

interface Endpoint {
  readonly ip: string;
  /** The pod's hostname, else its address with dashes. */
  readonly hostname: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
}

type Loose = { readonly [field: string]: unknown };
const records = (value: unknown): readonly Loose[] => (Array.isArray(value) ? value.filter(isObject) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const specOf = (service: KubeObject): Loose => (isObject(service['spec']) ? service['spec'] : {});

function portsOf(value: unknown): Endpoint['ports'] {
  return records(value).map((port) => ({
    name: text(port['name']),
    port: Number(port['port'] ?? 0),
    protocol: (text(port['protocol']) || 'TCP').toLowerCase(),
  }));
}

/** The addresses of an Endpoints object, ready ones only. */
export function endpointsOf(object: KubeObject | undefined): readonly Endpoint[] {
  return records(object?.['subsets']).flatMap((subset) =>
    records(subset['addresses']).map((address) => {
      const ip = text(address['ip']);
      return { ip, hostname: text(address['hostname']) || ip.replaceAll('.', '-'), ports: portsOf(subset['ports']) };
    }),
  );
}

const record = (name: string, type: number, data: Buffer): DnsRecord => ({ name, type, ttl: ANSWER_TTL, data });

/** What stands behind a name: its addresses, another name, or places with ports. */
type Found =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'alias'; readonly target: string }
  | { readonly kind: 'places'; readonly places: readonly Place[] };

interface Place {
  readonly target: string;
  readonly address: string;
  readonly port: number;
}

function isHeadless(service: KubeObject): boolean {
  return specOf(service)['clusterIP'] === 'None';
}

function addressesOf(world: DnsWorld, service: KubeObject): Found {
  const spec = specOf(service);
  if (spec['type'] === 'ExternalName') return { kind: 'alias', target: text(spec['externalName']).toLowerCase() };
  const { namespace = '', name } = service.metadata;
  const ips = isHeadless(service)
    ? endpointsOf(world.endpoints(namespace, name)).map(({ ip }) => ip)
    : [text(spec['clusterIP'])];
  return { kind: 'addresses', addresses: [...new Set(ips)].filter((ip) => ip !== '') };
}

function placesOf(
  world: DnsWorld,
  service: KubeObject,
  wanted: { readonly port: string; readonly protocol: string },
): Found | undefined {
  const { namespace = '', name } = service.metadata;
  const base = `${name}.${namespace}.svc.${CLUSTER_DOMAIN}`;
  const fits = (port: { name: string; protocol: string }): boolean =>
    port.name === wanted.port && port.protocol === wanted.protocol;
  const address = text(specOf(service)['clusterIP']);
  const places = isHeadless(service)
    ? endpointsOf(world.endpoints(namespace, name)).flatMap(({ ip, hostname, ports }) =>
        ports.filter(fits).map(({ port }) => ({ target: `${hostname}.${base}`, address: ip, port })),
      )
    : portsOf(specOf(service)['ports'])
        .filter(fits)
        .map(({ port }) => ({ target: base, address, port }));
  return places.length === 0 ? undefined : { kind: 'places', places };
}

function findPlaces(
  world: DnsWorld,
  service: KubeObject,
  labels: { port: string; protocol: string },
): Found | undefined {
  const { port, protocol } = labels;
  if (!port.startsWith('_') || !protocol.startsWith('_')) return undefined;
  return placesOf(world, service, { port: port.slice(1), protocol: protocol.slice(1) });
}

function findEndpoint(world: DnsWorld, service: KubeObject, host: string): Found | undefined {
  if (!isHeadless(service)) return undefined;
  const { namespace = '', name } = service.metadata;
  const matching = endpointsOf(world.endpoints(namespace, name)).filter(({ hostname }) => hostname === host);
  if (matching.length === 0) return undefined;
  return { kind: 'addresses', addresses: [...new Set(matching.map(({ ip }) => ip))] };
}

function findService(world: DnsWorld, labels: readonly string[]): Found | undefined {
  const [namespace = '', name = '', host, port, ...rest] = labels.toReversed();
  const service = world.service(namespace, name);
  if (service === undefined || rest.length > 0) return undefined;
  if (host === undefined) return addressesOf(world, service);
  return port === undefined ? findEndpoint(world, service, host) : findPlaces(world, service, { port, protocol: host });
}

function findPod(world: DnsWorld, labels: readonly string[]): Found | undefined {
  const [dashed = '', namespace = ''] = labels;
  const address = dashed.replaceAll('-', '.');
  if (labels.length !== 2 || !world.hasPod(namespace, address)) return undefined;
  return { kind: 'addresses', addresses: [address] };
}

/** Whether a name with nothing of its own has names below it: then it exists, without records. */
const BRANCHES: ReadonlySet<string> = new Set(['', 'svc', 'pod']);

function findName(world: DnsWorld, name: string): Found | undefined {
  const inside = name === CLUSTER_DOMAIN ? '' : name.slice(0, -CLUSTER_DOMAIN.length - 1);
  if (BRANCHES.has(inside)) return { kind: 'addresses', addresses: [] };
  const labels = inside.split('.');
  const branch = labels.at(-1);
  if (branch === 'svc') return findService(world, labels.slice(0, -1));
  return branch === 'pod' ? findPod(world, labels.slice(0, -1)) : undefined;
}

function recordsOf(question: DnsQuestion, found: Found): readonly DnsRecord[] {
  const { name, type } = question;
  const wants = (kind: number): boolean => type === kind || type === DNS_TYPES.ANY;
  if (found.kind === 'alias') return [record(name, DNS_TYPES.CNAME, encodeName(found.target))];
  if (found.kind === 'addresses') {
    if (!wants(DNS_TYPES.A)) return [];
    return found.addresses.map((address) => record(name, DNS_TYPES.A, addressData(address)));
  }
  if (!wants(DNS_TYPES.SRV)) return [];
  return found.places.map(({ port, target }) => record(name, DNS_TYPES.SRV, serviceData(port, target)));
}

/** Tells resolvers how long a "no" may be kept. */
function authority(): DnsRecord {
  const numbers = Buffer.alloc(20);
  [1, 7200, 1800, 86_400, ANSWER_TTL].forEach((value, index) => numbers.writeUInt32BE(value, index * 4));
  const data = Buffer.concat([
    encodeName(`ns.dns.${CLUSTER_DOMAIN}`),
    encodeName(`hostmaster.${CLUSTER_DOMAIN}`),
    numbers,
  ]);
  return record(CLUSTER_DOMAIN, DNS_TYPES.SOA, data);
}

function answerWith(answers: readonly DnsRecord[], code: number = DNS_CODES.ok): DnsAnswer {
  return { code, isOwn: true, answers, ...(answers.length === 0 ? { authority: [authority()] } : {}) };
}

const REVERSE = '.in-addr.arpa';

function answerReverse(question: DnsQuestion, world: DnsWorld): DnsAnswer | undefined {
  const address = question.name.slice(0, -REVERSE.length).split('.').toReversed().join('.');
  const service = world.serviceByAddress(address);
  if (service === undefined) return undefined;
  const { name, namespace = '' } = service.metadata;
  const target = `${name}.${namespace}.svc.${CLUSTER_DOMAIN}`;
  const isAsked = question.type === DNS_TYPES.PTR || question.type === DNS_TYPES.ANY;
  return answerWith(isAsked ? [record(question.name, DNS_TYPES.PTR, encodeName(target))] : []);
}

/**
 * The answer that the cluster itself knows, as the DNS specification of Kubernetes 1.1 asks: Services, endpoints of
 * headless ones, ports, pods, and addresses of Services backwards. `undefined`: somebody else must be asked.
 */
export function answerFromCluster(question: DnsQuestion, world: DnsWorld): DnsAnswer | undefined {
  const { name } = question;
  if (name.endsWith(REVERSE)) return answerReverse(question, world);
  if (name !== CLUSTER_DOMAIN && !name.endsWith(`.${CLUSTER_DOMAIN}`)) return undefined;
  const found = findName(world, name);
  if (found === undefined) return answerWith([], DNS_CODES.noName);
  return answerWith(recordsOf(question, found));
}
