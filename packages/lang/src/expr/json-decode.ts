import { GoJsonError, parseGoJson } from '../gofmt/index.ts';
import { fail } from './failure.ts';
import { EXPR_LIMIT_JSON_NESTING } from './limits.ts';
import type { ExprValue } from './values.ts';

/** Reads JSON as Go's encoding/json reads it into `any`: every number is a float. Throws ExprFailure in Go's words. */
export function decodeJson(text: string): ExprValue {
  try {
    return parseGoJson(text, 'float64', EXPR_LIMIT_JSON_NESTING);
  } catch (error) {
    if (error instanceof GoJsonError) return fail(error.message);
    throw error;
  }
}
