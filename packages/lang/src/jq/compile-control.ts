import type { Compiler } from './compiler.ts';
import { compilePattern } from './compile-pattern.ts';
import * as op from './instructions.ts';
import type { Query } from './syntax.ts';

type Of<K extends Query['kind']> = Extract<Query, { readonly kind: K }>;

const TRUE: Query = { kind: 'constant', value: true };
const FALSE: Query = { kind: 'constant', value: false };

/** `if`; the condition is no part of a path. */
export function compileIf(compiler: Compiler, query: Of<'if'>): void {
  const { chunk } = compiler;
  const otherwise = chunk.label();
  const end = chunk.label();
  chunk.emit(op.duplicate);
  chunk.emit(op.enterDetour);
  compiler.block(query.condition);
  chunk.emit(op.leaveDetour);
  chunk.emit(op.jumpUnless(otherwise));
  compiler.block(query.whenTrue);
  chunk.emitJump(end);
  chunk.place(otherwise);
  if (query.whenFalse !== undefined) compiler.block(query.whenFalse);
  chunk.place(end);
}

/** `and`, `or`: the right side is looked at only when it matters. */
export function compileLogic(compiler: Compiler, query: Of<'and' | 'or'>): void {
  const right: Query = { kind: 'if', condition: query.right, whenTrue: TRUE, whenFalse: FALSE };
  const isAnd = query.kind === 'and';
  const whenTrue = isAnd ? right : TRUE;
  compileIf(compiler, { kind: 'if', condition: query.left, whenTrue, whenFalse: isAnd ? FALSE : right });
}

/**
 * `//`: all outputs of the left side that are neither null nor false, else the right side.
 * compat(lang-0406): an error of the left side is an error, not a reason to take the right side.
 */
export function compileAlternative(compiler: Compiler, query: Of<'alternative'>): void {
  const { chunk, scope } = compiler;
  const [other, useless, right, end] = [chunk.label(), chunk.label(), chunk.label(), chunk.label()];
  const found = scope.newSlot();
  chunk.emit(op.push(false));
  chunk.emit(op.store(found));
  chunk.emit(op.fork(other));
  compiler.query(query.left);
  chunk.emit(op.duplicate);
  chunk.emit(op.jumpUnless(useless));
  chunk.emit(op.push(true));
  chunk.emit(op.store(found));
  chunk.emitJump(end);
  chunk.place(useless);
  chunk.emit(op.backtrack);
  chunk.place(other);
  chunk.emit(op.load(found));
  chunk.emit(op.jumpUnless(right));
  chunk.emit(op.backtrack);
  chunk.place(right);
  compiler.query(query.right);
  chunk.place(end);
}

/** `try` with or without `catch`. */
export function compileTry(compiler: Compiler, query: Of<'try'>): void {
  const { chunk } = compiler;
  const recovery = chunk.label();
  const end = chunk.label();
  chunk.emit(op.tryBegin(recovery));
  compiler.block(query.body);
  chunk.emit(op.tryEnd);
  chunk.emitJump(end);
  chunk.place(recovery);
  if (query.recovery === undefined) chunk.emit(op.backtrack);
  else compiler.block(query.recovery);
  chunk.place(end);
}

/** `reduce`: the last output of the update is the state; no output leaves the state as it was. */
export function compileReduce(compiler: Compiler, query: Of<'reduce'>): void {
  const { chunk, scope } = compiler;
  scope.block(() => {
    const end = chunk.label();
    chunk.emit(op.fork(end));
    chunk.emit(op.duplicate);
    const state = scope.newSlot();
    compiler.block(query.start);
    chunk.emit(op.store(state));
    compiler.query(query.source);
    compilePattern(compiler, query.pattern);
    chunk.emit(op.load(state));
    compiler.block(query.update);
    chunk.emit(op.store(state));
    chunk.emit(op.backtrack);
    chunk.place(end);
    chunk.emit(op.loadOver(state));
  });
}

/** `foreach`. */
export function compileForeach(compiler: Compiler, query: Of<'foreach'>): void {
  const { chunk, scope } = compiler;
  scope.block(() => {
    chunk.emit(op.duplicate);
    const state = scope.newSlot();
    compiler.block(query.start);
    chunk.emit(op.store(state));
    compiler.query(query.source);
    compilePattern(compiler, query.pattern);
    chunk.emit(op.load(state));
    compiler.block(query.update);
    chunk.emit(op.duplicate);
    chunk.emit(op.store(state));
    if (query.extract !== undefined) compiler.block(query.extract);
  });
}
