import {
  byteLength,
  GoMap,
  GoSlice,
  itemsOf,
  lowerText,
  MAX_INT64,
  printPlain,
  quoteGo,
  sliceBytes,
  trimSpace,
  upperText,
  type GoValue,
} from '../gofmt/index.ts';
import { textOf } from './cast.ts';
import { failCall, goFunction, type FunctionContext, type GoFunction } from './function.ts';
import {
  abbreviateText,
  camelCase,
  initialsOf,
  joinedWords,
  removeSpaces,
  swapCase,
  titleWords,
  untitleWords,
  wrapText,
} from './sprig-words.ts';

const text = (value: GoValue): string => String(value);
const count = (value: GoValue): number => Number(value);
const present = (value: GoValue): boolean => value !== null && value !== undefined;

/** A table row. */
export type Entry = readonly [string, GoFunction];

/** Go's strings.Split and SplitN: an empty separator takes the text apart by characters. */
export function splitText(whole: string, separator: string, limit = -1): readonly string[] {
  if (limit === 0) return [];
  const parts = separator === '' ? [...whole] : whole.split(separator);
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

/** `text[start:end]` with the words of Go's panic when the range is wrong. */
function sliceText(whole: string, start: number, end: number): string {
  const length = byteLength(whole);
  const panic = 'runtime error: slice bounds out of range';
  if (end < 0) return failCall(`${panic} [:${end}]`);
  if (end > length) return failCall(`${panic} [:${end}] with length ${length}`);
  if (start > end) return failCall(`${panic} [${start}:${end}]`);
  return sliceBytes(whole, start, end);
}

/** The character that a repeated text may not be longer than, whatever the budget. */
const REPEAT_LIMIT_CHARACTERS = 16_777_216;

function repeated(times: bigint, part: string, context: FunctionContext): string {
  if (times < 0n) return failCall('strings: negative Repeat count');
  const length = times * BigInt(part.length);
  if (length > MAX_INT64) return failCall('strings: Repeat output length overflow');
  context.reserve(Number(length));
  if (length > BigInt(REPEAT_LIMIT_CHARACTERS))
    return failCall(`repeat is limited to ${REPEAT_LIMIT_CHARACTERS} characters`);
  return part.repeat(Number(times));
}

function indented(spaces: bigint, body: string, context: FunctionContext): string {
  const pad = repeated(spaces, ' ', context);
  const lines = body.split('\n');
  context.reserve(lines.length * pad.length);
  return pad + lines.join(`\n${pad}`);
}

/** Texts of a list, nils left out; a text for anything else. */
export function textsOf(value: GoValue): readonly string[] {
  const items = itemsOf(value);
  if (items !== undefined) return items.filter(present).map(textOf);
  return present(value) ? [textOf(value)] : [];
}

function trimSet(set: string, whole: string): string {
  const chars = new Set(set);
  const all = [...whole];
  let [start, end] = [0, all.length];
  while (start < end && chars.has(all[start] ?? '')) start += 1;
  while (end > start && chars.has(all[end - 1] ?? '')) end -= 1;
  return all.slice(start, end).join('');
}

function truncated(limit: number, whole: string): string {
  const length = byteLength(whole);
  if (limit < 0) return length + limit > 0 ? sliceBytes(whole, length + limit, length) : whole;
  return length > limit ? sliceBytes(whole, 0, limit) : whole;
}

function substring(start: number, end: number, whole: string): string {
  const length = byteLength(whole);
  if (start < 0) return sliceText(whole, 0, end);
  return sliceText(whole, start, end < 0 || end > length ? length : end);
}

/** `split`: a map with keys `_0`, `_1` …. */
function numbered(parts: readonly string[]): GoMap {
  return new GoMap('string', Object.fromEntries(parts.map((part, index) => [`_${index}`, part])));
}

/** Replaces all; an empty search text matches before every character and at the end, as in Go. */
function replaceAll(old: string, fresh: string, whole: string): string {
  if (old === '') return fresh + Array.from(whole, (char) => char + fresh).join('');
  return whole.split(old).join(fresh);
}

const CASES: readonly Entry[] = [
  ['trim', goFunction('string', ([s]) => trimSpace(text(s)))],
  ['upper', goFunction('string', ([s]) => upperText(text(s)))],
  ['lower', goFunction('string', ([s]) => lowerText(text(s)))],
  ['title', goFunction('string', ([s]) => titleWords(text(s)))],
  ['untitle', goFunction('string', ([s]) => untitleWords(text(s)))],
  ['swapcase', goFunction('string', ([s]) => swapCase(text(s)))],
  ['snakecase', goFunction('string', ([s]) => joinedWords(text(s), '_'))],
  ['kebabcase', goFunction('string', ([s]) => joinedWords(text(s), '-'))],
  ['camelcase', goFunction('string', ([s]) => camelCase(text(s)))],
  ['nospace', goFunction('string', ([s]) => removeSpaces(text(s)))],
  ['initials', goFunction('string', ([s]) => initialsOf(text(s)))],
];

const CUTS: readonly Entry[] = [
  ['abbrev', goFunction('int, string', ([w, s]) => (count(w) < 4 ? s : abbreviateText(text(s), 0, count(w))))],
  [
    'abbrevboth',
    goFunction('int, int, string', ([left, right, s]) => {
      const small = count(right) < 4 || (count(left) > 0 && count(right) < 7);
      return small ? s : abbreviateText(text(s), count(left), count(right));
    }),
  ],
  ['trunc', goFunction('int, string', ([limit, s]) => truncated(count(limit), text(s)))],
  ['substr', goFunction('int, int, string', ([from, to, s]) => substring(count(from), count(to), text(s)))],
  ['repeat', goFunction('int, string', ([n, s], context) => repeated(BigInt(count(n)), text(s), context))],
  ['trimall', goFunction('string, string', ([set, s]) => trimSet(text(set), text(s)))],
  ['trimAll', goFunction('string, string', ([set, s]) => trimSet(text(set), text(s)))],
  [
    'trimSuffix',
    goFunction('string, string', ([end, s]) =>
      text(s).endsWith(text(end)) ? text(s).slice(0, text(s).length - text(end).length) : s,
    ),
  ],
  [
    'trimPrefix',
    goFunction('string, string', ([start, s]) =>
      text(s).startsWith(text(start)) ? text(s).slice(text(start).length) : s,
    ),
  ],
  [
    'wrap',
    goFunction('int, string', ([w, s]) => wrapText(text(s), { width: count(w), lineBreak: '', breakLongWords: false })),
  ],
  [
    'wrapWith',
    goFunction('int, string, string', ([w, lineBreak, s]) =>
      wrapText(text(s), { width: count(w), lineBreak: text(lineBreak), breakLongWords: true }),
    ),
  ],
];

const TESTS: readonly Entry[] = [
  ['contains', goFunction('string, string', ([part, s]) => text(s).includes(text(part)))],
  ['hasPrefix', goFunction('string, string', ([part, s]) => text(s).startsWith(text(part)))],
  ['hasSuffix', goFunction('string, string', ([part, s]) => text(s).endsWith(text(part)))],
];

const WRITING: readonly Entry[] = [
  [
    'quote',
    goFunction('...any', (args) =>
      args
        .filter(present)
        .map((value) => quoteGo(textOf(value)))
        .join(' '),
    ),
  ],
  [
    'squote',
    goFunction('...any', (args) =>
      args
        .filter(present)
        .map((value) => `'${printPlain(value)}'`)
        .join(' '),
    ),
  ],
  ['cat', goFunction('...any', (args) => args.filter(present).map(printPlain).join(' '))],
  ['indent', goFunction('int, string', ([n, s], context) => indented(BigInt(count(n)), text(s), context))],
  ['nindent', goFunction('int, string', ([n, s], context) => `\n${indented(BigInt(count(n)), text(s), context)}`)],
  [
    'replace',
    goFunction('string, string, string', ([old, fresh, s], context) => {
      const out = replaceAll(text(old), text(fresh), text(s));
      context.reserve(Math.max(0, out.length - text(s).length));
      return out;
    }),
  ],
  ['plural', goFunction('string, string, int', ([one, many, n]) => (n === 1n ? one : many))],
  ['toString', goFunction('any', ([value]) => textOf(value))],
  ['toStrings', goFunction('any', ([value]) => new GoSlice('string', textsOf(value)))],
  ['join', goFunction('string, any', ([separator, value]) => textsOf(value).join(text(separator)))],
  ['split', goFunction('string, string', ([separator, s]) => numbered(splitText(text(s), text(separator))))],
  [
    'splitList',
    goFunction('string, string', ([separator, s]) => new GoSlice('string', splitText(text(s), text(separator)))),
  ],
  [
    'splitn',
    goFunction('string, int, string', ([separator, n, s]) => numbered(splitText(text(s), text(separator), count(n)))),
  ],
];

/** sprig's functions over text. */
export const STRING_FUNCTIONS: readonly Entry[] = [...CASES, ...CUTS, ...TESTS, ...WRITING];
