import { err, ok, type Result } from '@argosy/std';
import { DiagnosticError, limitReached, type Diagnostic } from '../diagnostic/index.ts';
import { badPattern, patternReader, readClass, type PatternReader } from './filepath.ts';
import { globOf, type Glob } from './matcher.ts';
import { GLOB_LIMIT_PATTERN, type GlobNode } from './program.ts';

/** The most patterns that the `{a,b}` groups of one pattern may unfold to. */
export const DOUBLESTAR_LIMIT_ALTERNATIVES = 256;

const ANY: GlobNode = { kind: 'run', except: '' };
const SLASH: GlobNode = { kind: 'text', text: '/' };
const NOTHING: GlobNode = { kind: 'sequence', items: [] };

/** A group `{…}`: where it stands and what it offers. */
interface Group {
  readonly from: number;
  readonly to: number;
  readonly choices: readonly string[];
}

/** Steps over a class, so that its braces and commas do not count. */
function skipClass(reader: PatternReader): void {
  reader.at += 1;
  readClass(reader, '!^');
}

function skipOne(reader: PatternReader): void {
  const char = reader.chars[reader.at];
  if (char === '[') skipClass(reader);
  else reader.at += char === '\\' ? 2 : 1;
}

function readGroup(reader: PatternReader): Group {
  const from = reader.at;
  const choices: string[] = [];
  let start = from + 1;
  let depth = 0;
  while (reader.at < reader.chars.length) {
    const char = reader.chars[reader.at];
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    if (depth === 0 || (depth === 1 && char === ',')) {
      choices.push(reader.chars.slice(start, reader.at).join(''));
      start = reader.at + 1;
    }
    if (depth === 0) return { from, to: reader.at + 1, choices };
    skipOne(reader);
  }
  return badPattern(reader);
}

function firstGroup(reader: PatternReader): Group | undefined {
  while (reader.at < reader.chars.length) {
    const char = reader.chars[reader.at];
    if (char === '}') badPattern(reader);
    if (char === '{') return readGroup(reader);
    skipOne(reader);
  }
  return undefined;
}

/** Writes out the groups of a pattern. */
function unfold(pattern: string): readonly string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const reader = patternReader(next);
    const group = firstGroup(reader);
    if (group === undefined) done.push(next);
    else {
      const before = reader.chars.slice(0, group.from).join('');
      const behind = reader.chars.slice(group.to).join('');
      open.push(...group.choices.map((choice) => `${before}${choice}${behind}`));
    }
    if (done.length + open.length > DOUBLESTAR_LIMIT_ALTERNATIVES) {
      throw new DiagnosticError(limitReached('doublestar alternatives', DOUBLESTAR_LIMIT_ALTERNATIVES));
    }
  }
  return done;
}

/** `**` as a whole path element: any number of elements, none included; elsewhere it is `*`. */
function readStars(reader: PatternReader, items: GlobNode[]): void {
  const start = reader.at;
  while (reader.chars[reader.at] === '*') reader.at += 1;
  const opens = start === 0 || reader.chars[start - 1] === '/';
  const follower = reader.chars[reader.at];
  const whole = reader.at - start === 2 && opens && (follower === undefined || follower === '/');
  if (!whole) {
    items.push({ kind: 'run', except: '/' });
  } else if (follower === '/') {
    reader.at += 1;
    items.push({ kind: 'choice', items: [NOTHING, { kind: 'sequence', items: [ANY, SLASH] }] });
  } else if (start === 0) {
    items.push(ANY);
  } else {
    // `a/**` matches `a` itself too: the slash before is part of what may be missing.
    items.pop();
    items.push({ kind: 'choice', items: [NOTHING, { kind: 'sequence', items: [SLASH, ANY] }] });
  }
}

/** A class that does not cross `/`: the ranges are cut around it. */
function withoutSlash(reader: PatternReader): GlobNode {
  const set = readClass(reader, '!^');
  const slash = 47;
  if (set.negated) return { kind: 'set', set: { negated: true, ranges: [...set.ranges, [slash, slash]] } };
  const ranges = set.ranges.flatMap(([from, to]): readonly (readonly [number, number])[] =>
    from <= slash && slash <= to
      ? [
          [from, slash - 1],
          [slash + 1, to],
        ]
      : [[from, to]],
  );
  return { kind: 'set', set: { negated: false, ranges } };
}

function readPart(reader: PatternReader, items: GlobNode[]): void {
  const char = reader.chars[reader.at] ?? '';
  if (char === '*') {
    readStars(reader, items);
    return;
  }
  reader.at += 1;
  if (char === '?') items.push({ kind: 'one', except: '/' });
  else if (char === '[') items.push(withoutSlash(reader));
  else if (char === '\\') {
    const escaped = reader.chars[reader.at];
    if (escaped === undefined) badPattern(reader);
    reader.at += 1;
    items.push({ kind: 'text', text: escaped });
  } else items.push({ kind: 'text', text: char });
}

function readPattern(pattern: string): GlobNode {
  const reader = patternReader(pattern);
  const items: GlobNode[] = [];
  while (reader.at < reader.chars.length) readPart(reader, items);
  return { kind: 'sequence', items };
}

/**
 * Compiles a path pattern as bmatcuk/doublestar v4 documents it: `**` as an element crosses directories, `*`, `?` and
 * classes (`[a-z]`, `[^a]`, `[!a]`) do not; `{a,b}`; `\` escapes.
 * Fails with `syntax error in pattern`, or with a limit (`glob pattern characters`, `doublestar alternatives`).
 */
export function compileDoublestar(pattern: string): Result<Glob, Diagnostic> {
  if (pattern.length > GLOB_LIMIT_PATTERN) return err(limitReached('glob pattern characters', GLOB_LIMIT_PATTERN));
  try {
    return ok(globOf({ kind: 'choice', items: unfold(pattern).map(readPattern) }));
  } catch (error) {
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    throw error;
  }
}
