import { getPath, indexValue, sliceValue } from './access.ts';
import { OPERATORS, negate, plus } from './arithmetic.ts';
import type { Compiler } from './compiler.ts';
import { assignRoutine, modifyRoutine, pathSteps } from './compile-update.ts';
import { formatFor } from './formats.ts';
import * as op from './instructions.ts';
import type { Routine } from './machine.ts';
import { BUILTIN_NAMES, NATIVES } from './natives.ts';
import { rangeSource } from './numbers.ts';
import { definitionOf } from './prelude.ts';
import { findFunction } from './scope.ts';
import type { Query } from './syntax.ts';
import type { Value } from './value.ts';

type Of<K extends Query['kind']> = Extract<Query, { readonly kind: K }>;

const NULL: Query = { kind: 'constant', value: null };

/** Compiles a call of a function by name. */
export function compileCall(compiler: Compiler, query: Of<'call'>): void {
  const { name, args } = query;
  const found = findFunction(compiler.scope, name, args.length);
  if (found?.kind === 'variable') {
    compiler.chunk.emit(op.load(found.place));
    return compiler.chunk.emitCall(op.callClosure);
  }
  if (found !== undefined) return emitRoutineCall(compiler, args, op.callRoutine(found.routine, found.outwards));
  const routine = builtinRoutine(compiler, name, args.length);
  if (routine !== undefined) return emitRoutineCall(compiler, args, op.callRoutine(routine, undefined));
  const special = SPECIAL[`${name}/${args.length}`];
  if (special !== undefined) return special(compiler, args);
  const native = NATIVES.get(`${name}/${args.length}`);
  if (native === undefined) throw compiler.fault(`function not defined: ${name}/${args.length}`, query.offset);
  return emitNativeCall(compiler, args, native);
}

/** The code of a builtin that is no plain function of its arguments' values. */
function builtinRoutine(compiler: Compiler, name: string, arity: number): Routine | undefined {
  if (name === '_assign' || name === '_modify') {
    const known = compiler.builtins.get(name) ?? (name === '_assign' ? assignRoutine : modifyRoutine)(compiler);
    compiler.builtins.set(name, known);
    return known;
  }
  const definition = definitionOf(name, arity);
  return definition === undefined ? undefined : compiler.builtin(definition);
}

function emitRoutineCall(compiler: Compiler, args: readonly Query[], call: ReturnType<typeof op.callRoutine>): void {
  const { chunk, scope } = compiler;
  if (args.length === 0) return chunk.emitCall(call);
  const input = scope.newSlot();
  chunk.emit(op.store(input));
  for (const arg of args.toReversed()) emitFilter(compiler, arg);
  chunk.emit(op.load(input));
  return chunk.emitCall(call);
}

/** Adds a filter as an argument; a filter that has a name already is passed as it is. */
function emitFilter(compiler: Compiler, arg: Query): void {
  const { chunk, scope } = compiler;
  const found = arg.kind === 'call' && arg.args.length === 0 ? findFunction(scope, arg.name, 0) : undefined;
  if (found?.kind === 'variable') return chunk.emit(op.load(found.place));
  if (found !== undefined) return chunk.emit(op.pushClosure(found.routine, found.outwards));
  return chunk.emit(
    op.pushClosure(
      compiler.routine(scope, () => compiler.query(arg)),
      0,
    ),
  );
}

/** The last argument is computed first: its outputs change slowest. */
function emitNativeCall(compiler: Compiler, args: readonly Query[], native: op.Native): void {
  const { chunk, scope } = compiler;
  if (args.length === 0) return chunk.emit(op.callNative(native, 0));
  const input = scope.newSlot();
  chunk.emit(op.store(input));
  for (const arg of args.toReversed()) compiler.argument(arg, input);
  chunk.emit(op.load(input));
  return chunk.emit(op.callNative(native, args.length));
}

