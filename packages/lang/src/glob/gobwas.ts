import { err, ok, type Result } from '@argosy/std';
import { diagnostic, DiagnosticError, limitReached, placeOf, type Diagnostic } from '../diagnostic/index.ts';
import { compileUpstream, type UpstreamMatcher } from './gobwas-compile.ts';
import { toBinary } from './gobwas-runes.ts';
import { globOf, type Glob } from './matcher.ts';
import { GLOB_LIMIT_PATTERN, GLOB_LIMIT_TEXT, type GlobNode } from './program.ts';

/**
 * Globs as github.com/gobwas/glob reads them, the library behind Argo CD's project rules and RBAC:
 * `*`, `**`, `?`, `[abc]`, `[!abc]`, `[a-z]`, `{a,b}` and `\` escapes.
 */
interface Reader {
  readonly source: string;
  /** The pattern by code points, with where each begins. */
  readonly chars: readonly string[];
  readonly separators: string;
  at: number;
}

const END = '';
const NUL = '\0';

function fail(reader: Reader, message: string): never {
  const offset = reader.chars.slice(0, reader.at).join('').length;
  throw new DiagnosticError(diagnostic(message, placeOf(reader.source, offset)));
}

function isLoneSurrogate(char: string): boolean {
  return char.length === 1 && char >= '\ud800' && char <= '\udfff';
}

/** The next character without taking it. */
function peek(reader: Reader): string {
  const char = reader.chars[reader.at] ?? END;
  // compat(lang-0701): a NUL character ends a text, and the pattern where nothing else stands before it.
  if (char === NUL) return END;
  // compat(lang-0702): U+FFFD in a pattern is taken for broken UTF-8, as a lone surrogate is.
  if (char === '\ufffd' || isLoneSurrogate(char)) fail(reader, 'could not read rune');
  return char;
}

function take(reader: Reader): string {
  const char = peek(reader);
  if (char !== END) reader.at += 1;
  return char;
}

/** Literal text up to one of `breakers`; a trailing backslash stands for nothing. */
function readText(reader: Reader, breakers: string): string {
  let text = '';
  for (let char = peek(reader); char !== END && !breakers.includes(char); char = peek(reader)) {
    reader.at += 1;
    text += char === '\\' ? take(reader) : char;
  }
  // A NUL ends the text and is swallowed.
  if (reader.chars[reader.at] === NUL) reader.at += 1;
  return text;
}

/** `low-high` behind `[`, the low end already taken. */
function readRange(reader: Reader, low: string, negated: boolean): GlobNode {
  reader.at += 1;
  const high = take(reader);
  if (high === END) fail(reader, 'unexpected end of input');
  closeSet(reader);
  const [from, to] = [low.codePointAt(0) ?? 0, high.codePointAt(0) ?? 0];
  if (to < from) fail(reader, `hi character '${high}' should be greater than lo '${low}'`);
  return { kind: 'set', set: { negated, ranges: [[from, to]] } };
}

function closeSet(reader: Reader): void {
  const close = take(reader);
  if (close === END) fail(reader, 'unexpected end of input');
  if (close !== ']') fail(reader, 'expected close range character');
}

/** Behind `[`. Either one range or a list of characters, never both. */
function readSet(reader: Reader): GlobNode {
  const negated = peek(reader) === '!';
  if (negated) reader.at += 1;
  const first = take(reader);
  if (first === END) fail(reader, 'unexpected end of input');
  if (peek(reader) === '-') return readRange(reader, first, negated);
  reader.at -= 1;
  const text = readText(reader, ']');
  closeSet(reader);
  if (text === '') fail(reader, 'could not parse range');
  const ranges = [...text].map((char) => [char.codePointAt(0) ?? 0, char.codePointAt(0) ?? 0] as const);
  // compat(lang-0703): a set may match a separator; only `*` and `?` respect them.
  return { kind: 'set', set: { negated, ranges }, list: text };
}

/** Inside a set, broken UTF-8 counts as the end. */
function inSet(reader: Reader, read: (reader: Reader) => GlobNode): GlobNode {
  const broken = reader.chars.findIndex((char, at) => at >= reader.at && (char === '\ufffd' || isLoneSurrogate(char)));
  if (broken < 0) return read(reader);
  const cut = { ...reader, chars: reader.chars.slice(0, broken) };
  const node = read(cut);
  reader.at = cut.at;
  return node;
}

