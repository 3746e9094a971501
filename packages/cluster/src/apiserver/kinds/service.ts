import { kubeError, type KubeObject } from '@argosy/kube/meta';
import { equalJson } from '@argosy/std';
import type { FieldError } from '@argosy/kube/schema';
import { ensurePart, numberAt, part, parts, setDefault, textAt, type Draft } from '../draft.ts';
import { duplicateField, IMMUTABLE, invalid, invalidField, requiredField, unsupportedField } from '../errors.ts';
import type { KindContext, KindRules } from './kind-rules.ts';

const SERVICES = '/services';
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const CLIENT_IP_SECONDS = 10_800;
const KIND = { group: '', kind: 'Service' };

/** A range of IPv4 addresses as numbers. */
export interface AddressRange {
  readonly base: number;
  readonly count: number;
}

/** `127.64.0.0/16` → its first address as a number and how many there are. @throws KubeError Invalid. */
export function parseCidr(cidr: string): AddressRange {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const bytes = (match ?? []).slice(1, 5).map(Number);
  const prefix = Number(match?.[5] ?? 33);
  if (match === null || bytes.some((byte) => byte > 255) || prefix > 30) {
    throw kubeError(
      'Invalid',
      `serviceCidr: Invalid value: ${JSON.stringify(cidr)}: must be an IPv4 range of /30 or larger`,
    );
  }
  const address = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const count = 2 ** (32 - prefix);
  return { base: address - (address % count), count };
}

/** A number as dotted quad. */
export function addressText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

function addressNumber(text: string): number | undefined {
  const bytes = text.split('.').map(Number);
  const sound = bytes.length === 4 && bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
  return sound ? bytes.reduce((sum, byte) => sum * 256 + byte, 0) : undefined;
}

/** Cluster IPs in use: derived from the index of the stored Services. */
function usedAddresses(context: KindContext): ReadonlySet<string> {
  return new Set(context.state.store.list(SERVICES, '').map((stored) => stored.fields['spec.clusterIP'] ?? ''));
}

function freeAddress(context: KindContext): string {
  const { base, count } = parseCidr(context.state.config.serviceCidr);
  const used = usedAddresses(context);
  const usable = count - 2;
  const start = context.env.random.below(usable);
  for (let offset = 0; offset < usable; offset += 1) {
    const address = addressText(base + 1 + ((start + offset) % usable));
    if (!used.has(address)) return address;
  }
  throw kubeError('InternalError', 'Internal error occurred: failed to allocate a serviceIP: range is full');
}

function demandFreeAddress(context: KindContext, address: string, name: string): void {
  const { base, count } = parseCidr(context.state.config.serviceCidr);
  const number = addressNumber(address);
  const field = 'spec.clusterIPs';
  if (number === undefined || number < base || number >= base + count) {
    const why = `failed to allocate IP ${address}: the provided IP is not in the valid range ${context.state.config.serviceCidr}`;
    throw invalid(KIND, name, [invalidField(field, [address], why)]);
  }
  if (usedAddresses(context).has(address)) {
    const why = `failed to allocate IP ${address}: provided IP is already allocated`;
    throw invalid(KIND, name, [invalidField(field, [address], why)]);
  }
}

function usedPorts(context: KindContext, except: string): ReadonlySet<number> {
  const { store } = context.state;
  const used = new Set<number>();
  for (const stored of store.list(SERVICES, '')) {
    if (stored.fields['spec.type'] === 'ClusterIP' || stored.uid === except) continue;
    for (const port of parts(part(store.tree(stored) as unknown as Draft, 'spec'), 'ports')) {
      const number = numberAt(port, 'nodePort');
      if (number !== undefined) used.add(number);
    }
  }
  return used;
}

function wantsNodePorts(spec: Draft): boolean {
  if (spec['type'] === 'NodePort') return true;
  return spec['type'] === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== false;
}

function allocatePorts(draft: Draft, context: KindContext): void {
  const spec = ensurePart(draft, 'spec');
  if (!wantsNodePorts(spec)) return;
  const { from, to } = context.state.config.nodePorts;
  const meta = part(draft, 'metadata');
  const used = new Set(usedPorts(context, textAt(meta, 'uid')));
  const count = to - from + 1;
  parts(spec, 'ports').forEach((port, index) => {
    const field = `spec.ports[${index}].nodePort`;
    const asked = numberAt(port, 'nodePort');
    if (asked !== undefined) {
      const outside = asked < from || asked > to;
      const why = outside
        ? `provided port is not in the valid range. The range of valid ports is ${from}-${to}`
        : 'provided port is already allocated';
      if (outside || used.has(asked)) throw invalid(KIND, textAt(meta, 'name'), [invalidField(field, asked, why)]);
      used.add(asked);
      return;
    }
    const start = context.env.random.below(count);
    for (let offset = 0; offset < count && port['nodePort'] === undefined; offset += 1) {
      const candidate = from + ((start + offset) % count);
      if (!used.has(candidate)) port['nodePort'] = candidate;
    }
    if (port['nodePort'] === undefined) {
      throw kubeError('InternalError', 'Internal error occurred: failed to allocate a nodePort: range is full');
    }
    used.add(Number(port['nodePort']));
  });
}

