import type { Application } from '@argosy/api/cd';
import type { ResourcePair } from './app-client.ts';
import { fieldDifferences, type FieldDifference } from './field-differences.ts';

/** Why one object is as it is. */
export interface ResourceExplanation {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly sync: string;
  readonly health: string;
  /** One sentence for each finding, with the rule behind it. */
  readonly because: readonly string[];
  readonly fields: readonly FieldDifference[];
}

/** Why an Application is as it is. */
export interface Explanation {
  readonly application: string;
  readonly sync: string;
  readonly health: string;
  readonly revision: string;
  readonly because: readonly string[];
  /** Only objects that there is something to say about, unless they were asked for. */
  readonly resources: readonly ResourceExplanation[];
}

type Entry = NonNullable<NonNullable<Application['status']>['resources']>[number];

const known = (state: string | undefined): string => state ?? 'Unknown';
const parse = (text: string): unknown => JSON.parse(text) as unknown;

const sameObject = (
  a: Pick<Entry, 'group' | 'kind' | 'namespace' | 'name'>,
  b: Pick<Entry, 'group' | 'kind' | 'namespace' | 'name'>,
): boolean =>
  (a.group ?? '') === (b.group ?? '') &&
  a.kind === b.kind &&
  (a.namespace ?? '') === (b.namespace ?? '') &&
  a.name === b.name;

const isSecret = ({ group = '', kind }: ResourcePair): boolean => group === '' && kind === 'Secret';

function syncReasons(item: ResourcePair, fields: readonly FieldDifference[]): readonly string[] {
  if (item.hook === true) return ['it is a hook: hooks run during a sync and are never compared'];
  if (item.targetState === 'null') {
    return ['the source has no manifest for it, and only a sync that prunes deletes it (--prune, automated.prune)'];
  }
  if (item.liveState === 'null') return ['the source has a manifest for it, and the cluster has no such object'];
  if (isSecret(item)) return item.modified === true ? ['its content differs; values of Secrets are never shown'] : [];
  if (fields.length === 0) return [];
  return [`a sync would change ${fields.length === 1 ? 'one field' : `${fields.length} fields`} of it`];
}

function healthReasons(entry: Entry | undefined): readonly string[] {
  const { status = '', message = '' } = entry?.health ?? {};
  if (['', 'Healthy', 'Missing'].includes(status)) return [];
  return [`its health is ${status}${message === '' ? ` by the rule for ${entry?.kind}` : `: ${message}`}`];
}

function lastSyncReasons(app: Application, item: ResourcePair): readonly string[] {
  const results = app.status?.operationState?.syncResult?.resources ?? [];
  const result = results.find((each) => sameObject(each, item));
  if (result === undefined || (result.status !== 'SyncFailed' && result.hookPhase !== 'Failed')) return [];
  return [`the last sync failed on it: ${result.message ?? 'no message'}`];
}

function fieldsOf(item: ResourcePair): readonly FieldDifference[] {
  const isPair = item.targetState !== 'null' && item.liveState !== 'null';
  if (!isPair || isSecret(item)) return [];
  return fieldDifferences(parse(item.normalizedLiveState), parse(item.predictedLiveState));
}

const kindText = ({ group = '', kind }: ResourcePair): string => (group === '' ? kind : `${group}/${kind}`);

/** Says why one object is out of sync or unhealthy. */
function explainResource(app: Application, item: ResourcePair): ResourceExplanation {
  const entry = (app.status?.resources ?? []).find((each) => sameObject(each, item));
  const fields = fieldsOf(item);
  return {
    kind: kindText(item),
    namespace: item.namespace ?? '',
    name: item.name,
    sync: item.hook === true ? 'Hook' : known(entry?.status),
    health: entry?.health?.status ?? '',
    because: [...syncReasons(item, fields), ...healthReasons(entry), ...lastSyncReasons(app, item)],
    fields,
  };
}

type Automated = NonNullable<NonNullable<Application['spec']['syncPolicy']>['automated']>;

/** What an automated policy leaves alone. */
function limitReasons(automated: Automated, status: NonNullable<Application['status']>): readonly string[] {
  const reasons: string[] = [];
  const toPrune = (status.resources ?? []).filter(({ requiresPruning }) => requiresPruning === true).length;
  if (toPrune > 0 && automated.prune !== true) {
    reasons.push(`${toPrune} objects stay: spec.syncPolicy.automated.prune is not true`);
  }
  const attempted = status.operationState?.syncResult?.revision === status.sync?.revision;
  if (attempted && automated.selfHeal !== true) {
    reasons.push(
      'this revision was synced once already: changes in the cluster are only undone with automated.selfHeal',
    );
  }
  return reasons;
}

function policyReasons({ spec, status = {} }: Application): readonly string[] {
  if (status.sync?.status !== 'OutOfSync') return [];
  const automated = spec.syncPolicy?.automated;
  if (automated === undefined) return ['nothing syncs by itself: spec.syncPolicy.automated is not set'];
  if (automated.enabled === false) return ['nothing syncs by itself: spec.syncPolicy.automated.enabled is false'];
  return limitReasons(automated, status);
}

function operationReasons(app: Application): readonly string[] {
  const state = app.status?.operationState;
  if (app.operation !== undefined && state?.phase !== 'Running')
    return ['an operation was asked for and has not begun'];
  if (state === undefined || state.phase === 'Succeeded') return [];
  return [`the last operation is ${state.phase}${state.message === undefined ? '' : `: ${state.message}`}`];
}

/** True when `wanted` (`NAME`, `KIND/NAME`) names the object. */
function isNamed(item: ResourcePair, wanted: string): boolean {
  const [kind, name] = wanted.includes('/') ? wanted.split('/') : ['', wanted];
  return item.name === name && (kind === '' || kind?.toLowerCase() === item.kind.toLowerCase());
}

function explainResources(
  app: Application,
  items: readonly ResourcePair[],
  wanted: string | undefined,
): readonly ResourceExplanation[] {
  if (wanted !== undefined) {
    return items.filter((item) => isNamed(item, wanted)).map((item) => explainResource(app, item));
  }
  const all = items.map((item) => explainResource(app, item));
  return all.filter(({ because, sync }) => because.length > 0 && sync !== 'Hook');
}

/** Says why an Application is out of sync, unhealthy or stands still; `wanted` tells about these objects only. */
export function explainApplication(
  app: Application,
  items: readonly ResourcePair[],
  wanted: string | undefined,
): Explanation {
  const { conditions = [], sync, health } = app.status ?? {};
  const told = conditions.map(({ type, message }) => `${type}: ${message}`);
  return {
    application: app.metadata.name,
    sync: known(sync?.status),
    health: known(health?.status),
    revision: sync?.revision ?? '',
    because: [...told, ...policyReasons(app), ...operationReasons(app)],
    resources: explainResources(app, items, wanted),
  };
}

/** True for an answer that says nothing: everything is as it should be. */
export const isUneventful = (told: Explanation): boolean =>
  told.because.length === 0 && told.resources.every(({ because }) => because.length === 0);
