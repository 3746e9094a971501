/** One source file as the gate sees it. `path` is relative to the repository, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What a rule found. `line` counts from 1. */
export interface Violation {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** True for test files and what only tests load: `x.test.ts`, `test-x.ts`, `x-fixture.ts`, everything in `test/`. */
export function isTest(path: string): boolean {
  return /\.(test|prop|bench)\.tsx?$|(^|\/)test-[^/]+\.tsx?$|-fixture\.tsx?$/.test(path) || path.startsWith('test/');
}

/** Ends of one lexical piece that hides its content: comments, strings, regular expressions. */
interface Piece {
  readonly end: number;
  readonly kind: 'comment' | 'string';
}

function endOfQuoted(text: string, start: number, quote: string): number {
  let index = start + 1;
  while (index < text.length && text[index] !== quote && (quote === '`' || text[index] !== '\n')) {
    index += text[index] === '\\' ? 2 : 1;
  }
  return index + 1;
}

/** A slash starts a regular expression where a value may start. */
function endOfRegex(text: string, start: number): number | undefined {
  const before = text.slice(0, start).trimEnd();
  if (!/(^|[=(,:;!&|?{}[+\-*%~^<>]|\b(return|typeof|case|in|of))$/.test(before.slice(-12))) return undefined;
  let inClass = false;
  for (let index = start + 1; index < text.length && text[index] !== '\n'; index += 1) {
    const char = text[index];
    if (char === '\\') index += 1;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return index + 1;
  }
  return undefined;
}

function commentEnd(text: string, index: number): number | undefined {
  const closing = text.startsWith('//', index) ? '\n' : text.startsWith('/*', index) ? '*/' : undefined;
  if (closing === undefined) return undefined;
  const end = text.indexOf(closing, index + 2);
  if (end < 0) return text.length;
  return closing === '\n' ? end : end + closing.length;
}

function pieceAt(text: string, index: number): Piece | undefined {
  const comment = commentEnd(text, index);
  if (comment !== undefined) return { end: comment, kind: 'comment' };
  const char = text[index] ?? '';
  if (char === "'" || char === '"' || char === '`') return { end: endOfQuoted(text, index, char), kind: 'string' };
  const regexEnd = char === '/' ? endOfRegex(text, index) : undefined;
  return regexEnd === undefined ? undefined : { end: regexEnd, kind: 'string' };
}

/** The code without comments and with strings emptied; line breaks stay, so that lines still count. */
export function codeOnly(text: string): string {
  let out = '';
  let index = 0;
  while (index < text.length) {
    const piece = pieceAt(text, index);
    if (piece === undefined) {
      out += text[index];
      index += 1;
    } else {
      out += text.slice(index, piece.end).replaceAll(/[^\n]/g, piece.kind === 'comment' ? ' ' : '_');
      index = piece.end;
    }
  }
  return out;
}

/** The line (from 1) of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** One import or re-export. */
export interface ImportUse {
  readonly specifier: string;
  readonly line: number;
  readonly typeOnly: boolean;
}

const IMPORT = /^[ \t]*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Every module that a file names, static and dynamic. */
export function importsOf(text: string): readonly ImportUse[] {
  const found: ImportUse[] = [];
  for (const match of text.matchAll(IMPORT)) {
    const line = lineAt(text, match.index + match[0].length - 1);
    found.push({ specifier: match[2] ?? '', line, typeOnly: match[1] !== undefined });
  }
  for (const match of text.matchAll(DYNAMIC)) {
    found.push({ specifier: match[1] ?? '', line: lineAt(text, match.index), typeOnly: false });
  }
  return found;
}
