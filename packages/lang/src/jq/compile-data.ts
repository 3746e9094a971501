import type { Compiler } from './compiler.ts';
import { emitIndex } from './compile-call.ts';
import { constantOf } from './constant.ts';
import * as op from './instructions.ts';
import type { ObjectEntry, Query } from './syntax.ts';

type Of<K extends Query['kind']> = Extract<Query, { readonly kind: K }>;

/** `{…}`; several outputs of keys or values give several objects. */
export function compileObject(compiler: Compiler, query: Of<'object'>): void {
  const { chunk, scope } = compiler;
  // compat(lang-0407): of equal keys the last wins in an object of constants, and the first in every other.
  const constant = constantOf(query);
  if (constant !== undefined) return chunk.emit(op.replace(constant));
  return scope.block(() => {
    const input = scope.newSlot();
    chunk.emit(op.store(input));
    for (const entry of query.entries) compileEntry(compiler, entry, input);
    chunk.emit(op.makeObject(query.entries.length));
  });
}

function compileEntry(compiler: Compiler, entry: ObjectEntry, input: op.Place): void {
  const { chunk } = compiler;
  const { key, variable, value } = entry;
  if (variable !== undefined && value === undefined) {
    chunk.emit(op.push(variable.slice(1)));
    chunk.emit(op.load(input));
    return compiler.query(key);
  }
  compiler.argument(key, input);
  if (value !== undefined) {
    chunk.emit(op.load(input));
    return compiler.query(value);
  }
  if (key.kind === 'constant') {
    chunk.emit(op.load(input));
    return chunk.emit(op.index(key.value, false));
  }
  chunk.emit(op.duplicate);
  chunk.emit(op.load(input));
  return emitIndex(compiler);
}

/** `[…]`: all outputs of what is inside. */
export function compileArray(compiler: Compiler, query: Of<'array'>): void {
  const { chunk, scope } = compiler;
  const constant = constantOf(query);
  if (constant !== undefined || query.body === undefined) return chunk.emit(op.replace(constant ?? []));
  const { body } = query;
  const array = scope.newSlot();
  const end = chunk.label();
  chunk.emit(op.newArray(array));
  chunk.emit(op.fork(end));
  scope.block(() => compiler.query(body));
  chunk.emit(op.append(array));
  chunk.emit(op.backtrack);
  chunk.place(end);
  return chunk.emit(op.loadOver(array));
}

/** A string with interpolation: the sum of its parts, each formatted. */
export function compileText(compiler: Compiler, query: Of<'text'>): void {
  const format: Query = { kind: 'format', format: query.format ?? '@text' };
  const parts = query.parts.map((part): Query =>
    part.kind === 'constant' ? part : { kind: 'pipe', left: part, right: format },
  );
  const [first, ...rest] = parts;
  const start: Query = first ?? { kind: 'constant', value: '' };
  compiler.query(rest.reduce<Query>((left, right) => ({ kind: 'binary', operator: '+', left, right }), start));
}