function readStar(reader: Reader): GlobNode {
  if (peek(reader) !== '*') return { kind: 'run', except: reader.separators };
  reader.at += 1;
  return { kind: 'run', except: '', crossing: true };
}

function readPart(reader: Reader, breakers: string): GlobNode {
  const char = peek(reader);
  if (char !== '*' && char !== '?' && char !== '[') return { kind: 'text', text: readText(reader, breakers) };
  reader.at += 1;
  if (char === '*') return readStar(reader);
  return char === '?' ? { kind: 'one', except: reader.separators } : inSet(reader, readSet);
}

/** One `{` that is still open: the choices so far and the parts of the present one. */
interface Level {
  readonly choices: GlobNode[];
  parts: GlobNode[];
}

function closeChoice(level: Level): void {
  level.choices.push({ kind: 'sequence', items: level.parts });
  level.parts = [];
}

function closeLevel(levels: Level[]): void {
  const level = levels.pop();
  if (level === undefined) return;
  closeChoice(level);
  levels.at(-1)?.parts.push({ kind: 'choice', items: level.choices });
}

/** Takes `{`, and inside of groups `,` and `}`; false for all else. */
function takeMark(reader: Reader, levels: Level[], char: string): boolean {
  const level = levels.at(-1);
  const inside = levels.length > 1;
  if (char === '{') levels.push({ choices: [], parts: [] });
  else if (inside && char === ',' && level !== undefined) closeChoice(level);
  else if (inside && char === '}') closeLevel(levels);
  else return false;
  reader.at += 1;
  return true;
}

function readPattern(reader: Reader): GlobNode {
  const root: Level = { choices: [], parts: [] };
  const levels = [root];
  for (let char = peek(reader); char !== END; char = peek(reader)) {
    if (takeMark(reader, levels, char)) continue;
    const part = readPart(reader, levels.length > 1 ? '?*[{},' : '?*[{');
    if (part.kind !== 'text' || part.text !== '') (levels.at(-1) ?? root).parts.push(part);
  }
  // compat(lang-0704): a `{` that is never closed is closed by the end of the pattern.
  while (levels.length > 1) closeLevel(levels);
  return { kind: 'sequence', items: root.parts };
}

/** How many parts a sequence, and how many nodes a pattern may have to be compiled upstream's way. */
const UPSTREAM_PARTS_LIMIT = 32;
const UPSTREAM_NODES_LIMIT = 400;

/** Upstream compiles in the cube of a sequence's parts; what is larger is left to the machine. */
function isSmall(root: GlobNode): boolean {
  let nodes = 0;
  const open: (readonly [GlobNode, number])[] = [[root, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, depth] = next;
    nodes += 1;
    if (nodes > UPSTREAM_NODES_LIMIT || depth > UPSTREAM_PARTS_LIMIT) return false;
    if (node.kind !== 'sequence' && node.kind !== 'choice') continue;
    if (node.items.length > UPSTREAM_PARTS_LIMIT) return false;
    for (const item of node.items) open.push([item, depth + 1]);
  }
  return true;
}

/** How much work upstream's way of matching may be; beyond it the linear machine answers. */
const UPSTREAM_WORK_LIMIT = 1_000_000;

/**
 * Answers as upstream's matcher tree does, mistakes included; what would take it too long is answered by the machine,
 * which does not err and is linear.
 */
function withUpstream(upstream: UpstreamMatcher, machine: Glob): Glob {
  const match = (text: string): boolean => {
    if (text.length > GLOB_LIMIT_TEXT) return machine.match(text);
    return upstream.match(toBinary(text), { left: UPSTREAM_WORK_LIMIT }) ?? machine.match(text);
  };
  return Object.freeze({ match });
}

/**
 * Compiles a pattern. `separators` are the characters that `*` and `?` do not cross; without them they cross all.
 * Fails with upstream's words, or with the limit `glob pattern characters`.
 */
export function compileGlob(pattern: string, separators = ''): Result<Glob, Diagnostic> {
  if (pattern.length > GLOB_LIMIT_PATTERN) return err(limitReached('glob pattern characters', GLOB_LIMIT_PATTERN));
  try {
    const root = readPattern({ source: pattern, chars: [...pattern], separators, at: 0 });
    const machine = globOf(root);
    return ok(isSmall(root) ? withUpstream(compileUpstream(root, separators), machine) : machine);
  } catch (error) {
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    throw error;
  }
}
