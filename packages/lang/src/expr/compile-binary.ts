import { asCondition, interfaceType, type Compiler } from './compiler.ts';
import { fail } from './failure.ts';
import type { Exec, Frame } from './frame.ts';
import type { BinaryNode } from './nodes.ts';
import { add, COMPARISONS, divide, equal, modulo, multiply, power, subtract } from './operators.ts';
import { compileRegex, matchesRegex } from './regex.ts';
import { contains, toInt } from './access.ts';
import type { ExprValue } from './values.ts';

/** Characters times instructions that a regular expression may at worst work through in one step. */
const REGEX_WORK_PER_STEP = 256;

type Operation = (a: ExprValue, b: ExprValue, frame: Frame) => ExprValue;

function toText(value: ExprValue): string {
  if (typeof value === 'string') return value;
  return fail(`interface conversion: interface {} is ${interfaceType(value)}, not string`);
}

/** A text operator takes its operands from the right, so the right one's type is complained of first. */
function textual(test: (text: string, other: string, frame: Frame) => boolean): Operation {
  return (a, b, frame) => {
    if (a === null || b === null) return false;
    const other = toText(b);
    frame.read(a);
    return test(toText(a), other, frame);
  };
}

/** Scalars are compared at once; what may be large is walked, and the walk counted. */
function isEqual(a: ExprValue, b: ExprValue, frame: Frame): boolean {
  const small = typeof a === 'object' ? a === null : typeof a !== 'string' || a.length < 64;
  return small ? equal(a, b) : equal(a, b, frame.walk());
}

function range(a: ExprValue, b: ExprValue, frame: Frame): ExprValue {
  const [least, most] = [toInt(a), toInt(b)];
  const size = Math.max(0, most - least + 1);
  frame.grow(size);
  const list: bigint[] = [];
  for (let value = least; value <= most; value += 1) list.push(BigInt(value));
  return list;
}

const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['==', (a, b, frame) => isEqual(a, b, frame)],
  ['!=', (a, b, frame) => !isEqual(a, b, frame)],
  ['<', (a, b) => COMPARISONS['<']?.(a, b)],
  ['>', (a, b) => COMPARISONS['>']?.(a, b)],
  ['<=', (a, b) => COMPARISONS['<=']?.(a, b)],
  ['>=', (a, b) => COMPARISONS['>=']?.(a, b)],
  [
    '+',
    (a, b, frame) => {
      const sum = add(a, b);
      return typeof sum === 'string' ? frame.text(sum) : sum;
    },
  ],
  ['-', subtract],
  ['*', multiply],
  ['/', divide],
  ['%', modulo],
  ['**', power],
  ['^', power],
  ['..', range],
  [
    'in',
    (a, b, frame) => {
      frame.read(b);
      return contains(a, b);
    },
  ],
  ['contains', textual((text, other) => text.includes(other))],
  ['startsWith', textual((text, other) => text.startsWith(other))],
  ['endsWith', textual((text, other) => text.endsWith(other))],
  [
    'matches',
    textual((text, pattern, frame) => {
      const compiled = compileRegex(pattern, (steps) => frame.step(steps));
      // Short texts cost next to nothing, and asking for the size would cost more.
      if (text.length >= 256)
        frame.step(text.length / 4 + (text.length * compiled.programSize()) / REGEX_WORK_PER_STEP);
      return matchesRegex(compiled, text);
    }),
  ],
]);

function compileLogical(compiler: Compiler, node: BinaryNode, stop: boolean): Exec {
  const left = asCondition(compiler.compile(compiler, node.left), node.at);
  const right = compiler.compile(compiler, node.right);
  // compat(lang-0206): the right operand of && and || is passed on as it is, even if it is no bool.
  return (frame) => (left(frame) === stop ? stop : right(frame));
}

function compileCoalesce(compiler: Compiler, node: BinaryNode): Exec {
  const left = compiler.compile(compiler, node.left);
  const right = compiler.compile(compiler, node.right);
  return (frame) => left(frame) ?? right(frame);
}

/** `a operator b`. */
export function compileBinary(compiler: Compiler, node: BinaryNode): Exec {
  const { operator, at } = node;
  if (operator === 'and' || operator === '&&') return compileLogical(compiler, node, false);
  if (operator === 'or' || operator === '||') return compileLogical(compiler, node, true);
  if (operator === '??') return compileCoalesce(compiler, node);
  const left = compiler.compile(compiler, node.left);
  const right = compiler.compile(compiler, node.right);
  const operation = OPERATIONS.get(operator);
  if (operation === undefined) return () => fail(`unknown operator (${operator})`);
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    frame.at = at;
    return operation(a, b, frame);
  };
}
