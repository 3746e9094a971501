import { diagnostic, DiagnosticError, limitReached, placeOf } from '../diagnostic/index.ts';
import { JSONPATH_LIMIT_DEPTH, type PathList, type PathNode, type SliceBound, type TemplatePart } from './nodes.ts';

const TERMINATOR = /[\s.,[\]$@{}]/;

/** Reads one text from left to right. */
class Scanner {
  readonly text: string;
  readonly depth: number;
  at = 0;

  constructor(text: string, depth: number) {
    this.text = text;
    this.depth = depth;
  }

  peek(): string {
    return this.text.charAt(this.at);
  }

  fail(message: string): never {
    throw new DiagnosticError(diagnostic(message, placeOf(this.text, this.at)));
  }
}

const isLineEnd = (char: string): boolean => char === '' || char === '\n' || char === '\r';

function readField(scan: Scanner): PathNode {
  const start = scan.at;
  while (scan.at < scan.text.length && !TERMINATOR.test(scan.peek())) scan.at += scan.peek() === '\\' ? 2 : 1;
  const name = scan.text.slice(start, scan.at);
  return name === '*' ? { kind: 'wildcard' } : { kind: 'field', name: name.replaceAll('\\', '') };
}

function readWord(scan: Scanner): PathNode {
  const start = scan.at;
  while (/[A-Za-z0-9_]/.test(scan.peek())) scan.at += 1;
  const name = scan.text.slice(start, scan.at);
  if (name === 'true' || name === 'false') return { kind: 'literal', value: name === 'true' };
  return { kind: 'word', name };
}

function readNumber(scan: Scanner): PathNode {
  const start = scan.at;
  if (/[-+]/.test(scan.peek())) scan.at += 1;
  while (/[0-9.]/.test(scan.peek())) scan.at += 1;
  const text = scan.text.slice(start, scan.at);
  if (/^[-+]?\d+$/.test(text)) return { kind: 'literal', value: BigInt(text.replace(/^\+/, '')) };
  if (/^[-+]?(\d+\.\d*|\.\d+)$/.test(text)) return { kind: 'literal', value: Number(text) };
  return scan.fail(`cannot parse number ${text}`);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
]);

function unescape(scan: Scanner, text: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g,
    (_all, ...parts: readonly (string | undefined)[]) => {
      const hex = parts[0] ?? parts[1];
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      const known = ESCAPES.get(parts[2] ?? '');
      return known ?? scan.fail(`unquote string ${text} error invalid syntax`);
    },
  );
}

/** The end of a quoted text: the same quote again, not escaped. */
function quoteEnd(scan: Scanner, quote: string): number {
  let at = scan.at + 1;
  for (;;) {
    const char = scan.text.charAt(at);
    if (isLineEnd(char)) return scan.fail('unterminated quoted string');
    if (char === quote) return at;
    at += char === '\\' ? 2 : 1;
  }
}

function readQuoted(scan: Scanner): PathNode {
  const end = quoteEnd(scan, scan.peek());
  const text = scan.text.slice(scan.at + 1, end);
  scan.at = end + 1;
  return { kind: 'text', text: unescape(scan, text) };
}

const SLICE = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/;

function boundOf(part: string | undefined, index: number): SliceBound {
  const digits = index === 0 ? (part ?? '') : (part ?? '').slice(1);
  if (part === undefined || part === '' || digits === '') return { known: false, value: 0, derived: false };
  return { known: true, value: Number(digits), derived: false };
}

function readSlice(scan: Scanner, text: string): PathNode {
  const match = SLICE.exec(text);
  if (match === null) return scan.fail(`invalid array index ${text}`);
  if (text === '-') return scan.fail('array index - is not a number');
  const first = boundOf(match[1], 0);
  const second = match[2] === undefined ? { known: true, value: first.value + 1, derived: true } : boundOf(match[2], 1);
  return { kind: 'slice', bounds: [first, second, boundOf(match[3], 2)] };
}

function arrayNode(scan: Scanner, text: string): readonly PathNode[] {
  const inner = text === '*' ? ':' : text;
  const parts = inner.split(',');
  if (parts.length > 1) return [{ kind: 'union', lists: parts.map((part) => parseInner(scan, `[${part.trim()}]`)) }];
  const key = /^'([^']*)'$/.exec(inner);
  return key === null ? [readSlice(scan, inner)] : parseInner(scan, `.${key[1] ?? ''}`);
}

