import { compileApply, compileFunction } from './compile-call.ts';
import { compileArrayComprehension, compileObject, compileObjectComprehension } from './compile-object.ts';
import { compileBinary, compileIndex, compileSlice, compileUnary } from './compile-operator.ts';
import { toText } from './manifest.ts';
import { JsonnetObject } from './object.ts';
import { Scope } from './scope.ts';
import { staticError } from './source.ts';
import type { AssertNode, Binding, Node } from './syntax.ts';
import { Frame, JsonnetArray, Thunk, type Code, type Lazy, type LazyMaker } from './value.ts';

/** The compiler as its parts see it. */
export interface Compiler {
  /** Code for an expression. `tail` says that its value is the value of the function around it. */
  code(node: Node, scope: Scope, tail?: boolean): Code;
  /** Code that makes the lazy form of an expression; `label` is what stack traces call it. */
  lazy(node: Node, scope: Scope, label: string): LazyMaker;
  /** Code that checks an assertion and gives null. */
  assertion(item: AssertNode, scope: Scope, fallback: string): Code;
}

const compiler: Compiler = { code: compileNode, lazy: compileLazy, assertion: compileAssertion };

/** Compiles a whole source; its free variables are `names`, in the slots of the frame it runs in. */
export function compileRoot(node: Node, names: readonly string[]): Code {
  return compileNode(node, new Scope(names));
}

function compileNode(node: Node, scope: Scope, tail = false): Code {
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'variable':
      return compileVariable(node, scope);
    case 'apply':
      return compileApply(node, { scope, tail, compiler });
    case 'if':
      return compileIf(node, scope, tail);
    case 'local':
      return compileLocal(node, scope, tail);
    case 'assert': {
      const check = compileAssertion(node.assert, scope, 'Assertion failed');
      const rest = compileNode(node.rest, scope, tail);
      return (frame, runtime) => {
        check(frame, runtime);
        return rest(frame, runtime);
      };
    }
    default:
      return compileSimple(node, scope);
  }
}

type SimpleNode = Exclude<Node, { kind: 'literal' | 'variable' | 'apply' | 'if' | 'local' | 'assert' }>;

function compileSimple(node: SimpleNode, scope: Scope): Code {
  switch (node.kind) {
    case 'self':
    case 'dollar':
      return compileSelf(node, scope);
    case 'superIndex':
    case 'inSuper':
      return compileSuper(node, scope);
    case 'array':
      return compileArray(node, scope);
    case 'arrayComprehension':
      return compileArrayComprehension(node, scope, compiler);
    case 'object':
      return compileObject(node, scope, compiler);
    case 'objectComprehension':
      return compileObjectComprehension(node, scope, compiler);
    case 'index':
      return compileIndex(node, scope, compiler);
    case 'slice':
      return compileSlice(node, scope, compiler);
    case 'binary':
      return compileBinary(node, scope, compiler);
    case 'unary':
      return compileUnary(node, scope, compiler);
    case 'function':
      return compileFunction(node, scope, compiler);
    case 'error':
      return compileError(node, scope);
    case 'import': {
      const { form, path, span } = node;
      return (_frame, runtime) => {
        runtime.place = span;
        return runtime.ports.importFile({ form, path, span });
      };
    }
  }
}

type NodeOf<K extends Node['kind']> = Extract<Node, { kind: K }>;

function compileError(node: NodeOf<'error'>, scope: Scope): Code {
  const message = compileNode(node.message, scope);
  const { span } = node;
  return (frame, runtime) => {
    const value = message(frame, runtime);
    runtime.place = span;
    throw runtime.error(toText(value, runtime), span);
  };
}

/** The frame so many levels up. */
function frameUp(frame: Frame, hops: number): Frame {
  let found: Frame = frame;
  for (let count = hops; count > 0; count -= 1) found = found.parent ?? found;
  return found;
}

function compileVariable(node: NodeOf<'variable'>, scope: Scope): Code {
  const place = scope.find(node.name);
  if (place === undefined) throw staticError(`Unknown variable: ${node.name}`, node.span);
  const { hops, slot } = place;
  const { span } = node;
  return (frame, runtime) => {
    const lazy = frameUp(frame, hops).slots[slot];
    if (!(lazy instanceof Thunk)) return lazy ?? null;
    if (lazy.code === undefined) return lazy.value;
    runtime.place = span;
    return runtime.force(lazy);
  };
}

