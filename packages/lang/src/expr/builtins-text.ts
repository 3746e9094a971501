import { byteLength, fromBase64, isAsciiText, toBase64 } from './bytes.ts';
import { fail } from './failure.ts';
import type { Frame } from './frame.ts';
import { decodeJson } from './json-decode.ts';
import { EXPR_LIMIT_TEXT_CHARACTERS, overLimit } from './limits.ts';
import { formatValue, goTypeOf, toJsonText, typeWord, type ExprValue } from './values.ts';
import { toInt } from './access.ts';

type Builtin = (args: readonly ExprValue[], frame: Frame) => ExprValue;

/** A text argument; the words for anything else are Go's. */
export function text(value: ExprValue): string {
  if (typeof value === 'string') return value;
  const found = value === null || value === undefined ? 'nil' : goTypeOf(value);
  return fail(`interface conversion: interface {} is ${found}, not string`);
}

const GO_SPACE = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const LEADING_SPACE = new RegExp(`^[${GO_SPACE}]+`);
const TRAILING_SPACE = new RegExp(`[${GO_SPACE}]$`);

function trimSpace(value: string): string {
  let end = value.length;
  while (end > 0 && TRAILING_SPACE.test(value.slice(end - 1, end))) end -= 1;
  return value.slice(0, end).replace(LEADING_SPACE, '');
}

function trimChars(value: string, chars: string): string {
  const set = new Set(chars);
  const runes = Array.from(value);
  let [start, end] = [0, runes.length];
  while (start < end && set.has(runes[start] ?? '')) start += 1;
  while (end > start && set.has(runes[end - 1] ?? '')) end -= 1;
  return runes.slice(start, end).join('');
}

/** Go's SplitN: the last part keeps the rest. `keep`: whether the separator stays at the end of each part. */
function split(value: string, separator: string, options: { count: number; keep: boolean }): string[] {
  const { count, keep } = options;
  if (count === 0) return [];
  const parts = separator === '' ? Array.from(value) : value.split(separator);
  const glue = separator;
  const limited = count > 0 && parts.length > count;
  const head = limited ? [...parts.slice(0, count - 1), parts.slice(count - 1).join(glue)] : parts;
  return keep ? head.map((part, index) => (index < head.length - 1 ? part + glue : part)) : head;
}

const splitter =
  (keep: boolean): Builtin =>
  (args, frame) => {
    const [value, separator, limit] = args;
    const count = limit === undefined ? -1 : toInt(limit);
    const parts = split(text(value), text(separator), { count, keep });
    frame.grow(parts.length);
    return parts;
  };

function countOf(value: string, wanted: string): number {
  if (wanted === '') return Array.from(value).length + 1;
  let count = 0;
  for (let at = value.indexOf(wanted); at >= 0; at = value.indexOf(wanted, at + wanted.length)) count += 1;
  return count;
}

function replaceSome(value: string, pair: { old: string; with: string }, most: number): string {
  const count = most < 0 ? countOf(value, pair.old) : Math.min(most, countOf(value, pair.old));
  if (value.length + count * (pair.with.length - pair.old.length) > EXPR_LIMIT_TEXT_CHARACTERS) {
    overLimit('expression text characters', EXPR_LIMIT_TEXT_CHARACTERS);
  }
  if (pair.old === '') {
    const runes = Array.from(value);
    const parts = runes.map((rune, index) => (index < count ? pair.with + rune : rune));
    return parts.join('') + (count > runes.length ? pair.with : '');
  }
  const parts = value.split(pair.old);
  const head = parts.slice(0, count + 1).join(pair.with);
  return parts.length > count + 1 ? [head, ...parts.slice(count + 1)].join(pair.old) : head;
}

function repeat(args: readonly ExprValue[], frame: Frame): string {
  const [value, times] = [text(args[0]), toInt(args[1])];
  if (times < 0) fail(`invalid argument for repeat (expected positive integer, got ${times})`);
  if (times > 1e6) fail('memory budget exceeded');
  frame.grow(byteLength(value) * times);
  return value.repeat(times);
}

function join(args: readonly ExprValue[], frame: Frame): string {
  const [list, glue = ''] = args;
  if (!Array.isArray(list)) return fail(`invalid argument for join (type ${goTypeOf(list)})`);
  const parts = (list as readonly ExprValue[]).map(text);
  const between = text(glue);
  const length = parts.reduce((sum, part) => sum + part.length, between.length * parts.length);
  if (length > EXPR_LIMIT_TEXT_CHARACTERS) overLimit('expression text characters', EXPR_LIMIT_TEXT_CHARACTERS);
  return frame.text(parts.join(between));
}

function bytePlace(value: string, place: number): bigint {
  if (place < 0) return -1n;
  return BigInt(isAsciiText(value) ? place : byteLength(value.slice(0, place)));
}

function decodeBase64(value: string): string {
  const decoded = fromBase64(value);
  return 'text' in decoded ? decoded.text : fail(`illegal base64 data at input byte ${decoded.wrongAt}`);
}

/** Go maps case rune by rune: what would become several characters stays. */
function changeCase(value: string, change: (text: string) => string): string {
  if (isAsciiText(value)) return change(value);
  return Array.from(value, (rune) => {
    const changed = change(rune);
    return Array.from(changed).length === 1 ? changed : rune;
  }).join('');
}

const without = (value: string, part: string, end: boolean): string => {
  if (part === '') return value;
  if (end) return value.endsWith(part) ? value.slice(0, -part.length) : value;
  return value.startsWith(part) ? value.slice(part.length) : value;
};

/** The functions of texts and of conversions to texts. */
export const TEXT_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['trim', ([value, chars]) => (chars === undefined ? trimSpace(text(value)) : trimChars(text(value), text(chars)))],
  ['trimPrefix', ([value, part = ' ']) => without(text(value), text(part), false)],
  ['trimSuffix', ([value, part = ' ']) => without(text(value), text(part), true)],
  ['upper', ([value]) => changeCase(text(value), (item) => item.toUpperCase())],
  ['lower', ([value]) => changeCase(text(value), (item) => item.toLowerCase())],
  ['split', splitter(false)],
  ['splitAfter', splitter(true)],
  [
    'replace',
    ([value, old, by, most]) =>
      replaceSome(text(value), { old: text(old), with: text(by) }, most === undefined ? -1 : toInt(most)),
  ],
  ['repeat', repeat],
  ['join', join],
  ['indexOf', ([value, part]) => bytePlace(text(value), text(value).indexOf(text(part)))],
  ['lastIndexOf', ([value, part]) => bytePlace(text(value), text(value).lastIndexOf(text(part)))],
  ['hasPrefix', ([value, part]) => text(value).startsWith(text(part))],
  ['hasSuffix', ([value, part]) => text(value).endsWith(text(part))],
  ['string', ([value], frame) => frame.text(formatValue(value, frame.walk()))],
  ['type', ([value]) => typeWord(value)],
  ['toJSON', ([value], frame) => frame.text(toJsonText(value, '  ', frame.walk()))],
  [
    'fromJSON',
    ([value], frame) => {
      frame.step(text(value).length);
      return decodeJson(text(value));
    },
  ],
  ['toBase64', ([value], frame) => frame.text(toBase64(text(value)))],
  ['fromBase64', ([value]) => decodeBase64(text(value))],
]);
