import type { Compiler } from './compiler.ts';
import { getPath } from './access.ts';
import { constantPath } from './constant.ts';
import * as op from './instructions.ts';
import type { Routine } from './machine.ts';
import { IDENTITY } from './parser.ts';
import type { BinaryOperator, Query } from './syntax.ts';
import { type Value, isArray } from './value.ts';
import { deletePaths, setPath } from './update.ts';

type Of<K extends Query['kind']> = Extract<Query, { readonly kind: K }>;

const ARITHMETIC: ReadonlyMap<string, BinaryOperator> = new Map([
  ['+=', '+'],
  ['-=', '-'],
  ['*=', '*'],
  ['/=', '/'],
  ['%=', '%'],
  ['//=', '//'],
]);

/** The variable for the right side of `+=` and its like; no program can name it. */
const OPERAND = '$%0';

/** `=`, `|=`, `+=` and their like. */
export function compileUpdate(compiler: Compiler, query: Of<'update'>): void {
  const { chunk, scope } = compiler;
  const { operator, left, right } = query;
  if (operator === '=') return compileAssign(compiler, left, right);
  if (operator === '|=') return compiler.query({ kind: 'call', name: '_modify', args: [left, right], offset: 0 });
  chunk.emit(op.duplicate);
  compiler.query(right);
  chunk.emit(op.store(scope.declare(OPERAND)));
  const update: Query = {
    kind: 'binary',
    operator: ARITHMETIC.get(operator) ?? '+',
    left: IDENTITY,
    right: { kind: 'variable', name: OPERAND, offset: 0 },
  };
  return compiler.query({ kind: 'call', name: '_modify', args: [left, update], offset: 0 });
}

function compileAssign(compiler: Compiler, left: Query, right: Query): void {
  const path = constantPath(left);
  if (path === undefined) {
    return compiler.query({ kind: 'call', name: '_assign', args: [left, right], offset: 0 });
  }
  const { chunk, scope } = compiler;
  const input = scope.newSlot();
  chunk.emit(op.store(input));
  chunk.emit(op.load(input));
  compiler.query(right);
  chunk.emit(op.push(path));
  chunk.emit(op.load(input));
  return chunk.emit(op.callNative(setPath, 2));
}

/** Starts `path(filter)` on the value in `input` for a filter in a variable; each path ends up in `path`. */
function emitPaths(
  compiler: Compiler,
  places: { readonly input: op.Place; readonly filter: op.Place; readonly path: op.Place },
): void {
  const { chunk } = compiler;
  chunk.emit(op.beginPath);
  chunk.emit(op.load(places.filter));
  chunk.emitCall(op.callClosure);
  chunk.emit(op.load(places.input));
  chunk.emit(op.endPath);
  chunk.emit(op.store(places.path));
}

/** `paths = value`: every path gets the value. */
export function assignRoutine(compiler: Compiler): Routine {
  return compiler.routine(undefined, () => {
    const { chunk, scope } = compiler;
    const [input, filter, value] = [scope.newSlot(), scope.newSlot(), scope.newSlot()];
    const path = scope.newSlot();
    const end = chunk.label();
    for (const place of [input, filter, value]) chunk.emit(op.store(place));
    chunk.emit(op.load(input));
    chunk.emit(op.enterDetour);
    chunk.emit(op.load(value));
    chunk.emitCall(op.callClosure);
    chunk.emit(op.store(value));
    chunk.emit(op.leaveDetour);
    // compat(lang-0408): with several values the second is assigned to the result of the first.
    chunk.emit(op.load(input));
    chunk.emit(op.fork(end));
    emitPaths(compiler, { input, filter, path });
    for (const place of [value, path, input]) chunk.emit(op.load(place));
    chunk.emit(op.callNative(setPath, 2));
    chunk.emit(op.store(input));
    chunk.emit(op.backtrack);
    chunk.place(end);
    chunk.emit(op.loadOver(input));
  });
}

/** The steps of `getpath(path)`. */
export function pathSteps(args: readonly Value[]): readonly Value[] {
  const [path = null] = args;
  return isArray(path) ? path : [];
}

/** `paths |= filter`: every path gets the filter's first output; a path without output is deleted. */
export function modifyRoutine(compiler: Compiler): Routine {
  return compiler.routine(undefined, () => {
    const { chunk, scope } = compiler;
    const [input, paths, filter] = [scope.newSlot(), scope.newSlot(), scope.newSlot()];
    const [path, gone, label] = [scope.newSlot(), scope.newSlot(), scope.newSlot()];
    const [end, noOutput] = [chunk.label(), chunk.label()];
    for (const place of [input, paths, filter]) chunk.emit(op.store(place));
    chunk.emit(op.newArray(gone));
    chunk.emit(op.load(input));
    chunk.emit(op.fork(end));
    emitPaths(compiler, { input, filter: paths, path });
    chunk.emit(op.openLabel(label.slot));
    chunk.emit(op.fork(noOutput));
    for (const place of [path, input]) chunk.emit(op.load(place));
    chunk.emit(op.callStep((value, args) => getPath(value, args[0] ?? null), 1, pathSteps));
    chunk.emit(op.load(filter));
    chunk.emitCall(op.callClosure);
    for (const place of [path, input]) chunk.emit(op.load(place));
    chunk.emit(op.callNative(setPath, 2));
    chunk.emit(op.store(input));
    chunk.emit(op.load(label));
    chunk.emit(op.breakOut('|='));
    chunk.place(noOutput);
    chunk.emit(op.load(path));
    chunk.emit(op.append(gone));
    chunk.emit(op.backtrack);
    chunk.place(end);
    chunk.emit(op.drop);
    for (const place of [gone, input]) chunk.emit(op.load(place));
    chunk.emit(op.callNative(deletePaths, 1));
  });
}
