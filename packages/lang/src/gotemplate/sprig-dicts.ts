import { setOwn } from '@argosy/std';
import {
  entriesOf,
  formatGoJson,
  GoJsonError,
  GoMap,
  GoNamed,
  GoSlice,
  isRecord,
  kindOf,
  parseGoJson,
  sortedKeys,
  typeOf,
  type GoValue,
  type NumberMode,
} from '../gofmt/index.ts';
import { isEmpty, textOf } from './cast.ts';
import { failCall, goFunction, type FunctionBody, type FunctionContext, type GoFunction } from './function.ts';
import type { Entry } from './sprig-strings.ts';

type Entries = { readonly [key: string]: GoValue };
type Target = { [key: string]: GoValue };

const membersOf = (value: GoValue): Entries => entriesOf(value) ?? {};

/** The map to write into; a nil map cannot be written. */
function writable(value: GoValue): Target {
  return isRecord(value) ? value : failCall('assignment to entry in nil map');
}

const dictionary: FunctionBody = (args) => {
  const target: Target = {};
  for (let at = 0; at < args.length; at += 2) {
    setOwn(target, textOf(args[at]), at + 1 < args.length ? args[at + 1] : '');
  }
  return target;
};

const get: FunctionBody = ([map, key]) => {
  const entries = membersOf(map);
  return Object.hasOwn(entries, String(key)) ? entries[String(key)] : '';
};

const set: FunctionBody = ([map, key, value]) => {
  setOwn(writable(map), String(key), value);
  return map;
};

const unset: FunctionBody = ([map, key]) => {
  if (isRecord(map)) delete map[String(key)];
  return map;
};

const pluck: FunctionBody = ([key, ...maps]) =>
  maps
    .map(membersOf)
    .filter((entries) => Object.hasOwn(entries, String(key)))
    .map((entries) => entries[String(key)]);

/** compat(lang-0303): Go gives keys and values in a new order each time; here they are sorted by key. */
const keys: FunctionBody = (maps, context) =>
  new GoSlice(
    'string',
    maps.flatMap((map) => countedKeys(map, context)),
  );
const values: FunctionBody = ([map], context) => countedKeys(map, context).map((key) => membersOf(map)[key]);

/** The keys in order; a long list costs more than its length. */
function countedKeys(map: GoValue, context: FunctionContext): readonly string[] {
  const sorted = sortedKeys(membersOf(map));
  context.spend(sorted.length * 4);
  return sorted;
}

function picked(map: GoValue, wanted: (key: string) => boolean): Target {
  const target: Target = {};
  for (const [key, value] of Object.entries(membersOf(map))) if (wanted(key)) setOwn(target, key, value);
  return target;
}

/** How deep maps are merged and copied. */
const DEPTH_LIMIT = 500;

interface Merge {
  readonly overwrite: boolean;
  readonly context: FunctionContext;
  readonly depth: number;
}

const isMap = (value: GoValue): boolean => kindOf(value) === 'map';
const isList = (value: GoValue): boolean => kindOf(value) === 'slice';

/** mergo's deep merge of maps: empty places are filled; with `overwrite`, full ones are replaced as well. */
function mergeInto(target: Target, source: Entries, merge: Merge): void {
  if (merge.depth > DEPTH_LIMIT) failCall(`merge is limited to a depth of ${DEPTH_LIMIT}`);
  for (const key of sortedKeys(source)) {
    merge.context.spend(4);
    const old = Object.hasOwn(target, key) ? target[key] : undefined;
    const merged = mergedMember(old, source[key], { ...merge, depth: merge.depth + 1 });
    if (merged !== undefined) setOwn(target, key, merged);
  }
}

/** What a member becomes; `undefined` when it stays as it is. A map is merged in place. */
function mergedMember(old: GoValue, value: GoValue, merge: Merge): GoValue {
  if (value === null || value === undefined) return merge.overwrite ? null : undefined;
  if (isRecord(old) && isMap(value)) mergeInto(old, membersOf(value), merge);
  if (isEmpty(old)) return value;
  const replaces = merge.overwrite && (isList(value) || !bothMaps(old, value));
  return replaces ? value : undefined;
}

function bothMaps(old: GoValue, value: GoValue): boolean {
  return isMap(value) && isMap(old);
}

function merging(overwrite: boolean): FunctionBody {
  return ([given, ...sources], context) => {
    // A nil map is not written into but replaced.
    const target = isRecord(given) ? given : {};
    for (const source of sources) mergeInto(target, membersOf(source), { overwrite, context, depth: 0 });
    return target;
  };
}

function copied(value: GoValue, context: FunctionContext, depth: number): GoValue {
  if (depth > DEPTH_LIMIT) return failCall(`deepCopy is limited to a depth of ${DEPTH_LIMIT}`);
  context.spend(2);
  if (Array.isArray(value)) return value.map((item: GoValue) => copied(item, context, depth + 1));
  if (isRecord(value)) return copiedEntries(value, context, depth);
  if (value instanceof GoSlice && !value.isNil) {
    return new GoSlice(
      value.elementType,
      value.items.map((item) => copied(item, context, depth + 1)),
    );
  }
  if (value instanceof GoMap && !value.isNil)
    return new GoMap(value.elementType, copiedEntries(value.entries, context, depth));
  return value instanceof GoNamed ? new GoNamed(value.type, copied(value.value, context, depth + 1)) : value;
}

