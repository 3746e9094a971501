import { err, ok, type Result } from '@argosy/std';

/** Longest condition, in characters. */
export const MAX_WHEN_LENGTH = 64 * 1024;

/** Deepest nesting of parentheses and negations. */
export const MAX_WHEN_DEPTH = 64;

type Value = string | number | boolean;
type Token = { readonly kind: 'value'; readonly value: Value } | { readonly kind: 'operator'; readonly text: string };

const OPERATORS = ['==', '!=', '>=', '<=', '=~', '!~', '&&', '||', '>', '<', '!', '(', ')'];
const ESCAPES: { readonly [char: string]: string } = { n: '\n', t: '\t', r: '\r' };

interface Scanned {
  readonly token: Token;
  readonly end: number;
}

function scanQuoted(text: string, start: number): Scanned | undefined {
  const quote = text[start];
  let value = '';
  for (let index = start + 1; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char === quote) return { token: { kind: 'value', value }, end: index + 1 };
    if (char === '\\') {
      index += 1;
      const escaped = text.charAt(index);
      value += ESCAPES[escaped] ?? escaped;
    } else value += char;
  }
  return undefined;
}

function bareValue(word: string): Value {
  if (word === 'true' || word === 'false') return word === 'true';
  return /^-?(\d+(\.\d*)?|\.\d+)$/.test(word) ? Number(word) : word;
}

function scanToken(text: string, start: number): Scanned | undefined {
  const char = text.charAt(start);
  if (char === '"' || char === "'") return scanQuoted(text, start);
  const operator = OPERATORS.find((item) => text.startsWith(item, start));
  if (operator !== undefined) return { token: { kind: 'operator', text: operator }, end: start + operator.length };
  const word = /^[^\s"'()=!<>&|]+/.exec(text.slice(start))?.[0];
  if (word === undefined) return undefined;
  return { token: { kind: 'value', value: bareValue(word) }, end: start + word.length };
}

function tokenize(text: string): Result<Token[], string> {
  const tokens: Token[] = [];
  let index = 0;
  while (index < text.length) {
    if (/\s/.test(text.charAt(index))) {
      index += 1;
      continue;
    }
    const scanned = scanToken(text, index);
    if (scanned === undefined) return err(`Invalid token: '${text.slice(index, index + 20)}'`);
    tokens.push(scanned.token);
    index = scanned.end;
  }
  return ok(tokens);
}

interface Cursor {
  readonly tokens: readonly Token[];
  at: number;
  depth: number;
}

class WhenError extends Error {}

function takeOperator(cursor: Cursor, ...texts: readonly string[]): string | undefined {
  const token = cursor.tokens[cursor.at];
  if (token?.kind !== 'operator' || !texts.includes(token.text)) return undefined;
  cursor.at += 1;
  return token.text;
}

function toBoolean(value: Value, operator: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new WhenError(
    `Value '${String(value)}' cannot be used with the logical operator '${operator}', it is not a bool`,
  );
}

function nested<T>(cursor: Cursor, parse: () => T): T {
  cursor.depth += 1;
  if (cursor.depth > MAX_WHEN_DEPTH) throw new WhenError(`nested deeper than ${MAX_WHEN_DEPTH} levels`);
  const value = parse();
  cursor.depth -= 1;
  return value;
}

function parsePrimary(cursor: Cursor): Value {
  if (takeOperator(cursor, '!') !== undefined) return nested(cursor, () => !toBoolean(parsePrimary(cursor), '!'));
  if (takeOperator(cursor, '(') !== undefined) {
    const value = nested(cursor, () => parseOr(cursor));
    if (takeOperator(cursor, ')') === undefined) throw new WhenError('Unbalanced parenthesis');
    return value;
  }
  const token = cursor.tokens[cursor.at];
  if (token === undefined) throw new WhenError('Unexpected end of expression');
  if (token.kind === 'operator') throw new WhenError(`Unexpected operator '${token.text}'`);
  cursor.at += 1;
  return token.value;
}

function compare(left: Value, operator: string, right: Value): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '=~':
    case '!~':
      throw new WhenError('regular expressions are not available in this version');
    default:
      return compareOrder(left, operator, right);
  }
}

function compareOrder(left: Value, operator: string, right: Value): boolean {
  if (typeof left !== typeof right || typeof left === 'boolean') {
    throw new WhenError(`Value '${String(left)}' cannot be used with the comparator '${operator}', it is not a number`);
  }
  const order = left < right ? -1 : Number(left > right);
  if (operator.startsWith('<')) return operator === '<' ? order < 0 : order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}

function parseComparison(cursor: Cursor): Value {
  let left = parsePrimary(cursor);
  for (;;) {
    const operator = takeOperator(cursor, '==', '!=', '<', '<=', '>', '>=', '=~', '!~');
    if (operator === undefined) return left;
    left = compare(left, operator, parsePrimary(cursor));
  }
}

function parseAnd(cursor: Cursor): Value {
  let left = parseComparison(cursor);
  while (takeOperator(cursor, '&&') !== undefined) {
    const right = parseComparison(cursor);
    left = toBoolean(left, '&&') && toBoolean(right, '&&');
  }
  return left;
}

function parseOr(cursor: Cursor): Value {
  let left = parseAnd(cursor);
  while (takeOperator(cursor, '||') !== undefined) {
    const right = parseAnd(cursor);
    left = toBoolean(left, '||') || toBoolean(right, '||');
  }
  return left;
}

function invalid(text: string, why: string): { readonly ok: false; readonly error: string } {
  const hint = why.startsWith('Invalid token') ? ' (hint: try wrapping the affected expression in quotes ("))' : '';
  return err(`Invalid 'when' expression '${text}': ${why}${hint}`);
}

/**
 * Evaluates a `when` condition after its tags were replaced: == != < <= > >= && || ! and parentheses over numbers,
 * booleans, quoted strings and bare words. The empty condition is true.
 */
export function evaluateWhen(text: string): Result<boolean, string> {
  if (text.trim() === '') return ok(true);
  if (text.length > MAX_WHEN_LENGTH)
    return invalid(`${text.slice(0, 40)}…`, `longer than ${MAX_WHEN_LENGTH} characters`);
  const tokens = tokenize(text);
  if (!tokens.ok) return invalid(text, tokens.error);
  const cursor: Cursor = { tokens: tokens.value, at: 0, depth: 0 };
  try {
    const value = parseOr(cursor);
    if (cursor.at < cursor.tokens.length) return invalid(text, 'Cannot transition token types: two values in a row');
    if (typeof value !== 'boolean') return err(`Expected boolean evaluation for '${text}'. Got ${String(value)}`);
    return ok(value);
  } catch (error) {
    if (error instanceof WhenError) return invalid(text, error.message);
    throw error;
  }
}
