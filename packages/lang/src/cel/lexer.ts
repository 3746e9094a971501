import { diagnostic, DiagnosticError, placeOf } from '../diagnostic/index.ts';

/** What a token is; operators carry their text as their kind's detail. */
export type TokenKind = 'int' | 'uint' | 'double' | 'string' | 'name' | 'quotedName' | 'operator' | 'end';

/** One word of an expression. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
}

// oxlint-disable-next-line no-control-regex -- form feed is white space of the language
const SPACE = /(?:[\t \r\n\u000c]+|\/\/[^\n]*)+/y;
const DOUBLE = /(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)/y;
const INTEGER = /(?:0x[0-9a-fA-F]+|[0-9]+)([uU]?)/y;
const NAME = /[_a-zA-Z][_a-zA-Z0-9]*/y;
const QUOTED_NAME = /`[a-zA-Z0-9_.\-/ ]+`/y;
const STRING =
  /(?:[rR][bB]?|[bB][rR])(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n\r]*"|'[^'\n\r]*')|[bB]?(?:"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\[^\n\r]|[^"\\\n\r])*"|'(?:\\[^\n\r]|[^'\\\n\r])*')/y;
const OPERATOR = /(?:&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()[\]{}])/y;

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

/** Ends the work with a syntax error at an offset. */
export function syntaxError(source: string, at: number, message: string): never {
  throw new DiagnosticError(diagnostic(`Syntax error: ${message}`, placeOf(source, at)));
}

const RULES: readonly (readonly [RegExp, TokenKind])[] = [
  [STRING, 'string'],
  [NAME, 'name'],
  [QUOTED_NAME, 'quotedName'],
  [DOUBLE, 'double'],
  [INTEGER, 'int'],
  [OPERATOR, 'operator'],
];

function nextToken(source: string, at: number): Token {
  for (const [pattern, kind] of RULES) {
    const match = matchAt(pattern, source, at);
    if (match === null) continue;
    const unsigned = kind === 'int' && match[1] !== '';
    return { kind: unsigned ? 'uint' : kind, text: match[0], at };
  }
  const char = String.fromCodePoint(source.codePointAt(at) ?? 0);
  const rest = char === '"' || char === "'" ? (source.slice(at).split('\n')[0] ?? char) : char;
  return syntaxError(source, at, `token recognition error at: '${rest}'`);
}

/** Cuts an expression into words; the last one is `end`. @throws DiagnosticError for what is no word. */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; ;) {
    at += matchAt(SPACE, source, at)?.[0].length ?? 0;
    if (at >= source.length) {
      tokens.push({ kind: 'end', text: '<EOF>', at: source.length });
      return tokens;
    }
    const token = nextToken(source, at);
    tokens.push(token);
    at += token.text.length;
  }
}
