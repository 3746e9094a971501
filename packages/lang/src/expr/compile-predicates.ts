import { toBytes } from './bytes.ts';
import { asCondition, interfaceType, type Compiler } from './compiler.ts';
import { fail } from './failure.ts';
import { MAP_ELEMENT, readable, type Exec, type Frame } from './frame.ts';
import { EXPR_LIMIT_STEPS, overLimit } from './limits.ts';
import type { BuiltinNode } from './nodes.ts';
import { add, less } from './operators.ts';
import { sortValues } from './sorting.ts';
import { GoDuration, GoLocation, GoTime, goTypeOf, type ExprValue } from './values.ts';

type Test = (frame: Frame) => boolean;
type List = readonly ExprValue[];

/** What the loops of the predicate functions are made of. */
interface Loop {
  readonly list: List;
  readonly frame: Frame;
}

/** How many elements a map has; undefined for what is none. */
function mapSize(value: ExprValue): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (value instanceof Map) return value.size;
  const isTimely = value instanceof GoTime || value instanceof GoDuration || value instanceof GoLocation;
  return isTimely ? undefined : Object.keys(value).length;
}

/** The bytes of a text. No more than a predicate may visit, so that no list is made in vain. */
function bytesIn(text: string): List {
  const bytes = toBytes(text);
  if (bytes.length > EXPR_LIMIT_STEPS) overLimit('expression steps', EXPR_LIMIT_STEPS);
  return Array.from(bytes, BigInt);
}

/**
 * What a predicate goes over. The checker wants an array; where it cannot know, Go's reflection decides: a text gives
 * its bytes, and a map has a length, but no elements by place.
 */
function listOf(value: ExprValue): List {
  if (Array.isArray(value)) return value as List;
  if (value === null || value === undefined) return fail('reflect: call of reflect.Value.Len on zero Value');
  if (typeof value === 'string') return bytesIn(value);
  const size = mapSize(value);
  return size === undefined
    ? fail(`reflect: call of reflect.Value.Len on ${goTypeOf(value)} Value`)
    : Array.from({ length: size }, () => MAP_ELEMENT);
}

/** Runs `body` for each element until it says stop; restores what `#` meant before. */
function each({ list, frame }: Loop, body: (item: ExprValue, index: number) => boolean): void {
  const { item, index, accumulator } = frame;
  for (let place = 0; place < list.length; place += 1) {
    frame.step();
    frame.item = list[place];
    frame.index = place;
    if (!body(frame.item, place)) break;
  }
  frame.item = item;
  frame.index = index;
  frame.accumulator = accumulator;
}

function eachBackward(loop: Loop, body: (item: ExprValue, index: number) => boolean): void {
  const { length } = loop.list;
  each({ list: loop.list.toReversed(), frame: loop.frame }, (item, place) => {
    const index = length - 1 - place;
    loop.frame.index = index;
    return body(item, index);
  });
}

function countWhere(loop: Loop, test: Test, most = Infinity): number {
  let count = 0;
  each(loop, () => {
    if (test(loop.frame)) count += 1;
    return count < most;
  });
  return count;
}

/** The first place from the front or the back where the test holds; -1 for none. */
function placeWhere(loop: Loop, test: Test, backward: boolean): number {
  let found = -1;
  (backward ? eachBackward : each)(loop, (_, index) => {
    if (test(loop.frame)) found = index;
    return found < 0;
  });
  return found;
}

type Tested = (loop: Loop, test: Test) => ExprValue;

const TESTED: ReadonlyMap<string, Tested> = new Map<string, Tested>([
  ['all', (loop, test) => placeWhere(loop, (frame) => !test(frame), false) < 0],
  ['none', (loop, test) => placeWhere(loop, test, false) < 0],
  ['any', (loop, test) => placeWhere(loop, test, false) >= 0],
  ['one', (loop, test) => countWhere(loop, test) === 1],
  ['count', (loop, test) => BigInt(countWhere(loop, test))],
  ['find', (loop, test) => readable(loop.list[placeWhere(loop, test, false)] ?? null)],
  ['findIndex', (loop, test) => foundIndex(placeWhere(loop, test, false))],
  ['findLast', (loop, test) => readable(loop.list[placeWhere(loop, test, true)] ?? null)],
  ['findLastIndex', (loop, test) => foundIndex(placeWhere(loop, test, true))],
  [
    'filter',
    (loop, test) => {
      const kept: ExprValue[] = [];
      each(loop, (item) => {
        if (test(loop.frame)) kept.push(readable(item));
        return true;
      });
      loop.frame.grow(kept.length);
      return kept;
    },
  ],
]);

