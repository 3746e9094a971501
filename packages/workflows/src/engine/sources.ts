import type { Lookup, Variable } from '@argosy/lang/tags';
import { setOwn } from '@argosy/std';

/** A variable that nobody knows. */
export const UNKNOWN: Variable = Object.freeze({ kind: 'unknown' });

/** A variable that will never have a value. */
export const ABSENT: Variable = Object.freeze({ kind: 'absent' });

/** Values of variables by dotted name; null will never have one. */
export interface Values {
  readonly [name: string]: string | null;
}

/** Where variables come from: one by name for `{{x}}`, many at once for `{{=…}}`. */
export interface Source {
  readonly lookup: Lookup;
  /** Every variable that one of the paths may lead to; more does no harm, but costs. */
  readonly list: (paths: readonly string[]) => Values;
}

/** A variable with a text. */
export function textVariable(text: string): Variable {
  return { kind: 'text', text };
}

/** A variable that is unknown when there is no text. */
export function optionalText(value: string | undefined): Variable {
  return value === undefined ? UNKNOWN : textVariable(value);
}

/** True when a path leads to `name`, through it, or to something above it. */
export function isWanted(paths: readonly string[], name: string): boolean {
  return paths.some(
    (path) => path === name || path === '$env' || path.startsWith(`${name}.`) || name.startsWith(`${path}.`),
  );
}

/** Asks one source after the other; the first that knows a name counts. */
export function firstOf(...sources: readonly Source[]): Source {
  return {
    lookup: (name) => {
      for (const source of sources) {
        const found = source.lookup(name);
        if (found.kind !== 'unknown') return found;
      }
      return UNKNOWN;
    },
    list: (paths) => {
      const merged: { [name: string]: string | null } = {};
      for (const source of sources.toReversed()) {
        for (const [name, value] of Object.entries(source.list(paths))) setOwn(merged, name, value);
      }
      return merged;
    },
  };
}

/** A fixed list of variables. */
export function fixedSource(values: { readonly [name: string]: string }): Source {
  return {
    lookup: (name) => (Object.hasOwn(values, name) ? optionalText(values[name]) : UNKNOWN),
    list: () => values,
  };
}

/** Nothing at all. */
export const noSource: Source = fixedSource({});
