import { setOwn } from '@argosy/std';
import {
  ARGO_FUNCTIONS,
  createExprCache,
  fromJsonIntegers,
  type ExprCache,
  type ExprMoment,
  type GoRecord,
} from '../expr/index.ts';

/**
 * What a variable is worth: a text; `absent`: it will never have one (its producer was skipped); `unknown`: nobody
 * here knows the name.
 */
export type Variable =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown' };

/** Finds a variable by its dotted name. */
export type Lookup = (name: string) => Variable;

/** Where the values of tags come from. */
export interface TagScope {
  readonly lookup: Lookup;
  /**
   * The variables of expressions: dotted names are nested maps (see `expandNames`). Without it there are none. `paths`:
   * what the expression reads, as `pathsIn` gives it; what no path leads to may be left out.
   */
  readonly environment?: (paths: readonly string[]) => GoRecord;
  /** Compiled expressions and their functions; keep one for many texts. Argo's functions when left out. */
  readonly programs?: ExprCache;
  readonly moment?: ExprMoment;
}

/**
 * Dotted names as nested maps, for expressions: `a.b: 1` is `{a: {b: 1}}`. Where both `a` and `a.b` are there, the
 * longer one counts, as in Argo.
 */
export function expandNames(flat: GoRecord): GoRecord {
  const root: { [name: string]: unknown } = {};
  for (const name of Object.keys(flat).toSorted((a, b) => a.length - b.length)) {
    const path = name.split('.');
    let target = root;
    for (const part of path.slice(0, -1)) {
      const found = Object.hasOwn(target, part) ? target[part] : undefined;
      const next = isNested(found) ? found : {};
      if (next !== found) setOwn(target, part, next);
      target = next;
    }
    setOwn(target, path.at(-1) ?? name, Object.hasOwn(flat, name) ? flat[name] : null);
  }
  return root;
}

function isNested(value: unknown): value is { [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How a value of a flat map stands in a text: texts as they are, everything else as JSON. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A scope over a flat map of names to texts (or JSON values); null is a value that will never come. */
export function scopeOf(flat: GoRecord, options: Omit<TagScope, 'lookup' | 'environment'> = {}): TagScope {
  let expanded: GoRecord | undefined;
  return {
    programs: createExprCache(ARGO_FUNCTIONS),
    ...options,
    lookup: (name) => {
      if (!Object.hasOwn(flat, name)) return { kind: 'unknown' };
      const value = flat[name] ?? null;
      return value === null ? { kind: 'absent' } : { kind: 'text', text: textOf(value) };
    },
    environment: () => (expanded ??= expandNames(fromJsonIntegers(flat) as GoRecord)),
  };
}
