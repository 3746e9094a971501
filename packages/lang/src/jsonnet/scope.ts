/** Where a variable is at run time: so many frames up, in that slot. */
export interface VariablePlace {
  readonly hops: number;
  readonly slot: number;
}

/** The names that one frame holds, and the frames around it. */
export class Scope {
  readonly #slots: ReadonlyMap<string, number>;
  readonly #parent: Scope | undefined;
  readonly #isObject: boolean;

  constructor(names: readonly string[], parent?: Scope, isObject = false) {
    this.#slots = new Map(names.map((name, slot) => [name, slot]));
    this.#parent = parent;
    this.#isObject = isObject;
  }

  /** Finds a variable; `undefined` when no scope has it. `hops` counts the frames already passed. */
  find(name: string, hops = 0): VariablePlace | undefined {
    const slot = this.#slots.get(name);
    return slot === undefined ? this.#parent?.find(name, hops + 1) : { hops, slot };
  }

  /** Frames up to the innermost object (`self`), or to the outermost (`$`); `undefined` outside of objects. */
  objectHops(which: 'innermost' | 'outermost', hops = 0): number | undefined {
    const own = this.#isObject ? hops : undefined;
    if (own !== undefined && which === 'innermost') return own;
    return this.#parent?.objectHops(which, hops + 1) ?? own;
  }
}
