import { compareText, isObject } from '@argosy/std';
import { diagnostic, DiagnosticError, limitReached } from '../diagnostic/index.ts';
import { formatGoFloat, formatGoJson } from '../gofmt/index.ts';
import {
  JSONPATH_LIMIT_OUTPUT_CHARACTERS,
  JSONPATH_LIMIT_VALUES,
  type PathList,
  type PathNode,
  type SliceBound,
  type TemplatePart,
} from './nodes.ts';

function fail(message: string): never {
  throw new DiagnosticError(diagnostic(message));
}

/** One evaluation: how much was visited, and where ranges begin and end. */
interface Run {
  readonly parts: readonly TemplatePart[];
  visited: number;
  beginRange: number;
  inRange: number;
  endRange: number;
  lastEnd: number;
}

type Values = readonly unknown[];

function visit(run: Run, count: number): void {
  run.visited += count;
  if (run.visited > JSONPATH_LIMIT_VALUES)
    throw new DiagnosticError(limitReached('jsonpath values', JSONPATH_LIMIT_VALUES));
}

const memberNames = (value: { readonly [key: string]: unknown }): readonly string[] =>
  Object.keys(value).sort(compareText);

function fieldsOf(values: Values, name: string): Values {
  return values.flatMap((value) => (isObject(value) && Object.hasOwn(value, name) ? [value[name]] : []));
}

function childrenOf(value: unknown): Values {
  if (Array.isArray(value)) return value as Values;
  return isObject(value) ? memberNames(value).map((name) => value[name]) : [];
}

function descend(run: Run, values: Values): Values {
  const found: unknown[] = [];
  const open: unknown[] = [...values].reverse();
  while (open.length > 0) {
    const value = open.pop();
    const children = childrenOf(value);
    visit(run, children.length + 1);
    // compat(lang-0801): a text counts as a list of its bytes, so that `..` finds texts but no other scalars.
    if (children.length > 0 || (typeof value === 'string' && value !== '')) found.push(value);
    open.push(...[...children].reverse());
  }
  return found;
}

function startOf(bound: SliceBound, length: number): number {
  const value = bound.known ? bound.value : 0;
  return value < 0 ? value + length : value;
}

function endOf(bound: SliceBound, length: number): number {
  if (!bound.known) return length;
  return bound.value < 0 || (bound.value === 0 && bound.derived) ? bound.value + length : bound.value;
}

function sliceOne(list: Values, bounds: readonly [SliceBound, SliceBound, SliceBound]): Values {
  const [start, end] = [startOf(bounds[0], list.length), endOf(bounds[1], list.length)];
  if (start !== end) {
    if (start >= list.length || start < 0) fail(`array index out of bounds: index ${start}, length ${list.length}`);
    if (end > list.length || end < 0) fail(`array index out of bounds: index ${end - 1}, length ${list.length}`);
  }
  if (start > end) fail(`starting index ${start} is greater than ending index ${end}`);
  const step = bounds[2].known ? bounds[2].value : 1;
  if (step <= 0) fail('step must be > 0');
  return list.slice(start, end).filter((_item, index) => index % step === 0);
}

function slices(values: Values, bounds: readonly [SliceBound, SliceBound, SliceBound]): Values {
  return values.flatMap((value) => {
    if (value === null) return [];
    if (!Array.isArray(value)) return fail(`${plain(value)} is not array or slice`);
    return sliceOne(value as Values, bounds);
  });
}

const isInteger = (value: unknown): boolean =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));

/** Numbers that came as JSON integers are int64 in Go, all others float64; the two do not compare. */
function typeOf(value: unknown): string {
  if (isInteger(value)) return 'integer';
  return ['string', 'number', 'boolean'].includes(typeof value) ? typeof value : 'other';
}

type Scalar = string | number | bigint | boolean;

const COMPARE: ReadonlyMap<string, (a: Scalar, b: Scalar) => boolean> = new Map<
  string,
  (a: Scalar, b: Scalar) => boolean
>([
  ['==', (a, b) => (typeof a === 'bigint' || typeof b === 'bigint' ? BigInt(a) === BigInt(b) : a === b)],
  ['!=', (a, b) => (typeof a === 'bigint' || typeof b === 'bigint' ? BigInt(a) !== BigInt(b) : a !== b)],
  ['<', (a, b) => a < b],
  ['<=', (a, b) => a <= b],
  ['>', (a, b) => a > b],
  ['>=', (a, b) => a >= b],
]);

