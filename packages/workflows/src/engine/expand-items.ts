import type { Sequence } from '@argosy/api/workflows';
import { err, ok, type Result } from '@argosy/std';

import { parameterText } from './parameter-text.ts';

/** Most turns that one loop may have. */
export const MAX_LOOP_ITEMS = 100_000;

/** The loop part of a step or task, after its tags were replaced. */
export interface Loop {
  readonly withItems?: readonly unknown[];
  readonly withParam?: string;
  readonly withSequence?: Sequence;
}

/** True when a step or task is a loop. */
export function isLoop(call: Loop): boolean {
  return call.withItems !== undefined || call.withParam !== undefined || call.withSequence !== undefined;
}

function wholeNumber(value: string | number | boolean, field: string): Result<number, string> {
  const text = parameterText(value).trim();
  return /^-?\d{1,15}$/.test(text) ? ok(Number(text)) : err(`withSequence.${field} '${text}' is not a whole number`);
}

/** Go's `fmt` verbs that sequences are written with: d, x, X, o, with width and zero padding. */
function formatNumber(format: string, value: number): Result<string, string> {
  let problem: string | undefined;
  const text = format.replace(/%(%|(-|0)?(\d{0,3})([a-zA-Z]))/g, (...groups: readonly string[]) => {
    const [whole = '', verbs, flag, width = '', verb = ''] = groups;
    if (verbs === '%') return '%';
    const radix = { d: 10, x: 16, X: 16, o: 8 }[verb];
    if (radix === undefined) {
      problem = `withSequence.format '${format}': verb '${whole}' is not supported`;
      return whole;
    }
    const digits = Math.abs(value).toString(radix);
    const sign = value < 0 ? '-' : '';
    const body = verb === 'X' ? digits.toUpperCase() : digits;
    if (flag === '0') return sign + body.padStart(Number(width) - sign.length, '0');
    return flag === '-' ? (sign + body).padEnd(Number(width)) : (sign + body).padStart(Number(width));
  });
  return problem === undefined ? ok(text) : err(problem);
}

function sequenceBounds(
  sequence: Sequence,
): Result<{ readonly start: number; readonly end: number } | undefined, string> {
  const start = wholeNumber(sequence.start ?? 0, 'start');
  if (!start.ok) return start;
  if (sequence.end !== undefined) {
    const end = wholeNumber(sequence.end, 'end');
    return end.ok ? ok({ start: start.value, end: end.value }) : end;
  }
  if (sequence.count === undefined) return err('must have count or end in withSequence');
  const count = wholeNumber(sequence.count, 'count');
  if (!count.ok) return count;
  return ok(count.value <= 0 ? undefined : { start: start.value, end: start.value + count.value - 1 });
}

function expandSequence(sequence: Sequence): Result<readonly unknown[], string> {
  const bounds = sequenceBounds(sequence);
  if (!bounds.ok || bounds.value === undefined) return bounds.ok ? ok([]) : bounds;
  const { start, end } = bounds.value;
  const count = Math.abs(end - start) + 1;
  if (count > MAX_LOOP_ITEMS) return err(tooMany(count));
  const items: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const text = formatNumber(sequence.format ?? '%d', start <= end ? start + index : start - index);
    if (!text.ok) return text;
    items.push(text.value);
  }
  return ok(items);
}

function tooMany(count: number): string {
  return `loop has ${count} items: at most ${MAX_LOOP_ITEMS} are allowed`;
}

function parseList(text: string): Result<readonly unknown[], string> {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return ok(value);
    return err(`withParam value could not be parsed as a JSON list: ${text}: it is no list`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return err(`withParam value could not be parsed as a JSON list: ${text}: ${why}`);
  }
}

/** The items of a loop, in order. Sequences give texts. */
export function expandItems(loop: Loop): Result<readonly unknown[], string> {
  const items =
    loop.withItems !== undefined
      ? ok(loop.withItems)
      : loop.withParam !== undefined
        ? parseList(loop.withParam)
        : expandSequence(loop.withSequence ?? {});
  if (!items.ok) return items;
  return items.value.length > MAX_LOOP_ITEMS ? err(tooMany(items.value.length)) : items;
}
