import { diagnostic, DiagnosticError, placeOf } from '../diagnostic/index.ts';
import { readField, readFieldIfPresent, readIndex, readIndexIfPresent } from './access.ts';
import { compileFold } from './fold.ts';
import { FUNCTIONS, METHODS } from './library.ts';
import { VARIADIC } from './math.ts';
import type { CelNode } from './nodes.ts';
import { BINARY_OPERATORS, negate, not } from './operators.ts';
import { callOverload, noOverload, type Overload } from './registry.ts';
import { fail, spend, type Run } from './run.ts';
import { ANY_SHAPE, type CelShape } from './shape.ts';
import { CelList, CelOptional, CelType, keyId, mapOf, NONE, typeName } from './values.ts';

/** A compiled expression. */
export type Code = (run: Run) => unknown;

/** What is known while compiling. */
export interface Scope {
  readonly source: string;
  /** Names bound by macros, with their slots. */
  readonly locals: ReadonlyMap<string, number>;
  /** What is known of the names bound by macros. */
  readonly localShapes: ReadonlyMap<string, CelShape>;
  /** The variables that exist; `undefined` when any name may be one. */
  readonly declared: ReadonlySet<string> | undefined;
  /** What is known of variables. */
  readonly shapes: { readonly [name: string]: CelShape };
  /** Collects the variables that are mentioned. */
  readonly mentioned: Set<string>;
  readonly rename: (field: string) => string;
  /** Counts slots over the whole expression. */
  readonly slots: { count: number };
}

type CallNode = CelNode & { readonly kind: 'call' };

const TYPES: ReadonlySet<string> = new Set(
  'int uint double bool string bytes list map null_type type optional_type google.protobuf.Timestamp google.protobuf.Duration'.split(
    ' ',
  ),
);

function refuse(scope: Scope, at: number, message: string): never {
  throw new DiagnosticError(diagnostic(message, placeOf(scope.source, at)));
}

function undeclared(scope: Scope, at: number, name: string): never {
  return refuse(scope, at, `undeclared reference to '${name}' (in container '')`);
}

/** Binds a name to a new slot. */
export function bindName(
  scope: Scope,
  name: string,
  shape: CelShape = ANY_SHAPE,
): { readonly scope: Scope; readonly slot: number } {
  const slot = scope.slots.count;
  scope.slots.count += 1;
  const locals = new Map([...scope.locals, [name, slot]]);
  const localShapes = new Map([...scope.localShapes, [name, shape]]);
  return { scope: { ...scope, locals, localShapes }, slot };
}

function shapeOfName(node: CelNode & { readonly kind: 'name' }, scope: Scope): CelShape | undefined {
  if (scope.locals.has(node.name) && !node.absolute) return scope.localShapes.get(node.name);
  return Object.hasOwn(scope.shapes, node.name) ? scope.shapes[node.name] : undefined;
}

function shapeOfMember(node: CelNode & { readonly kind: 'select' | 'index' }, scope: Scope): CelShape | undefined {
  if (node.optional) return undefined;
  const target = shapeOfNode(node.target, scope);
  if (target.kind === 'list' || target.kind === 'map') return target.element?.();
  return node.kind === 'select' ? target.field?.(scope.rename(node.field)) : undefined;
}

/** What is known of a name, a field or an item before anything is evaluated. */
function shapeOfNode(node: CelNode, scope: Scope): CelShape {
  if (node.kind === 'name') return shapeOfName(node, scope) ?? ANY_SHAPE;
  return (node.kind === 'select' || node.kind === 'index' ? shapeOfMember(node, scope) : undefined) ?? ANY_SHAPE;
}

/** Refuses a field that its target is known not to have. */
function demandField(node: CelNode & { readonly kind: 'select' | 'has' }, scope: Scope): void {
  const target = shapeOfNode(node.target, scope);
  if (target.kind === 'struct' && target.field?.(scope.rename(node.field)) === undefined) {
    refuse(scope, node.at, `undefined field '${node.field}'`);
  }
  if (target.kind === 'list' || target.kind === 'scalar' || target.kind === 'double') {
    refuse(scope, node.at, `type '${target.name}' does not support field selection`);
  }
}

