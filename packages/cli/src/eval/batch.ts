import { isObject } from '@argosy/std';
import type * as Evaluation from '@argosy/lang/evaluate';
import type { EvaluateEnv } from '@argosy/lang/evaluate';
import { INPUT_LINE_LIMIT } from '../command/index.ts';
import type { TimeLimit } from './time-limit.ts';

/** What the languages lend to a batch: loaded when the command runs, so that other commands start without them. */
export type Languages = Pick<typeof Evaluation, 'evaluateLanguage' | 'formatLosslessJson' | 'parseLosslessJson'>;

interface Failure {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** Lines and columns count from 1; what has no place of its own is told of the beginning. */
function failureLine(languages: Languages, id: unknown, failure: Failure): string {
  const { message } = failure;
  const [line, column] = [Math.max(1, failure.line), Math.max(1, failure.column)];
  const text = languages.formatLosslessJson({ id, error: { message, line, column } });
  return text.ok ? text.value : JSON.stringify({ id: null, error: { message, line, column } });
}

const problem = (message: string): Failure => ({ message, line: 1, column: 1 });

/** What a batch lends to each of its lines. */
export interface BatchEnv extends EvaluateEnv {
  readonly limit: TimeLimit;
  /** How long a source may take, in milliseconds. @default the usual */
  readonly limitOf?: (language: string, source: string) => number;
}

/** An `id` is given back as it came; only what is no scalar is refused. */
function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

/**
 * Answers one line of a batch: `{"id","lang","source","vars"}` in, `{"id","value"}` or
 * `{"id","error":{"message","line","column"}}` out, both places from 1. A line that is no such object is answered with id null.
 */
export function answerLine(languages: Languages, line: string | undefined, env: BatchEnv): string {
  if (line === undefined) {
    return failureLine(languages, null, problem(`line characters is limited to ${INPUT_LINE_LIMIT}`));
  }
  const request = languages.parseLosslessJson(line);
  if (!request.ok) return failureLine(languages, null, problem(`malformed line: ${request.error.message}`));
  if (!isObject(request.value)) return failureLine(languages, null, problem('malformed line: expected a JSON object'));
  return answerRequest(languages, request.value, env);
}

function answerRequest(languages: Languages, request: { readonly [key: string]: unknown }, env: BatchEnv): string {
  const { id = null, lang, source, vars } = request;
  if (!isScalar(id)) return failureLine(languages, null, problem('id must be a text, a number, a boolean or null'));
  if (typeof lang !== 'string') return failureLine(languages, id, problem('lang must be a text'));
  if (typeof source !== 'string') return failureLine(languages, id, problem('source must be a text'));
  const text = env.limit.run((deadline) => {
    const value = languages.evaluateLanguage(lang, source, { vars, env: { ...env, deadline } });
    return value.ok ? languages.formatLosslessJson({ id, value: value.value ?? null }) : value;
  }, env.limitOf?.(lang, source));
  return text.ok ? text.value : failureLine(languages, id, text.error);
}
