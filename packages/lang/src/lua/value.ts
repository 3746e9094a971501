import type { Run } from './run.ts';

/** What a Lua variable can hold; nil is `undefined`. Text holds one byte a UTF-16 unit, as Lua strings are bytes. */
export type LuaValue = undefined | boolean | number | string | LuaTable | LuaFunction;

/** The body of a function: arguments in, results out. */
export type LuaCall = (run: Run, args: readonly LuaValue[]) => readonly LuaValue[];

/** How a call of a Lua function ended: with results, or with a function to go on with (a tail call). */
export interface LuaCallEnd {
  readonly results: readonly LuaValue[];
  readonly tail: LuaFunction | undefined;
}

/** A function: compiled from Lua, or one of ours. */
export class LuaFunction {
  readonly name: string;
  readonly call: LuaCall;
  /** Runs the body once, tail calls left to the caller; only functions compiled from Lua have it. */
  readonly once: ((run: Run, args: readonly LuaValue[]) => LuaCallEnd) | undefined;

  constructor(name: string, call: LuaCall, once?: (run: Run, args: readonly LuaValue[]) => LuaCallEnd) {
    this.name = name;
    this.call = call;
    this.once = once;
  }
}

/** Bytes that a new table is counted as. */
export const TABLE_BYTES = 256;
/** Bytes that a member of a table is counted as. */
const ENTRY_BYTES = 128;
/** Bytes that a place in the array part is counted as. */
const PLACE_BYTES = 16;
/** The array part grows over at most this many empty places; keys further out live in the hash part. */
const GAP_LIMIT_PLACES = 65_536;
/** Removed members that are kept before the hash part is packed. */
const TOMBSTONE_LIMIT = 16;

/** Fills a table the first time it is looked at. */
export type Filling = (table: LuaTable) => void;

/**
 * A table: an array part (keys 1…n, the last place never nil) and a hash part that keeps insertion order. A removed key
 * keeps its place until the part is packed on a later insert, so `next` may go on from it.
 */
export class LuaTable {
  metatable: LuaTable | undefined = undefined;
  /** The array part; index 0 holds key 1. Read it through `arrayOf`, which fills a lazy table first. */
  readonly array: LuaValue[] = [];
  private filling: Filling | undefined;
  private index: Map<LuaValue, number> | undefined = undefined;
  private keys: LuaValue[] = [];
  private values: LuaValue[] = [];
  private removed = 0;
  /** Positive integer keys that live in the hash part. */
  private outlying = 0;

  constructor(filling?: Filling) {
    this.filling = filling;
  }

  /** Runs the delayed filling, once. */
  fill(): void {
    const filling = this.filling;
    if (filling === undefined) return;
    this.filling = undefined;
    filling(this);
  }

  /** The value under `key`, without metatables. */
  get(key: LuaValue): LuaValue {
    if (this.filling !== undefined) this.fill();
    if (typeof key === 'number') {
      if (key > 0 && key <= this.array.length && Number.isInteger(key)) return this.array[key - 1];
      if (this.index === undefined) return undefined;
    }
    const place = this.index?.get(key);
    return place === undefined ? undefined : this.values[place];
  }

  /** Sets `key` (neither nil nor NaN), without metatables; nil removes. Answers how many bytes the table grew by. */
  set(key: LuaValue, value: LuaValue): number {
    if (this.filling !== undefined) this.fill();
    if (typeof key === 'number' && key > 0 && Number.isInteger(key)) return this.setInteger(key, value);
    return this.setHash(key, value);
  }

  /** Steps that `length` takes: none but for tables with integer keys far apart. */
  lengthSteps(): number {
    return this.outlying === 0 ? 0 : this.keys.length >> 3;
  }

  /** Steps that finding the next member may take beyond one: members that are gone must be passed. */
  passSteps(): number {
    return this.removed >> 4;
  }

  /** The border: the greatest positive integer key. */
  length(): number {
    if (this.filling !== undefined) this.fill();
    if (this.outlying === 0) return this.array.length;
    let greatest = this.array.length;
    for (const [place, key] of this.keys.entries()) {
      if (typeof key !== 'number' || this.values[place] === undefined) continue;
      if (key > greatest && Number.isInteger(key)) greatest = key;
    }
    return greatest;
  }

