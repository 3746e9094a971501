import { failAt, type Token, type TokenKind } from './tokens.ts';

interface State {
  /** True when an expression may end after this kind. */
  readonly end: boolean;
  readonly next: readonly TokenKind[];
}

const OPERANDS: readonly TokenKind[] = ['NUMERIC', 'BOOLEAN', 'VARIABLE', 'ACCESSOR', 'STRING', 'TIME', 'CLAUSE'];
const AFTER_VALUE: readonly TokenKind[] = ['MODIFIER', 'COMPARATOR', 'LOGICALOP', 'CLAUSE_CLOSE', 'SEPARATOR'];

/** What may follow what. */
const STATES: { readonly [kind in TokenKind]: State } = {
  UNKNOWN: { end: false, next: ['PREFIX', 'PATTERN', ...OPERANDS] },
  CLAUSE: { end: false, next: ['PREFIX', 'PATTERN', 'CLAUSE_CLOSE', ...OPERANDS] },
  CLAUSE_CLOSE: {
    end: true,
    next: ['NUMERIC', 'BOOLEAN', 'VARIABLE', 'STRING', 'PATTERN', 'TIME', 'CLAUSE', 'TERNARY', ...AFTER_VALUE],
  },
  NUMERIC: { end: true, next: ['TERNARY', ...AFTER_VALUE] },
  BOOLEAN: { end: true, next: ['TERNARY', ...AFTER_VALUE] },
  STRING: { end: true, next: ['TERNARY', ...AFTER_VALUE] },
  TIME: { end: true, next: AFTER_VALUE },
  PATTERN: { end: true, next: AFTER_VALUE },
  VARIABLE: { end: true, next: ['TERNARY', ...AFTER_VALUE] },
  MODIFIER: {
    end: false,
    next: ['PREFIX', 'NUMERIC', 'VARIABLE', 'ACCESSOR', 'STRING', 'BOOLEAN', 'CLAUSE', 'CLAUSE_CLOSE'],
  },
  COMPARATOR: { end: false, next: ['PREFIX', 'PATTERN', 'CLAUSE_CLOSE', ...OPERANDS] },
  LOGICALOP: { end: false, next: ['PREFIX', 'CLAUSE_CLOSE', ...OPERANDS] },
  PREFIX: { end: false, next: ['NUMERIC', 'BOOLEAN', 'VARIABLE', 'ACCESSOR', 'CLAUSE', 'CLAUSE_CLOSE'] },
  TERNARY: { end: false, next: ['PREFIX', 'SEPARATOR', ...OPERANDS] },
  ACCESSOR: { end: true, next: ['CLAUSE', 'TERNARY', ...AFTER_VALUE] },
  SEPARATOR: { end: false, next: ['PREFIX', ...OPERANDS] },
};

/** True when a sign after this kind is a prefix. */
export const prefixAfter = (kind: TokenKind): boolean => STATES[kind].next.includes('PREFIX');

/** What the messages print values with. */
export interface Printers {
  readonly number: (value: string | number | boolean) => string;
  readonly time: (token: Token) => string;
}

/** A token's value as Go prints it in a message: a bracket is a code point, a time its whole text. */
function shown(token: Token | undefined, printers: Printers): string {
  if (token === undefined) return '<nil>';
  switch (token.kind) {
    case 'CLAUSE':
      return '40';
    case 'CLAUSE_CLOSE':
      return '41';
    case 'ACCESSOR':
      return `[${String(token.value).split('.').join(' ')}]`;
    case 'TIME':
      return printers.time(token);
    case 'NUMERIC':
      return printers.number(token.value);
    default:
      return String(token.value);
  }
}

function checkBalance(tokens: readonly Token[]): void {
  let open = 0;
  for (const { kind } of tokens) open += kind === 'CLAUSE' ? 1 : kind === 'CLAUSE_CLOSE' ? -1 : 0;
  if (open !== 0) failAt('Unbalanced parenthesis', 0);
}

function refuse(before: Token | undefined, token: Token, printers: Printers): never {
  if (before?.kind === 'VARIABLE' && token.kind === 'CLAUSE') {
    return failAt(`Undefined function ${String(before.value)}`, before.at);
  }
  const from = `${before?.kind ?? 'UNKNOWN'} [${shown(before, printers)}]`;
  return failAt(`Cannot transition token types from ${from} to ${token.kind} [${shown(token, printers)}]`, token.at);
}

/** Checks that every token may follow the one before it, with upstream's messages. */
export function checkSyntax(tokens: readonly Token[], printers: Printers): void {
  checkBalance(tokens);
  let before: Token | undefined;
  for (const token of tokens) {
    if (!STATES[before?.kind ?? 'UNKNOWN'].next.includes(token.kind)) refuse(before, token, printers);
    before = token;
  }
  if (!STATES[before?.kind ?? 'UNKNOWN'].end) failAt('Unexpected end of expression', before?.at ?? 0);
}