function compares(left: unknown, right: unknown, operator: string): boolean {
  const compare = COMPARE.get(operator);
  if (compare === undefined) return fail(`unrecognized filter operator ${operator}`);
  const [a, b] = [typeOf(left), typeOf(right)];
  if (a === 'other' || b === 'other') return fail('invalid type for comparison');
  if (a !== b) return fail('incompatible types for comparison');
  const isOrder = operator !== '==' && operator !== '!=';
  if (a === 'boolean' && isOrder) return fail('invalid type for comparison');
  return compare(left as Scalar, right as Scalar);
}

function passes(run: Run, item: unknown, node: PathNode & { kind: 'filter' }): boolean {
  const lefts = walkList(run, [item], node.left);
  if (node.operator === 'exists') return lefts.length > 0;
  if (lefts.length === 0) return false;
  if (lefts.length > 1) return fail('can only compare one element at a time');
  const rights = walkList(run, [item], node.right);
  if (rights.length === 0) return false;
  if (rights.length > 1) return fail('can only compare one element at a time');
  return compares(lefts[0], rights[0], node.operator);
}

function filters(run: Run, values: Values, node: PathNode & { kind: 'filter' }): Values {
  return values.flatMap((value) => {
    if (!Array.isArray(value)) return fail(`${plain(value)} is not array or slice and cannot be filtered`);
    visit(run, value.length);
    return (value as Values).filter((item) => passes(run, item, node));
  });
}

function word(run: Run, values: Values, name: string): Values {
  if (name === 'range') {
    run.beginRange += 1;
    return values;
  }
  if (name !== 'end') return fail(`unrecognized identifier ${name}`);
  if (run.inRange === 0) return fail('not in range, nothing to end');
  run.endRange += 1;
  return values;
}

function walk(run: Run, values: Values, node: PathNode): Values {
  visit(run, values.length + 1);
  switch (node.kind) {
    case 'text':
      return [node.text];
    case 'literal':
      return [node.value];
    case 'word':
      return word(run, values, node.name);
    case 'field':
      return fieldsOf(values, node.name);
    case 'wildcard':
      return values.flatMap((value) => childrenOf(value));
    case 'recursive':
      return descend(run, values);
    case 'slice':
      return slices(values, node.bounds);
    case 'union':
      return node.lists.flatMap((list) => walkList(run, values, list));
    default:
      return filters(run, values, node);
  }
}

function walkList(run: Run, values: Values, list: PathList): Values {
  return list.reduce<Values>((current, node) => walk(run, current, node), values);
}

/** Evaluates the parts from `from` on for one value; `range` … `end` are played once for each value. */
function results(run: Run, value: unknown, from: number): readonly Values[] {
  const all: Values[] = [];
  for (let index = from; index < run.parts.length; index += 1) {
    const part = run.parts[index];
    if (part === undefined) break;
    const found = part.kind === 'text' ? [part.text] : walkList(run, [value], part.list);
    if (run.endRange > 0 && run.endRange <= run.inRange) {
      run.endRange -= 1;
      run.lastEnd = index;
      break;
    }
    if (run.beginRange === 0) {
      all.push(found);
      continue;
    }
    run.beginRange -= 1;
    run.inRange += 1;
    // A range over nothing is still played once, silently, to find its end.
    for (const item of found) all.push(...results(run, item, index + 1));
    if (found.length === 0) results(run, null, index + 1);
    run.inRange -= 1;
    index = Math.max(index, run.lastEnd);
  }
  return all;
}

/** A value as Go's fmt prints it in messages. */
function plain(value: unknown): string {
  return typeof value === 'string' ? value : printed(value);
}

function printed(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'object') return formatGoJson(value, { escapeHtml: true });
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : formatGoFloat(value, 'g', -1);
  return String(value as string | bigint | boolean);
}

/** All results of a template over one object, one list for each part. Throws DiagnosticError. */
export function evaluateParts(parts: readonly TemplatePart[], object: unknown): readonly Values[] {
  return results({ parts, visited: 0, beginRange: 0, inRange: 0, endRange: 0, lastEnd: 0 }, object, 0);
}

/** Results as kubectl prints them: the values of one part with blanks between, the parts without. */
export function printParts(lists: readonly Values[]): string {
  let length = 0;
  const text = (value: unknown): string => {
    const piece = printed(value);
    length += piece.length + 1;
    if (length <= JSONPATH_LIMIT_OUTPUT_CHARACTERS) return piece;
    throw new DiagnosticError(limitReached('jsonpath output characters', JSONPATH_LIMIT_OUTPUT_CHARACTERS));
  };
  return lists.map((list) => list.map(text).join(' ')).join('');
}
