import { isObject, setOwn } from '@argosy/std';

import type { KubeObject } from '../meta/index.ts';
import { ANY_SCHEMA, type TypeSchema } from '../schema/index.ts';
import { compareObjects } from './compare-typed.ts';
import { EMPTY_SET, intersectSets, isEmptySet, isMember, unionSets, type FieldSet } from './field-set.ts';
import { readManagers } from './managed-fields.ts';
import { withoutManagedFields } from './track-update.ts';
import { itemElement, itemOf, memberOf } from './typed-value.ts';

/** Two objects of one type, and the managers whose fields are not to count between them. */
export interface OwnedDifferences {
  /** The type; without one maps are followed by member and lists as one value. */
  readonly schema: TypeSchema | undefined;
  readonly live: KubeObject;
  readonly config: KubeObject;
  readonly managers: readonly string[];
}

/** What becomes of a child of a node of a set. */
type Fate = 'stays' | 'goes' | FieldSet;

function fateOf(set: FieldSet, element: string): Fate {
  const node = Object.hasOwn(set, element) ? set[element] : undefined;
  if (node === undefined) return 'stays';
  return isMember(node) ? 'goes' : node;
}

function withoutItems(schema: TypeSchema, list: readonly unknown[], set: FieldSet): readonly unknown[] {
  const item = itemOf(schema);
  return list.flatMap((value, index) => {
    const fate = fateOf(set, itemElement(schema, value) ?? `i:${index}`);
    if (fate === 'stays') return [value];
    return fate === 'goes' ? [] : [withoutPaths(item, value, fate)];
  });
}

function withoutPaths(schema: TypeSchema, value: unknown, set: FieldSet): unknown {
  if (Array.isArray(value)) return withoutItems(schema, value, set);
  if (!isObject(value)) return value;
  const kept: { [key: string]: unknown } = {};
  for (const key of Object.keys(value)) {
    const fate = fateOf(set, `f:${key}`);
    if (fate === 'stays') setOwn(kept, key, value[key]);
    else if (fate !== 'goes') setOwn(kept, key, withoutPaths(memberOf(schema, key), value[key], fate));
  }
  return kept;
}

function ownedBy(live: KubeObject, managers: readonly string[]): FieldSet {
  const known = readManagers(live.metadata.managedFields) ?? [];
  return known.filter(({ name }) => managers.includes(name)).reduce((all, { set }) => unionSets(all, set), EMPTY_SET);
}

/**
 * Both objects without the fields that `config` would change in `live` and that one of the managers owns there. Managed
 * fields that cannot be read own nothing. Source: Argo CD's `managedFieldsManagers`.
 */
export function dropOwnedDifferences(inputs: OwnedDifferences): {
  readonly live: KubeObject;
  readonly config: KubeObject;
} {
  const { live, config, managers, schema = ANY_SCHEMA } = inputs;
  const { changed } = compareObjects(schema, withoutManagedFields(live), withoutManagedFields(config));
  const set = intersectSets(changed, ownedBy(live, managers));
  if (isEmptySet(set)) return { live, config };
  return {
    live: withoutPaths(schema, live, set) as KubeObject,
    config: withoutPaths(schema, config, set) as KubeObject,
  };
}