function allocate(draft: Draft, context: KindContext): void {
  const spec = ensurePart(draft, 'spec');
  if (spec['type'] === 'ExternalName') return;
  const asked = textAt(spec, 'clusterIP');
  if (asked !== '' && asked !== 'None') demandFreeAddress(context, asked, textAt(part(draft, 'metadata'), 'name'));
  const address = asked === '' ? freeAddress(context) : asked;
  spec['clusterIP'] = address;
  spec['clusterIPs'] = [address];
  setDefault(spec, 'ipFamilies', ['IPv4']);
  setDefault(spec, 'ipFamilyPolicy', 'SingleStack');
  allocatePorts(draft, context);
}

function defaultService(draft: Draft): void {
  const spec = ensurePart(draft, 'spec');
  setDefault(spec, 'type', 'ClusterIP');
  setDefault(spec, 'sessionAffinity', 'None');
  if (spec['sessionAffinity'] === 'ClientIP') {
    const client = ensurePart(ensurePart(spec, 'sessionAffinityConfig'), 'clientIP');
    setDefault(client, 'timeoutSeconds', CLIENT_IP_SECONDS);
  }
  for (const port of parts(spec, 'ports')) {
    setDefault(port, 'protocol', 'TCP');
    setDefault(port, 'targetPort', port['port']);
  }
  if (spec['type'] === 'ExternalName') return;
  setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  if (spec['type'] === 'ClusterIP') return;
  setDefault(spec, 'externalTrafficPolicy', 'Cluster');
  if (spec['type'] === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true);
}

const KEPT_ADDRESSES = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const;

/** What an update leaves out of addresses and node ports stays as it was. */
function prepareUpdate(draft: Draft, live: KubeObject, context: KindContext): void {
  const spec = ensurePart(draft, 'spec');
  const old = part(live as unknown as Draft, 'spec') ?? {};
  if (spec['type'] === 'ExternalName') {
    for (const field of KEPT_ADDRESSES) if (equalJson(spec[field], old[field])) delete spec[field];
    return;
  }
  if (old['type'] === 'ExternalName') {
    allocate(draft, context);
    return;
  }
  for (const field of KEPT_ADDRESSES) if (old[field] !== undefined) setDefault(spec, field, old[field]);
  if (textAt(spec, 'clusterIP') === '') spec['clusterIP'] = old['clusterIP'];
  const before = parts(old, 'ports');
  parts(spec, 'ports').forEach((port) => {
    if (!wantsNodePorts(spec)) {
      if (old['type'] !== spec['type']) delete port['nodePort'];
      return;
    }
    const same = before.find((item) => item['port'] === port['port'] && item['protocol'] === port['protocol']);
    if (same?.['nodePort'] !== undefined) setDefault(port, 'nodePort', same['nodePort']);
  });
  allocatePorts(draft, context);
}

function portErrors(spec: Draft): readonly FieldError[] {
  const ports = parts(spec, 'ports');
  const errors: FieldError[] = [];
  if (ports.length === 0 && spec['type'] !== 'ExternalName' && spec['clusterIP'] !== 'None') {
    errors.push(requiredField('spec.ports'));
  }
  const names: string[] = [];
  ports.forEach((port, index) => {
    const field = `spec.ports[${index}]`;
    const number = numberAt(port, 'port') ?? 0;
    if (number < 1 || number > 65_535) {
      errors.push(invalidField(`${field}.port`, number, 'must be between 1 and 65535, inclusive'));
    }
    const name = textAt(port, 'name');
    if (name === '' && ports.length > 1) errors.push(requiredField(`${field}.name`));
    if (name !== '' && names.includes(name)) errors.push(duplicateField(`${field}.name`, name));
    names.push(name);
  });
  return errors;
}

function serviceErrors(draft: Draft): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  const type = textAt(spec, 'type');
  return [
    ...portErrors(spec),
    ...(TYPES.includes(type) ? [] : [unsupportedField('spec.type', type, TYPES)]),
    ...(type === 'ExternalName' && textAt(spec, 'externalName') === '' ? [requiredField('spec.externalName')] : []),
  ];
}

function serviceChangeErrors(draft: Draft, live: KubeObject): readonly FieldError[] {
  const spec = part(draft, 'spec') ?? {};
  const old = part(live as unknown as Draft, 'spec') ?? {};
  if (spec['type'] === 'ExternalName' || old['type'] === 'ExternalName') return [];
  const errors: FieldError[] = [];
  if (spec['clusterIP'] !== old['clusterIP']) {
    errors.push(invalidField('spec.clusterIPs[0]', [spec['clusterIP']], IMMUTABLE));
  }
  return errors;
}

/** Services: addresses and node ports come from ranges; what is taken follows from the store. */
export const serviceRules: KindRules = {
  defaults: defaultService,
  prepareCreate: (draft, context) => {
    allocate(draft, context);
    draft['status'] = { loadBalancer: {} };
  },
  prepareUpdate,
  validate: serviceErrors,
  validateUpdate: serviceChangeErrors,
};
