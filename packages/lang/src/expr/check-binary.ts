import { failCheck, type Checker } from './checker.ts';
import {
  ANY,
  arrayOf,
  assignable,
  BOOL,
  comparable,
  DURATION,
  FLOAT,
  INT,
  isUnknown,
  NIL,
  STRING,
  TIME,
  UNKNOWN,
  type Nature,
} from './natures.ts';
import type { BinaryNode } from './nodes.ts';
import { ExprFailure } from './failure.ts';
import { compileRegex } from './regex.ts';

type Family = 'number' | 'integer' | 'string' | 'bool' | 'time' | 'duration';

function belongs(nature: Nature, family: Family): boolean {
  if (family === 'number') return nature.kind === 'int' || nature.kind === 'float';
  return nature.kind === (family === 'integer' ? 'int' : family);
}

/** What two families give; `sum` is the int or float of two numbers. */
interface Rule {
  readonly left: Family;
  readonly right: Family;
  readonly result: Nature | 'sum';
}

interface OperatorRules {
  readonly rules: readonly Rule[];
  /** What comes out when one side may be anything and the other belongs to one of the families. */
  readonly open: Nature;
  readonly families: readonly Family[];
}

const rule = (left: Family, right: Family, result: Nature | 'sum'): Rule => ({ left, right, result });
const same = (families: readonly Family[], result: Nature): readonly Rule[] =>
  families.map((family) => rule(family, family, result));

const ordered: OperatorRules = {
  rules: same(['number', 'string', 'time', 'duration'], BOOL),
  open: BOOL,
  families: ['number', 'string', 'time', 'duration'],
};
const logical: OperatorRules = { rules: same(['bool'], BOOL), open: BOOL, families: ['bool'] };
const textual: OperatorRules = { rules: same(['string'], BOOL), open: BOOL, families: ['string'] };
const fractional: OperatorRules = { rules: same(['number'], FLOAT), open: FLOAT, families: ['number'] };

const RULES: ReadonlyMap<string, OperatorRules> = new Map<string, OperatorRules>([
  ...['<', '>', '<=', '>='].map((operator): [string, OperatorRules] => [operator, ordered]),
  ...['or', '||', 'and', '&&'].map((operator): [string, OperatorRules] => [operator, logical]),
  ...['contains', 'startsWith', 'endsWith', 'matches'].map((operator): [string, OperatorRules] => [operator, textual]),
  ...['/', '**', '^'].map((operator): [string, OperatorRules] => [operator, fractional]),
  ['%', { rules: same(['integer'], INT), open: INT, families: ['integer'] }],
  ['..', { rules: same(['integer'], arrayOf(INT)), open: arrayOf(INT), families: ['integer'] }],
  [
    '+',
    {
      rules: [
        rule('number', 'number', 'sum'),
        rule('string', 'string', STRING),
        rule('time', 'duration', TIME),
        rule('duration', 'time', TIME),
        rule('duration', 'duration', DURATION),
      ],
      open: UNKNOWN,
      families: ['number', 'string', 'time', 'duration'],
    },
  ],
  [
    '-',
    {
      rules: [
        rule('number', 'number', 'sum'),
        rule('time', 'time', DURATION),
        rule('time', 'duration', TIME),
        rule('duration', 'duration', DURATION),
      ],
      open: UNKNOWN,
      families: ['number', 'time', 'duration'],
    },
  ],
  [
    '*',
    {
      rules: [
        rule('number', 'number', 'sum'),
        rule('number', 'duration', DURATION),
        rule('duration', 'number', DURATION),
        rule('duration', 'duration', DURATION),
      ],
      open: UNKNOWN,
      families: ['number', 'duration'],
    },
  ],
]);

function applyRules(operator: string, left: Nature, right: Nature): Nature | undefined {
  const found = RULES.get(operator);
  if (found === undefined) return undefined;
  const fitting = found.rules.find((item) => belongs(left, item.left) && belongs(right, item.right));
  if (fitting !== undefined) return fitting.result === 'sum' ? sumOf(left, right) : fitting.result;
  return applyOpen(found, left, right);
}

const sumOf = (left: Nature, right: Nature): Nature => (left.kind === 'float' || right.kind === 'float' ? FLOAT : INT);

/** One side may be anything: then the other only has to belong to the operator's families. */
function applyOpen(found: OperatorRules, left: Nature, right: Nature): Nature | undefined {
  if (isUnknown(left) && isUnknown(right)) return found.open;
  const other = isUnknown(left) ? right : isUnknown(right) ? left : undefined;
  return other !== undefined && found.families.some((family) => belongs(other, family)) ? found.open : undefined;
}

function checkInMap(checker: Checker, node: BinaryNode, natures: { left: Nature; right: Nature }): Nature {
  const { left, right } = natures;
  const key = right.key === 'any' ? ANY : STRING;
  if (isUnknown(left) || assignable(left, key)) return BOOL;
  return failCheck(checker, node, `cannot use ${left.text} as type ${key.text} in map key`);
}

function checkIn(checker: Checker, node: BinaryNode, natures: { left: Nature; right: Nature }): Nature | undefined {
  const { left, right } = natures;
  if (right.kind === 'map') return checkInMap(checker, node, natures);
  if (right.kind === 'array') {
    const element = right.element ?? ANY;
    if (comparable(left, element)) return BOOL;
    return failCheck(checker, node, `cannot use ${left.text} as type ${element.text} in array`);
  }
  return isUnknown(right) || (isUnknown(left) && right.kind === 'string') ? BOOL : undefined;
}

function checkCoalesce(left: Nature, right: Nature): Nature {
  if (left.kind === 'nil') return right.kind === 'nil' ? NIL : right;
  if (right.kind === 'nil') return left;
  return assignable(right, left) ? left : UNKNOWN;
}

function checkPattern(checker: Checker, node: BinaryNode): void {
  if (node.right.kind !== 'literal' || typeof node.right.value !== 'string') return;
  try {
    compileRegex(node.right.value);
  } catch (error) {
    if (error instanceof ExprFailure) failCheck(checker, node, error.message);
    throw error;
  }
}

function natureOfBinary(
  checker: Checker,
  node: BinaryNode,
  natures: { left: Nature; right: Nature },
): Nature | undefined {
  const { left, right } = natures;
  switch (node.operator) {
    case '==':
    case '!=':
      return comparable(left, right) ? BOOL : undefined;
    case 'in':
      return checkIn(checker, node, natures);
    case '??':
      return checkCoalesce(left, right);
    case 'matches':
      checkPattern(checker, node);
      return applyRules(node.operator, left, right);
    default:
      return applyRules(node.operator, left, right);
  }
}

function checkZero(checker: Checker, node: BinaryNode): void {
  const constant = node.left.kind === 'literal' && typeof node.left.value === 'bigint';
  if (node.operator === '%' && constant && node.right.kind === 'literal' && node.right.value === 0n) {
    failCheck(checker, node, 'integer divide by zero');
  }
}

/** The nature of `a operator b`. */
export function checkBinary(checker: Checker, node: BinaryNode): Nature {
  const left = checker.check(checker, node.left);
  const right = checker.check(checker, node.right);
  const nature = natureOfBinary(checker, node, { left, right });
  if (nature === undefined) {
    const types = `mismatched types ${left.text} and ${right.text}`;
    return failCheck(checker, node, `invalid operation: ${node.operator} (${types})`);
  }
  checkZero(checker, node);
  return nature;
}
