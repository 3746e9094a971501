import type { Token } from './lexer.ts';
import { nodeFrom, parseAssert, parseBinding, parseComprehension, parseParameters } from './parse-parts.ts';
import type { AssertNode, Binding, FieldNode, Node, Visibility } from './syntax.ts';
import { showKind, showToken, type TokenReader } from './token-reader.ts';

const VISIBILITIES: ReadonlyMap<string, Visibility> = new Map([
  [':', 'inherit'],
  ['::', 'hidden'],
  [':::', 'visible'],
]);

interface Draft {
  readonly fields: FieldNode[];
  readonly locals: Binding[];
  readonly asserts: AssertNode[];
  readonly names: Set<string>;
}

/** Parses from `{` to `}`: an object or an object comprehension. */
export function parseObject(reader: TokenReader): Node {
  return reader.nested(() => parseBraces(reader));
}

function parseBraces(reader: TokenReader): Node {
  const start = reader.next();
  const draft: Draft = { fields: [], locals: [], asserts: [], names: new Set() };
  let comma = true;
  for (;;) {
    if (reader.take('}')) return nodeFrom(reader, start, { kind: 'object', body: draft });
    if (reader.at('for')) return parseObjectComprehension(reader, start, draft);
    if (!comma) reader.fail('Expected a comma before next field.');
    parseMember(reader, draft);
    comma = reader.take(',');
  }
}

function parseMember(reader: TokenReader, draft: Draft): void {
  const token = reader.peek();
  if (reader.at('local')) {
    reader.next();
    const at = reader.peek();
    const binding = parseBinding(reader);
    if (draft.locals.some((other) => other.name === binding.name)) {
      reader.fail(`Duplicate local var: ${binding.name}`, at);
    }
    draft.locals.push(binding);
  } else if (reader.at('assert')) draft.asserts.push(parseAssert(reader));
  else if (token.kind === 'identifier' || token.kind === 'string' || reader.at('[')) {
    draft.fields.push(parseField(reader, draft.names));
  } else reader.fail(`Unexpected: ${showKind(token)} while parsing field definition`);
}

function parseFieldName(reader: TokenReader, names: Set<string>): Node {
  const token = reader.next();
  if (token.kind === 'symbol') {
    const name = reader.expression();
    reader.expect(']');
    return name;
  }
  if (names.has(token.text)) reader.fail(`Duplicate field: ${token.text}`, token);
  names.add(token.text);
  return nodeFrom(reader, token, { kind: 'literal', value: token.text });
}

function parseField(reader: TokenReader, names: Set<string>): FieldNode {
  const start = reader.peek();
  const name = parseFieldName(reader, names);
  const parameters = reader.at('(') ? parseParameters(reader) : undefined;
  const { visibility, plus } = parseColons(reader, start);
  if (plus && parameters !== undefined) {
    reader.fail(`Cannot use +: syntax sugar in a method: ${fieldLabel(name)}`, start);
  }
  const body = reader.expression();
  const span = reader.spanFrom(start);
  if (parameters === undefined) return { name, body, visibility, plus, span };
  const method = nodeFrom(reader, start, { kind: 'function', parameters, body, name: fieldLabel(name) });
  return { name, body: method, visibility, plus, span };
}

function fieldLabel(name: Node): string {
  return name.kind === 'literal' ? String(name.value) : 'anonymous';
}

function parseColons(reader: TokenReader, start: Token): { visibility: Visibility; plus: boolean } {
  const token = reader.peek();
  if (token.kind !== 'operator') reader.fail(`Expected token OPERATOR but got ${showToken(token)}`);
  const plus = token.text.startsWith('+');
  const visibility = VISIBILITIES.get(plus ? token.text.slice(1) : token.text);
  if (visibility === undefined) {
    return reader.fail(`Expected one of :, ::, :::, +:, +::, +:::, got: ${token.text}`, start);
  }
  reader.next();
  return { visibility, plus };
}

function parseObjectComprehension(reader: TokenReader, start: Token, draft: Draft): Node {
  const [field] = draft.fields;
  if (field === undefined || draft.fields.length > 1) {
    return reader.fail('Object comprehension can only have one field');
  }
  if (draft.asserts.length > 0) reader.fail('Object comprehension cannot have asserts');
  if (field.visibility !== 'inherit') reader.fail('Object comprehensions cannot have hidden fields');
  if (field.name.kind === 'literal' && draft.names.size > 0) {
    reader.fail('Object comprehensions can only have [e] fields');
  }
  const parts = parseComprehension(reader, '}');
  return nodeFrom(reader, start, { kind: 'objectComprehension', field, locals: draft.locals, parts });
}
