import type { KubeObject } from '@argosy/kube/meta';
import { parseQuantity, type Quantity } from '@argosy/kube/schema';
import { part, parts, textAt, type Draft } from '../draft.ts';
import { addAmounts, podTotals, type Amounts } from './pod-totals.ts';

const ONE = parseQuantity('1');

/** Kinds whose plain name counts objects, beside `count/…`. */
const COUNTED = [
  'configmaps',
  'secrets',
  'replicationcontrollers',
  'resourcequotas',
  'services',
  'persistentvolumeclaims',
];

/** A pod that is over takes nothing but its place in the store. */
export function isSpentPod(pod: KubeObject): boolean {
  const phase = textAt(part(pod as unknown as Draft, 'status'), 'phase');
  return phase === 'Succeeded' || phase === 'Failed';
}

function podUsage(pod: KubeObject): Amounts {
  if (isSpentPod(pod)) return new Map();
  const spec = part(pod as unknown as Draft, 'spec');
  const usage = new Map<string, Quantity>([['pods', ONE]]);
  for (const [name, amount] of podTotals(spec, 'requests')) {
    usage.set(`requests.${name}`, amount);
    if (!name.includes('/')) usage.set(name, amount);
  }
  for (const [name, amount] of podTotals(spec, 'limits')) usage.set(`limits.${name}`, amount);
  return usage;
}

function serviceUsage(service: KubeObject): Amounts {
  const spec = part(service as unknown as Draft, 'spec');
  const type = textAt(spec, 'type');
  const usage = new Map<string, Quantity>();
  const hasNodePorts =
    type === 'NodePort' || (type === 'LoadBalancer' && spec?.['allocateLoadBalancerNodePorts'] !== false);
  if (hasNodePorts) usage.set('services.nodeports', parseQuantity(String(parts(spec, 'ports').length)));
  if (type === 'LoadBalancer') usage.set('services.loadbalancers', ONE);
  return usage;
}

function claimUsage(claim: KubeObject): Amounts {
  const spec = part(claim as unknown as Draft, 'spec');
  const storage = part(part(spec, 'resources'), 'requests')?.['storage'];
  const amount = typeof storage === 'string' ? parseQuantity(storage) : undefined;
  const name = textAt(spec, 'storageClassName');
  const usage = new Map<string, Quantity>();
  if (amount !== undefined) usage.set('requests.storage', amount);
  if (name === '') return usage;
  const prefix = `${name}.storageclass.storage.k8s.io`;
  usage.set(`${prefix}/persistentvolumeclaims`, ONE);
  if (amount !== undefined) usage.set(`${prefix}/requests.storage`, amount);
  return usage;
}

const ESPECIALLY: { readonly [storage: string]: (object: KubeObject) => Amounts } = {
  '/pods': podUsage,
  '/services': serviceUsage,
  '/persistentvolumeclaims': claimUsage,
};

/** What an object takes of quotas, by the names that quotas use. `storage` is `group/resource`. */
export function usageOf(storage: string, object: KubeObject | undefined): Amounts {
  if (object === undefined) return new Map();
  const [group = '', resource = ''] = storage.split('/');
  const usage = new Map<string, Quantity>([[`count/${resource}${group === '' ? '' : `.${group}`}`, ONE]]);
  if (group === '' && COUNTED.includes(resource)) usage.set(resource, ONE);
  const more = ESPECIALLY[storage];
  return more === undefined ? usage : addAmounts(usage, more(object));
}

/** Where the objects are stored that a name in a quota counts: `group/resource`. */
export function storageOf(name: string): string {
  if (name.startsWith('count/')) {
    const [resource = '', ...group] = name.slice('count/'.length).split('.');
    return `${group.join('.')}/${resource}`;
  }
  if (name.startsWith('services')) return '/services';
  if (name === 'requests.storage' || name.includes('.storageclass.storage.k8s.io/')) return '/persistentvolumeclaims';
  return COUNTED.includes(name) ? `/${name}` : '/pods';
}
