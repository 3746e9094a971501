import { EXPR_LIMIT_HEIGHT, EXPR_LIMIT_NESTING, EXPR_LIMIT_NODES, overLimit } from './limits.ts';
import { lex } from './lexer.ts';
import type { Token, TokenKind } from './scanner.ts';
import type { Node } from './nodes.ts';
import { failAt, type Source } from './source.ts';

/** A node before it knows its height. */
export type Draft = Node extends infer N ? (N extends Node ? Omit<N, 'height'> : never) : never;

/** Where the parser stands. */
export class Cursor {
  readonly source: Source;
  readonly tokens: readonly Token[];
  /** Names that the environment or its functions take away from the built-ins. */
  readonly overridden: (name: string) => boolean;
  position = 0;
  current: Token;
  /** How many predicates are open. */
  predicates = 0;
  #nodes = 0;
  #nesting = 0;

  constructor(source: Source, overridden: (name: string) => boolean) {
    this.source = source;
    this.tokens = lex(source);
    this.overridden = overridden;
    this.current = this.tokens[0] ?? { kind: 'EOF', value: '', at: 0, end: 0 };
  }

  /** Stops at a token, the current one by default. */
  fail(message: string, token: Token = this.current): never {
    return failAt(this.source, token.at, message);
  }

  /** Stops because a token does not belong here. */
  unexpected(token: Token = this.current): never {
    return this.fail(`unexpected token ${describe(token)}`, token);
  }

  is(kind: TokenKind, value?: string): boolean {
    return this.current.kind === kind && (value === undefined || this.current.value === value);
  }

  next(): Token {
    const passed = this.current;
    const following = this.tokens[this.position + 1];
    if (following === undefined) this.fail('unexpected end of expression');
    this.position += 1;
    this.current = following;
    return passed;
  }

  expect(kind: TokenKind, value?: string): Token {
    return this.is(kind, value) ? this.next() : this.unexpected();
  }

  /** Finishes a node: counts it and measures its tree. */
  node(draft: Draft, ...children: readonly (Node | undefined)[]): Node {
    this.#nodes += 1;
    if (this.#nodes > EXPR_LIMIT_NODES) overLimitAt(this);
    let height = 0;
    for (const child of children) if (child !== undefined && child.height > height) height = child.height;
    if (height >= EXPR_LIMIT_HEIGHT) overLimit('expression height', EXPR_LIMIT_HEIGHT);
    return { ...draft, height: height + 1 };
  }

  /** Runs a part of the parser one level deeper. */
  deeper<T>(parse: () => T): T {
    this.#nesting += 1;
    if (this.#nesting > EXPR_LIMIT_NESTING) overLimit('expression nesting', EXPR_LIMIT_NESTING);
    const value = parse();
    this.#nesting -= 1;
    return value;
  }
}

function overLimitAt(cursor: Cursor): never {
  return cursor.fail('compilation failed: expression exceeds maximum allowed nodes');
}

function describe(token: Token): string {
  return token.value === '' ? token.kind : `${token.kind}(${JSON.stringify(token.value)})`;
}
