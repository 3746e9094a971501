import { fail } from './failure.ts';
import { equal, less, more } from './operators.ts';
import { isRecord, sortedKeys, type ExprValue } from './values.ts';

/** Most values that a path may select on its way. */
export const JSON_PATH_LIMIT_VALUES = 100_000;

type Step =
  | { readonly kind: 'names'; readonly names: readonly string[]; readonly deep: boolean }
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  | { readonly kind: 'range'; readonly from: number | undefined; readonly to: number | undefined; readonly by: number }
  | { readonly kind: 'all'; readonly deep: boolean }
  | { readonly kind: 'filter'; readonly test: (value: ExprValue) => boolean };

interface Reader {
  readonly path: string;
  at: number;
}

function invalid(reader: Reader): never {
  return fail(`invalid JSONPath query '${reader.path}' at index ${reader.at}`);
}

function take(reader: Reader, pattern: RegExp): RegExpExecArray | undefined {
  const match = new RegExp(pattern.source, 'y');
  match.lastIndex = reader.at;
  const found = match.exec(reader.path) ?? undefined;
  if (found !== undefined) reader.at += found[0].length;
  return found;
}

const QUOTED = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/;
const unquote = (match: RegExpExecArray): string => (match[1] ?? match[2] ?? '').replaceAll(/\\(.)/g, '$1');

function readUnion(reader: Reader): Step {
  const names: string[] = [];
  const indexes: number[] = [];
  do {
    take(reader, / */);
    const name = take(reader, QUOTED);
    const index = name === undefined ? take(reader, /-?\d+/) : undefined;
    if (name !== undefined) names.push(unquote(name));
    else if (index === undefined) invalid(reader);
    else indexes.push(Number(index[0]));
    take(reader, / */);
  } while (take(reader, /,/) !== undefined);
  if (names.length > 0 && indexes.length > 0) invalid(reader);
  return names.length > 0 ? { kind: 'names', names, deep: false } : { kind: 'indexes', indexes };
}

const numberOrNone = (text: string | undefined): number | undefined =>
  text === undefined || text === '' ? undefined : Number(text);

function literalOf(text: string): ExprValue {
  if (text.startsWith("'") || text.startsWith('"')) {
    const match = QUOTED.exec(text);
    return match === null ? text : unquote(match);
  }
  const constants: { readonly [word: string]: ExprValue } = { true: true, false: false, null: null };
  return text in constants ? constants[text] : Number(text);
}

const TESTS: { readonly [operator: string]: (a: ExprValue, b: ExprValue) => boolean } = {
  '==': equal,
  '!=': (a, b) => !equal(a, b),
  '<': (a, b) => typeof a === typeof b && less(a, b),
  '>': (a, b) => typeof a === typeof b && more(a, b),
  '<=': (a, b) => typeof a === typeof b && !more(a, b),
  '>=': (a, b) => typeof a === typeof b && !less(a, b),
};

