import type { DiagnosticError } from '../diagnostic/index.ts';
import type { Code, Scope } from './compile.ts';
import { sortByKeys } from './lists.ts';
import type { CelNode, FoldKind, FoldNode } from './nodes.ts';
import { noOverload } from './registry.ts';
import { fail, spend, type Run } from './run.ts';
import { ANY_SHAPE, type CelShape } from './shape.ts';
import { CelList, isMap, keyId, mapOf, typeName } from './values.ts';

/** What the compiler lends. */
interface Compiler {
  readonly bindName: (scope: Scope, name: string, shape: CelShape) => { readonly scope: Scope; readonly slot: number };
  readonly shapeOfNode: (node: CelNode, scope: Scope) => CelShape;
  readonly compileNode: (node: CelNode, scope: Scope) => Code;
  readonly side: (code: Code, run: Run, name: string) => boolean | DiagnosticError;
}

/** One round: what the names stand for. `key` is the index or key, `item` what one name alone stands for. */
interface Round {
  readonly key: unknown;
  readonly item: unknown;
}

/** A loop ready to run. */
interface Loop {
  readonly compiler: Compiler;
  readonly filter: Code | undefined;
  readonly body: Code;
  /** Sets the names for a round. */
  readonly enter: (run: Run, round: Round) => void;
}

function* roundsOf(range: unknown, pairs: boolean, run: Run): Generator<Round> {
  if (range instanceof CelList) {
    for (let index = 0; index < range.size; index += 1) {
      yield { key: pairs ? BigInt(index) : null, item: range.get(index) };
    }
  } else if (isMap(range)) {
    spend(run, range.size >> 2);
    for (const key of range.keys()) yield { key, item: pairs ? range.find(key) : key };
  } else {
    fail(`expression of type '${typeName(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`);
  }
}

function truth(code: Code, run: Run): boolean {
  const value = code(run);
  return typeof value === 'boolean' ? value : noOverload('_?_:_', [value]);
}

/** `all` (decided by false) and `exists` (decided by true): the deciding item outweighs errors of the others. */
function decide(loop: Loop, decides: boolean): (run: Run, rounds: Iterable<Round>) => boolean {
  return (run, rounds) => {
    let held: DiagnosticError | undefined;
    for (const round of rounds) {
      loop.enter(run, round);
      const value = loop.compiler.side(loop.body, run, decides ? '_||_' : '_&&_');
      if (value === decides) return decides;
      if (typeof value !== 'boolean') held ??= value;
    }
    if (held !== undefined) throw held;
    return !decides;
  };
}

function count(loop: Loop): (run: Run, rounds: Iterable<Round>) => boolean {
  return (run, rounds) => {
    let found = 0;
    for (const round of rounds) {
      loop.enter(run, round);
      if (truth(loop.body, run)) found += 1;
    }
    return found === 1;
  };
}

/** Rounds that pass the filter. */
function* passing(loop: Loop, run: Run, rounds: Iterable<Round>): Generator<Round> {
  for (const round of rounds) {
    loop.enter(run, round);
    if (loop.filter === undefined || truth(loop.filter, run)) yield round;
  }
}

function collect(loop: Loop): (run: Run, rounds: Iterable<Round>) => CelList {
  return (run, rounds) => {
    const values: unknown[] = [];
    for (const _ of passing(loop, run, rounds)) values.push(loop.body(run));
    return new CelList(values);
  };
}

function keep(loop: Loop): (run: Run, rounds: Iterable<Round>) => CelList {
  return (run, rounds) => {
    const values: unknown[] = [];
    for (const round of rounds) {
      loop.enter(run, round);
      if (truth(loop.body, run)) values.push(round.item);
    }
    return new CelList(values);
  };
}

function collectMap(loop: Loop): (run: Run, rounds: Iterable<Round>) => unknown {
  return (run, rounds) => {
    const map = new Map<string, readonly [unknown, unknown]>();
    for (const { key } of passing(loop, run, rounds)) map.set(keyId(key) ?? '', [key, loop.body(run)]);
    return mapOf(map);
  };
}

function collectEntries(loop: Loop): (run: Run, rounds: Iterable<Round>) => unknown {
  return (run, rounds) => {
    const map = new Map<string, readonly [unknown, unknown]>();
    for (const _ of passing(loop, run, rounds)) {
      const made = loop.body(run);
      if (!isMap(made)) return noOverload('cel.@mapInsert', [made]);
      for (const key of made.keys()) {
        const id = keyId(key) ?? '';
        if (map.has(id)) fail(`insert failed: key '${String(key)}' already exists`);
        map.set(id, [key, made.find(key)]);
      }
    }
    return mapOf(map);
  };
}

function sortItems(loop: Loop): (run: Run, rounds: Iterable<Round>) => CelList {
  return (run, rounds) => {
    const items: unknown[] = [];
    const keys: unknown[] = [];
    for (const round of rounds) {
      loop.enter(run, round);
      items.push(round.item);
      keys.push(loop.body(run));
    }
    return sortByKeys(items, keys, run);
  };
}

const KINDS: { readonly [kind in FoldKind]: (loop: Loop) => (run: Run, rounds: Iterable<Round>) => unknown } = {
  all: (loop) => decide(loop, false),
  exists: (loop) => decide(loop, true),
  exists_one: count,
  filter: keep,
  map: collect,
  transformList: collect,
  transformMap: collectMap,
  transformMapEntry: collectEntries,
  sortBy: sortItems,
};

/** Compiles a loop macro. Every round is a step, beside the steps of its body. */
export function compileFold(node: FoldNode, scope: Scope, compiler: Compiler): Code {
  const range = compiler.compileNode(node.range, scope);
  const [firstName = '', secondName] = node.names;
  const { kind, element } = compiler.shapeOfNode(node.range, scope);
  const item = element?.() ?? ANY_SHAPE;
  // One name alone stands for the items of a list, but for the keys of a map.
  const first = compiler.bindName(scope, firstName, secondName === undefined && kind === 'list' ? item : ANY_SHAPE);
  const second = secondName === undefined ? undefined : compiler.bindName(first.scope, secondName, item);
  const inner = second?.scope ?? first.scope;
  const loop: Loop = {
    compiler,
    filter: node.filter === undefined ? undefined : compiler.compileNode(node.filter, inner),
    body: compiler.compileNode(node.body, inner),
    enter: (run, round) => {
      spend(run, 1);
      run.slots[first.slot] = second === undefined ? round.item : round.key;
      if (second !== undefined) run.slots[second.slot] = round.item;
    },
  };
  const work = KINDS[node.fold](loop);
  return (run) => {
    const value = range(run);
    run.at = node.at;
    return work(run, roundsOf(value, second !== undefined, run));
  };
}