const SPECIAL: { readonly [key: string]: ((compiler: Compiler, args: readonly Query[]) => void) | undefined } = {
  'empty/0': ({ chunk }) => chunk.emit(op.backtrack),
  'env/0': ({ chunk }) => chunk.emit(op.replace({})),
  'builtins/0': ({ chunk }) => chunk.emit(op.replace(BUILTIN_NAMES)),
  'input/0': (compiler) => {
    throw compiler.fault('input(s)/0 is not allowed', 0);
  },
  'path/1': (compiler, args) => emitPath(compiler, args),
  'getpath/1': (compiler, args) => emitGetPath(compiler, args),
  '_range/3': (compiler, args) => emitRange(compiler, args),
};

function emitPath(compiler: Compiler, args: readonly Query[]): void {
  const { chunk, scope } = compiler;
  const input = scope.newSlot();
  chunk.emit(op.beginPath);
  chunk.emit(op.store(input));
  compiler.argument(args[0] ?? NULL, input);
  chunk.emit(op.load(input));
  chunk.emit(op.endPath);
}

function emitGetPath(compiler: Compiler, args: readonly Query[]): void {
  const { chunk, scope } = compiler;
  const input = scope.newSlot();
  chunk.emit(op.store(input));
  chunk.emit(op.enterDetour);
  compiler.argument(args[0] ?? NULL, input);
  chunk.emit(op.leaveDetour);
  chunk.emit(op.load(input));
  chunk.emit(op.callStep((value, [path = null]) => getPath(value, path), 1, pathSteps));
}

function emitRange(compiler: Compiler, args: readonly Query[]): void {
  const { chunk, scope } = compiler;
  const input = scope.newSlot();
  chunk.emit(op.store(input));
  for (const arg of args.toReversed()) compiler.argument(arg, input);
  chunk.emit(op.load(input));
  chunk.emit(op.generate(rangeSource, 3));
}

/** Adds `input[key]` with the input on top of the stack and the key under it. */
export function emitIndex(compiler: Compiler): void {
  compiler.chunk.emit(
    op.callStep(
      (value, [key = null]) => indexValue(value, key),
      1,
      (args) => args,
    ),
  );
}

function sliceStep(args: readonly Value[]): readonly Value[] {
  const [end = null, start = null] = args;
  return [{ start, end }];
}

/** `target[key]`, `target[start:end]` with keys that must be computed: they come first and are no part of a path. */
function compileIndex(compiler: Compiler, query: Of<'index'>): void {
  const { chunk, scope } = compiler;
  const { index, target } = query;
  const input = scope.newSlot();
  chunk.emit(op.store(input));
  chunk.emit(op.enterDetour);
  const keys = index.kind === 'key' ? [index.key] : [index.start ?? NULL, index.end ?? NULL];
  for (const key of keys) compiler.argument(key, input);
  chunk.emit(op.leaveDetour);
  compiler.argument(target, input);
  if (index.kind === 'key') return emitIndex(compiler);
  return chunk.emit(op.callStep((value, [end = null, start = null]) => sliceValue(value, start, end), 2, sliceStep));
}

/** Operators, signs, formats and computed indexes. */
export function compileOperator(compiler: Compiler, query: Of<'binary' | 'sign' | 'format' | 'index'>): void {
  switch (query.kind) {
    case 'index':
      return compileIndex(compiler, query);
    case 'sign':
      compiler.query(query.target);
      return compiler.chunk.emit(op.callNative(query.operator === '-' ? negate : plus, 0));
    case 'format':
      return compiler.chunk.emit(op.callNative(formatFor(query.format), 0));
    default:
      return compileBinary(compiler, query);
  }
}

function compileBinary(compiler: Compiler, query: Of<'binary'>): void {
  const { chunk, scope } = compiler;
  const input = scope.newSlot();
  chunk.emit(op.store(input));
  compiler.argument(query.right, input);
  compiler.argument(query.left, input);
  chunk.emit(op.callBinary(OPERATORS[query.operator]));
}
