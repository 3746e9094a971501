import { formatNumber } from './print.ts';
import type { Runtime } from './runtime.ts';
import { characters, hasAstral } from './text.ts';
import { JsonnetArray, typeName, type Lazy, type Value } from './value.ts';

interface Range {
  readonly start: number;
  readonly limit: number;
  readonly stride: number;
}

/** `std.slice`: every `step`th item from `from` up to `to`; negative numbers count from the end. */
export function sliceValue(target: Value, bounds: readonly Value[], runtime: Runtime): Value {
  const items = typeof target === 'string' ? textItems(target) : target instanceof JsonnetArray ? target.items : null;
  if (items === null) throw runtime.error(`std.slice accepts a string or an array, but got: ${typeName(target)}`);
  if (typeof target === 'string') runtime.step(target.length >>> 6);
  const range = rangeOf(bounds, items.length, runtime);
  runtime.reserve(Math.max(0, Math.ceil((range.limit - range.start) / range.stride)));
  if (typeof target === 'string') return takeText(items as string | readonly string[], range);
  const taken: Lazy[] = [];
  for (let index = range.start; index < range.limit; index += range.stride) taken.push(items[index] ?? null);
  return new JsonnetArray(taken);
}

function rangeOf(bounds: readonly Value[], length: number, runtime: Runtime): Range {
  const bound = (index: number, fallback: number): number => {
    const given = bounds[index] ?? null;
    return given === null ? fallback : runtime.number(given);
  };
  const start = fromEnd(bound(0, 0), length);
  const end = fromEnd(bound(1, length), length);
  const stride = bound(2, 1);
  if (stride < 0) {
    const shown = [start, end, stride].map((number) => formatNumber(number)).join(':');
    throw runtime.error(`got [${shown}] but negative index, end, and steps are not supported`);
  }
  if (stride === 0) throw runtime.error('got 0 but step must be greater than 0');
  return { start, limit: Math.min(end, length), stride };
}

/** A text that can be cut as it is, or its characters. */
function textItems(text: string): string | readonly string[] {
  return hasAstral(text) ? characters(text) : text;
}

function takeText(items: string | readonly string[], range: Range): string {
  if (typeof items === 'string' && range.stride === 1 && Number.isInteger(range.start)) {
    return items.slice(range.start, Math.max(range.start, range.limit));
  }
  let text = '';
  for (let index = range.start; index < range.limit; index += range.stride) text += items[index] ?? '';
  return text;
}

/** Newer versions count negative bounds from the end, and stop at the start. */
function fromEnd(bound: number, length: number): number {
  return bound < 0 ? Math.max(0, length + bound) : bound;
}
