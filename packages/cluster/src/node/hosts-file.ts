import type { PodSandbox } from './contract.ts';

/** The /etc/hosts of a pod: this machine, the pod itself (with its full name under a subdomain), and spec.hostAliases. */
export function hostsText(sandbox: PodSandbox): string {
  const { hostAliases, hostname, namespace, podIp, subdomain } = sandbox;
  const full = subdomain === '' ? [] : [`${hostname}.${subdomain}.${namespace}.svc.cluster.local`];
  const own = [podIp, ...full, hostname].join('\t');
  const aliases = hostAliases.map((alias) => `${alias.ip}\t${(alias.hostnames ?? []).join('\t')}\n`);
  return `127.0.0.1\tlocalhost\n::1\tlocalhost\n${own}\n${aliases.join('')}`;
}
