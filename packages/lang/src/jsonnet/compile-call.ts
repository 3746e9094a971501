import type { Compiler } from './compile.ts';
import type { Runtime } from './runtime.ts';
import { Scope } from './scope.ts';
import type { Node } from './syntax.ts';
import { Frame, JsonnetFunction, TailCall, type Code, type Lazy, type LazyMaker, type Value } from './value.ts';

interface ApplyContext {
  readonly scope: Scope;
  readonly tail: boolean;
  readonly compiler: Compiler;
}

/** A call. With `tailstrict` the arguments are worked out first, and in tail position the call replaces its caller. */
export function compileApply(node: Extract<Node, { kind: 'apply' }>, context: ApplyContext): Code {
  const { scope, tail, compiler } = context;
  const target = compiler.code(node.target, scope);
  const makers = node.positional.map((item) => compiler.lazy(item, scope, 'thunk'));
  const named = node.named.map(({ name, value }) => ({ name, make: compiler.lazy(value, scope, `thunk <${name}>`) }));
  const { span, tailstrict } = node;
  return (frame, runtime) => {
    const called = target(frame, runtime);
    runtime.place = span;
    if (!(called instanceof JsonnetFunction)) throw runtime.typeError(called, 'function');
    const given: Lazy[] = makers.map((make) => make(frame, runtime));
    const values = runtime.bind(called, given, named.length === 0 ? undefined : bindNames(named, frame, runtime));
    if (!tailstrict) return runtime.call(called, values);
    for (const value of values) if (value !== undefined) runtime.force(value);
    return tail && !called.native ? (new TailCall(called, values) as unknown as Value) : runtime.call(called, values);
  };
}

function bindNames(
  named: readonly { readonly name: string; readonly make: LazyMaker }[],
  frame: Frame,
  runtime: Runtime,
): ReadonlyMap<string, Lazy> {
  const bound = new Map<string, Lazy>();
  for (const { name, make } of named) {
    if (bound.has(name)) throw runtime.error(`Argument ${name} already provided`);
    bound.set(name, make(frame, runtime));
  }
  return bound;
}

/** A function: its parameters are the slots of the frame that its body runs in. */
export function compileFunction(node: Extract<Node, { kind: 'function' }>, scope: Scope, compiler: Compiler): Code {
  const inner = new Scope(
    node.parameters.map((parameter) => parameter.name),
    scope,
  );
  const body = compiler.code(node.body, inner, true);
  const defaults: (LazyMaker | undefined)[] = node.parameters.map((parameter) =>
    parameter.fallback === undefined
      ? undefined
      : compiler.lazy(parameter.fallback, inner, `thunk <${parameter.name}>`),
  );
  const parameters = node.parameters.map(({ name, fallback }) => ({ name, optional: fallback !== undefined }));
  const hasDefaults = defaults.some((make) => make !== undefined);
  const label = `function <${node.name ?? 'anonymous'}>`;
  return (frame) =>
    new JsonnetFunction({
      parameters,
      label,
      native: false,
      invoke: (values, runtime) => {
        const own = new Frame(values, frame);
        if (!hasDefaults) return body(own, runtime);
        defaults.forEach((make, index) => {
          if (make !== undefined && values[index] === undefined) values[index] = make(own, runtime);
        });
        return body(own, runtime);
      },
    });
}
