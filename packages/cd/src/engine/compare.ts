import type { Application, AppProject, ResourceStatus } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { cdNames } from '@argosy/api/cd';
import type { ConditionFact } from './conditions.ts';
import { defined } from './defined.ts';
import { diffObjects, type Difference, type DiffOptions } from './diff.ts';
import { healthOf, plainHealth, type Health } from './health/index.ts';
import { isHook, isSkipped } from './hooks.ts';
import { ignoreRulesOf } from './ignore-differences.ts';
import { kindKey, compareResourceKeys, resourceKeyOf, resourceKeyText, type ResourceKey } from './resource-key.ts';
import { DEFAULT_RESOURCE_SETTINGS, type ResourceSettings } from './settings/index.ts';
import { isKindPermitted } from './project.ts';
import { hasOption, hasResourceOption, isEnabled } from './sync-options.ts';
import { instanceName, isSelfReferenced, trackingOf } from './tracking.ts';
import { waveOf } from './sync-order.ts';
import type { DesiredResource, KindTable } from './observed.ts';

/** One resource as the comparison sees it. */
export interface ComparedResource {
  readonly key: ResourceKey;
  readonly desired?: DesiredResource;
  readonly live?: KubeObject;
  readonly hook: boolean;
  readonly skipped: boolean;
  readonly status?: 'Synced' | 'OutOfSync' | 'Unknown';
  readonly health?: Health;
  readonly requiresPruning: boolean;
}

/** The whole comparison, in the order of status.resources. */
export interface Comparison {
  readonly resources: readonly ComparedResource[];
  readonly status: 'Synced' | 'OutOfSync';
  readonly conditions: readonly ConditionFact[];
}

/** What a comparison needs. */
export interface CompareInput {
  readonly app: Application;
  readonly project: AppProject;
  readonly desired: readonly DesiredResource[];
  readonly live: readonly KubeObject[];
  readonly kinds: KindTable;
  readonly controlNamespace: string;
  readonly settings?: ResourceSettings | undefined;
}

const remembered = new WeakMap<KubeObject, { desired: KubeObject; how: string; difference: Difference }>();

/** How one pair of an Application is compared: predicted as it would be applied, without what the author ignores. */
export function diffOptionsOf(
  app: Application,
  desired: DesiredResource,
  settings: ResourceSettings = DEFAULT_RESOURCE_SETTINGS,
): DiffOptions {
  const serverSide = isEnabled(app.spec.syncPolicy?.syncOptions, desired.object, 'ServerSideApply');
  const rules = ignoreRulesOf([...settings.ignoreDifferences, ...(app.spec.ignoreDifferences ?? [])], desired.key);
  return { strategy: serverSide ? 'structured' : 'three-way', rules };
}

/** Difference of one pair; remembered while both objects stay the same ones, so that cost follows change. */
export function compareObjects(desired: KubeObject, live: KubeObject, options: DiffOptions): Difference {
  const how = `${options.strategy ?? ''}${options.rules?.signature ?? ''}`;
  const known = remembered.get(live);
  if (known !== undefined && known.desired === desired && known.how === how) return known.difference;
  const difference = diffObjects(desired, live, options);
  remembered.set(live, { desired, how, difference });
  return difference;
}

function isPermitted(input: CompareInput, item: DesiredResource): boolean {
  const namespaced = input.kinds[kindKey(item.object)]?.namespaced ?? item.key.namespace !== '';
  return isKindPermitted(input.project.spec, item.key, namespaced);
}

function pairStatus(
  input: CompareInput,
  desired: DesiredResource,
  live: KubeObject | undefined,
): ComparedResource['status'] {
  if (!isPermitted(input, desired)) return 'Unknown';
  if (live === undefined) return 'OutOfSync';
  const { modified } = compareObjects(desired.object, live, diffOptionsOf(input.app, desired, input.settings));
  return modified ? 'OutOfSync' : 'Synced';
}

function compareDesired(input: CompareInput, desired: DesiredResource, live: KubeObject | undefined): ComparedResource {
  const hook = isHook(desired.object);
  const skipped = isSkipped(desired.object);
  const health = live === undefined ? undefined : healthOf(live, input.settings?.health);
  const status = hook || skipped ? undefined : pairStatus(input, desired, live);
  return {
    key: desired.key,
    desired,
    ...(live === undefined ? {} : { live }),
    hook,
    skipped,
    ...(status === undefined ? {} : { status }),
    ...(health === undefined ? {} : { health }),
    requiresPruning: false,
  };
}

