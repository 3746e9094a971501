import type { ResourceIgnoreDifferences } from '@argosy/api/cd';
import { parseGoDuration } from '@argosy/lang/duration';
import { parseYaml } from '@argosy/lang/yaml';
import { isObject, milliseconds, type DurationMs, type Instant } from '@argosy/std';
import { matchesGlob } from '../glob.ts';
import type { HealthOverrides } from '../health/index.ts';
import { readCustomizations, type Complain, type Customizations, type IgnoreBody } from './customizations.ts';
import { healthOverridesOf } from './health-scripts.ts';

/** What the settings of an installation say about resources and how often they are looked at. */
export interface ResourceSettings {
  readonly customizations: Customizations;
  readonly health: HealthOverrides;
  /** Rules of the system, before those of an Application. */
  readonly ignoreDifferences: readonly ResourceIgnoreDifferences[];
  /** What is no change of a live object. */
  readonly ignoreUpdates: readonly ResourceIgnoreDifferences[];
  /** True when a kind is never looked at, by group and kind. */
  readonly isExcluded: (group: string, kind: string) => boolean;
  /** The label that desired objects carry beside the tracking annotation. */
  readonly instanceLabel?: string;
  readonly pollIntervalMs?: DurationMs;
  readonly pollJitterMs?: DurationMs;
}

/** Settings, and what is wrong with them: each problem begins with its key. What is wrong is left out. */
export interface ReadSettings {
  readonly settings: ResourceSettings;
  readonly problems: readonly string[];
}

type Data = { readonly [key: string]: string };

const AGGREGATED: ResourceIgnoreDifferences = {
  group: 'rbac.authorization.k8s.io',
  kind: '*Role',
  jqPathExpressions: ['select(.aggregationRule != null) | .rules'],
};

/** `apps/Deployment` as a rule's group and kind; a kind alone is of the core group. */
function ruleOf(groupKind: string, body: IgnoreBody): ResourceIgnoreDifferences {
  const slash = groupKind.indexOf('/');
  return { group: slash < 0 ? '' : groupKind.slice(0, slash), kind: groupKind.slice(slash + 1), ...body };
}

function rulesOf(
  customizations: Customizations,
  field: 'ignoreDifferences' | 'ignoreResourceUpdates',
): readonly ResourceIgnoreDifferences[] {
  return [...customizations].flatMap(([groupKind, item]) => {
    const body = item[field];
    return body === undefined ? [] : [ruleOf(groupKind, body)];
  });
}

function yamlAt(data: Data, key: string, complain: Complain): unknown {
  const text = data[key];
  if (text === undefined || text === '') return undefined;
  const parsed = parseYaml(text);
  if (parsed.ok) return parsed.value;
  complain(key, `is no YAML: ${parsed.error.message}`);
  return undefined;
}

interface Filter {
  readonly groups: readonly string[];
  readonly kinds: readonly string[];
}

function filtersAt(data: Data, key: string, complain: Complain): readonly Filter[] {
  const body = yamlAt(data, key, complain);
  if (body === undefined || body === null) return [];
  if (!Array.isArray(body)) {
    complain(key, 'must be a list of {apiGroups, kinds, clusters}');
    return [];
  }
  const list = (value: unknown): readonly string[] =>
    Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
  // An entry for clusters by name is for other clusters than the one that is served here unless it may be any.
  return body
    .filter(isObject)
    .filter((item) => item['clusters'] === undefined || list(item['clusters']).some((cluster) => isLocal(cluster)))
    .map((item) => ({ groups: list(item['apiGroups']), kinds: list(item['kinds']) }));
}

const isLocal = (pattern: string): boolean => matchesGlob(pattern, 'https://kubernetes.default.svc');

/** Groups and kinds that are never looked at, whatever the settings say. */
const CORE_EXCLUSIONS: readonly Filter[] = [
  { groups: ['events.k8s.io', 'metrics.k8s.io'], kinds: [] },
  { groups: [''], kinds: ['Event'] },
  { groups: ['coordination.k8s.io'], kinds: ['Lease'] },
];

const fits = (patterns: readonly string[], text: string): boolean =>
  patterns.length === 0 || patterns.some((pattern) => matchesGlob(pattern, text));

function exclusionOf(data: Data, complain: Complain): ResourceSettings['isExcluded'] {
  const out = [...CORE_EXCLUSIONS, ...filtersAt(data, 'resource.exclusions', complain)];
  const into = filtersAt(data, 'resource.inclusions', complain);
  const hit = (filters: readonly Filter[], group: string, kind: string): boolean =>
    filters.some(({ groups, kinds }) => fits(groups, group) && fits(kinds, kind));
  return (group, kind) => hit(out, group, kind) || (into.length > 0 && !hit(into, group, kind));
}

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

