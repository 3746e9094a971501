import { canonicalJson, compareText, err, isObject, ok, type Instant, type Result } from '@argosy/std';

import { kubeError, type KubeObject, type StatusCause } from '../meta/index.ts';
import { ANY_SCHEMA, checkDepth, type TypeSchema } from '../schema/index.ts';
import { compareObjects, type ObjectDelta } from './compare-typed.ts';
import { configFieldSet } from './config-set.ts';
import { emptyObject } from './empty-object.ts';
import {
  EMPTY_SET,
  fieldSetPaths,
  intersectSets,
  isEmptySet,
  LEAF,
  sameSets,
  subtractSets,
  subtractSubtrees,
  unionSets,
} from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import {
  BEFORE_FIRST_APPLY,
  capManagers,
  entryTime,
  loseFields,
  readManagers,
  sameManager,
  UNOWNED,
} from './managed-fields.ts';
import type { Manager } from './managed-fields.ts';
import { mergeTyped, pruneTyped } from './merge-typed.ts';
import { resetFieldSet } from './reset-fields.ts';
import { managersAfterUpdate, withManagedFields, withoutManagedFields } from './track-update.ts';
import type { Members } from './typed-value.ts';

/** A server-side apply. */
export interface ServerSideApply {
  /** The type; without one maps are owned by member and lists as one value. */
  readonly schema: TypeSchema | undefined;
  /** The stored object; undefined when the apply creates it. */
  readonly live: KubeObject | undefined;
  /** What the manager wants: a partial object. */
  readonly config: KubeObject;
  readonly manager: string;
  /** Take conflicting fields over instead of refusing. */
  readonly force: boolean;
  readonly now: Instant;
  readonly subresource?: string | undefined;
  /** Dotted paths that this endpoint ignores; see `resetFieldSet` for the default. */
  readonly resetFields?: readonly string[] | undefined;
}

/** Why an apply was refused: `message` for the Status, `causes` for its details. */
export interface ConflictList {
  readonly message: string;
  readonly causes: readonly StatusCause[];
}

/** The applied object; `changed` is false when neither it nor anybody's ownership differs from what is stored. */
export interface Applied {
  readonly object: KubeObject;
  readonly changed: boolean;
}

interface Conflict {
  readonly manager: Manager;
  readonly path: string;
}

/** `kubectl` may take over what its own client-side apply put there. */
const KUBECTL_MANAGER = 'kubectl';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Largest last-applied annotation that is kept in step; upstream's limit for all annotations together. */
const MAX_LAST_APPLIED_LENGTH = 262_144;

/** Members of metadata that an applied configuration cannot set: the server owns them. */
const SERVER_METADATA = ['creationTimestamp', 'selfLink', 'generation', 'uid', 'resourceVersion', 'managedFields'];

