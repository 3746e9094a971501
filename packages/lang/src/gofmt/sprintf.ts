import { PLAIN, printArgument, printPlain, type Spec } from './print.ts';
import { integerOf, typeOf, type GoValue } from './values.ts';

/** The largest width or precision that Go takes. */
const WIDTH_LIMIT = 1_000_000;

/** The state of one Sprintf call. */
interface Scan {
  readonly format: string;
  readonly args: readonly GoValue[];
  at: number;
  argument: number;
  reordered: boolean;
  goodArgument: boolean;
  out: string;
}

interface Mutable {
  minus: boolean;
  plus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  width: number | undefined;
  precision: number | undefined;
}

function readFlags(scan: Scan, flags: Mutable): void {
  for (; scan.at < scan.format.length; scan.at += 1) {
    switch (scan.format.charAt(scan.at)) {
      case '#':
        flags.sharp = true;
        break;
      case '0':
        flags.zero = !flags.minus;
        break;
      case '+':
        flags.plus = true;
        break;
      case '-':
        flags.minus = true;
        flags.zero = false;
        break;
      case ' ':
        flags.space = true;
        break;
      default:
        return;
    }
  }
}

/** Digits at the current place; a number beyond the limit swallows the rest of the format, as in Go. */
function readNumber(scan: Scan): number | undefined {
  const digits = /^[0-9]+/.exec(scan.format.slice(scan.at))?.[0];
  if (digits === undefined) return undefined;
  if (digits.length > 7 || Number(digits.slice(0, -1)) > WIDTH_LIMIT) {
    scan.at = scan.format.length;
    return undefined;
  }
  scan.at += digits.length;
  return Number(digits);
}

/** `[n]` picks an argument; true when there was one and it is good. */
function readIndex(scan: Scan): boolean {
  if (scan.format.charAt(scan.at) !== '[') return false;
  scan.reordered = true;
  const rest = scan.format.slice(scan.at);
  const close = rest.indexOf(']');
  const digits = close > 1 ? /^\[([0-9]+)\]/.exec(rest)?.[1] : undefined;
  scan.at += close < 0 ? 1 : close + 1;
  const index = digits === undefined ? Number.NaN : Number(digits) - 1;
  if (index >= 0 && index < scan.args.length) {
    scan.argument = index;
    return true;
  }
  scan.goodArgument = false;
  return digits !== undefined;
}

function starArgument(scan: Scan): number | undefined {
  const value = integerOf(scan.args[scan.argument]);
  if (scan.argument < scan.args.length) scan.argument += 1;
  if (value === undefined || value > BigInt(WIDTH_LIMIT) || value < BigInt(-WIDTH_LIMIT)) return undefined;
  return Number(value);
}

function readWidth(scan: Scan, flags: Mutable, afterIndex: boolean): boolean {
  if (scan.format.charAt(scan.at) === '*') {
    scan.at += 1;
    flags.width = starArgument(scan);
    if (flags.width === undefined) scan.out += '%!(BADWIDTH)';
    if (flags.width !== undefined && flags.width < 0) {
      flags.width = -flags.width;
      flags.minus = true;
      flags.zero = false;
    }
    return false;
  }
  flags.width = readNumber(scan);
  if (afterIndex && flags.width !== undefined) scan.goodArgument = false;
  return afterIndex;
}

function readPrecision(scan: Scan, flags: Mutable, afterIndex: boolean): boolean {
  if (scan.at + 1 >= scan.format.length || scan.format.charAt(scan.at) !== '.') return afterIndex;
  scan.at += 1;
  if (afterIndex) scan.goodArgument = false;
  const indexed = readIndex(scan);
  if (scan.format.charAt(scan.at) === '*') {
    scan.at += 1;
    const given = starArgument(scan);
    flags.precision = given === undefined || given < 0 ? undefined : given;
    if (flags.precision === undefined) scan.out += '%!(BADPREC)';
    return false;
  }
  flags.precision = readNumber(scan) ?? 0;
  return indexed;
}

function specFor(flags: Mutable, verb: string): Spec {
  const value = verb === 'v';
  if (Object.values(flags).every((flag) => flag === false || flag === undefined)) return PLAIN;
  return {
    ...flags,
    sharp: flags.sharp && !value,
    plus: flags.plus && !value,
    sharpV: flags.sharp && value,
    plusV: flags.plus && value,
  };
}

function printVerb(scan: Scan, flags: Mutable): void {
  const verb = String.fromCodePoint(scan.format.codePointAt(scan.at) ?? 0xfffd);
  scan.at += verb.length;
  if (verb === '%') scan.out += '%';
  else if (!scan.goodArgument) scan.out += `%!${verb}(BADINDEX)`;
  else if (scan.argument >= scan.args.length) scan.out += `%!${verb}(MISSING)`;
  else {
    scan.out += printArgument(scan.args[scan.argument], verb, specFor(flags, verb));
    scan.argument += 1;
  }
}

function directive(scan: Scan): boolean {
  scan.goodArgument = true;
  const flags: Mutable = {
    minus: false,
    plus: false,
    sharp: false,
    space: false,
    zero: false,
    width: undefined,
    precision: undefined,
  };
  readFlags(scan, flags);
  const simple = /[a-z]/.test(scan.format.charAt(scan.at)) && scan.argument < scan.args.length;
  if (!simple) {
    let afterIndex = readWidth(scan, flags, readIndex(scan));
    afterIndex = readPrecision(scan, flags, afterIndex);
    if (!afterIndex) readIndex(scan);
  }
  if (scan.at >= scan.format.length) {
    scan.out += '%!(NOVERB)';
    return false;
  }
  printVerb(scan, flags);
  return true;
}

function extraArguments(scan: Scan): string {
  if (scan.reordered || scan.argument >= scan.args.length) return '';
  const extra = scan.args.slice(scan.argument).map((value) => {
    if (value === null || value === undefined) return '<nil>';
    return `${typeOf(value)}=${printPlain(value)}`;
  });
  return `%!(EXTRA ${extra.join(', ')})`;
}

/** Go's fmt.Sprintf. Never fails: wrong verbs and arguments show in the text, as in Go. */
export function sprintf(format: string, args: readonly GoValue[]): string {
  const scan: Scan = { format, args, at: 0, argument: 0, reordered: false, goodArgument: true, out: '' };
  while (scan.at < format.length) {
    const percent = format.indexOf('%', scan.at);
    scan.out += format.slice(scan.at, percent < 0 ? format.length : percent);
    if (percent < 0) break;
    scan.at = percent + 1;
    if (!directive(scan)) break;
  }
  return scan.out + extraArguments(scan);
}

/** Go's fmt.Sprint: a space between two operands when neither is text. */
export function sprint(args: readonly GoValue[]): string {
  let out = '';
  for (const [index, value] of args.entries()) {
    const text = typeof value === 'string';
    if (index > 0 && !text && typeof args[index - 1] !== 'string') out += ' ';
    out += printPlain(value);
  }
  return out;
}

/** Go's fmt.Sprintln: spaces between all operands, and a line break. */
export function sprintln(args: readonly GoValue[]): string {
  return `${args.map(printPlain).join(' ')}\n`;
}
