import type { Block, Expression, LocalVariable, ParsedSource, Statement, Target } from './ast.ts';
import {
  compileCall,
  compileExpression,
  compileList,
  compilePreparedCall,
  isOpen,
  type Evaluate,
} from './compile-expression.ts';
import { compileFor, compileForIn } from './compile-loop.ts';
import { compileClosure, mainFunction } from './closure.ts';
import { callValue, isTrue, setIndex } from './operations.ts';
import { Cell, type Frame } from './run.ts';
import { BREAK, RETURN, storeLocal, type Execute, type Signal } from './signal.ts';
import { LuaFunction, LuaTable, type LuaValue } from './value.ts';

/** Compiles a parsed source, inner functions first, to the function of its main chunk. */
export function compileSource(source: ParsedSource): LuaFunction {
  for (const body of source.functions) body.execute = compileBlock(body.body);
  return mainFunction(source.main);
}

/** Compiles statements in order; a block with labels also takes the jumps to them. */
function compileBlock(block: Block): Execute {
  const steps = block.statements.map(compileStatement);
  const cost = Math.max(1, steps.length);
  if (block.labels.length > 0) return compileLabelled(block, steps);
  const [first, second] = steps;
  if (first === undefined) return spendOne;
  if (second === undefined) {
    return (frame) => {
      frame.run.spend(1);
      return first(frame);
    };
  }
  return (frame) => {
    frame.run.spend(cost);
    for (const step of steps) {
      const signal = step(frame);
      if (signal !== undefined) return signal;
    }
    return undefined;
  };
}

const spendOne: Execute = (frame) => {
  frame.run.spend(1);
  return undefined;
};

function compileLabelled(block: Block, steps: readonly Execute[]): Execute {
  const positions = new Map<Signal, number>(block.labels.map((label) => [label, label.position]));
  return (frame) => {
    frame.run.spend(1);
    let at = 0;
    while (at < steps.length) {
      const signal = steps[at]?.(frame);
      at += 1;
      if (signal === undefined) continue;
      const position = positions.get(signal);
      if (position === undefined) return signal;
      frame.run.spend(1);
      at = position;
    }
    return undefined;
  };
}

function compileStatement(statement: Statement): Execute {
  switch (statement.kind) {
    case 'call': {
      const call = compileCall(statement.call);
      return (frame) => {
        call(frame);
        return undefined;
      };
    }
    case 'local':
      return compileLocal(statement.variables, statement.values);
    case 'localFunction':
      return compileLocalFunction(statement);
    case 'assign':
      return compileAssign(statement.targets, statement.values);
    case 'return':
      return compileReturn(statement.values);
    case 'break':
      return () => BREAK;
    case 'goto':
      return () => statement.target;
    case 'do':
      return compileBlock(statement.body);
    default:
      return compileControl(statement);
  }
}

function compileControl(statement: Statement): Execute {
  switch (statement.kind) {
    case 'if':
      return compileIf(statement.clauses);
    case 'while':
      return compileWhile(statement.condition, statement.body);
    case 'repeat':
      return compileRepeat(statement.condition, statement.body);
    case 'for':
      return compileFor(statement, compileBlock(statement.body));
    case 'forIn':
      return compileForIn(statement, compileBlock(statement.body));
    default:
      return () => undefined;
  }
}

function compileLocal(variables: readonly LocalVariable[], values: readonly Expression[]): Execute {
  const [only] = variables;
  const [value] = values;
  if (only !== undefined && variables.length === 1 && values.length <= 1) {
    const store = storeLocal(only);
    const evaluate: Evaluate = value === undefined ? () => undefined : compileExpression(value);
    return (frame) => {
      store(frame, evaluate(frame));
      return undefined;
    };
  }
  const stores = variables.map(storeLocal);
  const list = compileList(values);
  return (frame) => {
    const found = list(frame);
    for (let at = 0; at < stores.length; at += 1) stores[at]?.(frame, found[at]);
    return undefined;
  };
}

function compileLocalFunction(statement: Statement & { readonly kind: 'localFunction' }): Execute {
  const { slot, captured } = statement.variable;
  const make = compileClosure(statement.body);
  return (frame) => {
    if (!captured) {
      frame.slots[slot] = make(frame);
      return undefined;
    }
    // The cell must exist before the function is made, so that the function can call itself.
    const cell = new Cell(undefined);
    frame.slots[slot] = cell;
    cell.value = make(frame);
    return undefined;
  };
}

/** A place that is ready to take a value, its operands evaluated. */
type Place = (value: LuaValue) => void;

