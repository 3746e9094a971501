import { isDigit, isLetter } from '../gofmt/index.ts';

/** A run of digits as a number, from `at` on. */
function digitsAt(
  chars: readonly string[],
  at: number,
  start: bigint,
): { readonly value: bigint; readonly end: number } {
  let value = start;
  let end = at;
  for (; end < chars.length && isDigit(chars[end] ?? ''); end += 1) value = value * 10n + BigInt(chars[end] ?? '0');
  return { value, end };
}

/** True when a zero at `at` continues a number that has begun before with another digit. */
function continuesNumber(chars: readonly string[], at: number): boolean {
  for (let index = at - 1; index >= 0 && isDigit(chars[index] ?? ''); index -= 1) if (chars[index] !== '0') return true;
  return false;
}

const order = <T extends string | number | bigint>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** Orders two keys where neither has a letter: runs of digits by their value. */
function orderNumbers(left: readonly string[], right: readonly string[], at: number): number {
  const [a, b] = [left[at] ?? '', right[at] ?? ''];
  const start = [a, b].includes('0') && continuesNumber(left, at) ? 1n : 0n;
  const [aNumber, bNumber] = [digitsAt(left, at, start), digitsAt(right, at, start)];
  return order(aNumber.value, bNumber.value) || order(aNumber.end, bNumber.end) || order(a, b);
}

/** Orders a letter and a character that is none: letters go last, but first behind a digit. */
function letterOrder(left: readonly string[], at: number, leftIsLetter: boolean): number {
  const behindDigit = at > 0 && isDigit(left[at - 1] ?? '');
  return behindDigit === leftIsLetter ? -1 : 1;
}

/** Orders two keys at their first different character. */
function orderAt(left: readonly string[], right: readonly string[], at: number): number {
  const [a, b] = [left[at] ?? '', right[at] ?? ''];
  const [aLetter, bLetter] = [isLetter(a), isLetter(b)];
  if (!aLetter && !bLetter) return orderNumbers(left, right, at);
  if (aLetter && bLetter) return order(a, b);
  return letterOrder(left, at, aLetter);
}

/** Orders keys as Go's YAML library writes them: numbers inside by value, letters behind all else. */
export function compareKeys(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    if (left[at] !== right[at]) return orderAt(left, right, at);
  }
  return left.length - right.length;
}