/** A live object that is not desired: ours to prune only if its tracking names itself. */
function compareExtra(live: KubeObject, settings: ResourceSettings): ComparedResource {
  const health = healthOf(live, settings.health);
  const hook = isHook(live);
  const own = isSelfReferenced(live) && !hook;
  return {
    key: resourceKeyOf(live),
    live,
    hook,
    skipped: false,
    ...(own ? { status: 'OutOfSync' as const } : {}),
    ...(health === undefined ? {} : { health }),
    requiresPruning: own,
  };
}

function sharedWarning(input: CompareInput, item: ComparedResource): readonly ConditionFact[] {
  const tracking = item.live === undefined ? undefined : trackingOf(item.live);
  const own = instanceName(input.app, input.controlNamespace);
  const foreign = tracking !== undefined && tracking.instance !== own && isSelfReferenced(item.live as KubeObject);
  if (!foreign || item.desired === undefined) return [];
  const qualified = `${input.app.metadata.namespace ?? ''}/${input.app.metadata.name}`;
  const message = `${item.key.kind}/${item.key.name} is part of applications ${qualified} and ${tracking.instance.replace('_', '/')}`;
  return [{ type: 'SharedResourceWarning', message }];
}

function isOwn(input: CompareInput, live: KubeObject): boolean {
  const tracking = trackingOf(live);
  const self =
    live.kind === 'Application' &&
    live.metadata.name === input.app.metadata.name &&
    live.metadata.namespace === input.app.metadata.namespace;
  return tracking?.instance === instanceName(input.app, input.controlNamespace) && !self;
}

const keyHasNamespace = (object: KubeObject): boolean => (object.metadata.namespace ?? '') !== '';

function ignoresExtraneous(item: ComparedResource): boolean {
  const options = item.live?.metadata.annotations?.[cdNames.compareOptions] ?? '';
  return item.requiresPruning && options.split(',').some((word) => word.trim() === 'IgnoreExtraneous');
}

/** What scripts of the settings failed at, each said once. */
function healthErrors(resources: readonly ComparedResource[]): readonly ConditionFact[] {
  const messages = new Set(resources.flatMap(({ health }) => (health?.error === undefined ? [] : [health.error])));
  return [...messages].map((message) => ({ type: 'ComparisonError', message }));
}

/** Compares desired with live, resource by resource. */
export function compare(input: CompareInput): Comparison {
  const settings = input.settings ?? DEFAULT_RESOURCE_SETTINGS;
  const liveByKey = new Map(input.live.map((object) => [resourceKeyText(resourceKeyOf(object)), object]));
  const desiredKeys = new Set(input.desired.map((item) => resourceKeyText(item.key)));
  const pairs = input.desired.map((item) => compareDesired(input, item, liveByKey.get(resourceKeyText(item.key))));
  const extras = input.live
    .filter((object) => !desiredKeys.has(resourceKeyText(resourceKeyOf(object))) && isOwn(input, object))
    .filter((object) => isKindPermitted(input.project.spec, resourceKeyOf(object), keyHasNamespace(object)))
    .filter((object) => !settings.isExcluded(resourceKeyOf(object).group, object.kind))
    .map((object) => compareExtra(object, settings));
  const resources = [...pairs, ...extras].sort((a, b) => compareResourceKeys(a.key, b.key));
  const drifted = resources.some((item) => item.status === 'OutOfSync' && !ignoresExtraneous(item));
  return {
    resources,
    status: drifted ? 'OutOfSync' : 'Synced',
    conditions: [...resources.flatMap((item) => sharedWarning(input, item)), ...healthErrors(resources)],
  };
}

function needsConfirmation(app: Application, item: ComparedResource): boolean {
  const options = app.spec.syncPolicy?.syncOptions;
  return ['Delete=confirm', 'Prune=confirm'].some(
    (option) =>
      hasOption(options, option) ||
      hasResourceOption(item.live, option) ||
      hasResourceOption(item.desired?.object, option),
  );
}

/** The value, unless it is the one that is left out. */
function unless<T>(omitted: T, value: T): T | undefined {
  return value === omitted ? undefined : value;
}

/** The entry of status.resources for one compared resource. */
export function toResourceStatus(app: Application, item: ComparedResource): ResourceStatus {
  const object = item.desired?.object ?? item.live;
  const version = (object?.apiVersion ?? '').split('/').pop() ?? '';
  const wave = object === undefined ? 0 : waveOf(object);
  const health = item.live === undefined && !item.hook ? { status: 'Missing' as const } : plainHealth(item.health);
  return defined({
    group: unless('', item.key.group),
    version,
    kind: item.key.kind,
    namespace: unless('', item.key.namespace),
    name: item.key.name,
    status: item.status,
    health,
    hook: unless(false, item.hook),
    requiresPruning: unless(false, item.requiresPruning),
    requiresDeletionConfirmation: unless(false, needsConfirmation(app, item)),
    syncWave: unless(0, wave),
  });
}
