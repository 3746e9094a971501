import { argumentFailure, checkInteger, checkText, optionalInteger } from './arguments.ts';
import { formatText } from './format.ts';
import type { Library } from './lib-base.ts';
import { callOne, indexValue, toText } from './operations.ts';
import { Matcher } from './pattern.ts';
import { NOTHING, type Run } from './run.ts';
import { decodeBytes, encodeBytes } from './text.ts';
import { LuaFunction, LuaTable, typeName, type LuaValue } from './value.ts';

type Arguments = readonly LuaValue[];

/** Values that one call of `string.byte` may give. */
const BYTE_LIMIT = 8000;
const SPECIAL = /[\^$*+?.()[\]%-]/;

/** A Lua position (from 1, negative from the end) as an index from 0; may lie outside the text. */
function startIndex(position: number, size: number): number {
  if (position > 0) return position - 1;
  return position === 0 ? 0 : Math.max(0, size + position);
}

function endIndex(position: number, size: number): number {
  return position >= 0 ? Math.min(position, size) : size + position + 1;
}

function sub(run: Run, args: Arguments): Arguments {
  const text = checkText(run, args, { at: 0, name: 'sub' });
  const from = startIndex(checkInteger(run, args, { at: 1, name: 'sub' }), text.length);
  const to = endIndex(optionalInteger(run, args, { at: 2, name: 'sub', otherwise: -1 }), text.length);
  return [made(run, from < to ? text.slice(from, to) : '')];
}

/** Counts a string that a function made. */
function made(run: Run, text: string): string {
  run.allocateText(text.length);
  return text;
}

function byte(run: Run, args: Arguments): Arguments {
  const text = checkText(run, args, { at: 0, name: 'byte' });
  const first = optionalInteger(run, args, { at: 1, name: 'byte', otherwise: 1 });
  const last = optionalInteger(run, args, { at: 2, name: 'byte', otherwise: first });
  const from = startIndex(first, text.length);
  const to = endIndex(last, text.length);
  if (first === 0 && args.length < 3) return NOTHING;
  if (to - from > BYTE_LIMIT) throw run.failure('string slice too long');
  const codes: LuaValue[] = [];
  for (let at = from; at < to; at += 1) codes.push(text.charCodeAt(at));
  run.spend(codes.length >> 3);
  return codes;
}

function char(run: Run, args: Arguments): Arguments {
  run.spend(args.length >> 3);
  // compat(lang-0505): codes are cut to a byte instead of refused.
  const codes = args.map((_, at) => checkInteger(run, args, { at, name: 'char' }) & 0xff);
  return [made(run, codes.map((code) => String.fromCharCode(code)).join(''))];
}

function rep(run: Run, args: Arguments): Arguments {
  const text = checkText(run, args, { at: 0, name: 'rep' });
  const count = Math.max(0, checkInteger(run, args, { at: 1, name: 'rep' }));
  run.allocateText(text.length * count);
  return [text.length === 0 ? '' : text.repeat(count)];
}

/** Where a match may start, and with what: the pattern without its `^`. */
function search(run: Run, subject: string, pattern: string): { matcher: Matcher; from: number } {
  return { matcher: new Matcher(run, subject, pattern), from: pattern.startsWith('^') ? 1 : 0 };
}

interface Found {
  readonly matcher: Matcher;
  readonly start: number;
  readonly end: number;
}

function findFirst(run: Run, texts: { subject: string; pattern: string }, init: number): Found | undefined {
  const { matcher, from } = search(run, texts.subject, texts.pattern);
  for (let start = init; start <= texts.subject.length; start += 1) {
    const end = matcher.attempt(start, from);
    if (end >= 0) return { matcher, start, end };
    if (from === 1) return undefined;
  }
  return undefined;
}

/** Where a search begins: the third argument, at most the end of the text. */
function startOf(run: Run, args: Arguments, { name, size }: { name: string; size: number }): number {
  return Math.min(size, startIndex(optionalInteger(run, args, { at: 2, name, otherwise: 1 }), size));
}

function find(run: Run, args: Arguments): Arguments {
  const subject = checkText(run, args, { at: 0, name: 'find' });
  const pattern = checkText(run, args, { at: 1, name: 'find' });
  const init = startOf(run, args, { name: 'find', size: subject.length });
  const plain = args[3] !== undefined && args[3] !== false;
  if (plain || !SPECIAL.test(pattern)) {
    run.spend(subject.length >> 6);
    const start = subject.indexOf(pattern, init);
    return start < 0 ? [undefined] : [start + 1, start + pattern.length];
  }
  const found = findFirst(run, { subject, pattern }, init);
  if (found === undefined) return [undefined];
  const { matcher, start, end } = found;
  return [start + 1, end, ...(matcher.captures.length === 0 ? [] : matcher.values([start, end]))];
}

function match(run: Run, args: Arguments): Arguments {
  const subject = checkText(run, args, { at: 0, name: 'match' });
  const pattern = checkText(run, args, { at: 1, name: 'match' });
  const found = findFirst(run, { subject, pattern }, startOf(run, args, { name: 'match', size: subject.length }));
  return found === undefined ? [undefined] : captured(run, found);
}

function captured(run: Run, { matcher, start, end }: Found): Arguments {
  const values = matcher.values([start, end]);
  for (const value of values) if (typeof value === 'string') run.allocate(value.length);
  return values;
}

