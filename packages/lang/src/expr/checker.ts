import type { Nature } from './natures.ts';
import type { Node } from './nodes.ts';
import { failAt, type Source } from './source.ts';

/** What `#` and its relatives are within a predicate. */
export interface PredicateScope {
  readonly collection: Nature;
  readonly index: boolean;
  readonly accumulator: boolean;
}

/** What the checker works with. */
export interface Checker {
  readonly source: Source;
  /** The nature of a name of the environment; undefined when it has none of that name. */
  readonly lookup: (name: string) => Nature | undefined;
  /** True when unknown names are errors. */
  readonly strict: boolean;
  readonly scopes: PredicateScope[];
  readonly variables: { readonly name: string; readonly nature: Nature }[];
  /** Checks any node: each kind of node needs all the others. */
  readonly check: (checker: Checker, node: Node) => Nature;
}

/** Stops at a node. */
export function failCheck(checker: Checker, node: Node, message: string): never {
  return failAt(checker.source, node.at, message);
}