function compileSelf(node: NodeOf<'self' | 'dollar'>, scope: Scope): Code {
  const isSelf = node.kind === 'self';
  const hops = scope.objectHops(isSelf ? 'innermost' : 'outermost');
  if (hops === undefined) {
    throw staticError(isSelf ? "Can't use self outside of an object." : 'No top-level object found.', node.span);
  }
  return (frame) => frameUp(frame, hops).self ?? null;
}

function compileSuper(node: NodeOf<'superIndex' | 'inSuper'>, scope: Scope): Code {
  const hops = scope.objectHops('innermost');
  if (hops === undefined) throw staticError("Can't use super outside of an object.", node.span);
  const index = compileNode(node.index, scope);
  const { span } = node;
  const test = node.kind === 'inSuper';
  return (frame, runtime) => {
    const { self, layer } = frameUp(frame, hops);
    if (!(self instanceof JsonnetObject)) return null;
    const value = index(frame, runtime);
    runtime.place = span;
    const name = runtime.string(value);
    if (test) return self.find(name, layer) >= 0;
    if (layer === 0) throw runtime.error('Attempt to use super when there is no super class.');
    return self.getSuper(name, layer, runtime);
  };
}

function compileArray(node: NodeOf<'array'>, scope: Scope): Code {
  const makers = node.items.map((item, index) => compileLazy(item, scope, `thunk <array_element ${index}>`));
  return (frame, runtime) => new JsonnetArray(makers.map((make) => make(frame, runtime)));
}

/** `if … else if …` chains run as a loop, so that long ones need no stack. */
function compileIf(node: NodeOf<'if'>, scope: Scope, tail: boolean): Code {
  const arms: { condition: Code; consequent: Code; node: Node }[] = [];
  let rest: Node | undefined = node;
  while (rest?.kind === 'if') {
    const condition = compileNode(rest.condition, scope);
    arms.push({ condition, consequent: compileNode(rest.consequent, scope, tail), node: rest });
    rest = rest.otherwise;
  }
  const otherwise: Code = rest === undefined ? () => null : compileNode(rest, scope, tail);
  return (frame, runtime) => {
    for (const arm of arms) {
      const holds = arm.condition(frame, runtime);
      if (typeof holds !== 'boolean') {
        runtime.place = arm.node.span;
        throw runtime.typeError(holds, 'boolean');
      }
      if (holds) return arm.consequent(frame, runtime);
    }
    return otherwise(frame, runtime);
  };
}

function compileLocal(node: NodeOf<'local'>, scope: Scope, tail: boolean): Code {
  const inner = new Scope(
    node.bindings.map((binding) => binding.name),
    scope,
  );
  const makers = node.bindings.map((binding) => compileBinding(binding, inner));
  const body = compileNode(node.body, inner, tail);
  return (frame, runtime) => {
    const slots: Lazy[] = [];
    const own = new Frame(slots, frame);
    for (const make of makers) slots.push(make(own, runtime));
    return body(own, runtime);
  };
}

function compileBinding(binding: Binding, scope: Scope): LazyMaker {
  return compileLazy(binding.body, scope, `thunk <${binding.name}>`);
}

/** Values that cost nothing to make are made at once; everything else becomes a thunk. */
function compileLazy(node: Node, scope: Scope, label: string): LazyMaker {
  const code = compileNode(node, scope);
  switch (node.kind) {
    case 'literal':
    case 'function':
    case 'self':
    case 'dollar':
    case 'array':
      return code;
    case 'variable': {
      const { hops, slot } = scope.find(node.name) ?? { hops: 0, slot: 0 };
      // Inside one `local`, a later variable is not there yet.
      return (frame) => frameUp(frame, hops).slots[slot] ?? new Thunk(code, frame, label);
    }
    default:
      return (frame) => new Thunk(code, frame, label);
  }
}

function compileAssertion(item: AssertNode, scope: Scope, fallback: string): Code {
  const condition = compileNode(item.condition, scope);
  const message: Code = item.message === undefined ? () => fallback : compileNode(item.message, scope);
  const { span } = item;
  return (frame, runtime) => {
    const holds = condition(frame, runtime);
    runtime.place = span;
    if (runtime.boolean(holds)) return null;
    const text = toText(message(frame, runtime), runtime);
    runtime.place = span;
    throw runtime.error(text, span);
  };
}