function spanAt(data: Data, key: string, complain: Complain): DurationMs | undefined {
  const text = data[key];
  if (text === undefined || text === '') return undefined;
  const days = /^(\d+)d$/.exec(text);
  const parsed = parseGoDuration(days === null ? text : `${Number(days[1]) * 24}h`);
  if (parsed.ok) return milliseconds(Number(parsed.value / NANOSECONDS_PER_MILLISECOND));
  complain(key, `found ${JSON.stringify(text)}: ${parsed.error.message}`);
  return undefined;
}

const METHODS: readonly string[] = ['annotation', 'annotation+label'];

/** The label to write; tracking by label alone is refused, because an object without annotation would be nobody's. */
function instanceLabelOf(data: Data, complain: Complain): string | undefined {
  const key = 'application.resourceTrackingMethod';
  const method = data[key] ?? '';
  if (method !== '' && !METHODS.includes(method)) {
    complain(key, `found ${JSON.stringify(method)}, allowed are ${METHODS.join(', ')}; annotation is used`);
  }
  const installation = data['installationID'] ?? '';
  if (installation !== '') complain('installationID', 'is not served yet');
  if (method !== 'annotation+label') return undefined;
  const label = data['application.instanceLabelKey'] ?? '';
  return label === '' ? 'app.kubernetes.io/instance' : label;
}

interface CompareOptions {
  readonly rules: readonly ResourceIgnoreDifferences[];
  readonly updatesToo: boolean;
}

function compareOptionsOf(data: Data, complain: Complain): CompareOptions {
  const key = 'resource.compareoptions';
  const body = yamlAt(data, key, complain);
  const options = isObject(body) ? body : {};
  const status = options['ignoreResourceStatusField'];
  // Status never counts here; upstream's other choices would make every controller's own writes a difference.
  if (status !== undefined && status !== 'all' && status !== 'crd') {
    complain(key, `ignoreResourceStatusField: found ${JSON.stringify(status)}, allowed are all, crd`);
  }
  return {
    rules: options['ignoreAggregatedRoles'] === true ? [AGGREGATED] : [],
    updatesToo: options['ignoreDifferencesOnResourceUpdates'] !== false,
  };
}

const pollOf = (data: Data, complain: Complain): Partial<Pick<ResourceSettings, 'pollIntervalMs' | 'pollJitterMs'>> => {
  const interval = spanAt(data, 'timeout.reconciliation', complain);
  const jitter = spanAt(data, 'timeout.reconciliation.jitter', complain);
  const hard = spanAt(data, 'timeout.hard.reconciliation', complain) ?? 0;
  if (hard > 0) complain('timeout.hard.reconciliation', 'is not served yet');
  return {
    ...(interval === undefined ? {} : { pollIntervalMs: interval }),
    ...(jitter === undefined ? {} : { pollJitterMs: jitter }),
  };
};

/**
 * Reads the data of the ConfigMap `argocd-cm` as far as it is about resources. Total: what cannot be read is left out
 * and told by key. `clock` is what scripts see as the time.
 */
export function readResourceSettings(data: Data, clock: () => Instant): ReadSettings {
  const problems: string[] = [];
  const complain: Complain = (key, problem) => {
    problems.push(`${key}: ${problem}`);
  };
  const customizations = readCustomizations(data, complain);
  const compared = compareOptionsOf(data, complain);
  const ignoreDifferences = [...rulesOf(customizations, 'ignoreDifferences'), ...compared.rules];
  const updates =
    data['resource.ignoreResourceUpdatesEnabled'] === 'false' ? [] : rulesOf(customizations, 'ignoreResourceUpdates');
  const instanceLabel = instanceLabelOf(data, complain);
  const settings: ResourceSettings = {
    customizations,
    health: healthOverridesOf(customizations, clock, complain),
    ignoreDifferences,
    ignoreUpdates: updates.length === 0 ? [] : [...updates, ...(compared.updatesToo ? ignoreDifferences : [])],
    isExcluded: exclusionOf(data, complain),
    ...(instanceLabel === undefined ? {} : { instanceLabel }),
    ...pollOf(data, complain),
  };
  return { settings, problems };
}

/** An installation that sets nothing. */
export const DEFAULT_RESOURCE_SETTINGS: ResourceSettings = readResourceSettings({}, () => 0 as Instant).settings;
