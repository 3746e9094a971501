/** One argument of a list or map literal; `?x` is optional. */
export interface ListItem {
  readonly value: CelNode;
  readonly optional: boolean;
}

/** One entry of a map literal. */
export interface MapEntry {
  readonly key: CelNode;
  readonly value: CelNode;
  readonly optional: boolean;
}

/** What a loop macro does. */
export type FoldKind =
  | 'all'
  | 'exists'
  | 'exists_one'
  | 'filter'
  | 'map'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry'
  | 'sortBy';

/** A loop macro: `range.kind(names…, parts…)`. `filter` is the condition of the longer forms. */
export interface FoldNode {
  readonly kind: 'fold';
  readonly fold: FoldKind;
  readonly range: CelNode;
  readonly names: readonly string[];
  readonly filter: CelNode | undefined;
  readonly body: CelNode;
  readonly at: number;
}

/** An expression. `at` is the offset that diagnostics name, chosen as cel-go does. */
export type CelNode =
  | { readonly kind: 'literal'; readonly value: unknown; readonly at: number }
  | { readonly kind: 'name'; readonly name: string; readonly absolute: boolean; readonly at: number }
  | {
      readonly kind: 'select';
      readonly target: CelNode;
      readonly field: string;
      readonly optional: boolean;
      readonly at: number;
    }
  /** `has(target.field)`. */
  | { readonly kind: 'has'; readonly target: CelNode; readonly field: string; readonly at: number }
  | {
      readonly kind: 'index';
      readonly target: CelNode;
      readonly index: CelNode;
      readonly optional: boolean;
      readonly at: number;
    }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly target: CelNode | undefined;
      readonly args: readonly CelNode[];
      readonly at: number;
    }
  | { readonly kind: 'list'; readonly items: readonly ListItem[]; readonly at: number }
  | { readonly kind: 'map'; readonly entries: readonly MapEntry[]; readonly at: number }
  | FoldNode
  /** `cel.bind(name, value, body)`. */
  | {
      readonly kind: 'bind';
      readonly name: string;
      readonly value: CelNode;
      readonly body: CelNode;
      readonly at: number;
    }
  /** `target.optMap(name, body)`; `flat` for optFlatMap, whose body is an optional itself. */
  | {
      readonly kind: 'optMap';
      readonly target: CelNode;
      readonly name: string;
      readonly body: CelNode;
      readonly flat: boolean;
      readonly at: number;
    };
