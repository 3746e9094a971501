import { SIGNATURES, type Overload } from './signatures.ts';
import { PREDICATE_SHAPES } from './builtin-names.ts';
import { failCheck, type Checker, type PredicateScope } from './checker.ts';
import { DiagnosticError } from '../diagnostic/index.ts';
import { ExprFailure } from './failure.ts';
import { ANY, ANY_MAP, ARRAY, arrayOf, assignable, BOOL, INT, isUnknown, UNKNOWN, type Nature } from './natures.ts';
import type { BuiltinNode, Node } from './nodes.ts';
import { diagnosticAt } from './source.ts';

/** A call whose arguments are checked against one of several parameter lists. */
export interface CheckedCall {
  readonly name: string;
  readonly overloads: readonly Overload[];
  readonly node: Node;
  readonly args: readonly Node[];
}

/** Nature of the arguments, so that several overloads need not check them again. */
type Natures = readonly Nature[];

function argumentProblem(name: string, nature: Nature, wanted: Nature): string | undefined {
  const numeric = (wanted.kind === 'float' || wanted.kind === 'int') && nature.kind === 'int';
  if (numeric || isUnknown(nature)) return undefined;
  if (nature.kind === 'nil') {
    const fits = wanted.text === 'interface {}';
    return fits ? undefined : `cannot use nil as argument (type ${wanted.text}) to call ${name}`;
  }
  if (assignable(nature, wanted)) return undefined;
  // compat(lang-0203): upstream's message ends with a blank.
  return `cannot use ${nature.text} as argument (type ${wanted.text}) to call ${name} `;
}

interface Problem {
  readonly node: Node;
  readonly message: string;
}

function overloadProblem(call: CheckedCall, overload: Overload, natures: Natures): Problem | undefined {
  const { parameters, variadic } = overload;
  const { args, name, node } = call;
  const least = variadic ? parameters.length - 1 : parameters.length;
  if (args.length < least) return { node, message: `not enough arguments to call ${name}` };
  if (!variadic && args.length > parameters.length) return { node, message: `too many arguments to call ${name}` };
  for (const [index, arg] of args.entries()) {
    const wanted = parameters[Math.min(index, parameters.length - 1)] ?? ANY;
    const message = argumentProblem(name, natures[index] ?? UNKNOWN, wanted);
    if (message !== undefined) return { node: arg, message };
  }
  return undefined;
}

/** Checks arguments against the overloads; the last one's complaint is the message. */
export function checkArguments(checker: Checker, call: CheckedCall): Nature {
  const natures = call.args.map((arg) => checker.check(checker, arg));
  let problem: Problem | undefined;
  for (const overload of call.overloads) {
    problem = overloadProblem(call, overload, natures);
    if (problem === undefined) return overload.result;
  }
  return problem === undefined ? UNKNOWN : failCheck(checker, problem.node, problem.message);
}

function checkGet(checker: Checker, node: BuiltinNode): Nature {
  const [value, index] = node.args;
  if (node.args.length !== 2 || value === undefined || index === undefined) {
    return failCheck(checker, node, `invalid number of arguments (expected 2, got ${node.args.length})`);
  }
  const [base, key] = [checker.check(checker, value), checker.check(checker, index)];
  if (isUnknown(base)) return UNKNOWN;
  const wanted = { array: 'int', map: base.key === 'any' ? key.kind : 'string' }[base.kind as 'array' | 'map'];
  if (wanted === undefined) return failCheck(checker, value, `type ${base.text} does not support indexing`);
  if (isUnknown(key) || key.kind === wanted) return elementOf(base);
  const complaint = `cannot use ${key.text} to get an element from ${base.text}`;
  return failCheck(checker, index, base.kind === 'array' ? `non-integer slice index ${key.text}` : complaint);
}

/** What an array or map holds. */
const elementOf = (collection: Nature): Nature => collection.element ?? ANY;

/** The nature of a call of a built-in without a predicate. */
export function checkBuiltinCall(checker: Checker, node: BuiltinNode): Nature {
  if (node.name === 'get') return checkGet(checker, node);
  const signature = SIGNATURES.get(node.name);
  if (signature === undefined) return failCheck(checker, node, `unknown builtin ${node.name}`);
  if (typeof signature !== 'function') {
    return checkArguments(checker, { name: node.name, overloads: signature, node, args: node.args });
  }
  const natures = node.args.map((arg) => checker.check(checker, arg));
  try {
    return signature(natures);
  } catch (error) {
    if (error instanceof ExprFailure) throw new DiagnosticError(diagnosticAt(checker.source, node.at, error.message));
    throw error;
  }
}

const SCOPES: { readonly [name: string]: Omit<PredicateScope, 'collection'> } = {
  map: { index: true, accumulator: false },
  reduce: { index: true, accumulator: true },
};

const BOOLEAN_PREDICATES: ReadonlySet<string> = new Set(
  'all none any one filter count find findIndex findLast findLastIndex'.split(' '),
);

interface PredicateNatures {
  readonly collection: Nature;
  readonly predicate: Nature | undefined;
}

const elementOrUnknown = (collection: Nature): Nature => (isUnknown(collection) ? UNKNOWN : elementOf(collection));

const RESULTS: { readonly [name: string]: (natures: PredicateNatures) => Nature } = {
  filter: ({ collection }) => (isUnknown(collection) ? ARRAY : arrayOf(elementOf(collection))),
  map: ({ predicate }) => arrayOf(predicate ?? UNKNOWN),
  count: () => INT,
  findIndex: () => INT,
  findLastIndex: () => INT,
  find: ({ collection }) => elementOrUnknown(collection),
  findLast: ({ collection }) => elementOrUnknown(collection),
  sum: ({ collection, predicate }) => predicate ?? elementOrUnknown(collection),
  groupBy: ({ collection }) => ({
    ...ANY_MAP,
    text: 'map[interface {}][]interface {}',
    element: arrayOf(elementOf(collection)),
  }),
  sortBy: ({ collection }) => collection,
  reduce: ({ predicate }) => predicate ?? UNKNOWN,
};

const resultOf = (name: string, natures: PredicateNatures): Nature => RESULTS[name]?.(natures) ?? BOOL;

function checkPredicate(checker: Checker, call: { name: string; collection: Nature; body: Node }): Nature {
  const { name, collection, body } = call;
  checker.scopes.push({ collection, ...(SCOPES[name] ?? { index: false, accumulator: false }) });
  const nature = checker.check(checker, body);
  checker.scopes.pop();
  if (nature.kind === 'nil' && name !== 'reduce') {
    failCheck(checker, body, 'predicate should has one input and one output param');
  }
  if (BOOLEAN_PREDICATES.has(name) && nature.kind !== 'bool' && !isUnknown(nature)) {
    failCheck(checker, body, `predicate should return boolean (got ${nature.text})`);
  }
  return nature;
}

/** The nature of a call of a predicate function; undefined for other built-ins. */
export function checkPredicateCall(checker: Checker, node: BuiltinNode): Nature | undefined {
  const { name, args } = node;
  const [list, body, extra] = args;
  if (!PREDICATE_SHAPES.has(name) || list === undefined) return undefined;
  const collection = checker.check(checker, list);
  if (collection.kind !== 'array' && !isUnknown(collection)) {
    failCheck(checker, list, `builtin ${name} takes only array (got ${collection.text})`);
  }
  const predicate = body && checkPredicate(checker, { name, collection, body });
  if (extra !== undefined) checker.check(checker, extra);
  return resultOf(name, { collection, predicate });
}