function gmatch(run: Run, args: Arguments): Arguments {
  const subject = checkText(run, args, { at: 0, name: 'gmatch' });
  const pattern = checkText(run, args, { at: 1, name: 'gmatch' });
  let at = 0;
  const step = new LuaFunction('gmatch_step', (current) => {
    current.spend(3);
    const { matcher, from } = search(current, subject, pattern);
    // compat(lang-0514): `^` anchors a pattern of gmatch, which then matches once at most; in Lua 5.1 it is a letter.
    const last = from === 1 ? Math.min(0, subject.length) : subject.length;
    for (let start = at; start <= last; start += 1) {
      const end = matcher.attempt(start, from);
      if (end < 0) continue;
      at = end === start ? end + 1 : end;
      return captured(current, { matcher, start, end });
    }
    at = subject.length + 1;
    return NOTHING;
  });
  return [step];
}

/** Collects the text of `gsub`, counted as it grows. */
class Output {
  readonly parts: string[] = [];
  private bytes = 0;
  private readonly run: Run;

  constructor(run: Run) {
    this.run = run;
  }

  add(text: string): void {
    this.bytes += text.length;
    if (this.bytes > this.run.limits.stringBytes) this.run.allocateText(this.bytes);
    this.parts.push(text);
  }

  finish(): string {
    return made(this.run, this.parts.join(''));
  }
}

function gsub(run: Run, args: Arguments): Arguments {
  const subject = checkText(run, args, { at: 0, name: 'gsub' });
  const pattern = checkText(run, args, { at: 1, name: 'gsub' });
  const replace = replacement(run, args);
  const limit = optionalInteger(run, args, { at: 3, name: 'gsub', otherwise: subject.length + 1 });
  const { matcher, from } = search(run, subject, pattern);
  const output = new Output(run);
  let at = 0;
  let count = 0;
  while (count < limit) {
    const end = matcher.attempt(at, from);
    if (end >= 0) {
      count += 1;
      output.add(replace({ matcher, start: at, end }));
    }
    if (end > at) {
      at = end;
    } else {
      if (at < subject.length) output.add(subject.charAt(at));
      at += 1;
    }
    if (at > subject.length || from === 1) break;
  }
  output.add(subject.slice(at));
  return [output.finish(), count];
}

function replacement(run: Run, args: Arguments): (found: Found) => string {
  const by = args[2];
  if (by instanceof LuaTable) {
    return (found) => replaced(run, found, indexValue(run, by, found.matcher.value(0, [found.start, found.end])));
  }
  if (by instanceof LuaFunction) {
    return (found) => replaced(run, found, callOne(run, by, ...found.matcher.values([found.start, found.end])));
  }
  const template = toText(by);
  if (template !== undefined) return (found) => expand(run, template, found);
  const message = `string or table or function expected, got ${typeName(by)}`;
  throw argumentFailure(run, { at: 2, name: 'gsub' }, message);
}

function replaced(run: Run, { matcher, start, end }: Found, value: LuaValue): string {
  if (value === undefined || value === false) return matcher.whole(start, end);
  const text = toText(value);
  if (text === undefined) throw run.failure(`invalid replacement value (a ${typeName(value)})`);
  return text;
}

function expand(run: Run, template: string, { matcher, start, end }: Found): string {
  if (!template.includes('%')) return template;
  const output = new Output(run);
  for (let at = 0; at < template.length; at += 1) {
    const unit = template.charAt(at);
    if (unit !== '%') {
      output.add(unit);
      continue;
    }
    at += 1;
    const digit = template.charAt(at);
    if (digit === '0') output.add(matcher.whole(start, end));
    else if (digit >= '1' && digit <= '9') output.add(toText(matcher.value(Number(digit) - 1, [start, end])) ?? '');
    // compat(lang-0506): `%` before anything but a digit or `%` stays in the replacement.
    else output.add(digit === '%' ? '%' : `%${digit}`);
  }
  return output.parts.join('');
}

/** Upper or lower case of each character that has a counterpart of one character. */
function mapCase(run: Run, text: string, change: (character: string) => string): string {
  // compat(lang-0507): letters beyond ASCII change case too, since gopher-lua uses Go's Unicode tables.
  run.spend(text.length);
  const mapped = Array.from(decodeBytes(text), (character) => {
    const other = change(character);
    return Array.from(other).length === 1 ? other : character;
  });
  return encodeBytes(mapped.join(''));
}

function reversed(run: Run, text: string): string {
  run.spend(text.length >> 2);
  return made(run, text.split('').toReversed().join(''));
}

const ASCII = /^[\0-\u007f]*$/;

/** The `string` library. There is no `dump`. */
export const STRING: Library = {
  byte,
  char,
  find,
  format: (run, args) => {
    const format = checkText(run, args, { at: 0, name: 'format' });
    return [made(run, formatText(run, format, args.slice(1)))];
  },
  gfind: gmatch,
  gmatch,
  gsub,
  len: (run, args) => [checkText(run, args, { at: 0, name: 'len' }).length],
  lower: (run, args) => {
    const text = made(run, checkText(run, args, { at: 0, name: 'lower' }));
    return [ASCII.test(text) ? text.toLowerCase() : mapCase(run, text, (character) => character.toLowerCase())];
  },
  match,
  rep,
  reverse: (run, args) => [reversed(run, checkText(run, args, { at: 0, name: 'reverse' }))],
  sub,
  upper: (run, args) => {
    const text = made(run, checkText(run, args, { at: 0, name: 'upper' }));
    return [ASCII.test(text) ? text.toUpperCase() : mapCase(run, text, (character) => character.toUpperCase())];
  },
};