/** `a.b.c` as one name, when it is nothing but names and `a` is not bound by a macro. */
function qualifiedName(node: CelNode, scope: Scope): string | undefined {
  if (node.kind === 'name') return scope.locals.has(node.name) && !node.absolute ? undefined : node.name;
  if (node.kind !== 'select' || node.optional) return undefined;
  const target = qualifiedName(node.target, scope);
  return target === undefined ? undefined : `${target}.${node.field}`;
}

function variable(name: string, at: number, scope: Scope): Code {
  scope.mentioned.add(name);
  return (run) => {
    const value = run.variables.find(name);
    if (value !== undefined) return value;
    run.at = at;
    return fail(`no such attribute(s): ${name}`);
  };
}

function typeValue(name: string): Code {
  const value = new CelType(name);
  return () => value;
}

function compileName(node: CelNode & { readonly kind: 'name' }, scope: Scope): Code {
  const { name, at } = node;
  const slot = node.absolute ? undefined : scope.locals.get(name);
  if (slot !== undefined) return (run) => run.slots[slot];
  if (scope.declared?.has(name) === true) return variable(name, at, scope);
  if (TYPES.has(name)) return typeValue(name);
  return scope.declared === undefined ? variable(name, at, scope) : undeclared(scope, at, name);
}

function compileSelect(node: CelNode & { readonly kind: 'select' }, scope: Scope): Code {
  const { at, optional } = node;
  const dotted = qualifiedName(node, scope);
  if (dotted !== undefined && scope.declared?.has(dotted) === true) return variable(dotted, at, scope);
  if (dotted !== undefined && TYPES.has(dotted)) return typeValue(dotted);
  demandField(node, scope);
  const field = scope.rename(node.field);
  const target = compileNode(node.target, scope);
  const read = optional ? readFieldIfPresent : readField;
  return (run) => {
    const value = target(run);
    run.at = at;
    return read(value, field);
  };
}

function compileHas(node: CelNode & { readonly kind: 'has' }, scope: Scope): Code {
  demandField(node, scope);
  const field = scope.rename(node.field);
  const target = compileNode(node.target, scope);
  return (run) => {
    const value = target(run);
    run.at = node.at;
    return readFieldIfPresent(value, field).present;
  };
}

function compileIndex(node: CelNode & { readonly kind: 'index' }, scope: Scope): Code {
  const target = compileNode(node.target, scope);
  const index = compileNode(node.index, scope);
  const read = node.optional ? readIndexIfPresent : readIndex;
  return (run) => {
    const collection = target(run);
    const key = index(run);
    run.at = node.at;
    spend(run, 1);
    return read(collection, key);
  };
}

/** An optional that an entry marked with `?` must be. */
function expectOptional(value: unknown): CelOptional {
  return value instanceof CelOptional ? value : fail(`expected optional value, got ${typeName(value)}`);
}

function compileList(node: CelNode & { readonly kind: 'list' }, scope: Scope): Code {
  const items = node.items.map((item) => ({ code: compileNode(item.value, scope), optional: item.optional }));
  return (run) => {
    spend(run, items.length);
    const values: unknown[] = [];
    for (const { code, optional } of items) {
      const value = code(run);
      if (!optional) values.push(value);
      else if (expectOptional(value).present) values.push(expectOptional(value).value);
    }
    return new CelList(values);
  };
}

