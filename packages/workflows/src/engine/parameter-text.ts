/** Reads a parameter's text as upstream does: numbers and booleans become text, floats without exponent. */
export function parameterText(value: string | number | boolean): string {
  const text = String(value);
  if (typeof value !== 'number' || !text.includes('e')) return text;
  if (Number.isInteger(value)) return BigInt(value).toString();
  return value.toFixed(100).replace(/0+$/, '');
}

/** A loop item, an output value or anything else that stands in text: strings raw, everything else as JSON. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
