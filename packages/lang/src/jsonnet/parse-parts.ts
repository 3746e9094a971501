import type { Token } from './lexer.ts';
import type { AssertNode, Binding, ComprehensionPart, Node, NodeShape, Parameter } from './syntax.ts';
import { showToken, type TokenReader } from './token-reader.ts';

/** Gives a shape its place: from `start` to the last token taken. */
export function nodeFrom(reader: TokenReader, start: Token, shape: NodeShape): Node {
  return Object.assign(shape, { span: reader.spanFrom(start) });
}

/** `name = body` or `name(parameters) = body`. */
export function parseBinding(reader: TokenReader): Binding {
  const start = reader.identifier();
  const name = start.text;
  if (!reader.at('(')) {
    reader.expect('=');
    const body = reader.expression();
    return { name, body: nameFunction(body, name), span: reader.spanFrom(start) };
  }
  const parameters = parseParameters(reader);
  reader.expect('=');
  const body = nodeFrom(reader, start, { kind: 'function', parameters, body: reader.expression(), name });
  return { name, body, span: reader.spanFrom(start) };
}

/** Stack traces name a function after what it is bound to. */
function nameFunction(node: Node, name: string): Node {
  return node.kind === 'function' && node.name === undefined ? { ...node, name } : node;
}

/** `(a, b=1)`; names may not repeat. */
export function parseParameters(reader: TokenReader): readonly Parameter[] {
  reader.expect('(');
  const parameters: Parameter[] = [];
  while (!reader.take(')')) {
    const token = reader.identifier();
    if (parameters.some((other) => other.name === token.text)) {
      reader.fail(`Duplicate function parameter: ${token.text}`, token);
    }
    const fallback = reader.take('=') ? reader.expression() : undefined;
    parameters.push({ name: token.text, ...(fallback === undefined ? {} : { fallback }) });
    if (!reader.at(')') && !reader.take(',')) {
      reader.fail('Expected a comma before next function parameter');
    }
  }
  return parameters;
}

/** `assert condition : message`, without what follows. */
export function parseAssert(reader: TokenReader): AssertNode {
  const start = reader.expect('assert');
  const condition = reader.expression();
  const message = reader.take(':') ? reader.expression() : undefined;
  return { condition, span: reader.spanFrom(start), ...(message === undefined ? {} : { message }) };
}

/** `for x in list if condition …` up to and with the closing bracket. */
export function parseComprehension(reader: TokenReader, closing: string): readonly ComprehensionPart[] {
  const parts: ComprehensionPart[] = [];
  while (!reader.take(closing)) {
    if (reader.take('for')) {
      const name = reader.identifier().text;
      reader.expect('in');
      parts.push({ kind: 'for', name, list: reader.expression() });
    } else if (reader.take('if')) parts.push({ kind: 'if', condition: reader.expression() });
    else reader.fail(`Expected for, if or "${closing}" after for clause, got: ${showToken(reader.peek())}`);
  }
  return parts;
}
