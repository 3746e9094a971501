import { Failure, failure, notApplicable } from './failure.ts';
import type { Native } from './instructions.ts';
import { goQuote, toJson, utf8Length } from './json-text.ts';
import { numberFromText, parseJson } from './json-parse.ts';
import type { Machine } from './machine.ts';
import { weigh } from './weight.ts';
import { type Value, isArray, isNumeric, toIndex } from './value.ts';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

const toNumber: Native = (input) => {
  if (isNumeric(input)) return input;
  if (typeof input !== 'string') return notApplicable('tonumber', input);
  return NUMBER.test(input) ? numberFromText(input) : failure(`invalid number: ${goQuote(input)}`);
};

/** A value as text: strings as they are, everything else as JSON. */
export function textOf(value: Value, machine: Machine): string {
  if (typeof value === 'string') return value;
  weigh(value, machine);
  const text = toJson(value);
  machine.chargeText(text.length);
  return text;
}

const fromJson: Native = (input, _args, machine) => {
  if (typeof input !== 'string') return notApplicable('fromjson', input);
  machine.charge(input.length / 4);
  const value = parseJson(input);
  return value === undefined ? notApplicable('fromjson', input) : value;
};

const explode: Native = (input, _args, machine) => {
  if (typeof input !== 'string') return notApplicable('explode', input);
  machine.charge(input.length / 4);
  return Array.from(input, (character) => character.codePointAt(0) ?? 0);
};

const SURROGATES = { first: 0xd800, last: 0xdfff };

const implode: Native = (input, _args, machine) => {
  if (!isArray(input)) return notApplicable('implode', input);
  machine.charge(input.length / 4);
  const characters: string[] = [];
  for (const item of input) {
    const point = isNumeric(item) ? toIndex(item) : undefined;
    if (point === undefined || point < 0 || point > 0x10_ffff) return notApplicable('implode', input);
    const isHalf = point >= SURROGATES.first && point <= SURROGATES.last;
    characters.push(isHalf ? '\ufffd' : String.fromCodePoint(point));
  }
  return characters.join('');
};

const split: Native = (input, [separator = null], machine) => {
  if (typeof input !== 'string') return notApplicable('split', input);
  // compat(lang-0410): the message shows an empty string, whatever the separator was.
  if (typeof separator !== 'string') return notApplicable('split', '');
  machine.charge(input.length / 4);
  return separator === '' ? Array.from(input) : input.split(separator);
};

const mapText =
  (name: string, change: (text: string) => string): Native =>
  (input, _args, machine) => {
    if (typeof input !== 'string') return notApplicable(name, input);
    machine.charge(input.length / 16);
    return change(input);
  };

const edge =
  (name: string, holds: (text: string, part: string) => boolean): Native =>
  (input, [part = null]) => {
    if (typeof input !== 'string') return notApplicable(name, input);
    return typeof part === 'string' ? holds(input, part) : notApplicable(name, part);
  };

const cut =
  (change: (text: string, part: string) => string): Native =>
  (input, [part = null]) =>
    typeof input === 'string' && typeof part === 'string' ? change(input, part) : input;

const cutStart = (text: string, part: string): string => (text.startsWith(part) ? text.slice(part.length) : text);
const cutEnd = (text: string, part: string): string =>
  part !== '' && text.endsWith(part) ? text.slice(0, -part.length) : text;
const cutBoth = (text: string, part: string): string => cutEnd(cutStart(text, part), part);

const lower = (text: string): string => text.replaceAll(/[A-Z]+/g, (run) => run.toLowerCase());
const upper = (text: string): string => text.replaceAll(/[a-z]+/g, (run) => run.toUpperCase());

/** White space as Go's `unicode.IsSpace` sees it. */
const BLANK = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING = new RegExp(`^${BLANK}+`, 'u');

function trimEnd(text: string): string {
  const blank = new RegExp(`^${BLANK}$`, 'u');
  let end = text.length;
  while (end > 0 && blank.test(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end);
}

const trimStart = (text: string): string => text.replace(LEADING, '');

const error: Native = (input, args, machine) => {
  const value = args.length === 0 ? input : (args[0] ?? null);
  weigh(value, machine);
  const message = typeof value === 'string' ? `error: ${value}` : `error: ${toJson(value)}`;
  return new Failure(message, { value });
};

/** The builtins on strings, and the conversions from and to them. */
export const TEXT_NATIVES: readonly (readonly [string, Native])[] = [
  ['tonumber/0', toNumber],
  ['tostring/0', (input, _args, machine) => textOf(input, machine)],
  ['tojson/0', (input, _args, machine) => (typeof input === 'string' ? toJson(input) : textOf(input, machine))],
  ['fromjson/0', fromJson],
  [
    'utf8bytelength/0',
    (input) => (typeof input === 'string' ? utf8Length(input) : notApplicable('utf8bytelength', input)),
  ],
  ['explode/0', explode],
  ['implode/0', implode],
  ['split/1', split],
  ['startswith/1', edge('startswith', (text, part) => text.startsWith(part))],
  ['endswith/1', edge('endswith', (text, part) => text.endsWith(part))],
  ['ltrimstr/1', cut(cutStart)],
  ['rtrimstr/1', cut(cutEnd)],
  ['trimstr/1', cut(cutBoth)],
  ['ascii_downcase/0', mapText('ascii_downcase', lower)],
  ['ascii_upcase/0', mapText('ascii_upcase', upper)],
  ['trim/0', mapText('trim', (text) => trimEnd(trimStart(text)))],
  ['ltrim/0', mapText('ltrim', trimStart)],
  ['rtrim/0', mapText('rtrim', trimEnd)],
  ['error/0', error],
  ['error/1', error],
];
