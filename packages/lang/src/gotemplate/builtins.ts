import {
  encodeBytes,
  entriesOf,
  GoInteger,
  GoMap,
  GoNamed,
  GoSlice,
  integerOf,
  isPrint,
  isTruthy,
  itemsOf,
  kindOf,
  lengthOf,
  sliceBytes,
  sprint,
  sprintf,
  sprintln,
  typeOf,
  type GoValue,
} from '../gofmt/index.ts';
import { equalAny, lessOrEqual, lessThan } from './compare.ts';
import {
  callGoFunction,
  failCall,
  GoFunction,
  goFunction,
  type FunctionBody,
  type FunctionContext,
  type FunctionTable,
} from './function.ts';

/** An index into something of `length`, checked as Go does. */
function indexOf(value: GoValue, length: number): number {
  const index = integerOf(value);
  if (index !== undefined) {
    return index < 0n || index > BigInt(length) ? failCall(`index out of range: ${index}`) : Number(index);
  }
  if (value === undefined || value === null) return failCall('cannot index slice/array with nil');
  return failCall(`cannot index slice/array with type ${typeOf(value)}`);
}

/** The type that a pointer points at. */
const pointedType = (value: GoValue): string => typeOf(value).replace(/^\*/, '');

function elementOf(item: GoValue, key: GoValue): GoValue {
  const text = typeof item === 'string' ? encodeBytes(item) : undefined;
  const items = text ?? itemsOf(item);
  if (items === undefined) return memberOf(item, key);
  const index = indexOf(key, items.length);
  if (index < items.length) {
    const element = items[index];
    return text === undefined ? element : new GoInteger('uint8', BigInt(Number(element)));
  }
  const kind = text === undefined ? 'slice' : 'string';
  return failCall(`reflect: ${kind} index out of range`);
}

function memberOf(item: GoValue, key: GoValue): GoValue {
  const entries = entriesOf(item);
  if (entries === undefined) return failCall(`can't index item of type ${pointedType(item)}`);
  if (key === undefined || key === null) return failCall('value is nil; should be of type string');
  if (typeof key !== 'string') return failCall(`value has type ${typeOf(key)}; should be string`);
  if (Object.hasOwn(entries, key)) return entries[key];
  return item instanceof GoMap && item.elementType === 'string' ? '' : null;
}

const index: FunctionBody = ([first, ...keys]) => {
  if (first === undefined || first === null) return failCall('index of untyped nil');
  let item: GoValue = first;
  for (const key of keys) {
    if (item === undefined || item === null) return failCall('index of nil pointer');
    item = elementOf(item, key);
  }
  return item;
};

function cut(item: GoValue, from: number, to: number): GoValue {
  if (typeof item === 'string') return sliceBytes(item, from, to);
  if (item instanceof GoSlice) return new GoSlice(item.elementType, item.items.slice(from, to));
  if (item instanceof GoNamed) return new GoNamed(item.type, cut(item.value, from, to));
  return Array.isArray(item) ? item.slice(from, to) : item;
}

/** Go's complaints about what is sliced and by how many bounds. */
function checkSlice(item: GoValue, bounds: number): void {
  if (item === undefined || item === null) failCall('slice of untyped nil');
  if (bounds > 3) failCall(`too many slice indexes: ${bounds}`);
  const kind = kindOf(item);
  if (kind === 'string' && bounds === 3) failCall('cannot 3-index slice a string');
  if (kind !== 'string' && kind !== 'slice') failCall(`can't slice item of type ${typeOf(item)}`);
}

const slice: FunctionBody = ([item, ...bounds]) => {
  checkSlice(item, bounds.length);
  // compat(lang-0301): a list's capacity is its length here; Go may have room to spare and let a slice grow into it.
  const length = lengthOf(item) ?? 0;
  const places = bounds.map((bound) => indexOf(bound, length));
  const [from = 0, to = length, capacity = length] = places;
  if (from > to) return failCall(`invalid slice index: ${from} > ${to}`);
  if (to > capacity) return failCall(`invalid slice index: ${to} > ${capacity}`);
  return cut(item, from, to);
};

