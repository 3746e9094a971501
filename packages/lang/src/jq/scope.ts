import type { Place } from './instructions.ts';
import type { Routine } from './machine.ts';

/** A variable, or a filter that was passed as an argument. */
interface Variable {
  readonly name: string;
  readonly slot: number;
  readonly depth: number;
}

/** A function that can be called by name. */
interface KnownFunction {
  readonly name: string;
  readonly arity: number;
  readonly routine: Routine;
}

/** The names inside one function of the source. */
export class Scope {
  readonly routine: Routine;
  readonly parent: Scope | undefined;
  private depth = 0;
  private readonly variables: Variable[] = [];
  private readonly functions: KnownFunction[] = [];

  constructor(routine: Routine, parent: Scope | undefined) {
    this.routine = routine;
    this.parent = parent;
  }

  /** A new slot without a name. */
  newSlot(name = ''): Place {
    const slot = this.routine.slots;
    this.routine.slots += 1;
    this.variables.push({ name, slot, depth: this.depth });
    return { outwards: 0, slot };
  }

  /**
   * A slot for a named variable.
   * compat(lang-0403): two variables of one name in one block are the same variable, also for functions defined between.
   */
  declare(name: string): Place {
    const known = this.variables.find((variable) => variable.name === name && variable.depth === this.depth);
    return known === undefined ? this.newSlot(name) : { outwards: 0, slot: known.slot };
  }

  /** Makes a function known. */
  define(name: string, arity: number, routine: Routine): void {
    this.functions.push({ name, arity, routine });
  }

  /** Compiles a block: what it declares is forgotten afterwards. */
  block<T>(work: () => T): T {
    const variables = this.variables.length;
    const functions = this.functions.length;
    this.depth += 1;
    const result = work();
    this.depth -= 1;
    this.variables.length = variables;
    this.functions.length = functions;
    return result;
  }

  /** The newest variable of a name in this function alone. */
  variable(name: string): number | undefined {
    return this.variables.findLast((variable) => variable.name === name)?.slot;
  }

  /** The newest function of a name in this function alone. */
  function(name: string, arity: number): Routine | undefined {
    return this.functions.findLast((known) => known.name === name && known.arity === arity)?.routine;
  }
}

/** What a name without arguments means: a function, a filter passed in, or nothing. */
export type Found =
  | { readonly kind: 'function'; readonly routine: Routine; readonly outwards: number }
  | { readonly kind: 'variable'; readonly place: Place };

/** Looks a function up, from the inside out; filters passed as arguments count as functions without arguments. */
export function findFunction(from: Scope, name: string, arity: number): Found | undefined {
  let outwards = 0;
  for (let scope: Scope | undefined = from; scope !== undefined; scope = scope.parent) {
    const routine = scope.function(name, arity);
    if (routine !== undefined) return { kind: 'function', routine, outwards };
    const slot = arity === 0 ? scope.variable(name) : undefined;
    if (slot !== undefined) return { kind: 'variable', place: { outwards, slot } };
    outwards += 1;
  }
  return undefined;
}

/** Looks a variable up, from the inside out. */
export function findVariable(from: Scope, name: string): Place | undefined {
  let outwards = 0;
  for (let scope: Scope | undefined = from; scope !== undefined; scope = scope.parent) {
    const slot = scope.variable(name);
    if (slot !== undefined) return { outwards, slot };
    outwards += 1;
  }
  return undefined;
}
