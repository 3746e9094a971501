import type { Execute } from './signal.ts';

/** A local variable as the parser resolved it. */
export interface LocalVariable {
  readonly name: string;
  /** Its place in the frame of its function. */
  readonly slot: number;
  /** True when an inner function uses it, so it lives in a cell. Final once the whole source is parsed. */
  captured: boolean;
}

/** Where a function finds a captured variable when it is made: the maker's own local, or the maker's upvalue. */
export type Capture =
  | { readonly from: 'local'; readonly variable: LocalVariable }
  | { readonly from: 'upvalue'; readonly index: number };

/** The body of a function, with what it needs at run time. */
export interface FunctionBody {
  readonly name: string;
  readonly parameters: readonly LocalVariable[];
  readonly variadic: boolean;
  readonly captures: readonly Capture[];
  readonly body: Block;
  readonly line: number;
  /** The compiled body; the compiler sets it before anything runs. */
  execute: Execute | undefined;
}

/** A source, parsed: its main chunk and all its functions, inner ones before those around them, the main chunk last. */
export interface ParsedSource {
  readonly main: FunctionBody;
  readonly functions: readonly FunctionBody[];
}

/** A label; statements that jump to it hold the same object. */
export interface Label {
  readonly name: string;
  readonly line: number;
  /** Index in its block of the statement that follows. */
  readonly position: number;
  /** Count of locals that are in scope at the label. */
  readonly locals: number;
}

/** Statements with the labels between them. */
export interface Block {
  readonly statements: readonly Statement[];
  readonly labels: readonly Label[];
}

/** A `goto` before its label is known; the parser sets `target`. */
export interface GotoStatement {
  readonly kind: 'goto';
  readonly line: number;
  readonly name: string;
  readonly column: number;
  target: Label | undefined;
}

/** What may stand left of `=`. */
export type Target =
  | { readonly kind: 'local'; readonly variable: LocalVariable; readonly line: number }
  | { readonly kind: 'upvalue'; readonly index: number; readonly line: number }
  | { readonly kind: 'global'; readonly name: string; readonly line: number }
  | { readonly kind: 'index'; readonly object: Expression; readonly key: Expression; readonly line: number };

/** A call, plain or of a method (`name` set: the object is looked up and passed first). */
export interface CallExpression {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly method: string | undefined;
  readonly args: readonly Expression[];
  readonly line: number;
}

/** A member of a table constructor; without `key` it takes the next position. */
export interface Field {
  readonly key: Expression | undefined;
  readonly value: Expression;
}

/** Operators of two operands that compute (`and` and `or` choose, and are apart). */
export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '^' | '==' | '~=' | '<' | '<=' | '>' | '>=';

/** An expression. */
export type Expression =
  | Target
  | CallExpression
  | { readonly kind: 'constant'; readonly value: undefined | boolean | number | string; readonly line: number }
  | { readonly kind: 'varargs'; readonly line: number }
  | { readonly kind: 'function'; readonly body: FunctionBody; readonly line: number }
  | { readonly kind: 'table'; readonly fields: readonly Field[]; readonly line: number }
  | { readonly kind: 'group'; readonly inner: Expression; readonly line: number }
  | {
      readonly kind: 'unary';
      readonly operator: '-' | 'not' | '#';
      readonly operand: Expression;
      readonly line: number;
    }
  | { readonly kind: 'concat'; readonly parts: readonly Expression[]; readonly line: number }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly line: number;
    }
  | {
      readonly kind: 'logical';
      readonly operator: 'and' | 'or';
      readonly left: Expression;
      readonly right: Expression;
      readonly line: number;
    };

/** One arm of an `if`; the last may be without condition. */
export interface Clause {
  readonly condition: Expression | undefined;
  readonly body: Block;
}

/** A statement. */
export type Statement =
  | GotoStatement
  | { readonly kind: 'call'; readonly call: CallExpression; readonly line: number }
  | {
      readonly kind: 'local';
      readonly variables: readonly LocalVariable[];
      readonly values: readonly Expression[];
      readonly line: number;
    }
  | {
      readonly kind: 'localFunction';
      readonly variable: LocalVariable;
      readonly body: FunctionBody;
      readonly line: number;
    }
  | {
      readonly kind: 'assign';
      readonly targets: readonly Target[];
      readonly values: readonly Expression[];
      readonly line: number;
    }
  | { readonly kind: 'do'; readonly body: Block; readonly line: number }
  | { readonly kind: 'while'; readonly condition: Expression; readonly body: Block; readonly line: number }
  | { readonly kind: 'repeat'; readonly condition: Expression; readonly body: Block; readonly line: number }
  | { readonly kind: 'if'; readonly clauses: readonly Clause[]; readonly line: number }
  | {
      readonly kind: 'for';
      readonly variable: LocalVariable;
      readonly start: Expression;
      readonly limit: Expression;
      readonly step: Expression | undefined;
      readonly body: Block;
      readonly line: number;
    }
  | {
      readonly kind: 'forIn';
      readonly variables: readonly LocalVariable[];
      readonly values: readonly Expression[];
      readonly body: Block;
      readonly line: number;
    }
  | { readonly kind: 'return'; readonly values: readonly Expression[]; readonly line: number }
  | { readonly kind: 'break'; readonly line: number };
