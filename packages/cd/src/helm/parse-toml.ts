import { err, ok, setOwn, type Result } from '@argosy/std';
import { GoTime, int64, isRecord, type GoValue } from '@argosy/lang/gofmt';
import { parseGoTime } from '@argosy/lang/gotime';

/** Tables and lists inside of one another. */
export const TOML_LIMIT_DEPTH = 100;

type Table = { [key: string]: GoValue };

class TomlError extends Error {
  override readonly name = 'TomlError';
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['t', '\t'],
  ['n', '\n'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\u001b'],
  ['"', '"'],
  ['\\', '\\'],
]);

const LAYOUTS = [
  '2006-01-02T15:04:05.999999999Z07:00',
  '2006-01-02T15:04:05.999999999',
  '2006-01-02',
  '15:04:05.999999999',
];

const INTEGER = /^[+-]?(0|[1-9](_?\d)*)$/;
const OTHER_BASE = /^0(x[0-9a-fA-F](_?[0-9a-fA-F])*|o[0-7](_?[0-7])*|b[01](_?[01])*)$/;
const FLOAT = /^[+-]?(0|[1-9](_?\d)*)(\.\d(_?\d)*)?([eE][+-]?\d(_?\d)*)?$/;

function numberOf(text: string): GoValue {
  const plain = text.replaceAll('_', '');
  if (INTEGER.test(text)) return int64(BigInt(plain.replace('+', '')));
  if (OTHER_BASE.test(text)) return int64(BigInt(plain));
  if (FLOAT.test(text)) return Number(plain);
  const special = /^([+-]?)(inf|nan)$/.exec(text);
  if (special === null) return undefined;
  return special[2] === 'nan' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity;
}

function timeOf(text: string): GoValue {
  const upper = text.replace(/^(\d{4}-\d\d-\d\d)[ t]/, '$1T').replace(/z$/, 'Z');
  for (const layout of LAYOUTS) {
    const parsed = parseGoTime(layout, upper);
    if (parsed.ok) return new GoTime(parsed.value.epochNs, parsed.value.zone);
  }
  return undefined;
}

class Parser {
  readonly #text: string;
  #at = 0;
  readonly #root: Table = {};
  /** Tables that were written out, which may not be written again. */
  readonly #closed = new Set<unknown>();

  constructor(text: string) {
    this.#text = text.replaceAll('\r\n', '\n');
  }

  parse(): Table {
    let table = this.#root;
    for (this.#skip(true); this.#at < this.#text.length; this.#skip(true)) {
      if (this.#peek() === '[') table = this.#header();
      else this.#assign(table, 0);
      this.#endOfLine();
    }
    return this.#root;
  }

  #fail(message: string): never {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    throw new TomlError(`toml: line ${line}: ${message}`);
  }

