import type { Value } from './value.ts';

/** The update operators; `=` and `|=` are their own, the others compute and update. */
export type UpdateOperator = '=' | '|=' | '+=' | '-=' | '*=' | '/=' | '%=' | '//=';

/** The operators that compute from two values. */
export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '//';

/** `def name(parameters): body;`. A parameter that starts with `$` is taken by value. */
export interface Definition {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: Query;
}

/** What stands in brackets, or the name after a dot. */
export type Index =
  | { readonly kind: 'key'; readonly key: Query }
  | { readonly kind: 'slice'; readonly start: Query | undefined; readonly end: Query | undefined };

/** A pattern after `as`. */
export type Pattern =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'array'; readonly items: readonly Pattern[] }
  | { readonly kind: 'object'; readonly entries: readonly PatternEntry[] };

/** One entry of an object pattern: `$name`, `$name: pattern` or `key: pattern`. */
export interface PatternEntry {
  readonly variable: string | undefined;
  readonly key: Query;
  readonly value: Pattern | undefined;
}

/** One entry of an object: without a value it is short for the member or variable of that name. */
export interface ObjectEntry {
  readonly variable: string | undefined;
  readonly key: Query;
  readonly value: Query | undefined;
}

/** Where a node stands, for diagnostics at compile time. */
export interface Placed {
  readonly offset: number;
}

/** The tree of a jq program. */
export type Query =
  | { readonly kind: 'define'; readonly definition: Definition; readonly body: Query }
  | { readonly kind: 'pipe'; readonly left: Query; readonly right: Query }
  | { readonly kind: 'comma'; readonly left: Query; readonly right: Query }
  | { readonly kind: 'alternative'; readonly left: Query; readonly right: Query }
  | { readonly kind: 'and'; readonly left: Query; readonly right: Query }
  | { readonly kind: 'or'; readonly left: Query; readonly right: Query }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Query; readonly right: Query }
  | { readonly kind: 'update'; readonly operator: UpdateOperator; readonly left: Query; readonly right: Query }
  | { readonly kind: 'identity' }
  | { readonly kind: 'recurse' }
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'index'; readonly target: Query; readonly index: Index }
  | { readonly kind: 'iterate'; readonly target: Query }
  | { readonly kind: 'optional'; readonly target: Query }
  | { readonly kind: 'bind'; readonly target: Query; readonly patterns: readonly Pattern[]; readonly body: Query }
  | ({ readonly kind: 'call'; readonly name: string; readonly args: readonly Query[] } & Placed)
  | ({ readonly kind: 'variable'; readonly name: string } & Placed)
  | { readonly kind: 'object'; readonly entries: readonly ObjectEntry[] }
  | { readonly kind: 'array'; readonly body: Query | undefined }
  | { readonly kind: 'sign'; readonly operator: '+' | '-'; readonly target: Query }
  | { readonly kind: 'text'; readonly format: string | undefined; readonly parts: readonly Query[] }
  | { readonly kind: 'format'; readonly format: string }
  | { readonly kind: 'if'; readonly condition: Query; readonly whenTrue: Query; readonly whenFalse: Query | undefined }
  | { readonly kind: 'try'; readonly body: Query; readonly recovery: Query | undefined }
  | {
      readonly kind: 'reduce';
      readonly source: Query;
      readonly pattern: Pattern;
      readonly start: Query;
      readonly update: Query;
    }
  | {
      readonly kind: 'foreach';
      readonly source: Query;
      readonly pattern: Pattern;
      readonly start: Query;
      readonly update: Query;
      readonly extract: Query | undefined;
    }
  | { readonly kind: 'label'; readonly name: string; readonly body: Query }
  | ({ readonly kind: 'break'; readonly name: string } & Placed)
  | { readonly kind: 'group'; readonly body: Query };

/** A program: a tree, or only definitions. */
export interface Program {
  readonly definitions: readonly Definition[];
  readonly body: Query;
}
