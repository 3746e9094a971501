import type { Source } from './source.ts';

/** The kinds of token, with upstream's words: they show in messages. */
export type TokenKind = 'Identifier' | 'Number' | 'String' | 'Operator' | 'Bracket' | 'EOF';

/** One token; `at` and `end` count code points from 0. */
export interface Token {
  readonly kind: TokenKind;
  readonly value: string;
  readonly at: number;
  readonly end: number;
}

/** Where the lexer stands, and what it has found. */
export interface Scanner {
  readonly source: Source;
  readonly tokens: Token[];
  at: number;
}

/** The character `ahead` places on; empty at the end. */
export function peek(scanner: Scanner, ahead = 0): string {
  return scanner.source.runes[scanner.at + ahead] ?? '';
}
