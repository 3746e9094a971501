import { isObject, type Instant } from '@argosy/std';

import type { KubeObject } from '../meta/index.ts';
import { ANY_SCHEMA, type TypeSchema } from '../schema/index.ts';
import { compareObjects } from './compare-typed.ts';
import { emptyObject } from './empty-object.ts';
import {
  EMPTY_SET,
  isEmptySet,
  sameSets,
  subtractSets,
  subtractSubtrees,
  unionSets,
  type FieldSet,
} from './field-set.ts';
import {
  capManagers,
  entryTime,
  loseFields,
  readManagers,
  sameManager,
  UNOWNED,
  withSet,
  writeManagers,
  type Manager,
} from './managed-fields.ts';
import { resetFieldSet } from './reset-fields.ts';
import type { Members } from './typed-value.ts';

/** An ordinary write (create, update or patch) whose fields are to be tracked. */
export interface TrackedUpdate {
  /** The type; without one maps are followed by member and lists as one value. */
  readonly schema: TypeSchema | undefined;
  /** The stored object; undefined for a create. */
  readonly live: KubeObject | undefined;
  /** The object to be stored, after defaulting and admission. */
  readonly next: KubeObject;
  readonly manager: string;
  readonly now: Instant;
  readonly subresource?: string | undefined;
  /** Dotted paths that this endpoint ignores; see `resetFieldSet` for the default. */
  readonly resetFields?: readonly string[] | undefined;
}

/** `object` without metadata.managedFields, as a plain map. */
export function withoutManagedFields(object: KubeObject): Members {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** `object` with other managed fields; `undefined` takes them away. */
export function withManagedFields(object: KubeObject, managers: readonly Manager[]): KubeObject {
  const entries = writeManagers(managers);
  if (entries === undefined && object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: entries === undefined ? metadata : { ...metadata, managedFields: entries } };
}

/** `[{}]` in a request takes all managed fields away. */
function isReset(object: KubeObject): boolean {
  const entries: unknown = object.metadata.managedFields;
  const first: unknown = Array.isArray(entries) && entries.length === 1 ? entries[0] : undefined;
  return isObject(first) && Object.keys(first).length === 0;
}

/** The managers to start from: those of the request when it brings valid ones, else the stored ones. */
function startingManagers(update: TrackedUpdate): readonly Manager[] {
  const { live, next } = update;
  const stored = readManagers(live?.metadata.managedFields) ?? [];
  if ((update.subresource ?? '') !== '') return stored;
  if (isReset(next)) return [];
  if (next.metadata.managedFields === live?.metadata.managedFields) return stored;
  const given = readManagers(next.metadata.managedFields);
  return given === undefined || given.length === 0 ? stored : given;
}

/** The managers after `manager` changed and removed paths by an update. */
export function managersAfterUpdate(
  managers: readonly Manager[],
  who: Omit<Manager, 'set' | 'time' | 'entry'> & { readonly now: Instant },
  delta: { readonly changed: FieldSet; readonly removed: FieldSet },
): readonly Manager[] {
  const before = managers.find((manager) => sameManager(manager, who));
  const others = loseFields(
    managers.filter((manager) => manager !== before),
    unionSets(delta.changed, delta.removed),
  );
  const kept = before === undefined ? EMPTY_SET : subtractSets(before.set, delta.removed);
  const own = subtractSets(delta.changed, UNOWNED);
  if (isEmptySet(own)) return before === undefined || isEmptySet(kept) ? others : [...others, withSet(before, kept)];
  const { now, ...identity } = who;
  const time = entryTime(now);
  const set = unionSets(kept, own);
  // Writing a set sorts it, which is most of the cost: a set that did not change keeps what was written.
  const entry = before?.entry !== undefined && sameSets(before.set, set) ? { ...before.entry, time } : undefined;
  return [...others, { ...identity, time, set, entry }];
}

/**
 * The object to be stored with metadata.managedFields kept true: the manager comes to own what it changed, everybody
 * loses what changed under them. An existing object without managed fields stays untracked until somebody applies.
 * Walks both objects once; identical parts cost nothing.
 */
export function trackUpdate(update: TrackedUpdate): KubeObject {
  const { live, next, manager, now, subresource = '' } = update;
  const managers = startingManagers(update);
  if (managers.length === 0 && live !== undefined) return withManagedFields(next, []);
  const schema = update.schema ?? ANY_SCHEMA;
  const before = live === undefined ? emptyObject(schema) : withoutManagedFields(live);
  const reset = resetFieldSet(schema, subresource, update.resetFields);
  const delta = compareObjects(schema, before, withoutManagedFields(next));
  const seen = { changed: subtractSubtrees(delta.changed, reset), removed: subtractSubtrees(delta.removed, reset) };
  const who = { name: manager, operation: 'Update', apiVersion: next.apiVersion, subresource, now } as const;
  return withManagedFields(next, capManagers(managersAfterUpdate(managers, who, seen)));
}
