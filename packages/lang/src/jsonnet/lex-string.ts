import type { Token } from './lexer.ts';
import { wellFormed } from './text.ts';
import { staticError, type SourceFile } from './source.ts';

/** True where a string literal of any form begins. */
export function startsString(text: string, offset: number): boolean {
  const character = text[offset];
  if (character === '"' || character === "'") return true;
  if (character === '@') return text[offset + 1] === '"' || text[offset + 1] === "'";
  return text.startsWith('|||', offset);
}

/** Reads the string literal at `start`; the token's text is the string's value. */
export function readString(file: SourceFile, start: number): Token {
  const character = file.text[start];
  if (character === '@') return readVerbatim(file, start);
  return character === '|' ? readBlock(file, start) : readQuoted(file, start);
}

function readVerbatim(file: SourceFile, start: number): Token {
  const { text } = file;
  const quote = text.charAt(start + 1);
  let value = '';
  let offset = start + 2;
  for (;;) {
    const end = text.indexOf(quote, offset);
    if (end < 0) throw staticError('Unterminated verbatim string', { file, start, end: start });
    value += text.slice(offset, end);
    if (text[end + 1] !== quote) return { kind: 'string', text: value, start, end: end + 1 };
    value += quote;
    offset = end + 2;
  }
}

const SIMPLE_ESCAPES = new Map([
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function readQuoted(file: SourceFile, start: number): Token {
  const { text } = file;
  const quote = text.charAt(start);
  let end = start + 1;
  while (end < text.length && text[end] !== quote) end += text[end] === '\\' ? 2 : 1;
  if (end >= text.length) throw staticError('Unterminated String', { file, start, end: start });
  const raw = text.slice(start + 1, end);
  const value = raw.includes('\\') ? unescape(raw, file, { start, end: end + 1 }) : raw;
  return { kind: 'string', text: value, start, end: end + 1 };
}

function unescape(raw: string, file: SourceFile, at: { start: number; end: number }): string {
  let value = '';
  let offset = 0;
  while (offset < raw.length) {
    const character = raw.charAt(offset);
    if (character !== '\\') {
      value += character;
      offset += 1;
      continue;
    }
    const code = raw.charAt(offset + 1);
    const simple = SIMPLE_ESCAPES.get(code);
    if (simple === undefined && code !== 'u') {
      throw staticError(`Unknown escape sequence in string literal: '${code}'`, { file, ...at });
    }
    if (simple === undefined) {
      value += unicodeEscape(raw.slice(offset + 2, offset + 6), file, at);
      offset += 6;
    } else {
      value += simple;
      offset += 2;
    }
  }
  // Halves of a surrogate pair that stand alone are no characters; Go turns them into the replacement character.
  return wellFormed(value);
}

function unicodeEscape(digits: string, file: SourceFile, at: { start: number; end: number }): string {
  if (digits.length < 4) {
    throw staticError('Truncated unicode escape sequence in string literal', { file, ...at });
  }
  const wrong = /[^0-9a-fA-F]/.exec(digits)?.[0];
  if (wrong !== undefined) {
    throw staticError(`Malformed unicode escape character, should be hex: '${wrong}'`, { file, ...at });
  }
  return String.fromCharCode(Number.parseInt(digits, 16));
}

function leadingSpace(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** Where a text block's text starts, and whether its last line break is dropped (`|||-`). */
function openBlock(file: SourceFile, start: number): { readonly offset: number; readonly chomp: boolean } {
  const chomp = file.text[start + 3] === '-';
  const opening = /[ \t\r]*\n/y;
  opening.lastIndex = start + (chomp ? 4 : 3);
  if (opening.test(file.text)) return { offset: opening.lastIndex, chomp };
  throw staticError('Text block requires new line after |||.', { file, start, end: start });
}

/** The line at an offset; `end` is past its line break, or -1 when the text ends in it. */
function lineAt(text: string, offset: number): { readonly line: string; readonly end: number } {
  const end = text.indexOf('\n', offset);
  return end < 0 ? { line: text.slice(offset), end } : { line: text.slice(offset, end), end: end + 1 };
}

/** How far the first line of a text block with text may be from its start. */
const INDENT_WINDOW = 65_536;

/** Text blocks: every line starts with the first line's indentation. */
function readBlock(file: SourceFile, start: number): Token {
  const { text } = file;
  const opened = openBlock(file, start);
  let { offset } = opened;
  let value = '';
  const indent = leadingSpace(/^\n*(.*)/.exec(text.slice(offset, offset + INDENT_WINDOW))?.[1] ?? '');
  if (indent === '') {
    throw staticError("Text block's first line must start with whitespace", { file, start, end: start });
  }
  for (;;) {
    const { line, end } = lineAt(text, offset);
    if (line !== '' && !line.startsWith(indent)) {
      return closeBlock({ file, start, offset, value, chomp: opened.chomp });
    }
    if (end < 0) throw staticError('Unexpected EOF', { file, start, end: start });
    value += `${line.slice(indent.length)}\n`;
    offset = end;
  }
}

interface BlockEnd {
  readonly file: SourceFile;
  readonly start: number;
  readonly offset: number;
  readonly value: string;
  readonly chomp: boolean;
}

function closeBlock({ file, start, offset, value, chomp }: BlockEnd): Token {
  const closing = offset + leadingSpace(file.text.slice(offset, offset + 4096)).length;
  if (!file.text.startsWith('|||', closing)) {
    throw staticError('Text block not terminated with |||', { file, start, end: start });
  }
  return { kind: 'string', text: chomp ? value.replace(/\n$/, '') : value, start, end: closing + 3 };
}
