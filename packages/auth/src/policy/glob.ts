/** The largest pattern that is compiled, in UTF-16 units; longer ones are refused. */
export const MAX_PATTERN_LENGTH = 1024;

/** The most alternatives that `{a,b}` groups may unfold to in one pattern. */
export const MAX_ALTERNATIVES = 64;

/** Tells whether a text matches; compiled once, cheap to call. */
export type Matcher = (text: string) => boolean;

/** A pattern that cannot be compiled: says where and what is allowed. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] }
  | { readonly kind: 'any' };

const SPECIAL = /[*?[\]{}\\]/;

/**
 * Compiles a glob without separators: `*` crosses `/`; `?`, `[a-z]`, `[!a]`, `{a,b}` and `\\x` as users know them.
 * Matching is linear for one star and never worse than pattern length times text length.
 * @throws PatternError when the pattern is malformed or over a limit.
 */
export function compileGlob(pattern: string): Matcher {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new PatternError(`pattern has ${pattern.length} characters, at most ${MAX_PATTERN_LENGTH} are allowed`);
  }
  if (pattern === '*') return () => true;
  if (!SPECIAL.test(pattern)) return (text) => text === pattern;
  const prefix = pattern.slice(0, -1);
  if (pattern.endsWith('*') && !SPECIAL.test(prefix)) return (text) => text.startsWith(prefix);
  const forms = unfold(pattern).map(parseParts);
  const [only] = forms;
  if (forms.length === 1 && only !== undefined) return (text) => matchParts(only, text);
  return (text) => forms.some((form) => matchParts(form, text));
}

/** `a{b,c}` → `ab`, `ac`; groups may nest. */
function unfold(pattern: string): readonly string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const group = firstGroup(next);
    if (group === undefined) done.push(next);
    else for (const choice of group.choices) open.push(`${next.slice(0, group.from)}${choice}${next.slice(group.to)}`);
    if (done.length + open.length > MAX_ALTERNATIVES) {
      throw new PatternError(`pattern unfolds to more than ${MAX_ALTERNATIVES} alternatives`);
    }
  }
  return done;
}

interface Group {
  readonly from: number;
  readonly to: number;
  readonly choices: readonly string[];
}

function firstGroup(pattern: string): Group | undefined {
  const from = findOutside(pattern, '{');
  if (from < 0) {
    if (findOutside(pattern, '}') >= 0) throw new PatternError('pattern has `}` without `{`');
    return undefined;
  }
  const choices: string[] = [];
  let depth = 0;
  let start = from + 1;
  const marks = /\\[\s\S]|[{},]/g;
  marks.lastIndex = from;
  for (let mark = marks.exec(pattern); mark !== null; mark = marks.exec(pattern)) {
    depth += DEPTH_CHANGE[mark[0]] ?? 0;
    if (depth === 0 || (mark[0] === ',' && depth === 1)) {
      choices.push(pattern.slice(start, mark.index));
      start = mark.index + 1;
    }
    if (depth === 0) return { from, to: mark.index + 1, choices };
  }
  throw new PatternError('pattern has `{` without `}`');
}

const DEPTH_CHANGE: { readonly [mark: string]: number } = { '{': 1, '}': -1 };

/** The first index of an unescaped character. */
function findOutside(pattern: string, wanted: string): number {
  for (let index = 0; index < pattern.length; index += 1) {
    if (pattern.charAt(index) === '\\') index += 1;
    else if (pattern.charAt(index) === wanted) return index;
  }
  return -1;
}

const TOKEN = /\*+|\?|\[(.[^\]]*)\]|\\([\s\S])|[^*?[\\]+|[[\\]/y;

function parseParts(pattern: string): readonly Part[] {
  const parts: Part[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(pattern); match !== null; match = TOKEN.exec(pattern)) {
    parts.push(parsePart(match));
    if (TOKEN.lastIndex === pattern.length) break;
  }
  return parts;
}

function parsePart(match: RegExpExecArray): Part {
  const [text, classBody, escaped] = match;
  if (classBody !== undefined) return parseClass(classBody);
  if (escaped !== undefined) return { kind: 'text', text: escaped };
  if (text === '[') throw new PatternError('pattern has `[` without `]`');
  if (text === '\\') throw new PatternError('pattern ends in `\\`');
  if (text === '?') return { kind: 'one' };
  return text.startsWith('*') ? { kind: 'any' } : { kind: 'text', text };
}

function parseClass(body: string): Part {
  const negated = body.startsWith('!') || body.startsWith('^');
  const inner = negated ? body.slice(1) : body;
  if (inner === '') throw new PatternError('pattern has an empty `[]`');
  const ranges: (readonly [string, string])[] = [];
  for (let index = 0; index < inner.length; index += 1) {
    const low = inner.charAt(index);
    const isRange = inner.charAt(index + 1) === '-' && index + 2 < inner.length;
    ranges.push([low, isRange ? inner.charAt(index + 2) : low]);
    if (isRange) index += 2;
  }
  return { kind: 'class', negated, ranges };
}

/** How many characters `part` takes at `at`; -1 when it does not fit. */
function fits(part: Part, text: string, at: number): number {
  if (part.kind === 'text') return text.startsWith(part.text, at) ? part.text.length : -1;
  if (at >= text.length) return -1;
  if (part.kind !== 'class') return 1;
  const char = text.charAt(at);
  return part.ranges.some(([low, high]) => char >= low && char <= high) === part.negated ? -1 : 1;
}

/** Greedy with one point of return: only the last star is ever widened, which is enough for globs. */
function matchParts(parts: readonly Part[], text: string): boolean {
  let part = 0;
  let at = 0;
  let starPart = -1;
  let starAt = 0;
  while (at < text.length || part < parts.length) {
    const current = parts[part];
    if (current?.kind === 'any') {
      starPart = part;
      starAt = at;
      part += 1;
      continue;
    }
    const taken = current === undefined ? -1 : fits(current, text, at);
    if (taken >= 0) {
      part += 1;
      at += taken;
    } else if (starPart >= 0 && starAt < text.length) {
      starAt += 1;
      at = starAt;
      part = starPart + 1;
    } else return false;
  }
  return true;
}