function compileMap(node: CelNode & { readonly kind: 'map' }, scope: Scope): Code {
  const entries = node.entries.map((entry) => ({
    key: compileNode(entry.key, scope),
    value: compileNode(entry.value, scope),
    optional: entry.optional,
  }));
  return (run) => {
    spend(run, entries.length);
    const map = new Map<string, readonly [unknown, unknown]>();
    for (const entry of entries) {
      const key = entry.key(run);
      const value = entry.value(run);
      run.at = node.at;
      const id = (typeof key === 'number' ? undefined : keyId(key)) ?? fail('unsupported key type');
      if (map.has(id)) fail('Failed with repeated key');
      if (!entry.optional) map.set(id, [key, value]);
      else if (expectOptional(value).present) map.set(id, [key, expectOptional(value).value]);
    }
    return mapOf(map);
  };
}

/** Evaluates one side of `&&` or `||`: its boolean, or the error that it ended in. */
function side(code: Code, run: Run, name: string): boolean | DiagnosticError {
  try {
    const value = code(run);
    return typeof value === 'boolean' ? value : noOverload(name, [value]);
  } catch (error) {
    if (error instanceof DiagnosticError && error.diagnostic.limit === undefined) return withPlace(error, run);
    throw error;
  }
}

const PLACES = new WeakMap<DiagnosticError, number>();

/** Remembers where an error arose, since the work goes on. */
function withPlace(error: DiagnosticError, run: Run): DiagnosticError {
  if (!PLACES.has(error)) PLACES.set(error, run.at);
  return error;
}

/** Where an error arose that was held back by a logical operator. */
export function placeOfError(error: DiagnosticError): number | undefined {
  return PLACES.get(error);
}

/** `&&` (decided by false) and `||` (decided by true): an error on one side does not matter if the other decides. */
function compileLogic(node: CallNode, scope: Scope, decides: boolean): Code {
  const [left, right] = node.args.map((arg) => compileNode(arg, scope));
  if (left === undefined || right === undefined) return refuse(scope, node.at, 'malformed operator');
  return (run) => {
    const first = side(left, run, node.name);
    if (first === decides) return decides;
    const second = side(right, run, node.name);
    if (second === decides) return decides;
    if (first instanceof DiagnosticError) throw first;
    if (second instanceof DiagnosticError) throw second;
    return !decides;
  };
}

function compileConditional(node: CallNode, scope: Scope): Code {
  const [condition, yes, no] = node.args.map((arg) => compileNode(arg, scope));
  return (run) => {
    const value = condition?.(run);
    if (typeof value === 'boolean') return value ? yes?.(run) : no?.(run);
    run.at = node.at;
    return noOverload('_?_:_', [value]);
  };
}

function compileOperator(node: CallNode, scope: Scope): Code | undefined {
  if (node.name === '_&&_') return compileLogic(node, scope, false);
  if (node.name === '_||_') return compileLogic(node, scope, true);
  if (node.name === '_?_:_') return compileConditional(node, scope);
  const [first, second] = node.args.map((arg) => compileNode(arg, scope));
  const binary = BINARY_OPERATORS.get(node.name);
  const unary = node.name === '!_' ? not : node.name === '-_' ? negate : undefined;
  if (first === undefined || (binary === undefined && unary === undefined)) return undefined;
  return (run) => {
    const a = first(run);
    const b = second?.(run);
    run.at = node.at;
    spend(run, 1);
    return binary === undefined ? unary?.(a) : binary(a, b, run);
  };
}

interface CallPlan {
  readonly name: string;
  readonly overloads: readonly Overload[];
  readonly args: readonly CelNode[];
  readonly isMethod: boolean;
  readonly at: number;
}

function compileOverloads(plan: CallPlan, scope: Scope): Code {
  const args = plan.args.map((arg) => compileNode(arg, scope));
  return (run) => {
    const values = args.map((arg) => arg(run));
    run.at = plan.at;
    spend(run, 1);
    const value = callOverload(plan.overloads, values, run);
    return value === undefined ? noOverload(plan.name, values, plan.isMethod) : value;
  };
}

