import { negate } from './arithmetic.ts';
import { Failure } from './failure.ts';
import type { Index, ObjectEntry, Query } from './syntax.ts';
import { type Value, objectOf } from './value.ts';

function signed(query: Query & { kind: 'sign' }): Value | undefined {
  const { target } = query;
  if (target.kind !== 'constant' || typeof target.value === 'string') return undefined;
  if (query.operator === '+') return target.value;
  const value = negate(target.value);
  return value instanceof Failure ? undefined : value;
}

function items(query: Query): readonly Value[] | undefined {
  if (query.kind !== 'comma') {
    const value = query.kind === 'pipe' ? undefined : constantOf(query);
    return value === undefined ? undefined : [value];
  }
  const left = items(query.left);
  const right = left === undefined ? undefined : items(query.right);
  return left === undefined || right === undefined ? undefined : [...left, ...right];
}

function pairs(entries: readonly ObjectEntry[]): Value | undefined {
  const found: (readonly [string, Value])[] = [];
  for (const { key, value } of entries) {
    const constant = value === undefined ? undefined : constantOf(value);
    if (constant === undefined || key.kind !== 'constant' || typeof key.value !== 'string') return undefined;
    found.push([key.value, constant]);
  }
  return objectOf(found);
}

/** The value of a query that needs no input; `undefined` when it is none. */
export function constantOf(query: Query): Value | undefined {
  switch (query.kind) {
    case 'constant':
      return query.value;
    case 'sign':
      return signed(query);
    case 'group':
      return constantOf(query.body);
    case 'array':
      return query.body === undefined ? [] : items(query.body);
    case 'object':
      return pairs(query.entries);
    default:
      return undefined;
  }
}

function keyOf(query: Query): Value | undefined {
  const value = query.kind === 'constant' || query.kind === 'sign' ? constantOf(query) : undefined;
  return typeof value === 'boolean' || value === null ? undefined : value;
}

/** The key of an index that is known beforehand: a name, a number, or a slice of numbers. */
export function constantKey(index: Index): Value | undefined {
  if (index.kind === 'key') return keyOf(index.key);
  const start = index.start === undefined ? null : keyOf(index.start);
  const end = index.end === undefined ? null : keyOf(index.end);
  return start === undefined || end === undefined ? undefined : { start, end };
}

/** The path of a query like `.a[0].b`; `undefined` for every other query. */
export function constantPath(query: Query): readonly Value[] | undefined {
  if (query.kind === 'group') return constantPath(query.body);
  if (query.kind !== 'index') return undefined;
  const key = constantKey(query.index);
  if (key === undefined) return undefined;
  if (query.target.kind === 'identity') return [key];
  const before = constantPath(query.target);
  return before === undefined ? undefined : [...before, key];
}
