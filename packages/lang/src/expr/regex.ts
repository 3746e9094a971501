import { RE2JS } from 're2js';
import { fail } from './failure.ts';

/** Longest pattern, in characters. */
export const REGEX_LIMIT_CHARACTERS = 10_000;

const CACHE_SIZE = 256;
/** Steps that compiling a pattern costs at least. */
const REGEX_STEPS = 100;
const cache = new Map<string, RE2JS>();

/**
 * Compiles a pattern of Go's regular expressions (RE2: linear time, no look-around). Throws an Error whose message
 * is Go's. A pattern that is new costs steps by the size of its program.
 */
export function compileRegex(pattern: string, spend?: (steps: number) => void): RE2JS {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  if (pattern.length > REGEX_LIMIT_CHARACTERS) fail(`regular expression is longer than ${REGEX_LIMIT_CHARACTERS}`);
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    return fail(error instanceof Error ? error.message : 'error parsing regexp');
  }
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(pattern, compiled);
  spend?.(REGEX_STEPS + compiled.programSize() * 4);
  return compiled;
}

/** True when the pattern occurs anywhere in the text. */
export function matchesRegex(pattern: RE2JS, text: string): boolean {
  return pattern.test(text);
}