  /** The place in the hash part after that of `key`; -1 when the table never had the key. */
  placeAfter(key: LuaValue): number {
    const place = this.index?.get(key);
    return place === undefined ? -1 : place + 1;
  }

  /** The first live member of the hash part at or after `place`; `undefined` at the end. */
  memberFrom(place: number): { readonly place: number; readonly key: LuaValue; readonly value: LuaValue } | undefined {
    for (let at = place; at < this.keys.length; at += 1) {
      const value = this.values[at];
      if (value !== undefined) return { place: at, key: this.keys[at], value };
    }
    return undefined;
  }

  private setInteger(key: number, value: LuaValue): number {
    const { array } = this;
    const size = array.length;
    if (key <= size) {
      array[key - 1] = value;
      if (value === undefined && key === size) this.trim();
      return 0;
    }
    if (value === undefined || key - size > GAP_LIMIT_PLACES) {
      return this.outlying === 0 && value === undefined ? 0 : this.setHash(key, value);
    }
    while (array.length < key - 1) array.push(undefined);
    array.push(value);
    if (this.outlying > 0) this.takeOutlying(size + 1);
    return (key - size) * PLACE_BYTES;
  }

  /** Moves keys that the array part has just reached out of the hash part. */
  private takeOutlying(from: number): void {
    for (let key = from; key <= this.array.length + 1 && this.outlying > 0; key += 1) {
      const place = this.index?.get(key);
      if (place === undefined || this.values[place] === undefined) continue;
      const value = this.values[place];
      this.setHash(key, undefined);
      if (key > this.array.length) this.array.push(value);
      else this.array[key - 1] ??= value;
    }
  }

  private trim(): void {
    const { array } = this;
    while (array.length > 0 && array[array.length - 1] === undefined) array.pop();
  }

  private setHash(key: LuaValue, value: LuaValue): number {
    const index = (this.index ??= new Map());
    const place = index.get(key);
    const outlier = isPosition(key) ? 1 : 0;
    if (place !== undefined) {
      const change = (value === undefined ? 0 : 1) - (this.values[place] === undefined ? 0 : 1);
      this.values[place] = value;
      this.removed -= change;
      this.outlying += change * outlier;
      return 0;
    }
    if (value === undefined) return 0;
    if (this.removed > TOMBSTONE_LIMIT && this.removed * 2 > this.keys.length) this.pack();
    index.set(key, this.keys.length);
    this.keys.push(key);
    this.values.push(value);
    this.outlying += outlier;
    return ENTRY_BYTES;
  }

  private pack(): void {
    const { keys, values } = this;
    this.keys = [];
    this.values = [];
    this.removed = 0;
    this.index?.clear();
    for (const [place, value] of values.entries()) {
      if (value === undefined) continue;
      this.index?.set(keys[place], this.keys.length);
      this.keys.push(keys[place]);
      this.values.push(value);
    }
  }
}

function isPosition(key: LuaValue): boolean {
  return typeof key === 'number' && key > 0 && Number.isInteger(key);
}

/** The array part of a table, filled. */
export function arrayOf(table: LuaTable): LuaValue[] {
  table.fill();
  return table.array;
}

/** What `next` answers: a key and its value. */
export type LuaPair = readonly [key: LuaValue, value: LuaValue];

/**
 * The member after `key` (nil starts): the array part first, then the hash part in order of insertion. `undefined` at the
 * end; `'unknown'` for a key that the table never had.
 */
export function nextMember(table: LuaTable, key: LuaValue): LuaPair | undefined | 'unknown' {
  const array = arrayOf(table);
  const place = key === undefined ? -1 : table.placeAfter(key);
  if (place >= 0) return pairFrom(table, place);
  if (key !== undefined && !isPosition(key)) return 'unknown';
  for (let at = typeof key === 'number' ? key : 0; at < array.length; at += 1) {
    if (array[at] !== undefined) return [at + 1, array[at]];
  }
  return pairFrom(table, 0);
}

function pairFrom(table: LuaTable, place: number): LuaPair | undefined {
  const member = table.memberFrom(place);
  return member === undefined ? undefined : [member.key, member.value];
}

/** The name of a value's type, as Lua says it. */
export function typeName(value: LuaValue): string {
  if (value === undefined) return 'nil';
  if (value instanceof LuaTable) return 'table';
  if (value instanceof LuaFunction) return 'function';
  return typeof value;
}