  #peek(ahead = 0): string {
    return this.#text.charAt(this.#at + ahead);
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail(`expected ${JSON.stringify(text)}, found ${JSON.stringify(this.#peek())}`);
  }

  /** Skips blanks and comments, and with `lines` line breaks too. */
  #skip(lines: boolean): void {
    const pattern = lines ? /(?:[ \t\n]|#[^\n]*)*/y : /(?:[ \t]|#[^\n]*)*/y;
    pattern.lastIndex = this.#at;
    this.#at += pattern.exec(this.#text)?.[0].length ?? 0;
  }

  #endOfLine(): void {
    this.#skip(false);
    if (this.#at < this.#text.length && this.#peek() !== '\n') this.#fail('expected the end of the line');
  }

  #header(): Table {
    this.#expect('[');
    const isList = this.#take('[');
    const path = this.#keyPath();
    this.#expect(isList ? ']]' : ']');
    const last = path.pop() ?? '';
    const parent = this.#descend(this.#root, path);
    if (isList) return this.#append(parent, last);
    const table = this.#descend(parent, [last]);
    if (this.#closed.has(table)) this.#fail(`table ${JSON.stringify(last)} is defined twice`);
    this.#closed.add(table);
    return table;
  }

  #append(parent: Table, key: string): Table {
    const list: GoValue = Object.hasOwn(parent, key) ? parent[key] : [];
    if (!Array.isArray(list)) return this.#fail(`${JSON.stringify(key)} is no list of tables`);
    const table: Table = {};
    setOwn(parent, key, [...(list as readonly GoValue[]), table]);
    return table;
  }

  /** The table at a path; what is missing is made, and of a list of tables the last one counts. */
  #descend(start: Table, path: readonly string[]): Table {
    let table = start;
    for (const key of path) {
      if (!Object.hasOwn(table, key)) setOwn(table, key, {});
      const found: GoValue = table[key];
      const next: GoValue = Array.isArray(found) ? (found as readonly GoValue[]).at(-1) : found;
      if (!isRecord(next)) return this.#fail(`${JSON.stringify(key)} is no table`);
      table = next;
    }
    return table;
  }

  #keyPath(): string[] {
    const path: string[] = [];
    do {
      this.#skip(false);
      path.push(this.#key());
      this.#skip(false);
    } while (this.#take('.'));
    return path;
  }

  #key(): string {
    if (this.#peek() === '"' || this.#peek() === "'") return this.#string(this.#peek());
    const bare = /[A-Za-z0-9_-]+/y;
    bare.lastIndex = this.#at;
    const key = bare.exec(this.#text)?.[0] ?? this.#fail(`expected a key, found ${JSON.stringify(this.#peek())}`);
    this.#at += key.length;
    return key;
  }

  #assign(table: Table, depth: number): void {
    const path = this.#keyPath();
    this.#expect('=');
    this.#skip(false);
    const last = path.pop() ?? '';
    const target = this.#descend(table, path);
    if (Object.hasOwn(target, last)) this.#fail(`key ${JSON.stringify(last)} is defined twice`);
    setOwn(target, last, this.#value(depth + 1));
  }

  #value(depth: number): GoValue {
    if (depth > TOML_LIMIT_DEPTH) this.#fail(`nested deeper than ${TOML_LIMIT_DEPTH}`);
    const first = this.#peek();
    if (first === '"' || first === "'") return this.#string(first);
    if (first === '[') return this.#list(depth);
    if (first === '{') return this.#inline(depth);
    return this.#word();
  }

  /** A number, a boolean or a time. */
  #word(): GoValue {
    const word = /(?:\d{4}-\d\d-\d\d[ ]\d\d:[\d:.]+(?:Z|[+-]\d\d:\d\d)?|[^\s,\]}#]+)/y;
    word.lastIndex = this.#at;
    const text = word.exec(this.#text)?.[0] ?? this.#fail('expected a value');
    this.#at += text.length;
    if (text === 'true' || text === 'false') return text === 'true';
    return numberOf(text) ?? timeOf(text) ?? this.#fail(`expected a value, found ${JSON.stringify(text)}`);
  }

  #list(depth: number): GoValue[] {
    const list: GoValue[] = [];
    this.#expect('[');
    for (this.#skip(true); !this.#take(']'); this.#skip(true)) {
      list.push(this.#value(depth + 1));
      this.#skip(true);
      if (!this.#take(',') && this.#peek() !== ']') this.#fail('expected a comma or the end of the list');
    }
    return list;
  }

  #inline(depth: number): Table {
    const table: Table = {};
    this.#expect('{');
    this.#skip(false);
    while (!this.#take('}')) {
      this.#assign(table, depth);
      this.#skip(false);
      if (!this.#take(',') && this.#peek() !== '}') this.#fail('expected a comma or the end of the table');
      this.#skip(false);
    }
    this.#closed.add(table);
    return table;
  }

  #string(quote: string): string {
    const long = quote.repeat(3);
    const end = this.#take(long) ? long : quote;
    if (end === quote) this.#at += 1;
    else this.#take('\n');
    let text = '';
    while (!this.#closes(end)) {
      const char = this.#peek();
      if (char === '' || (char === '\n' && end === quote)) this.#fail('the text has no end');
      this.#at += 1;
      text += char === '\\' && quote === '"' ? this.#escape(end === long) : char;
    }
    return text;
  }

  /** The end of a text; a long one may end in two quotes of its own. */
  #closes(end: string): boolean {
    if (!this.#text.startsWith(end, this.#at)) return false;
    if (end.length === 3 && this.#peek(3) === end.charAt(0)) return false;
    this.#at += end.length;
    return true;
  }

  #escape(isLong: boolean): string {
    const char = this.#peek();
    this.#at += 1;
    const short = SHORT.get(char);
    if (short !== undefined) return short;
    if (isLong && /\s/.test(char)) return this.#continuation();
    return this.#codePoint(char);
  }

  /** A backslash at the end of a line takes the blanks behind it away. */
  #continuation(): string {
    this.#at -= 1;
    const blank = /[ \t]*\n\s*/y;
    blank.lastIndex = this.#at;
    this.#at += blank.exec(this.#text)?.[0].length ?? this.#fail('invalid escape');
    return '';
  }

  #codePoint(char: string): string {
    const digits = char === 'u' ? 4 : char === 'U' ? 8 : 0;
    const code = this.#text.slice(this.#at, this.#at + digits);
    if (digits === 0 || !/^[0-9a-fA-F]+$/.test(code) || code.length < digits || Number.parseInt(code, 16) > 0x10ffff) {
      return this.#fail('invalid escape');
    }
    this.#at += digits;
    return String.fromCodePoint(Number.parseInt(code, 16));
  }
}

/** Reads TOML 1.0 into Go values as Helm's library does: integers int64, dates times. The error is told with its line. */
export function parseToml(text: string): Result<{ readonly [key: string]: GoValue }, string> {
  try {
    return ok(new Parser(text).parse());
  } catch (error) {
    if (error instanceof TomlError) return err(error.message);
    throw error;
  }
}
