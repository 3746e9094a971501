import { isObject } from '@argosy/std';

/** One step of a printer column's path. */
type Step =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'filter'; readonly path: readonly string[]; readonly value: string };

const QUOTED = /^(['"])(.*)\1$/;
const FILTER = /^\?\(@\.([\w.-]+)\s*==\s*(.*)\)$/;

function bracketStep(text: string): Step | undefined {
  if (text === '*') return { kind: 'all' };
  if (/^-?\d+$/.test(text)) return { kind: 'index', index: Number(text) };
  const quoted = QUOTED.exec(text);
  if (quoted !== null) return { kind: 'member', name: quoted[2] ?? '' };
  const filter = FILTER.exec(text);
  if (filter === null) return undefined;
  const value = (filter[2] ?? '').trim();
  return { kind: 'filter', path: (filter[1] ?? '').split('.'), value: QUOTED.exec(value)?.[2] ?? value };
}

/** Dots inside a member name may be escaped: `.metadata.labels.example\.org/name`. */
const TOKEN = /\.((?:\\.|[^.[\]\\])+)|\[((?:[^[\]"']|"[^"]*"|'[^']*')*)\]/gy;

function parsePath(path: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  const text = path.startsWith('.') || path.startsWith('[') ? path : `.${path}`;
  let end = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    end = TOKEN.lastIndex;
    const step: Step | undefined =
      match[1] === undefined
        ? bracketStep(match[2] ?? '')
        : { kind: 'member', name: match[1].replaceAll(/\\(.)/g, '$1') };
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return end === text.length ? steps : undefined;
}

function memberOf(value: unknown, name: string): readonly unknown[] {
  return isObject(value) && Object.hasOwn(value, name) ? [value[name]] : [];
}

function matchesFilter(item: unknown, path: readonly string[], value: string): boolean {
  let found: readonly unknown[] = [item];
  for (const name of path) found = found.flatMap((part) => memberOf(part, name));
  return found.length > 0 && String(found[0]) === value;
}

function walk(value: unknown, step: Step): readonly unknown[] {
  switch (step.kind) {
    case 'member':
      return memberOf(value, step.name);
    case 'index':
      return Array.isArray(value) && value.at(step.index) !== undefined ? [value.at(step.index)] : [];
    case 'all':
      return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    default:
      return Array.isArray(value) ? value.filter((item) => matchesFilter(item, step.path, step.value)) : [];
  }
}

/**
 * Compiles the JSONPath subset of printer columns: dots, `[0]`, `['a.b']`, `[*]`, `[?(@.type=="Ready")]`.
 * The result gives the first match, or `undefined`; a path that cannot be read never matches.
 */
export function compileJsonPath(path: string): (object: unknown) => unknown {
  const steps = parsePath(path.trim());
  if (steps === undefined) return () => undefined;
  return (object) => {
    let found: readonly unknown[] = [object];
    for (const step of steps) found = found.flatMap((value) => walk(value, step));
    return found[0];
  };
}
