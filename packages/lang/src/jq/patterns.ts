import { RE2JS } from 're2js';
import { Failure, expected, failure, notApplicable } from './failure.ts';
import type { Native } from './instructions.ts';
import { goQuote } from './json-text.ts';
import type { Machine } from './machine.ts';
import { type Value, countCodePoints, isArray, isObject, member, objectOf } from './value.ts';

/** A regular expression ready to use, with the names of its groups by number. */
interface Pattern {
  readonly regex: RE2JS;
  readonly names: readonly (string | undefined)[];
  readonly size: number;
}

/** The start and end of a match and its groups in UTF-16 units; −1 for a group that took no part. */
type Match = readonly (readonly [number, number])[];

function groupNames(regex: RE2JS): (string | undefined)[] {
  const names: (string | undefined)[] = Array.from({ length: regex.groupCount() + 1 }, () => undefined);
  for (const [name, at] of Object.entries(regex.namedGroups())) names[at] = name;
  return names;
}

function compilePattern(text: string, flags: string): Pattern | Failure {
  if (/[^gim]/.test(flags)) return failure(`unsupported regular expression flag: ${goQuote(flags)}`);
  const named = text.replaceAll('(?<', '(?P<');
  // compat(lang-0412): the flag `m` lets `.` match line breaks, and there is no flag `x`, `s`, `n`, `p` or `l`.
  const source = `${flags.includes('m') ? '(?s)' : ''}${flags.includes('i') ? '(?i)' : ''}${named}`;
  try {
    const regex = RE2JS.compile(source);
    return { regex, names: groupNames(regex), size: source.length };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Go names the offending part of the pattern, here an empty one.
    const reason = message.endsWith('trailing backslash at end of expression') ? `${message}: \`\`` : message;
    return failure(`invalid regular expression ${goQuote(source)}: ${reason}`);
  }
}

/** Patterns that one program may keep compiled. */
const KEPT_PATTERNS = 64;

/** Compiled patterns of one program, so that a pattern in a loop is compiled once. */
export class PatternCache {
  private readonly known = new Map<string, Pattern | Failure>();

  /** The pattern for a text and its flags; a failure when it is broken. Compiling is charged to the machine. */
  get(text: string, flags: string, machine: Machine): Pattern | Failure {
    const key = `${flags}/${text}`;
    const found = this.known.get(key);
    // A failure carries state while it travels, so it is never handed out twice.
    if (found !== undefined && !(found instanceof Failure)) return found;
    const made = compilePattern(text, flags);
    machine.charge(made instanceof Failure ? 400 : 200 + made.regex.programSize() * 4);
    if (this.known.size >= KEPT_PATTERNS) this.known.clear();
    this.known.set(key, made);
    return made;
  }
}

/** Longest pattern that is compiled. */
const PATTERN_LIMIT_CHARACTERS = 4096;

function patternFor(text: string, flags: string, machine: Machine): Pattern | Failure {
  if (text.length > PATTERN_LIMIT_CHARACTERS) machine.overLimit('steps');
  machine.charge(text.length);
  return machine.patterns.get(text, flags, machine);
}

function findFrom(pattern: Pattern, text: string, from: number): Match | undefined {
  const matcher = pattern.regex.matcher(text);
  if (!matcher.find(from)) return undefined;
  return pattern.names.map((_, group) => [matcher.start(group), matcher.end(group)] as const);
}

