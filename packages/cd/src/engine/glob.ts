interface GlobOptions {
  /** Characters that `*` and `?` do not cross; `**` crosses them. Empty: `*` crosses everything. */
  readonly separators?: string;
}

/** Patterns longer than this match nothing: no real pattern is, and matching costs pattern × text. */
export const MAX_GLOB_CHARACTERS = 2048;

type Token =
  | { readonly kind: 'one' }
  | { readonly kind: 'any'; readonly crossing: boolean }
  | { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] }
  | { readonly kind: 'text'; readonly char: string };

function readSet(pattern: string, start: number): { readonly token: Token; readonly end: number } | undefined {
  const close = pattern.indexOf(']', start + 2);
  if (close < 0) return undefined;
  const negated = pattern[start + 1] === '!' || pattern[start + 1] === '^';
  const body = pattern.slice(start + (negated ? 2 : 1), close);
  const ranges: (readonly [string, string])[] = [];
  for (let index = 0; index < body.length; index += 1) {
    const from = body.charAt(index);
    const isRange = body[index + 1] === '-' && index + 2 < body.length;
    ranges.push([from, isRange ? body.charAt(index + 2) : from]);
    if (isRange) index += 2;
  }
  return { token: { kind: 'set', negated, ranges }, end: close + 1 };
}

function readStar(pattern: string, start: number): { readonly token: Token; readonly end: number } {
  const crossing = pattern[start + 1] === '*';
  return { token: { kind: 'any', crossing }, end: start + (crossing ? 2 : 1) };
}

function readToken(pattern: string, start: number): { readonly token: Token; readonly end: number } {
  const char = pattern.charAt(start);
  if (char === '*') return readStar(pattern, start);
  if (char === '?') return { token: { kind: 'one' }, end: start + 1 };
  const set = char === '[' ? readSet(pattern, start) : undefined;
  if (set !== undefined) return set;
  const escaped = char === '\\' && start + 1 < pattern.length;
  return {
    token: { kind: 'text', char: escaped ? pattern.charAt(start + 1) : char },
    end: start + (escaped ? 2 : 1),
  };
}

function tokenize(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < pattern.length;) {
    const { token, end } = readToken(pattern, index);
    tokens.push(token);
    index = end;
  }
  return tokens;
}

function matchesOne(token: Token, char: string, separators: string): boolean {
  switch (token.kind) {
    case 'text':
      return token.char === char;
    case 'one':
      return !separators.includes(char);
    case 'set': {
      const inside = token.ranges.some(([from, to]) => from <= char && char <= to);
      return inside !== token.negated && !separators.includes(char);
    }
    default:
      return token.crossing || !separators.includes(char);
  }
}

/** Positions (in `tokens`) reachable without reading, closed over `*` matching nothing. */
function close(tokens: readonly Token[], positions: ReadonlySet<number>): ReadonlySet<number> {
  const closed = new Set(positions);
  for (const position of closed) if (tokens[position]?.kind === 'any') closed.add(position + 1);
  return closed;
}

function matchesTokens(tokens: readonly Token[], text: string, separators: string): boolean {
  let positions = close(tokens, new Set([0]));
  for (const char of text) {
    const next = new Set<number>();
    for (const position of positions) {
      const token = tokens[position];
      if (token === undefined || !matchesOne(token, char, separators)) continue;
      next.add(token.kind === 'any' ? position : position + 1);
    }
    if (next.size === 0) return false;
    positions = close(tokens, next);
  }
  return positions.has(tokens.length);
}

const MAX_ALTERNATIVES = 256;

/** `{a,b}` written out; nesting is unfolded from the inside. */
function alternatives(pattern: string): readonly string[] {
  const match = /\{([^{}]*)\}/.exec(pattern);
  if (match === null) return [pattern];
  const [before, behind] = [pattern.slice(0, match.index), pattern.slice(match.index + match[0].length)];
  const unfolded: string[] = [];
  for (const choice of (match[1] ?? '').split(',')) {
    unfolded.push(...alternatives(`${before}${choice}${behind}`));
    if (unfolded.length > MAX_ALTERNATIVES) return [];
  }
  return unfolded;
}

/**
 * True when `text` matches: `*`, `**`, `?`, `[a-z]`, `{a,b}`, `\` escapes. Linear in the text for each alternative, so
 * a hostile pattern cannot stall the engine.
 */
export function matchesGlob(pattern: string, text: string, options: GlobOptions = {}): boolean {
  if (pattern === '*' && (options.separators ?? '') === '') return true;
  if (pattern.length > MAX_GLOB_CHARACTERS) return false;
  return alternatives(pattern).some((choice) => matchesTokens(tokenize(choice), text, options.separators ?? ''));
}
