import type { Parser } from './parser.ts';
import type { Pattern, PatternEntry, Query } from './syntax.ts';

/** The patterns after `as`, with alternatives between `?//`. */
export function parsePatterns(parser: Parser): readonly Pattern[] {
  const patterns = [parsePattern(parser)];
  while (parser.accept('?//')) patterns.push(parsePattern(parser));
  return patterns;
}

/** One pattern: `$name`, `[…]` or `{…}`; empty brackets are an error. */
export function parsePattern(parser: Parser): Pattern {
  if (parser.token.kind === 'variable') return { kind: 'name', name: parser.take().value };
  if (parser.accept('[')) {
    const items: Pattern[] = [];
    do items.push(parser.nested(() => parsePattern(parser)));
    while (parser.accept(','));
    parser.expect(']');
    return { kind: 'array', items };
  }
  parser.expect('{');
  const entries: PatternEntry[] = [];
  do entries.push(parser.nested(() => parseEntry(parser)));
  while (parser.accept(','));
  parser.expect('}');
  return { kind: 'object', entries };
}

function parseEntry(parser: Parser): PatternEntry {
  const { kind, value } = parser.token;
  if (kind === 'variable') {
    parser.take();
    const pattern = parser.accept(':') ? parsePattern(parser) : undefined;
    return { variable: value, key: { kind: 'constant', value: value.slice(1) }, value: pattern };
  }
  const key = parseKey(parser);
  parser.expect(':');
  return { variable: undefined, key, value: parsePattern(parser) };
}

function parseKey(parser: Parser): Query {
  const { kind } = parser.token;
  if (kind === 'string' || kind === 'text-start') return parser.string(undefined);
  if (kind === 'word' || kind === 'keyword') return { kind: 'constant', value: parser.take().value };
  parser.expect('(');
  const key = parser.query(0);
  parser.expect(')');
  return key;
}