function managerText(manager: Manager, withTime: boolean): string {
  const subresource = manager.subresource === '' ? '' : ` with subresource ${JSON.stringify(manager.subresource)}`;
  const name = `${JSON.stringify(manager.name)}${subresource}`;
  if (manager.operation !== 'Update') return name;
  const time = withTime && manager.time !== undefined ? ` at ${manager.time}` : '';
  return `${name} using ${manager.apiVersion}${time}`;
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1 && first !== undefined) {
    return `Apply failed with 1 conflict: conflict with ${managerText(first.manager, false)}: ${first.path}`;
  }
  const groups = new Map<string, string[]>();
  for (const { manager, path } of conflicts) {
    const text = managerText(manager, false);
    groups.set(text, [...(groups.get(text) ?? []), `- ${path}`]);
  }
  const lines = [...groups]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([manager, paths]) => [`conflicts with ${manager}:`, ...paths]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function conflictList(conflicts: readonly Conflict[]): ConflictList {
  return {
    message: conflictMessage(conflicts),
    causes: conflicts.map(({ manager, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${managerText(manager, true)}`,
      field: path,
    })),
  };
}

function findConflicts(others: readonly Manager[], changed: FieldSet): readonly Conflict[] {
  if (isEmptySet(changed)) return [];
  return others.flatMap((manager) =>
    fieldSetPaths(intersectSets(manager.set, changed)).map((path) => ({ manager, path })),
  );
}

/** The configuration as it is merged: without what the server alone sets. */
function mergedConfig(config: KubeObject): KubeObject {
  if (config.metadata?.managedFields !== undefined && config.metadata.managedFields !== null) {
    throw kubeError('BadRequest', 'metadata.managedFields must be nil');
  }
  const metadata: { [key: string]: unknown } = { ...config.metadata };
  for (const name of SERVER_METADATA) delete metadata[name];
  return { ...config, metadata: metadata as unknown as KubeObject['metadata'] };
}

/** An object that nobody tracked: all it holds belongs to one manager from before. */
function adoptUntracked(apply: ServerSideApply, schema: TypeSchema, live: KubeObject): readonly Manager[] {
  const delta = compareObjects(schema, emptyObject(schema), withoutManagedFields(live));
  const who = {
    name: BEFORE_FIRST_APPLY,
    operation: 'Update',
    apiVersion: live.apiVersion,
    subresource: '',
    now: apply.now,
  } as const;
  return managersAfterUpdate([], who, { changed: delta.changed, removed: EMPTY_SET });
}

/** Paths that live has exactly as the last-applied annotation of client-side apply says. */
function lastAppliedSet(schema: TypeSchema, live: KubeObject): FieldSet {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return EMPTY_SET;
  try {
    const applied: unknown = JSON.parse(text);
    if (!isObject(applied)) return EMPTY_SET;
    checkDepth(applied, LAST_APPLIED);
    const set = configFieldSet(schema, applied as unknown as KubeObject);
    const merged = mergeTyped(schema, withoutManagedFields(live), applied) as Members;
    return subtractSets(set, compareObjects(schema, withoutManagedFields(live), merged).changed);
  } catch {
    return EMPTY_SET; // An annotation that cannot be read allows nothing; the conflicts then stand.
  }
}

interface Merging {
  readonly schema: TypeSchema;
  readonly live: Members;
  readonly managers: readonly Manager[];
  readonly who: Manager;
  readonly config: KubeObject;
}

/** The manager's last set, and the union of everybody's sets once this configuration is in. */
function mergeAndPrune(merging: Merging): Members {
  const { schema, live, managers, who, config } = merging;
  const merged = mergeTyped(schema, live, config) as Members;
  const last = managers.find((manager) => sameManager(manager, who))?.set ?? EMPTY_SET;
  if (isEmptySet(last) || last === who.set) return merged;
  const others = managers.filter((manager) => !sameManager(manager, who));
  // What nobody owns counts as held here: pruning a manager's last label must not take the whole of metadata along.
  const managed = others.map((manager) => manager.set).reduce(unionSets, unionSets(who.set, UNOWNED));
  const pruned = pruneTyped(schema, merged, { last: isEmptySet(last) ? LEAF : last, managed, doomed: false });
  return (pruned ?? {}) as Members;
}

/** Keeps the annotation of client-side apply in step, so that going back to it finds what was applied. */
function refreshLastApplied(object: Members, live: KubeObject | undefined, apply: ServerSideApply): Members {
  if (apply.manager !== KUBECTL_MANAGER || live?.metadata.annotations?.[LAST_APPLIED] === undefined) return object;
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  const annotations: { [key: string]: unknown } = {
    ...(isObject(metadata['annotations']) ? metadata['annotations'] : {}),
  };
  const text = `${canonicalJson(apply.config)}\n`;
  if (text.length > MAX_LAST_APPLIED_LENGTH) delete annotations[LAST_APPLIED];
  else annotations[LAST_APPLIED] = text;
  return { ...object, metadata: { ...metadata, annotations } };
}

function newManager(apply: ServerSideApply, set: FieldSet): Manager {
  return {
    name: apply.manager,
    operation: 'Apply',
    apiVersion: apply.config.apiVersion,
    subresource: apply.subresource ?? '',
    time: undefined,
    set,
    entry: undefined,
  };
}

/** The applier's entry: as stored when nothing changed, else written now; an unchanged set is not rewritten. */
function ownEntry(before: Manager | undefined, mine: Manager, state: { changed: boolean; now: Instant }): Manager {
  const same = before?.set === mine.set;
  if (same && before.apiVersion === mine.apiVersion && !state.changed) return before;
  const time = entryTime(state.now);
  const { apiVersion } = mine;
  return {
    ...mine,
    time,
    entry: same && before.entry !== undefined ? { ...before.entry, apiVersion, time } : undefined,
  };
}

/** The state an apply starts from. */
interface Start {
  readonly schema: TypeSchema;
  readonly config: KubeObject;
  readonly reset: FieldSet;
  readonly stored: readonly Manager[];
  /** The stored managers, or the one that stands for an object nobody tracked. */
  readonly managers: readonly Manager[];
  readonly mine: Manager;
  readonly before: Members;
}

/** The same set as last time is the same value from here on, so that later questions about it cost nothing. */
function sharingSet(fresh: Manager, managers: readonly Manager[]): Manager {
  const last = managers.find((manager) => sameManager(manager, fresh))?.set;
  return last !== undefined && sameSets(last, fresh.set) ? { ...fresh, set: last } : fresh;
}

function startOf(apply: ServerSideApply): Start {
  const { live, subresource = '', resetFields } = apply;
  const schema = apply.schema ?? ANY_SCHEMA;
  const config = mergedConfig(apply.config);
  const reset = resetFieldSet(schema, subresource, resetFields);
  const owned = subtractSets(subtractSubtrees(configFieldSet(schema, config), reset), UNOWNED);
  const stored = readManagers(live?.metadata.managedFields) ?? [];
  const managers = stored.length === 0 && live !== undefined ? adoptUntracked(apply, schema, live) : stored;
  const before = live === undefined ? {} : withoutManagedFields(live);
  const mine = sharingSet(newManager(apply, owned), managers);
  return { schema, config, reset, stored, managers, mine, before };
}

/** The result once conflicts are out of the way: who owns what now, and whether anything differs from the store. */
function finish(
  apply: ServerSideApply,
  start: Start,
  state: { object: Members; delta: ObjectDelta; lost: FieldSet },
): Applied {
  const { object, delta, lost } = state;
  const { managers, mine, stored } = start;
  const left = loseFields(
    managers.filter((manager) => !sameManager(manager, mine)),
    lost,
  );
  const objectChanged = !isEmptySet(delta.changed) || !isEmptySet(delta.removed);
  const previous = managers.find((manager) => sameManager(manager, mine));
  const own = ownEntry(previous, mine, { changed: objectChanged, now: apply.now });
  const all = capManagers(isEmptySet(own.set) ? left : [...left, own]);
  const ownershipChanged = all.length !== stored.length || all.some((manager) => !stored.includes(manager));
  if (apply.live !== undefined && !objectChanged && !ownershipChanged) return { object: apply.live, changed: false };
  return { object: withManagedFields(object as unknown as KubeObject, all), changed: true };
}

/**
 * Server-side apply: merges `config` into `live` by type, takes out what this manager applied before and nobody owns
 * now, and refuses to change what others own unless forced. Defaulting, admission and validation of the result are
 * the caller's. Values that are equal are owned together.
 * @throws KubeError BadRequest when the configuration does not fit the type or brings managed fields.
 */
export function applyServerSide(apply: ServerSideApply): Result<Applied, ConflictList> {
  checkDepth(apply.config, 'configuration');
  const start = startOf(apply);
  const { schema, before, mine } = start;
  const merged = mergeAndPrune({ schema, live: before, managers: start.managers, who: mine, config: start.config });
  const delta = compareObjects(schema, before, merged);
  const changed = subtractSubtrees(delta.changed, start.reset);
  const others = start.managers.filter((manager) => !sameManager(manager, mine));
  const found = apply.force ? [] : findConflicts(others, changed);
  const conflicts = found.length === 0 ? found : withoutAllowed(found, allowedPaths(apply, schema));
  if (conflicts.length > 0) return err(conflictList(conflicts));
  const object = refreshLastApplied(merged, apply.live, apply);
  const whole = object === merged ? delta : compareObjects(schema, before, object);
  return ok(finish(apply, start, { object, delta: whole, lost: unionSets(changed, delta.removed) }));
}

function allowedPaths(apply: ServerSideApply, schema: TypeSchema): ReadonlySet<string> {
  if (apply.manager !== KUBECTL_MANAGER || apply.live === undefined) return new Set();
  return new Set(fieldSetPaths(lastAppliedSet(schema, apply.live)));
}

function withoutAllowed(conflicts: readonly Conflict[], allowed: ReadonlySet<string>): readonly Conflict[] {
  return conflicts.filter((conflict) => !allowed.has(conflict.path));
}
