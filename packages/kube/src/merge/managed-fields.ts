import { compareText, formatTime, isObject, parseTime, type Instant } from '@argosy/std';

import type { ManagedFieldsEntry } from '../meta/index.ts';
import {
  formatFieldSet,
  isEmptySet,
  parseFieldSet,
  pathSet,
  sameSets,
  subtractSets,
  unionSets,
  type FieldSet,
} from './field-set.ts';

/** One manager of fields: who, by which operation, under which version. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly set: FieldSet;
  /** The entry this was read from, given back untouched when nothing changed. */
  readonly entry: ManagedFieldsEntry | undefined;
}

/** Most Update entries of one object; older ones are merged into one manager a version. */
export const MAX_UPDATE_MANAGERS = 10;

/** Most entries that are read from an object. */
export const MAX_MANAGERS = 1000;

/** The name under which old Update entries are merged. */
export const ANCIENT_MANAGER = 'ancient-changes';

/** The name that owns what was there before the first apply. */
export const BEFORE_FIRST_APPLY = 'before-first-apply';

/** Fields that nobody owns: identity and what the server sets. */
export const UNOWNED: FieldSet = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]
  .map((name) => pathSet(['f:metadata', `f:${name}`]))
  .reduce(unionSets, unionSets(unionSets(pathSet(['f:apiVersion']), pathSet(['f:kind'])), pathSet(['f:metadata'])));

const TEXTS = ['manager', 'operation', 'apiVersion', 'time', 'fieldsType', 'subresource'];

/** Entries come from requests too, so nothing about their shape is taken for granted. */
function isEntry(entry: unknown): entry is ManagedFieldsEntry {
  return isObject(entry) && TEXTS.every((name) => entry[name] === undefined || typeof entry[name] === 'string');
}

function identityOf(entry: ManagedFieldsEntry): Pick<Manager, 'name' | 'apiVersion' | 'subresource'> {
  return { name: entry.manager ?? '', apiVersion: entry.apiVersion ?? '', subresource: entry.subresource ?? '' };
}

function readEntry(entry: unknown): Manager | undefined {
  if (!isEntry(entry)) return undefined;
  const { operation, fieldsType = 'FieldsV1', time } = entry;
  if ((operation !== 'Apply' && operation !== 'Update') || fieldsType !== 'FieldsV1') return undefined;
  const set = parseFieldSet(entry.fieldsV1 ?? {});
  if (set === undefined) return undefined;
  return { ...identityOf(entry), operation, time, set, entry };
}

const parsed = new WeakMap<readonly ManagedFieldsEntry[], readonly Manager[] | null>();

/** Reads metadata.managedFields; undefined when any entry is malformed. Lists are frozen by contract, so it is kept. */
export function readManagers(entries: readonly ManagedFieldsEntry[] | undefined): readonly Manager[] | undefined {
  if (entries === undefined || !Array.isArray(entries)) return [];
  const known = parsed.get(entries);
  if (known !== undefined) return known ?? undefined;
  const managers = entries.length > MAX_MANAGERS ? [undefined] : entries.map(readEntry);
  const good = managers.filter((manager) => manager !== undefined);
  const answer = good.length === managers.length ? good : undefined;
  parsed.set(entries, answer ?? null);
  return answer;
}

/** True when two entries belong to one manager. Appliers keep one entry whatever the version. */
export function sameManager(
  a: Omit<Manager, 'set' | 'time' | 'entry'>,
  b: Omit<Manager, 'set' | 'time' | 'entry'>,
): boolean {
  if (a.name !== b.name || a.operation !== b.operation || a.subresource !== b.subresource) return false;
  return a.operation === 'Apply' || a.apiVersion === b.apiVersion;
}

/** `manager` with another set; the entry it came from stays attached only while the set is the same. */
export function withSet(manager: Manager, set: FieldSet): Manager {
  return set === manager.set ? manager : { ...manager, set, entry: undefined };
}

/** The managers without `paths`; those left with nothing are gone. */
export function loseFields(managers: readonly Manager[], paths: FieldSet): readonly Manager[] {
  if (isEmptySet(paths)) return managers;
  const left = managers.map((manager) => withSet(manager, subtractSets(manager.set, paths)));
  return left.filter((manager) => !isEmptySet(manager.set));
}

function epoch(manager: Manager): number {
  return manager.time === undefined ? 0 : Math.floor((parseTime(manager.time) ?? 0) / 1000);
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareText(a.operation, b.operation) ||
    epoch(a) - epoch(b) ||
    compareText(a.name, b.name) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

/** Merges the oldest Update entries when there are too many: one `ancient-changes` for each version. */
export function capManagers(managers: readonly Manager[]): readonly Manager[] {
  const updates = managers.filter((manager) => manager.operation === 'Update');
  if (updates.length <= MAX_UPDATE_MANAGERS) return managers;
  const oldest = updates.toSorted(compareManagers);
  let excess = updates.length - MAX_UPDATE_MANAGERS;
  const buckets = new Map<string, Manager[]>();
  const gone = new Set<Manager>();
  for (const manager of oldest) {
    if (excess <= 0) break;
    const bucket = buckets.get(manager.apiVersion);
    // The first of a version only opens its bucket: one entry is not fewer than one entry.
    if (bucket === undefined) buckets.set(manager.apiVersion, [manager]);
    else {
      bucket.push(manager);
      excess -= 1;
    }
  }
  const merged: Manager[] = [];
  for (const bucket of buckets.values()) {
    if (bucket.length < 2) continue;
    for (const manager of bucket) gone.add(manager);
    const newest = bucket.reduce((a, b) => (epoch(b) > epoch(a) ? b : a));
    const set = bucket.map((manager) => manager.set).reduce(unionSets);
    merged.push({ ...newest, name: ANCIENT_MANAGER, subresource: '', set, entry: undefined });
  }
  return [...managers.filter((manager) => !gone.has(manager)), ...merged];
}

function writeEntry(manager: Manager): ManagedFieldsEntry {
  if (manager.entry !== undefined) return manager.entry;
  return {
    manager: manager.name,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    ...(manager.time === undefined ? {} : { time: manager.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: formatFieldSet(manager.set),
    ...(manager.subresource === '' ? {} : { subresource: manager.subresource }),
  };
}

/** metadata.managedFields in stored order: applies first, then by time and name. Undefined when there are none. */
export function writeManagers(managers: readonly Manager[]): readonly ManagedFieldsEntry[] | undefined {
  const held = managers.filter((manager) => !isEmptySet(manager.set));
  return held.length === 0 ? undefined : held.toSorted(compareManagers).map(writeEntry);
}

/** True when two lists of managers say the same, times aside. */
export function sameManagers(a: readonly Manager[], b: readonly Manager[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((manager) =>
    b.some(
      (other) =>
        sameManager(manager, other) && manager.apiVersion === other.apiVersion && sameSets(manager.set, other.set),
    ),
  );
}

/** The time of an entry written now. */
export function entryTime(now: Instant): string {
  return formatTime(now);
}