/** All matches from left to right; an empty match right after a match does not count. */
function findAll(pattern: Pattern, text: string, machine: Machine): readonly Match[] {
  const found: Match[] = [];
  let from = 0;
  let last = -1;
  while (from <= text.length) {
    const match = findFrom(pattern, text, from);
    if (match === undefined) break;
    machine.charge(8);
    const [start, end] = match[0] ?? [0, 0];
    if (end > from) from = end;
    else from += (text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1;
    if (end > start || start !== last) found.push(match);
    last = end;
  }
  return found;
}

/** Counts code points from left to right, so that many matches of a long text cost one pass. */
class PointCounter {
  private units = 0;
  private points = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  at(units: number): number {
    if (units < this.units) return countCodePoints(this.text.slice(0, units));
    this.points += countCodePoints(this.text.slice(this.units, units));
    this.units = units;
    return this.points;
  }
}

function capture(text: string, place: readonly [number, number], name: string | undefined): Value {
  const [start, end] = place;
  if (start < 0) return { name: name ?? null, offset: -1, length: 0, string: null };
  const string = text.slice(start, end);
  const offset = countCodePoints(text.slice(0, start));
  return { name: name ?? null, offset, length: countCodePoints(string), string };
}

function describeMatch(
  text: string,
  match: Match,
  by: { readonly pattern: Pattern; readonly counter: PointCounter },
): Value {
  const [start, end] = match[0] ?? [0, 0];
  const string = text.slice(start, end);
  const captures = match.slice(1).map((place, at) => capture(text, place, by.pattern.names[at + 1]));
  return { offset: by.counter.at(start), length: countCodePoints(string), string, captures };
}

/** The pattern, flags and text of a call; a failure in the engine's words when one of them is no string. */
function prepare(
  input: Value,
  args: readonly Value[],
  machine: Machine,
): { readonly text: string; readonly flags: string; readonly pattern: Pattern } | Failure {
  const [regex = null, flags = null] = args;
  if (flags !== null && typeof flags !== 'string') return notApplicable('match', flags);
  // compat(lang-0413): the message about a pattern that is no string shows the input instead.
  if (typeof input !== 'string' || typeof regex !== 'string') return notApplicable('match', input);
  const pattern = patternFor(regex, flags ?? '', machine);
  if (pattern instanceof Failure) return pattern;
  machine.charge(input.length * Math.max(1, pattern.size / 16));
  return { text: input, flags: flags ?? '', pattern };
}

const match: Native = (input, args, machine) => {
  const ready = prepare(input, args, machine);
  if (ready instanceof Failure) return ready;
  const { text, flags, pattern } = ready;
  if (args[2] === true) return pattern.regex.matcher(text).find();
  const single = flags.includes('g') ? undefined : findFrom(pattern, text, 0);
  const found = flags.includes('g') ? findAll(pattern, text, machine) : single === undefined ? [] : [single];
  const counter = new PointCounter(text);
  return found.map((item) => describeMatch(text, item, { pattern, counter }));
};

const captureObject: Native = (input) => {
  if (!isObject(input)) return expected('an object', input);
  const captures = member(input, 'captures') ?? null;
  if (!isArray(captures)) return expected('an array', captures);
  const pairs: (readonly [string, Value])[] = [];
  for (const item of captures) {
    if (!isObject(item)) continue;
    const name = member(item, 'name');
    if (typeof name === 'string') pairs.push([name, member(item, 'string') ?? null]);
  }
  return objectOf(pairs);
};

function splitBy(pattern: Pattern, text: string, machine: Machine): Value {
  if (text === '') return [''];
  const parts: string[] = [];
  let begin = 0;
  let end = 0;
  for (const found of findAll(pattern, text, machine)) {
    const [start, stop] = found[0] ?? [0, 0];
    end = start;
    if (stop !== 0) parts.push(text.slice(begin, start));
    begin = stop;
  }
  if (end !== text.length) parts.push(text.slice(begin));
  return parts;
}

const split: Native = (input, [regex = null, flags = null], machine) => {
  if (typeof input !== 'string') return notApplicable('split', input);
  if (typeof regex !== 'string') return notApplicable('split', '');
  if (flags !== null && typeof flags !== 'string') return notApplicable('split', flags);
  const pattern = patternFor(regex, flags ?? '', machine);
  if (pattern instanceof Failure) return pattern;
  machine.charge(input.length * Math.max(1, pattern.size / 16));
  return splitBy(pattern, input, machine);
};

/** The builtins that take regular expressions. */
export const PATTERN_NATIVES: readonly (readonly [string, Native])[] = [
  ['_match/3', match],
  ['_capture/0', captureObject],
  ['split/2', split],
];
