import { CLUSTER_DOMAIN } from './dns-zone.ts';

/** The parts of a pod that decide how its programs look names up. */
export interface NamingSpec {
  readonly dnsPolicy?: string;
  readonly dnsConfig?: {
    readonly nameservers?: readonly string[];
    readonly searches?: readonly string[];
    readonly options?: readonly { readonly name: string; readonly value?: string }[];
  };
}

/** Search domains of one pod at most; further ones are left out, as libc would. */
export const MAX_SEARCHES = 32;

/** Name servers, search domains and options, before they are text. */
interface Naming {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: ReadonlyMap<string, string | undefined>;
}

const NOTHING: Naming = { servers: [], searches: [], options: new Map() };

function clusterNaming(namespace: string, clusterDns: string): Naming {
  const searches = [`${namespace}.svc.${CLUSTER_DOMAIN}`, `svc.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN];
  return { servers: [clusterDns], searches, options: new Map([['ndots', '5']]) };
}

function withConfig(naming: Naming, config: NonNullable<NamingSpec['dnsConfig']>): Naming {
  const { nameservers = [], searches = [], options = [] } = config;
  const added = options.map(({ name, value }) => [name, value] as const);
  return {
    servers: [...naming.servers, ...nameservers],
    searches: [...naming.searches, ...searches].slice(0, MAX_SEARCHES),
    options: new Map([...naming.options, ...added]),
  };
}

function namingText(naming: Naming): string {
  const words = [...naming.options].map(([name, value]) => (value === undefined ? name : `${name}:${value}`));
  return [
    ...(naming.searches.length === 0 ? [] : [`search ${naming.searches.join(' ')}`]),
    ...naming.servers.map((server) => `nameserver ${server}`),
    ...(words.length === 0 ? [] : [`options ${words.join(' ')}`]),
    '',
  ].join('\n');
}

const CLUSTER_FIRST: ReadonlySet<string> = new Set(['ClusterFirst', 'ClusterFirstWithHostNet']);

/**
 * The resolv.conf of a pod's containers: the cluster's name server with the search path of the namespace, or what
 * `dnsConfig` says. `undefined`: the containers see this machine's own file.
 */
export function resolvConf(
  pod: { readonly namespace: string; readonly spec: NamingSpec },
  clusterDns: string | undefined,
): string | undefined {
  const { dnsPolicy = 'ClusterFirst', dnsConfig = {} } = pod.spec;
  if (dnsPolicy === 'None') return namingText(withConfig(NOTHING, dnsConfig));
  if (clusterDns === undefined || !CLUSTER_FIRST.has(dnsPolicy)) return undefined;
  return namingText(withConfig(clusterNaming(pod.namespace, clusterDns), dnsConfig));
}
