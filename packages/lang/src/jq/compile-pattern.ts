import type { Compiler } from './compiler.ts';
import { emitIndex } from './compile-call.ts';
import * as op from './instructions.ts';
import type { Pattern, PatternEntry, Query } from './syntax.ts';

type Of<K extends Query['kind']> = Extract<Query, { readonly kind: K }>;

/** `… as pattern ?// pattern | body`. */
export function compileBind(compiler: Compiler, query: Of<'bind'>): void {
  const { chunk } = compiler;
  chunk.emit(op.duplicate);
  chunk.emit(op.enterDetour);
  compiler.query(query.target);
  const end = chunk.label();
  const last = query.patterns.length - 1;
  let declared: op.Place[] = [];
  for (const [at, pattern] of query.patterns.entries()) {
    const next = chunk.label();
    if (at < last) chunk.emit(op.tryPattern(next));
    // What an earlier pattern bound before it failed does not count.
    for (const place of declared) {
      chunk.emit(op.push(null));
      chunk.emit(op.store(place));
    }
    declared = compilePattern(compiler, pattern);
    if (at < last) chunk.emitJump(end);
    chunk.place(next);
  }
  chunk.place(end);
  chunk.emit(op.leaveDetour);
  compiler.query(query.body);
}

/** Takes the newest value apart into variables; gives their places. */
export function compilePattern(compiler: Compiler, pattern: Pattern): op.Place[] {
  const { chunk, scope } = compiler;
  if (pattern.kind === 'name') {
    const place = scope.declare(pattern.name);
    chunk.emit(op.store(place));
    return [place];
  }
  const whole = scope.newSlot();
  chunk.emit(op.store(whole));
  if (pattern.kind === 'object') return pattern.entries.flatMap((entry) => compileEntry(compiler, entry, whole));
  return pattern.items.flatMap((item, at) => {
    chunk.emit(op.load(whole));
    chunk.emit(op.index(at, true));
    return compilePattern(compiler, item);
  });
}

function compileEntry(compiler: Compiler, entry: PatternEntry, whole: op.Place): op.Place[] {
  const { chunk } = compiler;
  const { key, variable, value } = entry;
  chunk.emit(op.load(whole));
  if (key.kind === 'constant') chunk.emit(op.index(key.value, false));
  else {
    compiler.query(key);
    chunk.emit(op.load(whole));
    emitIndex(compiler);
  }
  const declared: op.Place[] = [];
  if (variable !== undefined) {
    if (value !== undefined) chunk.emit(op.duplicate);
    declared.push(...compilePattern(compiler, { kind: 'name', name: variable }));
  }
  if (value !== undefined) declared.push(...compilePattern(compiler, value));
  return declared;
}
