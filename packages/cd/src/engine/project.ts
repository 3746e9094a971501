import type { AppProject, AppProjectSpec, ApplicationDestination } from '@argosy/api/cd';
import { matchesGlob } from './glob.ts';

/** The URL and the name of the cluster that Argosy itself runs in. */
export const IN_CLUSTER = Object.freeze({ server: 'https://kubernetes.default.svc', name: 'in-cluster' });

/** The project that exists in every installation and permits everything. */
export function defaultProject(namespace = 'argocd'): AppProject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default', namespace },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ server: '*', namespace: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  };
}

/** One spelling for one repository: lower case, no `.git`, no `ssh://`, `user@host:path` as `user@host/path`. */
export function normalizeRepoUrl(url: string): string {
  const trimmed = url.trim().toLowerCase();
  const scp = /^([^/:@\s]+@[^/:\s]+):(?!\/\/)(.*)$/.exec(trimmed);
  const unified = scp === null ? trimmed : `ssh://${scp[1] ?? ''}/${scp[2] ?? ''}`;
  return unified
    .replace(/^ssh:\/\//, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
}

/** True when the project lets Applications read `repoURL`. */
export function isSourcePermitted(spec: AppProjectSpec, repoURL: string): boolean {
  const url = normalizeRepoUrl(repoURL);
  let anyMatched = false;
  for (const entry of spec.sourceRepos ?? []) {
    const denies = entry.startsWith('!');
    const pattern = normalizeRepoUrl(denies ? entry.slice(1) : entry);
    const matches = pattern === '*' || matchesGlob(pattern, url, { separators: '/' });
    if (denies && matches) return false;
    // compat(cd-0001): a deny entry that does not match counts as a match, so a list of denies permits the rest.
    anyMatched = anyMatched || matches !== denies;
  }
  return anyMatched;
}

interface FieldMatch {
  readonly matches: boolean;
  readonly denied: boolean;
}

function matchField(pattern: string | undefined, value = ''): FieldMatch {
  if (pattern === undefined) return { matches: false, denied: false };
  if (!pattern.startsWith('!')) return { matches: matchesGlob(pattern, value), denied: false };
  const hit = matchesGlob(pattern.slice(1), value);
  return { matches: !hit, denied: hit };
}

type EntryVerdict = 'permits' | 'refuses' | 'silent';

function judgeDestination(entry: ApplicationDestination, destination: ApplicationDestination): EntryVerdict {
  const server = matchField(entry.server, destination.server);
  const name = matchField(entry.name, destination.name);
  const namespace = matchField(entry.namespace ?? '*', destination.namespace);
  const cluster = server.matches || name.matches;
  const refuses = name.denied || (server.denied && namespace.matches) || (namespace.denied && cluster);
  if (refuses) return 'refuses';
  return cluster && namespace.matches ? 'permits' : 'silent';
}

/** The destination with both server and name filled in for the cluster that Argosy runs in. */
export function resolveDestination(destination: ApplicationDestination): ApplicationDestination {
  const local = destination.server === IN_CLUSTER.server || destination.name === IN_CLUSTER.name;
  return local ? { ...destination, ...IN_CLUSTER } : destination;
}

/**
 * True when the project permits the cluster and namespace. compat(cd-0001): within an entry, a deny that does not hit
 * counts as a match, as upstream's rule says.
 */
export function isDestinationPermitted(spec: AppProjectSpec, destination: ApplicationDestination): boolean {
  const resolved = resolveDestination(destination);
  const verdicts = (spec.destinations ?? []).map((entry) => judgeDestination(entry, resolved));
  return verdicts.includes('permits') && !verdicts.includes('refuses');
}

interface GroupKindEntry {
  readonly group: string;
  readonly kind: string;
  readonly name?: string;
}

interface Named {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

function matchesAny(list: readonly GroupKindEntry[] | undefined, item: Named): boolean {
  const separators = '/';
  return (list ?? []).some(
    (entry) =>
      matchesGlob(entry.group, item.group, { separators }) &&
      matchesGlob(entry.kind, item.kind, { separators }) &&
      (entry.name === undefined || entry.name === '' || matchesGlob(entry.name, item.name, { separators })),
  );
}

/** True when the project lets Applications manage objects of this kind (and, for cluster-scoped ones, this name). */
export function isKindPermitted(spec: AppProjectSpec, item: Named, namespaced: boolean): boolean {
  if (namespaced) {
    const listed = spec.namespaceResourceWhitelist === undefined || matchesAny(spec.namespaceResourceWhitelist, item);
    return listed && !matchesAny(spec.namespaceResourceBlacklist, item);
  }
  return matchesAny(spec.clusterResourceWhitelist, item) && !matchesAny(spec.clusterResourceBlacklist, item);
}

/** True when Applications of the namespace may use the project. */
export function isSourceNamespacePermitted(spec: AppProjectSpec, namespace: string, controlNamespace: string): boolean {
  if (namespace === controlNamespace) return true;
  return (spec.sourceNamespaces ?? []).some((pattern) => matchesGlob(pattern, namespace));
}
