import type { Application, ResourceResult, ResourceStatus } from '@argosy/api/cd';
import { formatTable } from '../print/index.ts';
import { IN_CLUSTER_SERVER } from './app-flags.ts';

/** Width of the label column of `app get`. */
const LABEL_WIDTH = 20;

/** A full commit SHA is told apart from a branch by its form. */
const COMMIT = /^[0-9a-f]{40}$/;

/** Absent text prints as nothing. */
const text = (value: string | undefined): string => value ?? '';
const known = (value: string | undefined): string => value ?? 'Unknown';

/** `namespace/name`, as upstream prints applications. */
export function qualifiedName(app: Application): string {
  const { namespace, name } = app.metadata;
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

function destinationText(app: Application): string {
  return app.spec.destination.server ?? app.spec.destination.name ?? IN_CLUSTER_SERVER;
}

function policyText(app: Application): { readonly short: string; readonly long: string } {
  const automated = app.spec.syncPolicy?.automated;
  if (automated === undefined || automated.enabled === false) return { short: 'Manual', long: 'Manual' };
  if (automated.prune === true) return { short: 'Auto-Prune', long: 'Automated (Prune)' };
  return { short: 'Auto', long: 'Automated' };
}

function conditionsText(app: Application): string {
  const counts = new Map<string, number>();
  for (const condition of app.status?.conditions ?? []) {
    counts.set(condition.type, (counts.get(condition.type) ?? 0) + 1);
  }
  if (counts.size === 0) return '<none>';
  return [...counts]
    .map(([type, count]) => (count > 1 ? `${type}(${count})` : type))
    .toSorted()
    .join(',');
}

function sourceCells(app: Application): readonly string[] {
  const source = app.spec.source;
  return [text(source?.repoURL), text(source?.path), text(source?.targetRevision)];
}

/** The table of `app list`. */
export function appListTable(apps: readonly Application[], wide: boolean): string {
  const header = ['NAME', 'CLUSTER', 'NAMESPACE', 'PROJECT', 'STATUS', 'HEALTH', 'SYNCPOLICY', 'CONDITIONS'];
  const rows = apps.map((app) => [
    qualifiedName(app),
    destinationText(app),
    text(app.spec.destination.namespace),
    app.spec.project,
    known(app.status?.sync?.status),
    known(app.status?.health?.status),
    policyText(app).short,
    conditionsText(app),
    ...(wide ? sourceCells(app) : []),
  ]);
  return formatTable([wide ? [...header, 'REPO', 'PATH', 'TARGET'] : header, ...rows]);
}

function line(label: string, value: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${value}`.trimEnd();
}

function sourceLines(app: Application): readonly string[] {
  const sources = app.spec.sources !== undefined && app.spec.sources.length > 0 ? app.spec.sources : [app.spec.source];
  const lines = [app.spec.sources === undefined ? 'Source:' : 'Sources:'];
  for (const source of sources) {
    if (source === undefined) continue;
    lines.push(line('- Repo:', source.repoURL ?? ''), line('  Target:', source.targetRevision ?? ''));
    lines.push(line('  Path:', source.path ?? ''));
  }
  return lines;
}

function syncStatusText(app: Application): string {
  const status = known(app.status?.sync?.status);
  const target = text(app.spec.source?.targetRevision);
  const revision = text(app.status?.sync?.revision);
  const suffix = COMMIT.test(target) || revision === '' ? '' : ` (${revision.slice(0, 7)})`;
  const words = new Map([
    ['Synced', `Synced to ${target}${suffix}`],
    ['OutOfSync', `OutOfSync from ${target}${suffix}`],
  ]);
  return words.get(status) ?? status;
}

function healthText(app: Application): string {
  const health = app.status?.health;
  const message = health?.message ?? '';
  return `${health?.status ?? 'Unknown'}${message === '' ? '' : ` (${message})`}`;
}

/** The block and the conditions of `app get`. `url` is where a browser finds the application. */
export function appSummary(app: Application, url: string): string {
  const lines = [
    line('Name:', qualifiedName(app)),
    line('Project:', app.spec.project),
    line('Server:', destinationText(app)),
    line('Namespace:', app.spec.destination.namespace ?? ''),
    line('URL:', url),
    ...sourceLines(app),
    line('SyncWindow:', 'Sync Allowed'),
    line('Sync Policy:', policyText(app).long),
    line('Sync Status:', syncStatusText(app)),
    line('Health Status:', healthText(app)),
  ];
  const conditions = app.status?.conditions ?? [];
  const table = formatTable([
    ['CONDITION', 'MESSAGE', 'LAST TRANSITION'],
    ...conditions.map((item) => [item.type, item.message, item.lastTransitionTime ?? '']),
  ]);
  return `${lines.join('\n')}\n${conditions.length === 0 ? '' : `\n${table}`}`;
}

/** The last operation, as `app sync` shows it at its end. */
export function operationSummary(app: Application): string {
  const state = app.status?.operationState;
  if (state === undefined) return '';
  return [
    line('Operation:', 'Sync'),
    line('Sync Revision:', state.syncResult?.revision ?? ''),
    line('Phase:', state.phase),
    line('Start:', state.startedAt),
    line('Finished:', state.finishedAt ?? ''),
    line('Message:', state.message ?? ''),
    '',
  ].join('\n');
}

interface ResourceRow {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly status: string;
  readonly health: string;
  readonly hook: string;
  readonly message: string;
}

const rowKey = (item: { group?: string; kind: string; namespace?: string; name: string }): string =>
  [item.group ?? '', item.kind, item.namespace ?? '', item.name].join('/');

function baseRow(item: { group?: string; kind: string; namespace?: string; name: string }): ResourceRow {
  const empty = { status: '', health: '', hook: '', message: '' };
  return { group: item.group ?? '', kind: item.kind, namespace: item.namespace ?? '', name: item.name, ...empty };
}

function statusRow(item: ResourceStatus): ResourceRow {
  return {
    ...baseRow(item),
    status: text(item.status),
    health: text(item.health?.status),
    message: text(item.health?.message),
  };
}

function syncResults(app: Application): readonly ResourceResult[] {
  return app.status?.operationState?.syncResult?.resources ?? [];
}

/** Resources of the last operation in sync order, then the others; keyed so that changes can be told. */
export function resourceRows(app: Application): ReadonlyMap<string, ResourceRow> {
  const rows = new Map<string, ResourceRow>();
  for (const item of syncResults(app)) {
    const status = item.hookType === undefined ? item.status : item.hookPhase;
    const row = { ...baseRow(item), status: text(status), hook: text(item.hookType), message: text(item.message) };
    rows.set(rowKey(item), row);
  }
  for (const item of app.status?.resources ?? []) {
    const row = statusRow(item);
    const before = rows.get(rowKey(item)) ?? row;
    rows.set(rowKey(item), { ...before, status: row.status, health: row.health });
  }
  return rows;
}

const cells = (row: ResourceRow): readonly string[] => [
  row.group,
  row.kind,
  row.namespace,
  row.name,
  row.status,
  row.health,
  row.hook,
  row.message,
];

/** The resource table of `app get` and of a finished sync. */
export function resourceTable(app: Application): string {
  const header = ['GROUP', 'KIND', 'NAMESPACE', 'NAME', 'STATUS', 'HEALTH', 'HOOK', 'MESSAGE'];
  return formatTable([header, ...[...resourceRows(app).values()].map(cells)]);
}

/** One progress row of `app sync` and `app wait`. */
export function progressRow(time: string, row: ResourceRow): string {
  const [group = '', kind = '', namespace = '', name = '', ...rest] = cells(row);
  return `${time}  ${group.padEnd(12)} ${kind.padEnd(14)} ${namespace.padEnd(12)} ${name.padEnd(20)} ${rest.join('  ')}`.trimEnd();
}
