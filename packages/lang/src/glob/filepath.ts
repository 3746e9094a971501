import { err, ok, type Result } from '@argosy/std';
import { diagnostic, DiagnosticError, limitReached, placeOf, type Diagnostic } from '../diagnostic/index.ts';
import type { Glob } from './matcher.ts';
import { GLOB_LIMIT_PATTERN, GLOB_LIMIT_TEXT, isInSet, type CharacterSet } from './program.ts';

/** Where a shell-style pattern is read: by code points. */
export interface PatternReader {
  readonly source: string;
  readonly chars: readonly string[];
  at: number;
}

/** A reader at the beginning of a pattern. */
export function patternReader(source: string): PatternReader {
  return { source, chars: [...source], at: 0 };
}

/** Ends reading with the one message that these dialects have. */
export function badPattern(reader: PatternReader): never {
  const offset = reader.chars.slice(0, reader.at).join('').length;
  throw new DiagnosticError(diagnostic('syntax error in pattern', placeOf(reader.source, offset)));
}

/** One character of a class, escapes resolved. */
function readClassCharacter(reader: PatternReader): number {
  let char = reader.chars[reader.at];
  if (char === undefined || char === '-' || char === ']') badPattern(reader);
  if (char === '\\') {
    reader.at += 1;
    char = reader.chars[reader.at];
  }
  if (char === undefined) badPattern(reader);
  reader.at += 1;
  // A class must be closed, so something has to follow.
  if (reader.at >= reader.chars.length) badPattern(reader);
  return char.codePointAt(0) ?? 0;
}

/** A class behind its `[`: `[^a-z\]]`. `negations` are the characters that may stand first to negate. */
export function readClass(reader: PatternReader, negations: string): CharacterSet {
  const first = reader.chars[reader.at];
  const negated = first !== undefined && negations.includes(first);
  if (negated) reader.at += 1;
  const ranges: (readonly [number, number])[] = [];
  while (reader.chars[reader.at] !== ']' || ranges.length === 0) {
    const from = readClassCharacter(reader);
    let to = from;
    if (reader.chars[reader.at] === '-') {
      reader.at += 1;
      to = readClassCharacter(reader);
    }
    ranges.push([from, to]);
  }
  reader.at += 1;
  return { negated, ranges };
}

/** One character of a pattern: what it accepts. */
type Test = (char: string) => boolean;

/** A stretch between stars; `star` tells whether one stands before it. */
interface Chunk {
  readonly star: boolean;
  readonly tests: readonly Test[];
}

function readTest(reader: PatternReader): Test {
  const char = reader.chars[reader.at] ?? '';
  reader.at += 1;
  if (char === '?') return (other) => other !== '/';
  if (char === '[') {
    const set = readClass(reader, '^');
    return (other) => isInSet(set, other.codePointAt(0) ?? 0);
  }
  if (char !== '\\') return (other) => other === char;
  const escaped = reader.chars[reader.at];
  if (escaped === undefined) badPattern(reader);
  reader.at += 1;
  return (other) => other === escaped;
}

function readChunk(reader: PatternReader): Chunk {
  const start = reader.at;
  while (reader.chars[reader.at] === '*') reader.at += 1;
  const star = reader.at > start;
  const tests: Test[] = [];
  while (reader.at < reader.chars.length && reader.chars[reader.at] !== '*') tests.push(readTest(reader));
  return { star, tests };
}

const fits = (chunk: Chunk, chars: readonly string[], at: number): boolean =>
  at + chunk.tests.length <= chars.length && chunk.tests.every((test, offset) => test(chars[at + offset] ?? ''));

interface Place {
  readonly at: number;
  readonly isLast: boolean;
}

/** Where the text goes on behind a chunk; `undefined` when it fits nowhere. */
function behind(chunk: Chunk, chars: readonly string[], place: Place): number | undefined {
  for (let at = place.at; at <= chars.length; at += 1) {
    const end = at + chunk.tests.length;
    if (fits(chunk, chars, at) && (!place.isLast || end === chars.length)) return end;
    if (!chunk.star || chars[at] === '/') return undefined;
  }
  return undefined;
}

function matchChunks(chunks: readonly Chunk[], text: string): boolean {
  const chars = [...text];
  let at = 0;
  for (const [index, chunk] of chunks.entries()) {
    const isLast = index === chunks.length - 1;
    if (isLast && chunk.star && chunk.tests.length === 0) return !chars.includes('/', at);
    // compat(lang-0714): the first place where a stretch fits is taken for good, even when a later one would do.
    const next = behind(chunk, chars, { at, isLast });
    if (next === undefined) return false;
    at = next;
  }
  return at === chars.length;
}

/**
 * Compiles a pattern of Go's path/filepath.Match (Unix): `*` and `?` stay inside a path element, `[^a-z]`, `\\`.
 * Fails with `syntax error in pattern` (always, where Go sees some mistakes only when it comes to them), or with the
 * limit `glob pattern characters`.
 */
export function compileFilepathMatch(pattern: string): Result<Glob, Diagnostic> {
  if (pattern.length > GLOB_LIMIT_PATTERN) return err(limitReached('glob pattern characters', GLOB_LIMIT_PATTERN));
  try {
    const reader = patternReader(pattern);
    const chunks: Chunk[] = [];
    while (reader.at < reader.chars.length) chunks.push(readChunk(reader));
    return ok(Object.freeze({ match: (text: string) => matchWithin(chunks, text) }));
  } catch (error) {
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    throw error;
  }
}

function matchWithin(chunks: readonly Chunk[], text: string): boolean {
  if (text.length > GLOB_LIMIT_TEXT) throw new DiagnosticError(limitReached('glob text characters', GLOB_LIMIT_TEXT));
  return matchChunks(chunks, text);
}
