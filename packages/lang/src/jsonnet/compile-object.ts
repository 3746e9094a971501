import type { Compiler } from './compile.ts';
import { JsonnetObject, type Field, type Layer } from './object.ts';
import type { Runtime } from './runtime.ts';
import { Scope } from './scope.ts';
import type { Span } from './source.ts';
import type { Binding, ComprehensionPart, FieldNode, Node } from './syntax.ts';
import { Frame, JsonnetArray, type Code, type Lazy } from './value.ts';

interface CompiledField {
  readonly name: Code;
  readonly constant: string | undefined;
  readonly field: Field;
  readonly span: Span;
}

function compileField(node: FieldNode, scopes: { outer: Scope; inner: Scope }, compiler: Compiler): CompiledField {
  const code = compiler.code(node.body, scopes.inner);
  const { visibility, plus, span } = node;
  const constant = node.name.kind === 'literal' && typeof node.name.value === 'string' ? node.name.value : undefined;
  const name = compiler.code(node.name, scopes.outer);
  return { name, constant, span, field: { visibility, plus, code, label: 'object <anonymous>' } };
}

function compileLocals(bindings: readonly Binding[], scope: Scope, compiler: Compiler): Layer['locals'] {
  return bindings.map(({ name, body }) => ({ code: compiler.code(body, scope), label: `thunk <${name}>` }));
}

/** An object literal. When all names are known, its objects share one table of fields. */
export function compileObject(node: Extract<Node, { kind: 'object' }>, scope: Scope, compiler: Compiler): Code {
  const { body, span } = node;
  const names = body.locals.map((local) => local.name);
  const inner = new Scope(names, scope, true);
  const compiled = body.fields.map((field) => compileField(field, { outer: scope, inner }, compiler));
  const locals = compileLocals(body.locals, inner, compiler);
  const asserts = body.asserts.map((item) => compiler.assertion(item, inner, 'Object assertion failed.'));
  const constants = new Set(compiled.map((field) => field.constant));
  if (constants.size === compiled.length && !constants.has(undefined)) {
    const fields = new Map(compiled.map(({ constant, field }) => [constant ?? '', field]));
    return (frame) => new JsonnetObject([{ fields, locals, asserts, frame }]);
  }
  return (frame, runtime) => {
    const fields = new Map<string, Field>();
    for (const { name, field } of compiled) {
      const key = fieldName(name(frame, runtime), span, runtime);
      if (key !== undefined) addField(fields, key, field, runtime);
    }
    return new JsonnetObject([{ fields, locals, asserts, frame }]);
  };
}

/** The name of a field; null leaves the field out. */
function fieldName(value: unknown, span: Span, runtime: Runtime): string | undefined {
  runtime.place = span;
  if (value === null) return undefined;
  if (typeof value === 'string') return value;
  throw runtime.error(`Field name must be string, got ${fieldNameType(value)}`);
}

function fieldNameType(value: unknown): string {
  if (typeof value !== 'object') return typeof value;
  if (value instanceof JsonnetArray) return 'array';
  return value instanceof JsonnetObject ? 'object' : 'function';
}

// eslint-disable-next-line max-params -- a table, a name, a value and the run: an object would be made for every field
function addField(fields: Map<string, Field>, name: string, field: Field, runtime: Runtime): void {
  if (fields.has(name)) throw runtime.error(`Duplicate field name: "${name}"`);
  fields.set(name, field);
}

type CompiledPart =
  | { readonly kind: 'for'; readonly list: Code; readonly span: Span }
  | { readonly kind: 'if'; readonly condition: Code; readonly span: Span };

/** Compiles the clauses; gives the scope in which the body stands. */
function compileParts(
  parts: readonly ComprehensionPart[],
  outer: Scope,
  compiler: Compiler,
): { readonly compiled: readonly CompiledPart[]; readonly scope: Scope } {
  let scope = outer;
  const compiled: CompiledPart[] = [];
  for (const part of parts) {
    if (part.kind === 'for') {
      compiled.push({ kind: 'for', list: compiler.code(part.list, scope), span: part.list.span });
      scope = new Scope([part.name], scope);
    } else {
      compiled.push({ kind: 'if', condition: compiler.code(part.condition, scope), span: part.condition.span });
    }
  }
  return { compiled, scope };
}

/** What a round of a comprehension costs: its variables stay as long as its value. */
const ROUND_STEPS = 10;

interface Walk {
  readonly parts: readonly CompiledPart[];
  readonly runtime: Runtime;
  readonly visit: (frame: Frame) => void;
}

function walkParts(walk: Walk, index: number, frame: Frame): void {
  const part = walk.parts[index];
  if (part === undefined) {
    walk.visit(frame);
    return;
  }
  const { runtime } = walk;
  if (part.kind === 'if') {
    const holds = part.condition(frame, runtime);
    runtime.place = part.span;
    if (runtime.boolean(holds)) walkParts(walk, index + 1, frame);
    return;
  }
  const list = part.list(frame, runtime);
  runtime.place = part.span;
  const { items } = runtime.array(list);
  for (const item of items) {
    runtime.step(ROUND_STEPS);
    walkParts(walk, index + 1, new Frame([item], frame));
  }
}

/** `[body for x in list if condition]`. */
export function compileArrayComprehension(
  node: Extract<Node, { kind: 'arrayComprehension' }>,
  outer: Scope,
  compiler: Compiler,
): Code {
  const { compiled, scope } = compileParts(node.parts, outer, compiler);
  const make = compiler.lazy(node.body, scope, 'thunk <array_element>');
  return (frame, runtime) => {
    const items: Lazy[] = [];
    walkParts({ parts: compiled, runtime, visit: (inner) => items.push(make(inner, runtime)) }, 0, frame);
    return runtime.list(items);
  };
}

/** `{ [name]: body for x in list }`; every field keeps the loop variables it was made with. */
export function compileObjectComprehension(
  node: Extract<Node, { kind: 'objectComprehension' }>,
  outer: Scope,
  compiler: Compiler,
): Code {
  const { compiled, scope } = compileParts(node.parts, outer, compiler);
  const names = node.locals.map((local) => local.name);
  const inner = new Scope(names, scope, true);
  const { name, field } = compileField(node.field, { outer: scope, inner }, compiler);
  const locals = compileLocals(node.locals, inner, compiler);
  const { span } = node;
  return (frame, runtime) => {
    const fields = new Map<string, Field>();
    const visit = (own: Frame): void => {
      const key = fieldName(name(own, runtime), span, runtime);
      if (key !== undefined) addField(fields, key, { ...field, frame: own }, runtime);
    };
    walkParts({ parts: compiled, runtime, visit }, 0, frame);
    return new JsonnetObject([{ fields, locals, asserts: [], frame }]);
  };
}
