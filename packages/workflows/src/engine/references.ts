import type { Template } from '@argosy/api/workflows';
import { tagsIn } from '@argosy/lang/tags';

/** Deepest nesting that is searched for references. */
const MAX_SEARCH_DEPTH = 100;

/** Every text in a JSON value, keys left out. */
export function textsIn(value: unknown, depth = 0): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth > MAX_SEARCH_DEPTH) return [];
  return Object.values(value).flatMap((item: unknown) => textsIn(item, depth + 1));
}

const RESULT = /(?:steps|tasks)(?:\.([a-zA-Z0-9][-a-zA-Z0-9]*)|\['([^']+)'\]|\["([^"]+)"\])\.outputs\.result/g;

/** The steps and tasks of a template whose outputs.result is read somewhere in it. */
export function referencedResults(template: Template): ReadonlySet<string> {
  const names = new Set<string>();
  for (const text of textsIn(template)) {
    for (const match of text.matchAll(RESULT)) names.add(match[1] ?? match[2] ?? match[3] ?? '');
  }
  return names;
}

/** The names of all simple tags anywhere in a value; expression tags are left out. */
export function tagNamesIn(value: unknown): ReadonlySet<string> {
  const names = textsIn(value).flatMap((text) => tagsIn(text));
  return new Set(names.filter((name) => !name.startsWith('=')));
}