function parseInner(scan: Scanner, text: string): PathList {
  if (scan.depth >= JSONPATH_LIMIT_DEPTH)
    throw new DiagnosticError(limitReached('jsonpath depth', JSONPATH_LIMIT_DEPTH));
  return readAction(new Scanner(`${text}}`, scan.depth + 1));
}

function readArray(scan: Scanner): readonly PathNode[] {
  const start = scan.at + 1;
  let at = start;
  while (scan.text.charAt(at) !== ']') {
    if (isLineEnd(scan.text.charAt(at))) return scan.fail('unterminated array');
    at += 1;
  }
  scan.at = at + 1;
  return arrayNode(scan, scan.text.slice(start, at));
}

/** The quote that is open after a character of a filter: a quote opens one, the same quote closes it. */
function openQuote(open: string, char: string, before: string): string {
  if ((char !== '"' && char !== "'") || before === '\\') return open;
  if (open === '') return char;
  return open === char ? '' : open;
}

/** The closing parenthesis of a filter that stands in no quoted text. */
function filterEnd(scan: Scanner): number {
  let quote = '';
  for (let at = scan.at; ; at += 1) {
    const char = scan.text.charAt(at);
    if (isLineEnd(char)) return scan.fail('unterminated filter');
    if (char === ')' && quote === '') return at;
    quote = openQuote(quote, char, scan.text.charAt(at - 1));
  }
}

function readFilter(scan: Scanner): PathNode {
  scan.at += '[?('.length;
  const end = filterEnd(scan);
  const text = scan.text.slice(scan.at, end);
  scan.at = end + 1;
  if (scan.peek() !== ']') return scan.fail('unclosed array expect ]');
  scan.at += 1;
  const match = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text);
  if (match === null) return { kind: 'filter', left: parseInner(scan, text), right: [], operator: 'exists' };
  const [left, operator, right] = [match[1] ?? '', match[2] ?? '', match[3] ?? ''];
  return { kind: 'filter', left: parseInner(scan, left), right: parseInner(scan, right), operator };
}

function readRecursive(scan: Scanner, before: readonly PathNode[]): readonly PathNode[] {
  if (before.at(-1)?.kind === 'recursive') return scan.fail('invalid multiple recursive descent');
  scan.at += 2;
  return /[A-Za-z0-9_]/.test(scan.peek()) ? [{ kind: 'recursive' }, readField(scan)] : [{ kind: 'recursive' }];
}

type Read = (scan: Scanner) => readonly PathNode[];

/** What a character inside `{…}` begins, looked at in this order. */
const READS: readonly (readonly [RegExp, Read])[] = [
  [/[ @$]/, (scan) => ((scan.at += 1), [])],
  [/\[/, readArray],
  [/["']/, (scan) => [readQuoted(scan)]],
  [/\./, (scan) => ((scan.at += 1), [readField(scan)])],
  [/[-+0-9]/, (scan) => [readNumber(scan)]],
  [/[A-Za-z_]/, (scan) => [readWord(scan)]],
];

/** Reads nodes up to the closing brace, and steps behind it. */
function readAction(scan: Scanner): PathList {
  const nodes: PathNode[] = [];
  for (;;) {
    const char = scan.peek();
    if (char === '}') {
      scan.at += 1;
      return nodes;
    }
    if (isLineEnd(char)) return scan.fail('unclosed action');
    if (scan.text.startsWith('[?(', scan.at)) nodes.push(readFilter(scan));
    else if (scan.text.startsWith('..', scan.at)) nodes.push(...readRecursive(scan, nodes));
    else nodes.push(...readOther(scan, char));
  }
}

function readOther(scan: Scanner, char: string): readonly PathNode[] {
  const read = READS.find(([pattern]) => pattern.test(char))?.[1];
  if (read !== undefined) return read(scan);
  const code = (scan.text.codePointAt(scan.at) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return scan.fail(`unrecognized character in action: U+${code} '${char}'`);
}

/** Takes a template apart. Throws DiagnosticError. */
export function parseTemplate(text: string): readonly TemplatePart[] {
  const scan = new Scanner(text, 0);
  const parts: TemplatePart[] = [];
  while (scan.at < text.length) {
    const open = text.indexOf('{', scan.at);
    const end = open < 0 ? text.length : open;
    if (end > scan.at) parts.push({ kind: 'text', text: text.slice(scan.at, end) });
    if (open < 0) break;
    scan.at = open + 1;
    parts.push({ kind: 'action', list: readAction(scan) });
  }
  return parts;
}
