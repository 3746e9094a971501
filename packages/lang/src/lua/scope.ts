import { DiagnosticError } from '../diagnostic/index.ts';
import type { Capture, GotoStatement, Label, LocalVariable } from './ast.ts';
import { syntaxError } from './lexer.ts';

/** Locals that a function may have in scope at once (as in Lua 5.1). */
export const LUA_LIMIT_LOCALS = 200;
/** Variables of outer functions that a function may use. */
export const LUA_LIMIT_UPVALUES = 255;

/** A jump that has not found its label; `locals` counts those in scope where it stands, as its block sees it. */
interface Jump {
  readonly statement: GotoStatement;
  readonly locals: number;
}

/** A block being parsed: where its locals begin, its labels so far, and jumps that have not found theirs. */
interface BlockScope {
  readonly firstLocal: number;
  readonly labels: Label[];
  readonly jumps: Jump[];
  readonly loop: boolean;
}

/** A name as it is resolved. */
export type Resolved =
  | { readonly kind: 'local'; readonly variable: LocalVariable }
  | { readonly kind: 'upvalue'; readonly index: number }
  | { readonly kind: 'global'; readonly name: string };

/** The names that a function sees while it is parsed. */
export class FunctionScope {
  readonly parent: FunctionScope | undefined;
  readonly variadic: boolean;
  readonly captures: Capture[] = [];
  private readonly locals: LocalVariable[] = [];
  private readonly blocks: BlockScope[] = [];
  private readonly upvalues = new Map<LocalVariable, number>();

  constructor(parent: FunctionScope | undefined, variadic: boolean) {
    this.parent = parent;
    this.variadic = variadic;
  }

  /** Opens a block; `loop` when `break` may leave it. */
  open(loop: boolean): void {
    this.blocks.push({ firstLocal: this.locals.length, labels: [], jumps: [], loop });
  }

  /**
   * Closes the innermost block: its locals go out of scope, its jumps find their labels or wait in the outer block.
   * @throws DiagnosticError for a jump without label, or into the scope of a local.
   */
  close(statements: number): readonly Label[] {
    const block = this.blocks.pop();
    if (block === undefined) return [];
    const outer = this.blocks.at(-1);
    for (const { statement, locals } of block.jumps) {
      const label = block.labels.find((item) => item.name === statement.name);
      if (label === undefined) {
        if (outer === undefined) throw missingLabel(statement);
        outer.jumps.push({ statement, locals: Math.min(locals, block.firstLocal) });
      } else {
        if (label.position < statements && locals < label.locals) throw this.jumpError(statement, label.locals);
        statement.target = label;
      }
    }
    this.locals.length = block.firstLocal;
    return block.labels;
  }

  /** Brings a local into scope. */
  declare(name: string, line: number): LocalVariable {
    const slot = this.locals.length;
    if (slot >= LUA_LIMIT_LOCALS) {
      const message = `register overflow: more than ${LUA_LIMIT_LOCALS} local variables in a function`;
      throw new DiagnosticError({ message, line, column: 1, limit: 'locals' });
    }
    const variable = { name, slot, captured: false };
    this.locals.push(variable);
    return variable;
  }

  /** Sets a label where the block stands. */
  label(label: { name: string; line: number; column: number; position: number }): void {
    const { name, line, position } = label;
    const block = this.blocks.at(-1);
    if (this.blocks.some((item) => item.labels.some((other) => other.name === name))) {
      throw syntaxError(label, name, `label '${name}' already defined`);
    }
    block?.labels.push({ name, line, position, locals: this.locals.length });
  }

  /** Notes a jump; its label may come later. */
  jump(name: string, place: { readonly line: number; readonly column: number }): GotoStatement {
    const { line, column } = place;
    const statement: GotoStatement = { kind: 'goto', line, column, name, target: undefined };
    this.blocks.at(-1)?.jumps.push({ statement, locals: this.locals.length });
    return statement;
  }

  /** True inside a loop of this function. */
  inLoop(): boolean {
    return this.blocks.some((block) => block.loop);
  }

  /** What `name` means here; marks and hands down variables of outer functions. */
  resolve(name: string): Resolved {
    const own = this.local(name);
    if (own !== undefined) return { kind: 'local', variable: own };
    const index = this.upvalueIndex(name);
    return index === undefined ? { kind: 'global', name } : { kind: 'upvalue', index };
  }

  private local(name: string): LocalVariable | undefined {
    for (let at = this.locals.length - 1; at >= 0; at -= 1) {
      if (this.locals[at]?.name === name) return this.locals[at];
    }
    return undefined;
  }

  private upvalueIndex(name: string): number | undefined {
    if (this.parent === undefined) return undefined;
    const found = this.parent.find(name);
    if (found === undefined) return undefined;
    const known = this.upvalues.get(found);
    if (known !== undefined) return known;
    const outer = this.parent.resolve(name);
    if (outer.kind === 'global') return undefined;
    if (outer.kind === 'local') outer.variable.captured = true;
    this.captures.push(
      outer.kind === 'local' ? { from: 'local', variable: outer.variable } : { from: 'upvalue', index: outer.index },
    );
    if (this.captures.length > LUA_LIMIT_UPVALUES) {
      throw new DiagnosticError({
        message: `function has more than ${LUA_LIMIT_UPVALUES} upvalues`,
        line: 0,
        column: 0,
        limit: 'upvalues',
      });
    }
    this.upvalues.set(found, this.captures.length - 1);
    return this.captures.length - 1;
  }

  private find(name: string): LocalVariable | undefined {
    return this.local(name) ?? this.parent?.find(name);
  }

  private jumpError(jump: GotoStatement, locals: number): DiagnosticError {
    const hidden = this.locals[locals - 1]?.name ?? '?';
    const message = `<string> <goto ${jump.name}> at line ${jump.line} jumps into the scope of local '${hidden}'`;
    return new DiagnosticError({ message, line: jump.line, column: jump.column });
  }
}

function missingLabel({ name, line, column }: GotoStatement): DiagnosticError {
  return new DiagnosticError({
    message: `<string> no visible label '${name}' for goto at line ${line}`,
    line,
    column,
  });
}