function compileAssign(targets: readonly Target[], values: readonly Expression[]): Execute {
  const [target] = targets;
  const [value] = values;
  if (target !== undefined && value !== undefined && targets.length === 1 && values.length === 1) {
    return compileSingleAssign(target, compileExpression(value));
  }
  const places = targets.map(compilePlace);
  const list = compileList(values);
  return (frame) => {
    const ready = places.map((place) => place(frame));
    const found = list(frame);
    // From the right, as Lua does it.
    for (let at = ready.length - 1; at >= 0; at -= 1) ready[at]?.(found[at]);
    return undefined;
  };
}

function compileSingleAssign(target: Target, value: Evaluate): Execute {
  if (target.kind === 'local' && !target.variable.captured) {
    const { slot } = target.variable;
    return (frame) => {
      frame.slots[slot] = value(frame);
      return undefined;
    };
  }
  if (target.kind === 'index') return compileMemberAssign(target, value);
  const place = compilePlace(target);
  return (frame) => {
    place(frame)(value(frame));
    return undefined;
  };
}

function compileMemberAssign(target: Target & { readonly kind: 'index' }, value: Evaluate): Execute {
  const { line } = target;
  const object = compileExpression(target.object);
  const key = compileExpression(target.key);
  return (frame) => {
    const base = object(frame);
    const member = key(frame);
    const content = value(frame);
    frame.line = line;
    if (base instanceof LuaTable && base.metatable === undefined && typeof member === 'string') {
      const grown = base.set(member, content);
      if (grown > 0) frame.run.allocate(grown);
    } else {
      setIndex(frame.run, { object: base, key: member }, content);
    }
    return undefined;
  };
}

function compilePlace(target: Target): (frame: Frame) => Place {
  switch (target.kind) {
    case 'local':
      return placeLocal(target.variable);
    case 'upvalue': {
      const { index } = target;
      return (frame) => (value) => {
        (frame.upvalues[index] as Cell).value = value;
      };
    }
    case 'global': {
      const { name, line } = target;
      return (frame) => (value) => {
        frame.line = line;
        setIndex(frame.run, { object: frame.run.globals, key: name }, value);
      };
    }
    default: {
      const object = compileExpression(target.object);
      const key = compileExpression(target.key);
      const { line } = target;
      return (frame) => {
        const slot = { object: object(frame), key: key(frame) };
        return (value) => {
          frame.line = line;
          setIndex(frame.run, slot, value);
        };
      };
    }
  }
}

function placeLocal({ slot, captured }: LocalVariable): (frame: Frame) => Place {
  if (captured) {
    return (frame) => (value) => {
      (frame.slots[slot] as Cell).value = value;
    };
  }
  return (frame) => (value) => {
    frame.slots[slot] = value;
  };
}

function compileReturn(values: readonly Expression[]): Execute {
  const [only] = values;
  if (only?.kind === 'call' && values.length === 1) return compileTailCall(only);
  if (only !== undefined && values.length === 1 && !isOpen(only)) {
    const evaluate = compileExpression(only);
    return (frame) => {
      frame.results = [evaluate(frame)];
      return RETURN;
    };
  }
  const list = compileList(values);
  return (frame) => {
    frame.results = list(frame);
    return RETURN;
  };
}

function compileTailCall(call: Expression & { readonly kind: 'call' }): Execute {
  const prepare = compilePreparedCall(call);
  const { line } = call;
  return (frame) => {
    const { callee, args } = prepare(frame);
    frame.line = line;
    if (callee instanceof LuaFunction && callee.once !== undefined) {
      frame.results = args;
      frame.tail = callee;
    } else {
      frame.results = callValue(frame.run, callee, args);
    }
    return RETURN;
  };
}

function compileIf(clauses: readonly { readonly condition: Expression | undefined; readonly body: Block }[]): Execute {
  const arms = clauses.map(({ condition, body }) => ({
    condition: condition === undefined ? () => true : compileExpression(condition),
    body: compileBlock(body),
  }));
  const [only] = arms;
  if (only !== undefined && arms.length === 1) {
    const { condition, body } = only;
    return (frame) => (isTrue(condition(frame)) ? body(frame) : undefined);
  }
  return (frame) => {
    for (const { condition, body } of arms) {
      if (isTrue(condition(frame))) return body(frame);
    }
    return undefined;
  };
}

function compileWhile(condition: Expression, block: Block): Execute {
  const test = compileExpression(condition);
  const body = compileBlock(block);
  return (frame) => {
    while (isTrue(test(frame))) {
      const signal = body(frame);
      if (signal === BREAK) return undefined;
      if (signal !== undefined) return signal;
    }
    return undefined;
  };
}

function compileRepeat(condition: Expression, block: Block): Execute {
  const test = compileExpression(condition);
  const body = compileBlock(block);
  return (frame) => {
    do {
      const signal = body(frame);
      if (signal === BREAK) return undefined;
      if (signal !== undefined) return signal;
    } while (!isTrue(test(frame)));
    return undefined;
  };
}
