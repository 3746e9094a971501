import { compareText, isObject } from '@argosy/std';

/** Longest text of a value inside a message. */
const MAX_TEXT = 4096;

function text(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(text).join(' ')}]`;
  if (!isObject(value)) return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const members = Object.keys(value).sort(compareText);
  return `map[${members.map((key) => `${key}:${text(value[key])}`).join(' ')}]`;
}

/** A JSON value as Go's `%v` prints it: how upstream's messages show maps. Cut at 4,096 characters. */
export function goText(value: unknown): string {
  return text(value).slice(0, MAX_TEXT);
}