function copiedEntries(entries: Entries, context: FunctionContext, depth: number): Target {
  const target: Target = {};
  for (const [key, member] of Object.entries(entries)) setOwn(target, key, copied(member, context, depth + 1));
  return target;
}

const deepCopy: FunctionBody = ([value], context) => {
  if (value === null || value === undefined) return failCall('reflect: call of reflect.Value.Type on zero Value');
  return copied(value, context, 0);
};

/** The words of Go's failed type assertion. */
function assertion(value: GoValue, type: string): never {
  const found = value === null || value === undefined ? 'nil' : typeOf(value);
  return failCall(`interface conversion: interface {} is ${found}, not ${type}`);
}

const dig: FunctionBody = (args) => {
  if (args.length < 3) return failCall('dig needs at least three arguments');
  let current: GoValue = args.at(-1);
  if (!isRecord(current)) return assertion(current, 'map[string]interface {}');
  const path = args.slice(0, -2).map((key) => (typeof key === 'string' ? key : assertion(key, 'string')));
  for (const key of path) {
    if (!isRecord(current)) return assertion(current, 'map[string]interface {}');
    if (!Object.hasOwn(current, key)) return args.at(-2);
    current = current[key];
  }
  return current;
};

const orDefault: FunctionBody = ([fallback, value]) => (isEmpty(value) ? fallback : value);

const DICTS: readonly Entry[] = [
  ['dict', goFunction('...any', dictionary)],
  ['get', goFunction('map, string', get)],
  ['set', goFunction('map, string, any', set)],
  ['unset', goFunction('map, string', unset)],
  ['hasKey', goFunction('map, string', ([map, key]) => Object.hasOwn(membersOf(map), String(key)))],
  ['pluck', goFunction('string, ...map', pluck)],
  ['keys', goFunction('...map', keys)],
  ['values', goFunction('map', values)],
  ['pick', goFunction('map, ...string', ([map, ...names]) => picked(map, (key) => names.includes(key)))],
  ['omit', goFunction('map, ...string', ([map, ...names]) => picked(map, (key) => !names.includes(key)))],
  ['merge', goFunction('map, ...map', merging(false))],
  ['mustMerge', goFunction('map, ...map', merging(false))],
  ['mergeOverwrite', goFunction('map, ...map', merging(true))],
  ['mustMergeOverwrite', goFunction('map, ...map', merging(true))],
  ['deepCopy', goFunction('any', deepCopy)],
  ['mustDeepCopy', goFunction('any', deepCopy)],
  ['dig', goFunction('...any', dig)],
];

const DEFAULTS: readonly Entry[] = [
  ['default', goFunction('any, ...any', orDefault)],
  ['empty', goFunction('any', ([value]) => isEmpty(value))],
  ['coalesce', goFunction('...any', (args) => args.find((value) => !isEmpty(value)) ?? null)],
  ['all', goFunction('...any', (args) => args.every((value) => !isEmpty(value)))],
  ['any', goFunction('...any', (args) => args.some((value) => !isEmpty(value)))],
  ['ternary', goFunction('any, any, bool', ([yes, no, test]) => (test === true ? yes : no))],
  ['typeOf', goFunction('any', ([value]) => typeOf(value))],
  ['typeIs', goFunction('string, any', ([name, value]) => typeOf(value) === name)],
  [
    'typeIsLike',
    goFunction('string, any', ([name, value]) => typeOf(value) === name || typeOf(value) === `*${String(name)}`),
  ],
  ['kindOf', goFunction('any', ([value]) => kindOf(value))],
  ['kindIs', goFunction('string, any', ([name, value]) => kindOf(value) === name)],
];

/** Runs JSON work; a fault is an error of the call, or nothing for the functions without `must`. */
function json(work: () => GoValue, fallback?: GoValue): GoValue {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GoJsonError)) throw error;
    return fallback === undefined ? failCall(error.message) : fallback;
  }
}

function writer(style: { readonly escapeHtml: boolean; readonly indent?: string }, fallback?: string): GoFunction {
  return goFunction('any', ([value], context) => {
    const text = json(() => formatGoJson(value, style), fallback);
    context.reserve(String(text).length);
    context.spend(String(text).length >> 3);
    return text;
  });
}

function parsed(text: GoValue, numbers: NumberMode, context: FunctionContext): GoValue {
  context.spend(String(text).length >> 2);
  return parseGoJson(String(text), numbers);
}

/** sprig's JSON functions; `numbers` says how JSON numbers come in (sprig itself: float64). */
export function jsonFunctions(numbers: NumberMode): readonly Entry[] {
  const compact = { escapeHtml: true };
  const pretty = { escapeHtml: true, indent: '  ' };
  const raw = { escapeHtml: false };
  return [
    ['fromJson', goFunction('string', ([text], context) => json(() => parsed(text, numbers, context), null))],
    ['mustFromJson', goFunction('string', ([text], context) => json(() => parsed(text, numbers, context)))],
    ['toJson', writer(compact, '')],
    ['mustToJson', writer(compact)],
    ['toPrettyJson', writer(pretty, '')],
    ['mustToPrettyJson', writer(pretty)],
    ['toRawJson', writer(raw)],
    ['mustToRawJson', writer(raw)],
  ];
}

/** sprig's functions over maps, defaults and types. */
export const DICT_FUNCTIONS: readonly Entry[] = [...DICTS, ...DEFAULTS];
