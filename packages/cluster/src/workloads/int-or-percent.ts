/** An absolute count, or a percentage of something that is known later. */
export type IntOrPercent = number | string;

/**
 * The count that `value` means of `total`; percentages round in the direction named. Shape: `3`, `"3"`, `"25%"`.
 * Anything else counts as 0: the API server refuses it before it is stored.
 */
export function resolveIntOrPercent(value: IntOrPercent, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const match = /^(\d{1,9})(%?)$/.exec(value);
  if (match === null) return 0;
  const count = Number(match[1]);
  if (match[2] === '') return count;
  const hundredths = count * total;
  return rounding === 'up' ? Math.ceil(hundredths / 100) : Math.floor(hundredths / 100);
}
