import type { Version } from '../semver/index.ts';
import type { Quantity } from '../quantity/index.ts';
import type { UrlParts } from './url.ts';
import type { IpAddress, IpRange } from './ip.ts';

/**
 * Values of expressions. null, booleans, texts and doubles (number) stand for themselves, `bigint` is an int, a
 * Uint8Array is bytes; everything else has a class here.
 */
export class CelUint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** A point in time: nanoseconds since 1970. */
export class CelTimestamp {
  readonly ns: bigint;

  constructor(ns: bigint) {
    this.ns = ns;
  }
}

/** A span of time in nanoseconds. */
export class CelDuration {
  readonly ns: bigint;

  constructor(ns: bigint) {
    this.ns = ns;
  }
}

/** A type as a value: what `type(x)` gives. */
export class CelType {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A value that may be missing. */
export class CelOptional {
  readonly present: boolean;
  readonly value: unknown;

  constructor(present: boolean, value: unknown = null) {
    this.present = present;
    this.value = value;
  }
}

/** The missing value. */
export const NONE = new CelOptional(false);

/** Values of the Kubernetes libraries: `type` is the name that `type(x)` shows. */
export type KubeValue =
  | { readonly type: 'kubernetes.Quantity'; readonly quantity: Quantity }
  | { readonly type: 'kubernetes.Semver'; readonly version: Version }
  | { readonly type: 'kubernetes.URL'; readonly url: UrlParts }
  | { readonly type: 'kubernetes.NamedFormat'; readonly name: string }
  | { readonly type: 'net.IP'; readonly address: IpAddress }
  | { readonly type: 'net.CIDR'; readonly range: IpRange };

/** One value of the Kubernetes libraries. */
export class CelObject {
  readonly held: KubeValue;

  constructor(held: KubeValue) {
    this.held = held;
  }
}

/** A list. JSON lists are turned into values item by item, when they are looked at. */
export class CelList {
  readonly size: number;
  readonly #items: readonly unknown[];
  readonly #read: ((item: unknown) => unknown) | undefined;

  /** `read` turns items into values; without it they are values already. */
  constructor(items: readonly unknown[], read?: (item: unknown) => unknown) {
    this.#items = items;
    this.#read = read;
    this.size = items.length;
  }

  get(index: number): unknown {
    const item = this.#items[index];
    return this.#read === undefined ? item : this.#read(item);
  }

  /** All items as values. */
  items(): readonly unknown[] {
    const read = this.#read;
    return read === undefined ? this.#items : this.#items.map((item) => read(item));
  }
}

/** The identity of a map key: numbers of any kind that are equal are one key. `undefined` for what cannot be a key. */
export function keyId(key: unknown): string | undefined {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'bigint') return `n${key}`;
  if (typeof key === 'boolean') return `b${key}`;
  if (key instanceof CelUint) return `n${key.value}`;
  return typeof key === 'number' && Number.isInteger(key) ? `n${BigInt(key)}` : undefined;
}

/** A map: `find`, `keys` and `size` are all that anyone needs. */
export interface CelMap {
  readonly size: number;
  readonly find: (key: unknown) => unknown;
  readonly keys: () => readonly unknown[];
}

class EntryMap implements CelMap {
  readonly size: number;
  readonly #entries: ReadonlyMap<string, readonly [unknown, unknown]>;

  constructor(entries: ReadonlyMap<string, readonly [unknown, unknown]>) {
    this.#entries = entries;
    this.size = entries.size;
  }

  find(key: unknown): unknown {
    const id = keyId(key);
    return id === undefined ? undefined : this.#entries.get(id)?.[1];
  }

  keys(): readonly unknown[] {
    return [...this.#entries.values()].map(([key]) => key);
  }
}

/** Turns a member of a JSON object into a value; `undefined` hides it. */
type ReadMember = (key: string, member: unknown) => unknown;

class JsonMap implements CelMap {
  readonly #object: { readonly [key: string]: unknown };
  readonly #read: ReadMember | undefined;
  #keys: readonly string[] | undefined;

  constructor(object: { readonly [key: string]: unknown }, read?: ReadMember) {
    this.#object = object;
    this.#read = read;
  }

  get size(): number {
    return this.keys().length;
  }

  find(key: unknown): unknown {
    if (typeof key !== 'string' || !Object.hasOwn(this.#object, key)) return undefined;
    const value = this.#object[key];
    if (value === undefined) return undefined;
    return this.#read === undefined ? fromJson(value) : this.#read(key, value);
  }

  keys(): readonly string[] {
    this.#keys ??= Object.keys(this.#object).filter((key) => this.find(key) !== undefined);
    return this.#keys;
  }
}

/** A map over a JSON object whose members are read by `read`. */
export function jsonMap(object: { readonly [key: string]: unknown }, read: ReadMember): CelMap {
  return new JsonMap(object, read);
}

/** Tells maps from all other values. */
export function isMap(value: unknown): value is CelMap {
  return value instanceof EntryMap || value instanceof JsonMap;
}

/** A map from its entries, by `keyId`. */
export function mapOf(entries: ReadonlyMap<string, readonly [unknown, unknown]>): CelMap {
  return new EntryMap(entries);
}

const CLASSES = [CelUint, CelTimestamp, CelDuration, CelType, CelOptional, CelObject, CelList, Uint8Array];

function isValue(value: object): boolean {
  return isMap(value) || CLASSES.some((kind) => value instanceof kind);
}

/** A JSON value (or a value already) as a value: integral numbers become ints, all others doubles. */
export function fromJson(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === undefined) return null;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return new CelList(value, fromJson);
  return isValue(value) ? value : new JsonMap(value as { readonly [key: string]: unknown });
}

function objectType(value: object): string {
  if (value instanceof CelList) return 'list';
  if (isMap(value)) return 'map';
  if (value instanceof CelUint) return 'uint';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof CelTimestamp) return 'google.protobuf.Timestamp';
  if (value instanceof CelDuration) return 'google.protobuf.Duration';
  if (value instanceof CelOptional) return 'optional_type';
  return value instanceof CelObject ? value.held.type : 'type';
}

/** The name of a value's type, as `type(x)` shows it. */
export function typeName(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    default:
      return typeof value === 'object' && value !== null ? objectType(value) : 'null_type';
  }
}
