import { compareGoText, GoNamed, GoSlice, integerOf, itemsOf, kindOf, type GoValue } from '../gofmt/index.ts';
import { castInteger, isEmpty, textOf } from './cast.ts';
import { deepEqual } from './compare.ts';
import { failCall, goFunction, listArgument, type FunctionBody, type FunctionContext } from './function.ts';
import { textsOf, type Entry } from './sprig-strings.ts';

/** A nil `[]interface {}`, which several functions give for an empty list. */
const NIL_LIST = new GoSlice('interface {}', undefined);

const pushed: FunctionBody = ([list, value]) => [...listArgument(list, 'Cannot push on type'), value];
const prepended: FunctionBody = ([list, value]) => [value, ...listArgument(list, 'Cannot prepend on type')];
const first: FunctionBody = ([list]) => listArgument(list, 'Cannot find first on type')[0] ?? null;
const last: FunctionBody = ([list]) => listArgument(list, 'Cannot find last on type').at(-1) ?? null;

const rest: FunctionBody = ([list]) => {
  const items = listArgument(list, 'Cannot find rest on type');
  return items.length === 0 ? NIL_LIST : items.slice(1);
};

const initial: FunctionBody = ([list]) => {
  const items = listArgument(list, 'Cannot find initial on type');
  return items.length === 0 ? NIL_LIST : items.slice(0, -1);
};

const reversed: FunctionBody = ([list]) => [...listArgument(list, 'Cannot find reverse on type')].reverse();
const compacted: FunctionBody = ([list]) =>
  listArgument(list, 'Cannot compact on type').filter((item) => !isEmpty(item));

const inList = (list: readonly GoValue[], wanted: GoValue, context: FunctionContext): boolean =>
  list.some((item) => {
    context.spend(0.25);
    return deepEqual(wanted, item, context);
  });

/** Values that can be looked up in a set instead of being compared one by one. */
function plainKey(value: GoValue): string | undefined {
  const kind = typeof value;
  return kind === 'string' || kind === 'bigint' || kind === 'boolean' ? `${kind}:${String(value)}` : undefined;
}

const unique: FunctionBody = ([list], context) => {
  const found: GoValue[] = [];
  const others: GoValue[] = [];
  const keys = new Set<string>();
  for (const item of listArgument(list, 'Cannot find uniq on type')) {
    const key = plainKey(item);
    context.spend(1 + (key === undefined ? others.length : 0));
    if (key === undefined ? inList(others, item, context) : keys.has(key)) continue;
    if (key === undefined) others.push(item);
    else keys.add(key);
    found.push(item);
  }
  return found;
};

const without: FunctionBody = ([list, ...omit], context) =>
  listArgument(list, 'Cannot find without on type').filter((item) => !inList(omit, item, context));

const has: FunctionBody = ([needle, list], context) =>
  list !== null && list !== undefined && inList(listArgument(list, 'Cannot find has on type'), needle, context);

function sameKind(list: GoValue, items: readonly GoValue[]): GoValue {
  if (list instanceof GoSlice) return new GoSlice(list.elementType, items);
  return list instanceof GoNamed ? new GoNamed(list.type, items) : items;
}

const sliced: FunctionBody = ([list, from, to]) => {
  const items = listArgument(list, 'list should be type of slice or array but');
  if (items.length === 0) return null;
  const start = from === undefined ? 0n : castInteger(from);
  const end = to === undefined ? BigInt(items.length) : castInteger(to);
  if (start < 0n || start > end || end > BigInt(items.length)) {
    return failCall('reflect.Value.Slice: slice index out of bounds');
  }
  return sameKind(list, items.slice(Number(start), Number(end)));
};

const concatenated: FunctionBody = (lists, context) => {
  const all: GoValue[] = [];
  for (const list of lists) {
    const items = itemsOf(list);
    if (items === undefined && list !== null && list !== undefined) {
      return failCall(`Cannot concat type ${kindOf(list)} as list`);
    }
    const part = items ?? listArgument(list, '');
    context.spend(part.length);
    for (const item of part) all.push(item);
  }
  return all.length === 0 ? NIL_LIST : all;
};

const chunked: FunctionBody = ([size, list], context) => {
  const items = listArgument(list, 'Cannot chunk type');
  const step = Number(integerOf(size) ?? 0n);
  if (step < 1) {
    // Go computes a count from a division by the size; what is left is a panic or nothing at all.
    return step === 0 ? failCall('runtime error: makeslice: len out of range') : new GoSlice('[]interface {}', []);
  }
  const parts: GoValue[] = [];
  for (let at = 0; at < items.length; at += step) parts.push(items.slice(at, at + step));
  context.spend(parts.length);
  return new GoSlice('[]interface {}', parts);
};

const sorted: FunctionBody = ([list]) => {
  if (itemsOf(list) === undefined) return new GoSlice('string', [textOf(list)]);
  return new GoSlice('string', [...textsOf(list)].sort(compareGoText));
};

/** A function under its name and under its name with `must`. */
function both(name: string, signature: string, body: FunctionBody): readonly Entry[] {
  const must = `must${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return [name, must].map((each) => [each, goFunction(signature, body)]);
}

/** sprig's functions over lists. */
export const LIST_FUNCTIONS: readonly Entry[] = [
  ['list', goFunction('...any', (args) => [...args])],
  ['tuple', goFunction('...any', (args) => [...args])],
  ...both('append', 'any, any', pushed),
  ...both('push', 'any, any', pushed),
  ...both('prepend', 'any, any', prepended),
  ...both('first', 'any', first),
  ...both('last', 'any', last),
  ...both('rest', 'any', rest),
  ...both('initial', 'any', initial),
  ...both('reverse', 'any', reversed),
  ...both('compact', 'any', compacted),
  ...both('uniq', 'any', unique),
  ...both('without', 'any, ...any', without),
  ...both('has', 'any, any', has),
  ...both('slice', 'any, ...any', sliced),
  ...both('chunk', 'int, any', chunked),
  ['concat', goFunction('...any', concatenated)],
  ['sortAlpha', goFunction('any', sorted)],
];
