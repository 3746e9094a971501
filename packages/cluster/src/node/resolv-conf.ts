import { CLUSTER_DOMAIN } from './dns-zone.ts';
import type { DnsConfig, PodSpec } from './pod-types.ts';

/** Name servers of one pod at most, as resolvers read no more. */
const MOST_NAMESERVERS = 3;

/** Search domains of one pod at most; further ones are left out, as libc would. */
export const MAX_SEARCHES = 32;

/** What the node knows about names. */
export interface NodeNames {
  /** The resolv.conf of this machine. */
  readonly host: string;
  /** Address of the cluster's name server; `undefined` while there is none. */
  readonly clusterDns?: string;
}

interface Parts {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

function wordsAfter(text: string, keyword: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words[0] === keyword)
    .flatMap((words) => words.slice(1));
}

function hostParts(host: string): Parts {
  return {
    nameservers: wordsAfter(host, 'nameserver'),
    searches: wordsAfter(host, 'search'),
    options: wordsAfter(host, 'options'),
  };
}

function clusterParts(names: NodeNames, server: string, namespace: string): Parts {
  const cluster = [`${namespace}.svc.${CLUSTER_DOMAIN}`, `svc.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN];
  return {
    nameservers: [server],
    searches: [...cluster, ...hostParts(names.host).searches],
    options: ['ndots:5'],
  };
}

function baseParts(spec: PodSpec, names: NodeNames, namespace: string): Parts | undefined {
  const policy = spec.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { nameservers: [], searches: [], options: [] };
  const isHosts = policy === 'Default' || (policy === 'ClusterFirst' && spec.hostNetwork === true);
  if (isHosts || names.clusterDns === undefined) {
    return spec.dnsConfig === undefined ? undefined : hostParts(names.host);
  }
  return clusterParts(names, names.clusterDns, namespace);
}

function nameOf(option: string): string {
  return option.split(':')[0] ?? option;
}

function merged(base: Parts, own: DnsConfig): Parts {
  const options = (own.options ?? []).map(({ name = '', value }) => (value === undefined ? name : `${name}:${value}`));
  const named = new Set(options.map(nameOf));
  return {
    nameservers: [...new Set([...base.nameservers, ...(own.nameservers ?? [])])],
    searches: [...new Set([...base.searches, ...(own.searches ?? [])])],
    options: [...base.options.filter((option) => !named.has(nameOf(option))), ...options],
  };
}

/** The resolv.conf of a pod by dnsPolicy and dnsConfig; `undefined` when it is the machine's own. */
export function resolvConfOf(
  pod: { readonly spec: PodSpec; readonly metadata: { readonly namespace?: string } },
  names: NodeNames,
): string | undefined {
  const base = baseParts(pod.spec, names, pod.metadata.namespace ?? '');
  if (base === undefined) return undefined;
  const { nameservers, searches, options } = merged(base, pod.spec.dnsConfig ?? {});
  const lines = [
    ...nameservers.slice(0, MOST_NAMESERVERS).map((server) => `nameserver ${server}`),
    ...(searches.length === 0 ? [] : [`search ${searches.slice(0, MAX_SEARCHES).join(' ')}`]),
    ...(options.length === 0 ? [] : [`options ${options.join(' ')}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
