import { failAt } from './source.ts';
import { peek, type Scanner } from './scanner.ts';

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
]);

const HEX_LENGTH: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

function fromCode(scanner: Scanner, code: number): string {
  if (code > 0x10ffff) failAt(scanner.source, scanner.at - 1, 'unable to unescape string');
  return code >= 0xd800 && code <= 0xdfff ? '\ufffd' : String.fromCodePoint(code);
}

function readDigits(scanner: Scanner, base: 8 | 16, count: number): number {
  const allowed = base === 8 ? /^[0-7]$/ : /^[0-9a-fA-F]$/;
  let value = 0;
  for (let index = 0; index < count; index += 1) {
    const char = peek(scanner);
    if (!allowed.test(char)) failAt(scanner.source, scanner.at, 'invalid char escape');
    value = value * base + Number.parseInt(char, base);
    scanner.at += 1;
  }
  return value;
}

function readEscape(scanner: Scanner, quote: string): string {
  scanner.at += 1;
  const char = peek(scanner);
  const simple = char === quote ? quote : SIMPLE.get(char);
  if (simple !== undefined) {
    scanner.at += 1;
    return simple;
  }
  const hex = HEX_LENGTH.get(char);
  if (hex !== undefined) {
    scanner.at += 1;
    return fromCode(scanner, readDigits(scanner, 16, hex));
  }
  if (!/^[0-7]$/.test(char)) failAt(scanner.source, scanner.at, 'invalid char escape');
  const code = readDigits(scanner, 8, 3);
  if (code > 0o377) failAt(scanner.source, scanner.at, 'unable to unescape string');
  return fromCode(scanner, code);
}

/** Reads a text in single or double quotes with Go's escapes; it may not cross a line. */
export function readQuoted(scanner: Scanner, quote: string): void {
  const start = scanner.at;
  const parts: string[] = [];
  scanner.at += 1;
  for (let char = peek(scanner); char !== quote; char = peek(scanner)) {
    if (char === '' || char === '\n') failAt(scanner.source, scanner.at, 'literal not terminated');
    if (char === '\\') parts.push(readEscape(scanner, quote));
    else {
      parts.push(char);
      scanner.at += 1;
    }
  }
  scanner.at += 1;
  // All line ends are one: a carriage return alone is a line feed as well.
  const value = parts.join('').replaceAll('\r\n', '\n');
  scanner.tokens.push({ kind: 'String', value, at: start, end: scanner.at });
}

/** Reads a text in backticks: no escapes, may cross lines, a doubled backtick stands for one. */
export function readRaw(scanner: Scanner): void {
  const start = scanner.at;
  const parts: string[] = [];
  scanner.at += 1;
  for (;;) {
    const char = peek(scanner);
    if (char === '') failAt(scanner.source, scanner.at, 'literal not terminated');
    scanner.at += 1;
    if (char !== '`') parts.push(char);
    else if (peek(scanner) === '`') {
      parts.push('`');
      scanner.at += 1;
    } else break;
  }
  scanner.tokens.push({ kind: 'String', value: parts.join(''), at: start, end: scanner.at });
}