/** `?(@.a.b == 'c')` or `?(@.a)`. */
function readFilter(reader: Reader): Step {
  const pattern =
    /\?\(\s*@((?:\.[\w-]+|\['[^']*'\])*)\s*(?:(==|!=|<=|>=|<|>)\s*('[^']*'|"[^"]*"|-?[\d.]+|true|false|null)\s*)?\)/;
  const match = take(reader, pattern);
  if (match === undefined) return invalid(reader);
  const steps = readSteps({ path: `$${match[1] ?? ''}`, at: 1 });
  const operator = match[2];
  const wanted = literalOf(match[3] ?? 'null');
  const test = operator === undefined ? undefined : TESTS[operator];
  return {
    kind: 'filter',
    test: (value) => {
      const found = selectAll([value], steps);
      return test === undefined ? found.length > 0 : found.length > 0 && test(found[0], wanted);
    },
  };
}

function readBracket(reader: Reader): Step {
  take(reader, /\[ */);
  const step = readBracketContent(reader);
  if (take(reader, / *\]/) === undefined) invalid(reader);
  return step;
}

function readBracketContent(reader: Reader): Step {
  if (take(reader, /\*/) !== undefined) return { kind: 'all', deep: false };
  if (reader.path.startsWith('?', reader.at)) return readFilter(reader);
  const range = take(reader, /(-?\d+)?:(-?\d+)?(?::(-?\d+)?)?/);
  if (range === undefined) return readUnion(reader);
  return { kind: 'range', from: numberOrNone(range[1]), to: numberOrNone(range[2]), by: numberOrNone(range[3]) ?? 1 };
}

function readStep(reader: Reader): Step {
  const deep = take(reader, /\.\./) !== undefined;
  if (!deep) take(reader, /\.(?!\[)/);
  if (reader.path.startsWith('[', reader.at)) {
    const step = readBracket(reader);
    return deep && (step.kind === 'names' || step.kind === 'all') ? { ...step, deep } : step;
  }
  if (take(reader, /\*/) !== undefined) return { kind: 'all', deep };
  const name = take(reader, /[^.[\]*?(),'"\s]+/);
  return name === undefined ? invalid(reader) : { kind: 'names', names: [name[0]], deep };
}

function readSteps(reader: Reader): readonly Step[] {
  const steps: Step[] = [];
  while (reader.at < reader.path.length) steps.push(readStep(reader));
  return steps;
}

function childrenOf(value: ExprValue): readonly ExprValue[] {
  if (Array.isArray(value)) return value as readonly ExprValue[];
  return isRecord(value) ? sortedKeys(value).map((key) => value[key]) : [];
}

function descendants(value: ExprValue, into: ExprValue[]): readonly ExprValue[] {
  if (into.length > JSON_PATH_LIMIT_VALUES) fail(`JSONPath selects more than ${JSON_PATH_LIMIT_VALUES} values`);
  into.push(value);
  for (const child of childrenOf(value)) descendants(child, into);
  return into;
}

function rangeOf(list: readonly ExprValue[], step: Extract<Step, { kind: 'range' }>): readonly ExprValue[] {
  const place = (wanted: number): number =>
    Math.min(Math.max(0, wanted < 0 ? list.length + wanted : wanted), list.length);
  if (step.by === 0) return [];
  const part = list.slice(place(step.from ?? 0), place(step.to ?? list.length));
  const ordered = step.by < 0 ? part.toReversed() : part;
  return ordered.filter((_, index) => index % Math.abs(step.by) === 0);
}

function selectOne(value: ExprValue, step: Step): readonly ExprValue[] {
  switch (step.kind) {
    case 'names':
      return isRecord(value) ? step.names.filter((name) => Object.hasOwn(value, name)).map((name) => value[name]) : [];
    case 'indexes': {
      if (!Array.isArray(value)) return [];
      const list = value as readonly ExprValue[];
      const places = step.indexes.map((index) => (index < 0 ? list.length + index : index));
      return places.filter((place) => place >= 0 && place < list.length).map((place) => list[place]);
    }
    case 'range':
      return Array.isArray(value) ? rangeOf(value as readonly ExprValue[], step) : [];
    case 'filter':
      return childrenOf(value).filter((child) => step.test(child));
    default:
      return childrenOf(value);
  }
}

function selectAll(values: readonly ExprValue[], steps: readonly Step[]): readonly ExprValue[] {
  let current = values;
  for (const step of steps) {
    const deep = (step.kind === 'names' || step.kind === 'all') && step.deep;
    const reached = deep ? current.flatMap((value) => descendants(value, [])) : current;
    current = reached.flatMap((value) => selectOne(value, step));
    if (current.length > JSON_PATH_LIMIT_VALUES) fail(`JSONPath selects more than ${JSON_PATH_LIMIT_VALUES} values`);
  }
  return current;
}

/** True when a step can select at most one value. */
const isDefinite = (step: Step): boolean =>
  (step.kind === 'names' && !step.deep && step.names.length === 1) ||
  (step.kind === 'indexes' && step.indexes.length === 1);

/**
 * Evaluates a JSONPath (`$.a.b[0]`, `$..name`, `$.list[?(@.x == 1)]`) on a JSON value. A path that names one place
 * gives that value and fails when there is none; any other gives the list of what it selects.
 */
export function evaluateJsonPath(document: ExprValue, path: string): ExprValue {
  if (!path.startsWith('$')) return fail(`invalid JSONPath query '${path}': it must start with '$'`);
  const steps = readSteps({ path, at: 1 });
  const found = selectAll([document], steps);
  if (!steps.every(isDefinite)) return found;
  return found.length > 0 ? found[0] : fail(`JSONPath query '${path}' finds nothing`);
}
