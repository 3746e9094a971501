import { err, isObject, ok, setOwn, type Result } from '@argosy/std';
import { diagnostic, limitReached, type Diagnostic } from '../diagnostic/index.ts';
import { GoJsonError, parseGoJson } from '../gofmt/index.ts';

/** How deep a value may nest to be printed. */
export const JSON_LIMIT_DEPTH = 5000;

/** Only a run of sixteen digits can be a number that JSON.parse would round. */
const LONG_NUMBER = /\d{16}/;

function narrow(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (Array.isArray(value)) return value.map(narrow);
  if (!isObject(value)) return value;
  const copy: { [key: string]: unknown } = {};
  for (const key of Object.keys(value)) setOwn(copy, key, narrow(value[key]));
  return copy;
}

/** Reads JSON without rounding: an integer beyond 2^53 becomes a bigint, every other number a number. */
export function parseLosslessJson(text: string): Result<unknown, Diagnostic> {
  try {
    return ok(LONG_NUMBER.test(text) ? narrow(parseGoJson(text, 'int')) : (JSON.parse(text) as unknown));
  } catch (error) {
    if (error instanceof GoJsonError || error instanceof SyntaxError) return err(diagnostic(error.message));
    if (error instanceof RangeError) return err(limitReached('json depth', JSON_LIMIT_DEPTH));
    throw error;
  }
}

function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0';
  if (Number.isFinite(value)) return JSON.stringify(value);
  return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"Infinity"' : '"-Infinity"';
}

interface Writer {
  /** Spaces for each level; none writes one line. */
  readonly indent: number;
}

function wrap(writer: Writer, parts: readonly string[], place: { brackets: string; depth: number }): string {
  const [open, close] = [place.brackets.charAt(0), place.brackets.charAt(1)];
  if (parts.length === 0) return open + close;
  if (writer.indent === 0) return open + parts.join(',') + close;
  const pad = ' '.repeat(writer.indent * (place.depth + 1));
  const end = ' '.repeat(writer.indent * place.depth);
  return `${open}\n${parts.map((part) => pad + part).join(',\n')}\n${end}${close}`;
}

function write(writer: Writer, value: unknown, depth: number): string {
  if (depth > JSON_LIMIT_DEPTH) throw new RangeError('too deep');
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return numberText(value);
  if (Array.isArray(value)) {
    const parts = value.map((item: unknown) => write(writer, item, depth + 1));
    return wrap(writer, parts, { brackets: '[]', depth });
  }
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const colon = writer.indent === 0 ? ':' : ': ';
  const parts = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .map((key) => `${JSON.stringify(key)}${colon}${write(writer, value[key], depth + 1)}`);
  return wrap(writer, parts, { brackets: '{}', depth });
}

/**
 * Writes a value as JSON: bigints with all their digits, NaN and the infinities as texts. One line, or `indent` spaces
 * for each level.
 */
export function formatLosslessJson(value: unknown, indent = 0): Result<string, Diagnostic> {
  try {
    return ok(write({ indent }, value, 0));
  } catch (error) {
    if (error instanceof RangeError) return err(limitReached('json depth', JSON_LIMIT_DEPTH));
    throw error;
  }
}