const length: FunctionBody = ([item]) => {
  if (item === null) return failCall('len of nil pointer');
  if (item === undefined) return failCall('reflect: call of reflect.Value.Type on zero Value');
  const count = lengthOf(item);
  return count === undefined ? failCall(`len of type ${pointedType(item)}`) : BigInt(count);
};

function call(args: readonly GoValue[], context: FunctionContext): GoValue {
  const [fn, ...given] = args;
  if (fn === undefined || fn === null) return failCall('call of nil');
  if (!(fn instanceof GoFunction)) return failCall(`non-function of type ${typeOf(fn)}`);
  return callGoFunction(fn, given, context);
}

/** How the escaping functions read their arguments: nothing at all is `<no value>`, nil too. */
function argumentsText(args: readonly GoValue[]): string {
  return sprint(args.map((value) => (value === undefined || value === null ? '<no value>' : value)));
}

const HTML = new Map([
  ['\0', '\ufffd'],
  ['"', '&#34;'],
  ["'", '&#39;'],
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

/** Go's template.HTMLEscapeString. */
export function escapeHtml(text: string): string {
  return text.replace(/["'&<>\p{Cc}]/gu, (char) => HTML.get(char) ?? char);
}

const SCRIPT = new Map([
  ['\\', '\\\\'],
  ["'", "\\'"],
  ['"', '\\"'],
  ['<', '\\u003C'],
  ['>', '\\u003E'],
  ['&', '\\u0026'],
  ['=', '\\u003D'],
]);

function scriptChar(char: string): string {
  const known = SCRIPT.get(char);
  if (known !== undefined) return known;
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0xdc80 && code <= 0xdcff) return '\\uFFFD';
  if (code === 0x7f || (code >= 0x80 && isPrint(char))) return char;
  return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Go's template.JSEscapeString. */
export function escapeScript(text: string): string {
  return text.replace(/[\\'"<>&=\p{Cc}]|[\u{80}-\u{10ffff}]/gu, scriptChar);
}

const UNRESERVED = /[0-9A-Za-z\-_.~]/;

/** Go's url.QueryEscape. */
export function escapeQuery(text: string): string {
  let out = '';
  for (const byte of encodeBytes(text)) {
    const char = String.fromCharCode(byte);
    if (UNRESERVED.test(char)) out += char;
    else out += char === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** Text made of arguments, counted before anything else is done with it. */
function counted(make: (args: readonly GoValue[]) => string): FunctionBody {
  return (args, context) => {
    const text = make(args);
    context.spend(1 + Math.floor(text.length / 64));
    return text;
  };
}

const printf: FunctionBody = counted(([format, ...args]) => sprintf(String(format), args));

const comparison = (test: (a: GoValue, b: GoValue) => boolean): GoFunction =>
  goFunction('value, value', ([a, b]) => test(a, b));

const printed = (make: (args: readonly GoValue[]) => string): GoFunction => goFunction('...any', counted(make));

/** text/template's own functions. `and` and `or` are run by the engine, which evaluates no more than needed. */
export const BUILTINS: FunctionTable = new Map<string, GoFunction>([
  ['and', goFunction('value, ...value', (args) => args.at(-1))],
  ['or', goFunction('value, ...value', (args) => args.at(-1))],
  ['not', goFunction('value', ([value]) => !isTruthy(value))],
  ['call', goFunction('value, ...value', call)],
  ['index', goFunction('value, ...value', index)],
  ['slice', goFunction('value, ...value', slice)],
  ['len', goFunction('value', length)],
  ['print', printed(sprint)],
  ['printf', goFunction('string, ...any', printf)],
  ['println', printed(sprintln)],
  ['html', printed((args) => escapeHtml(argumentsText(args)))],
  ['js', printed((args) => escapeScript(argumentsText(args)))],
  ['urlquery', printed((args) => escapeQuery(argumentsText(args)))],
  ['eq', goFunction('value, ...value', equalAny)],
  ['ne', comparison((a, b) => !equalAny([a, b]))],
  ['lt', comparison(lessThan)],
  ['le', comparison(lessOrEqual)],
  ['gt', comparison((a, b) => !lessOrEqual(a, b))],
  ['ge', comparison((a, b) => !lessThan(a, b))],
]);
