/** One bound of a slice: unknown when it was left out, derived when an index stands for a slice of one. */
export interface SliceBound {
  readonly known: boolean;
  readonly value: number;
  readonly derived: boolean;
}

/** What a path is made of. */
export type PathNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'word'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: bigint | number | boolean }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'slice'; readonly bounds: readonly [SliceBound, SliceBound, SliceBound] }
  | { readonly kind: 'union'; readonly lists: readonly PathList[] }
  | { readonly kind: 'filter'; readonly left: PathList; readonly right: PathList; readonly operator: string };

/** Nodes applied one after the other. */
export type PathList = readonly PathNode[];

/** A part of a template: text as it stands, or the nodes of one `{…}`. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly list: PathList };

/** Characters of one template. */
export const JSONPATH_LIMIT_CHARACTERS = 65_536;
/** Arrays and filters inside each other. */
export const JSONPATH_LIMIT_DEPTH = 50;
/** Characters that one evaluation may print. */
export const JSONPATH_LIMIT_OUTPUT_CHARACTERS = 8 * 1024 * 1024;
/** Values that one evaluation may visit. */
export const JSONPATH_LIMIT_VALUES = 1_000_000;