// compat(lang-0207): an index that is not found is nil, not -1.
const foundIndex = (place: number): bigint | null => (place < 0 ? null : BigInt(place));

function mapAll(loop: Loop, body: Exec): ExprValue[] {
  // What comes out is as long as what goes in: the budget can be asked before the work.
  loop.frame.grow(loop.list.length);
  const values: ExprValue[] = [];
  each(loop, () => {
    values.push(body(loop.frame));
    return true;
  });
  return values;
}

function sumAll(loop: Loop, body: Exec): ExprValue {
  let total: ExprValue = 0n;
  each(loop, () => {
    total = add(total, body(loop.frame));
    return true;
  });
  return total;
}

function groupAll(loop: Loop, body: Exec): ExprValue {
  const groups = new Map<ExprValue, ExprValue[]>();
  each(loop, (item) => {
    const key = body(loop.frame) ?? null;
    if (typeof key === 'object' && key !== null) fail(`runtime error: hash of unhashable type ${interfaceType(key)}`);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [readable(item)]);
    else group.push(readable(item));
    return true;
  });
  return groups;
}

function orderOf(value: ExprValue): boolean {
  if (value === 'asc' || value === 'desc') return value === 'desc';
  return fail(`unknown order, use asc or desc`);
}

function sortAll(loop: Loop, body: Exec, order: ExprValue): ExprValue {
  const keys = mapAll(loop, body);
  const descending = orderOf(order ?? 'asc');
  const places = sortValues([...keys.keys()], (a, b) => (descending ? less(keys[b], keys[a]) : less(keys[a], keys[b])));
  return places.map((place) => readable(loop.list[place]));
}

function reduceAll(loop: Loop, body: Exec, initial: { readonly value: ExprValue } | undefined): ExprValue {
  const { list, frame } = loop;
  if (initial === undefined && list.length === 0) fail('reduce of empty array with no initial value');
  let accumulator = initial === undefined ? readable(list[0]) : initial.value;
  const skipped = initial === undefined ? 1 : 0;
  each({ list: list.slice(skipped), frame }, (_, place) => {
    frame.index = place + skipped;
    frame.accumulator = accumulator;
    accumulator = body(frame);
    return true;
  });
  return accumulator;
}

type Computed = (loop: Loop, body: Exec, extra: { readonly value: ExprValue } | undefined) => ExprValue;

const COMPUTED: ReadonlyMap<string, Computed> = new Map<string, Computed>([
  ['map', mapAll],
  ['sum', sumAll],
  ['groupBy', groupAll],
  ['sortBy', (loop, body, extra) => sortAll(loop, body, extra?.value)],
  ['reduce', reduceAll],
]);

/** A call of a predicate function; undefined for other built-ins. */
export function compilePredicateCall(compiler: Compiler, node: BuiltinNode): Exec | undefined {
  const [first, second, third] = node.args;
  const tested = TESTED.get(node.name);
  const computed = COMPUTED.get(node.name);
  if (first === undefined || (tested === undefined && computed === undefined)) return undefined;
  const list = compiler.compile(compiler, first);
  const body: Exec = second === undefined ? (frame) => readable(frame.item) : compiler.compile(compiler, second);
  const extra = third && compiler.compile(compiler, third);
  const test = asCondition(body, second?.at ?? node.at);
  return (frame) => {
    const value = list(frame);
    const given = extra && { value: extra(frame) };
    frame.at = node.at;
    const loop = { list: listOf(value), frame };
    return tested === undefined ? computed?.(loop, body, given) : tested(loop, test);
  };
}