function compileVariadic(node: CallNode, name: string, scope: Scope): Code | undefined {
  const work = VARIADIC.get(name);
  if (work === undefined) return undefined;
  const args = node.args.map((arg) => compileNode(arg, scope));
  if (args.length === 0) return refuse(scope, node.at, `${name}() requires at least one argument`);
  return (run) => {
    const values = args.map((arg) => arg(run));
    run.at = node.at;
    spend(run, values.length);
    return work(values, run);
  };
}

/** `a.or(b)` and `a.orValue(b)`: `b` is evaluated only when it is needed. */
function compileOr(node: CallNode, target: CelNode, scope: Scope): Code {
  const [value, otherwise] = [compileNode(target, scope), ...node.args.map((arg) => compileNode(arg, scope))];
  return (run) => {
    const optional = value?.(run);
    if (optional instanceof CelOptional && optional.present) return node.name === 'or' ? optional : optional.value;
    const other = otherwise?.(run);
    run.at = node.at;
    const misused = node.name === 'or' && !(other instanceof CelOptional);
    return optional instanceof CelOptional && !misused ? other : noOverload(node.name, [optional, other], true);
  };
}

function compileCall(node: CallNode, scope: Scope): Code {
  const { target, at, args, name } = node;
  if (target === undefined) {
    const overloads = FUNCTIONS.get(name);
    if (overloads !== undefined) return compileOverloads({ name, overloads, args, isMethod: false, at }, scope);
    return compileOperator(node, scope) ?? undeclared(scope, at, name);
  }
  const dotted = `${qualifiedName(target, scope) ?? ''}.${name}`;
  const namespaced = FUNCTIONS.get(dotted);
  if (namespaced !== undefined) {
    return compileOverloads({ name: dotted, overloads: namespaced, args, isMethod: false, at }, scope);
  }
  return compileVariadic(node, dotted, scope) ?? compileMethod(node, target, scope);
}

function compileMethod(node: CallNode, target: CelNode, scope: Scope): Code {
  const { at, args, name } = node;
  if ((name === 'or' || name === 'orValue') && args.length === 1) return compileOr(node, target, scope);
  const overloads = METHODS.get(name) ?? undeclared(scope, at, name);
  return compileOverloads({ name, overloads, args: [target, ...args], isMethod: true, at }, scope);
}

function compileBind(node: CelNode & { readonly kind: 'bind' }, scope: Scope): Code {
  const value = compileNode(node.value, scope);
  const bound = bindName(scope, node.name, shapeOfNode(node.value, scope));
  const body = compileNode(node.body, bound.scope);
  return (run) => {
    run.slots[bound.slot] = value(run);
    return body(run);
  };
}

function compileOptionalMap(node: CelNode & { readonly kind: 'optMap' }, scope: Scope): Code {
  const target = compileNode(node.target, scope);
  const bound = bindName(scope, node.name);
  const body = compileNode(node.body, bound.scope);
  return (run) => {
    const optional = target(run);
    run.at = node.at;
    if (!(optional instanceof CelOptional)) return noOverload(node.flat ? 'optFlatMap' : 'optMap', [optional], true);
    if (!optional.present) return NONE;
    run.slots[bound.slot] = optional.value;
    const value = body(run);
    return node.flat ? expectOptional(value) : new CelOptional(true, value);
  };
}

/** Compiles a node. @throws DiagnosticError for names and functions that do not exist. */
export function compileNode(node: CelNode, scope: Scope): Code {
  switch (node.kind) {
    case 'literal':
      return () => node.value;
    case 'name':
      return compileName(node, scope);
    case 'select':
      return compileSelect(node, scope);
    case 'has':
      return compileHas(node, scope);
    case 'index':
      return compileIndex(node, scope);
    case 'call':
      return compileCall(node, scope);
    case 'list':
      return compileList(node, scope);
    case 'map':
      return compileMap(node, scope);
    case 'fold':
      return compileFold(node, scope, { bindName, compileNode, shapeOfNode, side });
    case 'bind':
      return compileBind(node, scope);
    default:
      return compileOptionalMap(node, scope);
  }
}
