import { isObject, setOwn } from '@argosy/std';

/** Longest `fields` query, in characters. */
export const MAX_FIELDS_LENGTH = 8192;

interface Selection {
  readonly [key: string]: Selection | true;
}

function parse(paths: readonly string[]): Selection {
  const root: { [key: string]: unknown } = {};
  for (const path of paths) {
    let current = root;
    const parts = path.split('.').filter((part) => part !== '');
    for (const [index, part] of parts.entries()) {
      const known = Object.hasOwn(current, part) ? current[part] : undefined;
      if (known === true) break;
      if (index === parts.length - 1) setOwn(current, part, true);
      else {
        const next = isObject(known) ? (known as { [key: string]: unknown }) : {};
        setOwn(current, part, next);
        current = next;
      }
    }
  }
  return root as Selection;
}

function pick(value: unknown, selection: Selection | true, isExclusion: boolean): unknown {
  if (selection === true) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => pick(item, selection, isExclusion));
  if (!isObject(value)) return value;
  const copy: { [key: string]: unknown } = {};
  for (const key of Object.keys(value)) {
    const inner = Object.hasOwn(selection, key) ? selection[key] : undefined;
    if (inner === (isExclusion ? true : undefined)) continue;
    setOwn(copy, key, inner === undefined ? value[key] : pick(value[key], inner, isExclusion));
  }
  return copy;
}

/**
 * Keeps the listed members (`items.metadata.name,items.status.phase`), or with a leading `-` everything but them.
 * Lists are walked through. An empty query keeps everything.
 */
export function selectFields(value: unknown, fields: string | undefined): unknown {
  const text = (fields ?? '').slice(0, MAX_FIELDS_LENGTH);
  if (text === '') return value;
  const isExclusion = text.startsWith('-');
  const paths = text.split(',').map((path) => path.replace(/^-/, '').trim());
  return pick(value, parse(paths), isExclusion);
}
