import { toBytes } from './bytes.ts';
import { fail } from './failure.ts';
import type { ExprValue } from './values.ts';

class Complaint extends Error {}

interface Reader {
  readonly text: string;
  at: number;
}

/** A character as Go names it: the first byte of its UTF-8. */
function describe(char: string): string {
  if (char === "'") return `'\\''`;
  if (char === '"') return `'"'`;
  const byte = String.fromCharCode(toBytes(char)[0] ?? 0);
  return `'${JSON.stringify(byte).slice(1, -1)}'`;
}

function refuse(reader: Reader, where: string): never {
  // At the end Go looks at a blank to see whether a number or a word could have ended there.
  const code = reader.text.codePointAt(reader.at);
  const char = code === undefined ? ' ' : String.fromCodePoint(code);
  throw new Complaint(`invalid character ${describe(char)} ${where}`);
}

function endOfInput(): never {
  throw new Complaint('unexpected end of JSON input');
}

function skipSpace(reader: Reader): string {
  while (/[ \t\r\n]/.test(reader.text.charAt(reader.at))) reader.at += 1;
  return reader.text.charAt(reader.at);
}

function checkEscape(reader: Reader): void {
  reader.at += 1;
  const char = reader.text.charAt(reader.at);
  if (char === '') endOfInput();
  if (!'"\\/bfnrtu'.includes(char)) refuse(reader, 'in string escape code');
  if (char !== 'u') return;
  for (let count = 0; count < 4; count += 1) {
    reader.at += 1;
    if (!/[0-9a-fA-F]/.test(reader.text.charAt(reader.at))) refuse(reader, 'in \\u hexadecimal character escape');
  }
}

function checkText(reader: Reader): void {
  for (reader.at += 1; reader.text.charAt(reader.at) !== '"'; reader.at += 1) {
    const char = reader.text.charAt(reader.at);
    if (char === '') endOfInput();
    if (char < ' ') refuse(reader, 'in string literal');
    if (char === '\\') checkEscape(reader);
  }
  reader.at += 1;
}

function checkDigits(reader: Reader, where: string): void {
  if (!/\d/.test(reader.text.charAt(reader.at))) refuse(reader, where);
  while (/\d/.test(reader.text.charAt(reader.at))) reader.at += 1;
}

function checkNumber(reader: Reader): void {
  if (reader.text.charAt(reader.at) === '-') reader.at += 1;
  if (reader.text.charAt(reader.at) === '0') reader.at += 1;
  else checkDigits(reader, 'in numeric literal');
  if (reader.text.charAt(reader.at) === '.') {
    reader.at += 1;
    checkDigits(reader, 'after decimal point in numeric literal');
  }
  if (!/[eE]/.test(reader.text.charAt(reader.at))) return;
  reader.at += 1;
  if (/[+-]/.test(reader.text.charAt(reader.at))) reader.at += 1;
  checkDigits(reader, 'in exponent of numeric literal');
}

function checkWord(reader: Reader, word: string): void {
  for (const expected of word) {
    if (reader.text.charAt(reader.at) !== expected) refuse(reader, `in literal ${word} (expecting '${expected}')`);
    reader.at += 1;
  }
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['t', 'true'],
  ['f', 'false'],
  ['n', 'null'],
]);

function checkScalar(reader: Reader, char: string): void {
  const word = WORDS.get(char);
  if (word !== undefined) checkWord(reader, word);
  else if (char === '"') checkText(reader);
  else if (/[-\d]/.test(char)) checkNumber(reader);
  else if (char === '') endOfInput();
  else refuse(reader, 'looking for beginning of value');
}

function checkKey(reader: Reader): void {
  const char = skipSpace(reader);
  if (char === '') endOfInput();
  if (char !== '"') refuse(reader, 'looking for beginning of object key string');
  checkText(reader);
  const colon = skipSpace(reader);
  if (colon === '') endOfInput();
  if (colon !== ':') refuse(reader, 'after object key');
  reader.at += 1;
}

/** What follows a member of a container: a comma or its end. */
function checkSeparator(reader: Reader, inside: string, char: string): void {
  if (char === '') endOfInput();
  if (char === ',' || char === (inside === '{' ? '}' : ']')) return;
  refuse(reader, inside === '{' ? 'after object key:value pair' : 'after array element');
}

/** What follows a value: the end of its containers, or the next member of the innermost. */
function checkAfter(reader: Reader, open: string[]): void {
  for (let inside = open.at(-1); inside !== undefined; inside = open.at(-1)) {
    const char = skipSpace(reader);
    checkSeparator(reader, inside, char);
    reader.at += 1;
    if (char === ',') return inside === '{' ? checkKey(reader) : undefined;
    open.pop();
  }
  if (skipSpace(reader) !== '') refuse(reader, 'after top-level value');
}

/** One value at most: opens a container, or reads a scalar and what follows it. */
function checkStep(reader: Reader, open: string[]): void {
  const char = skipSpace(reader);
  if (char !== '{' && char !== '[') {
    checkScalar(reader, char);
    return checkAfter(reader, open);
  }
  open.push(char);
  reader.at += 1;
  const empty = skipSpace(reader) === (char === '{' ? '}' : ']');
  if (empty) return checkAfter(reader, open);
  if (char === '{') checkKey(reader);
}

/** Go's complaint about text that is no JSON. */
function complaint(text: string): string {
  const reader: Reader = { text, at: 0 };
  const open: string[] = [];
  try {
    do checkStep(reader, open);
    while (open.length > 0 || reader.at < text.length);
  } catch (error) {
    if (error instanceof Complaint) return error.message;
    throw error;
  }
  return 'invalid JSON';
}

/** Reads JSON as Go's encoding/json reads it into `any`: every number is a float. Throws ExprFailure. */
export function decodeJson(text: string): ExprValue {
  try {
    return JSON.parse(text) as ExprValue;
  } catch {
    return fail(complaint(text));
  }
}
