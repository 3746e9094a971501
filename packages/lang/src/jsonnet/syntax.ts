import type { Span } from './source.ts';

/** Visibility of an object field: `:` takes it from what it overrides, `::` hides, `:::` shows. */
export type Visibility = 'inherit' | 'hidden' | 'visible';

/** A parameter of a function; without a default it must be given. */
export interface Parameter {
  readonly name: string;
  readonly fallback?: Node;
}

/** `name = body` of a `local`. */
export interface Binding {
  readonly name: string;
  readonly body: Node;
  readonly span: Span;
}

/** A field of an object literal. */
export interface FieldNode {
  readonly name: Node;
  readonly body: Node;
  readonly visibility: Visibility;
  readonly plus: boolean;
  readonly span: Span;
}

/** `for name in list`, or `if condition`. */
export type ComprehensionPart =
  | { readonly kind: 'for'; readonly name: string; readonly list: Node }
  | { readonly kind: 'if'; readonly condition: Node };

/** An assertion with its message, if it has one. */
export interface AssertNode {
  readonly condition: Node;
  readonly message?: Node;
  readonly span: Span;
}

/** What stands between the braces of an object. */
export interface ObjectBody {
  readonly fields: readonly FieldNode[];
  readonly locals: readonly Binding[];
  readonly asserts: readonly AssertNode[];
}

/** The shapes of an expression. */
export type NodeShape =
  | { readonly kind: 'literal'; readonly value: null | boolean | number | string }
  | { readonly kind: 'self' }
  | { readonly kind: 'dollar' }
  | { readonly kind: 'superIndex'; readonly index: Node }
  | { readonly kind: 'inSuper'; readonly index: Node }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'array'; readonly items: readonly Node[] }
  | { readonly kind: 'arrayComprehension'; readonly body: Node; readonly parts: readonly ComprehensionPart[] }
  | { readonly kind: 'object'; readonly body: ObjectBody }
  | {
      readonly kind: 'objectComprehension';
      readonly field: FieldNode;
      readonly locals: readonly Binding[];
      readonly parts: readonly ComprehensionPart[];
    }
  | { readonly kind: 'index'; readonly target: Node; readonly index: Node }
  | { readonly kind: 'slice'; readonly target: Node; readonly bounds: readonly (Node | undefined)[] }
  | {
      readonly kind: 'apply';
      readonly target: Node;
      readonly positional: readonly Node[];
      readonly named: readonly { readonly name: string; readonly value: Node }[];
      readonly tailstrict: boolean;
    }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Node }
  | { readonly kind: 'if'; readonly condition: Node; readonly consequent: Node; readonly otherwise?: Node }
  | { readonly kind: 'local'; readonly bindings: readonly Binding[]; readonly body: Node }
  | {
      readonly kind: 'function';
      readonly parameters: readonly Parameter[];
      readonly body: Node;
      readonly name?: string;
    }
  | { readonly kind: 'assert'; readonly assert: AssertNode; readonly rest: Node }
  | { readonly kind: 'error'; readonly message: Node }
  | { readonly kind: 'import'; readonly form: 'import' | 'importstr' | 'importbin'; readonly path: string };

/** An expression and where it stands. */
export type Node = NodeShape & { readonly span: Span };
