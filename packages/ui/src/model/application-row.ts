import { compareText } from '@argosy/std';
import { objectsAt, textAt, type ApiObject } from './read.ts';
import { wordOf } from './status.ts';

/** One application in the list. Empty texts are things that it does not say. */
export interface ApplicationRow {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly project: string;
  readonly sync: string;
  readonly health: string;
  readonly operation: string;
  readonly revision: string;
  readonly destination: string;
  readonly source: string;
  /** When the last sync ended; RFC 3339. */
  readonly syncedAt: string;
}

/** The row of an application. */
export function applicationRow(application: ApiObject): ApplicationRow {
  const namespace = textAt(application, 'metadata', 'namespace');
  const name = textAt(application, 'metadata', 'name');
  const server =
    textAt(application, 'spec', 'destination', 'name') || textAt(application, 'spec', 'destination', 'server');
  return {
    key: `${namespace}/${name}`,
    namespace,
    name,
    project: textAt(application, 'spec', 'project') || 'default',
    sync: wordOf(textAt(application, 'status', 'sync', 'status')),
    health: wordOf(textAt(application, 'status', 'health', 'status')),
    operation: textAt(application, 'status', 'operationState', 'phase'),
    revision: shortRevision(textAt(application, 'status', 'sync', 'revision')),
    destination: [clusterName(server), textAt(application, 'spec', 'destination', 'namespace')]
      .filter((part) => part !== '')
      .join('/'),
    source: sourceText(application),
    syncedAt:
      textAt(application, 'status', 'operationState', 'finishedAt') ||
      textAt(objectsAt(application, 'status', 'history').at(-1), 'deployedAt'),
  };
}

/** Seven digits of a commit; other revisions whole. */
export function shortRevision(revision: string): string {
  return /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 7) : revision;
}

const clusterName = (server: string): string => (server === 'https://kubernetes.default.svc' ? 'in-cluster' : server);

function sourceText(application: ApiObject): string {
  const sources = objectsAt(application, 'spec', 'sources');
  const first = sources[0] ?? { ...(application['spec'] as ApiObject | undefined) }['source'];
  const place = [textAt(first, 'repoURL'), textAt(first, 'path') || textAt(first, 'chart')].filter(
    (part) => part !== '',
  );
  return sources.length > 1 ? `${place.join(' ')} +${sources.length - 1}` : place.join(' ');
}

/** The rows whose name, project, state or destination holds every word of the filter, by name. */
export function filterApplications(rows: readonly ApplicationRow[], filter: string): readonly ApplicationRow[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const matches = (row: ApplicationRow): boolean => {
    const text = [row.name, row.namespace, row.project, row.sync, row.health, row.destination].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return rows.filter(matches).sort((a, b) => compareText(a.name, b.name) || compareText(a.namespace, b.namespace));
}

/** How many applications are in each health state, the most troubled first. */
export function countHealth(
  rows: readonly ApplicationRow[],
): readonly { readonly word: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.health, (counts.get(row.health) ?? 0) + 1);
  const order = ['Degraded', 'Missing', 'Unknown', 'Progressing', 'Suspended', 'Healthy'];
  return [...counts]
    .map(([word, count]) => ({ word, count }))
    .sort((a, b) => order.indexOf(a.word) - order.indexOf(b.word) || compareText(a.word, b.word));
}
