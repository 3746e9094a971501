import { setOwn } from '@argosy/std';
import { int64, isRecord, parseGoInt, quoteGo, quoteGoRune, typeOf, type GoValue } from '@argosy/lang/gofmt';
import { HelmError, type Values } from './chart.ts';

/** The highest list index that `--set` takes. */
export const SET_INDEX_LIMIT = 65_536;
/** How deep a name in `--set` may nest. */
export const SET_NESTING_LIMIT = 30;
/** Characters of one `--set`. */
export const SET_LIMIT_CHARACTERS = 1_048_576;

/** Which of Helm's flags an assignment belongs to. */
export type SetKind = 'set' | 'set-string' | 'set-file' | 'set-json' | 'set-literal';

/** Reads the file that a `--set-file` names. @throws HelmError */
export type ReadSetFile = (path: string) => string;

/** How a clause ended: more may follow, or the text is used up. */
type End = 'more' | 'end';

const fail = (message: string): never => {
  throw new HelmError(message);
};

class EndOfText extends Error {
  override readonly name = 'EndOfText';
}

/** `true`, `false`, `null` and integers without leading zeros; all else is text. */
function typed(text: string): GoValue {
  const lower = text.toLowerCase();
  if (lower === 'true') return true;
  if (lower === 'false') return false;
  if (lower === 'null') return null;
  if (text === '0') return int64(0);
  if (text !== '' && !text.startsWith('0')) {
    const parsed = parseGoInt(text, 10);
    if (typeof parsed === 'bigint') return int64(parsed);
  }
  return text;
}

/** Where the JSON string that starts at `from` ends. */
function stringEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}

/** Where the JSON value at the beginning of a text ends. */
function jsonEnd(text: string): number {
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (depth === 0 && at > 0 && /[,\s]/.test(char)) return at;
    if (/[{[]/.test(char)) depth += 1;
    if (/[\]}]/.test(char)) depth -= 1;
    at = char === '"' ? stringEnd(text, at) : at + 1;
    if (depth === 0 && /["\]}]/.test(char)) return at;
  }
  return at;
}

class Parser {
  readonly #chars: readonly string[];
  readonly #kind: SetKind;
  readonly #readFile: ReadSetFile;
  #at = 0;

  constructor(text: string, kind: SetKind, readFile: ReadSetFile) {
    this.#chars = [...text];
    this.#kind = kind;
    this.#readFile = readFile;
  }

  parse(into: Values): void {
    while (this.#key(into, 0) === 'more') {
      // Each clause moves on; the last one says so.
    }
  }

  #reader(text: string): GoValue {
    if (this.#kind === 'set') return typed(text);
    return this.#kind === 'set-file' ? this.#readFile(text) : text;
  }

  /** Characters up to one of `stops`, which is consumed; `last` is undefined at the end of the text. */
  #until(stops: string): { readonly text: string; readonly last: string | undefined } {
    let text = '';
    while (this.#at < this.#chars.length) {
      let char = this.#chars[this.#at] ?? '';
      this.#at += 1;
      if (stops.includes(char)) return { text, last: char };
      if (char === '\\') {
        if (this.#at >= this.#chars.length) return { text, last: undefined };
        char = this.#chars[this.#at] ?? '';
        this.#at += 1;
      }
      text += char;
    }
    return { text, last: undefined };
  }

  #set(data: Values, key: string, value: GoValue): void {
    if (key !== '') setOwn(data, key, value);
  }

  #key(data: Values, level: number): End {
    const { text: key, last } = this.#until('=[,.');
    if (last === undefined) return key === '' ? 'end' : fail(`key ${quoteGo(key)} has no value`);
    if (last === '[') return this.#indexed(data, key, level);
    if (last === '=') return this.#assign((value) => this.#set(data, key, value));
    if (last === ',') return fail(`key ${quoteGo(key)} has no value (cannot end with ,)`);
    return this.#nested(data, key, level + 1);
  }

  #nested(data: Values, key: string, level: number): End {
    if (level > SET_NESTING_LIMIT) {
      fail(`value name nested level is greater than maximum supported nested level of ${SET_NESTING_LIMIT}`);
    }
    const known = Object.hasOwn(data, key) ? data[key] : undefined;
    if (known !== undefined && !isRecord(known)) this.#unable(known, 'map[string]interface {}');
    const inner: Values = isRecord(known) ? known : {};
    const end = this.#key(inner, level);
    const isEmpty = Object.keys(inner).length === 0;
    if (end === 'more' && isEmpty) fail(`key map ${quoteGo(key)} has no value`);
    if (!isEmpty) this.#set(data, key, inner);
    return end;
  }

  #unable(found: GoValue, wanted: string): never {
    const type = found === null || found === undefined ? 'nil' : typeOf(found);
    return fail(`unable to parse key: interface conversion: interface {} is ${type}, not ${wanted}`);
  }

  #indexed(data: Values, key: string, level: number): End {
    const index = this.#index();
    const known = Object.hasOwn(data, key) ? data[key] : [];
    if (!Array.isArray(known)) return this.#unable(known, '[]interface {}');
    const { list, end } = this.#item([...(known as readonly GoValue[])], index, level);
    this.#set(data, key, list);
    return end;
  }

  #index(): number {
    const { text, last } = this.#until(']');
    if (last === undefined) fail('error parsing index: EOF');
    if (!/^[+-]?\d+$/.test(text)) fail(`error parsing index: strconv.Atoi: parsing ${quoteGo(text)}: invalid syntax`);
    return Number(text);
  }

  #setIndex(list: GoValue[], index: number, value: GoValue): GoValue[] {
    if (index < 0) fail(`negative ${index} index not allowed`);
    if (index > SET_INDEX_LIMIT) {
      fail(`index of ${index} is greater than maximum supported index of ${SET_INDEX_LIMIT}`);
    }
    while (list.length <= index) list.push(null);
    list[index] = value;
    return list;
  }

  #item(list: GoValue[], index: number, level: number): { readonly list: GoValue[]; readonly end: End } {
    if (index < 0) fail(`negative ${index} index not allowed`);
    const { text, last } = this.#until('[.=');
    if (text !== '')
      fail(
        `unexpected data at end of array index: [${[...text].map((char) => quoteGoRune(char.codePointAt(0) ?? 0)).join(' ')}]`,
      );
    if (last === undefined) return { list, end: 'end' };
    if (last === '=') {
      const end = this.#assign((value) => void this.#setIndex(list, index, value));
      return { list, end };
    }
    if (last === '[') return this.#innerList(list, index, level);
    const known = list[index];
    const inner: Values = isRecord(known) ? known : {};
    const end = this.#key(inner, level);
    return { list: this.#setIndex(list, index, inner), end };
  }

  #innerList(list: GoValue[], index: number, level: number): { readonly list: GoValue[]; readonly end: End } {
    const next = this.#index();
    const known = list[index];
    if (known !== undefined && known !== null && !Array.isArray(known)) this.#unable(known, '[]interface {}');
    const inner = Array.isArray(known) ? [...(known as readonly GoValue[])] : [];
    const found = this.#item(inner, next, level);
    return { list: this.#setIndex(list, index, found.list), end: found.end };
  }

  #assign(put: (value: GoValue) => void): End {
    if (this.#kind === 'set-json') return this.#assignJson(put);
    if (this.#kind === 'set-literal') {
      put(this.#chars.slice(this.#at).join(''));
      this.#at = this.#chars.length;
      return 'end';
    }
    if (this.#at >= this.#chars.length) {
      put('');
      return 'end';
    }
    if (this.#chars[this.#at] === '{') {
      this.#at += 1;
      put(this.#list());
      return 'more';
    }
    put(this.#reader(this.#until(',').text));
    return 'more';
  }

  #list(): GoValue[] {
    const list: GoValue[] = [];
    for (;;) {
      const { text, last } = this.#until(',}');
      if (last === undefined) return fail("list must terminate with '}'");
      if (last === '}') {
        if (this.#chars[this.#at] === ',') this.#at += 1;
        // compat(cd-0903): `{}` is a list of one empty text.
        list.push(this.#reader(text));
        return list;
      }
      list.push(this.#reader(text));
    }
  }

  /** Skips blanks and one comma; true when nothing stood before it. */
  #emptyValue(): boolean {
    for (; this.#at < this.#chars.length; this.#at += 1) {
      const char = this.#chars[this.#at] ?? '';
      if (char === ',') {
        this.#at += 1;
        return true;
      }
      if (!/\s/u.test(char)) return false;
    }
    return true;
  }

  #assignJson(put: (value: GoValue) => void): End {
    if (this.#emptyValue()) {
      put(null);
      return 'more';
    }
    const rest = this.#chars.slice(this.#at).join('');
    const end = jsonEnd(rest);
    let value: unknown;
    try {
      value = JSON.parse(rest.slice(0, end));
    } catch (error) {
      throw new EndOfText(error instanceof Error ? error.message : 'malformed JSON');
    }
    put(value);
    this.#at += Array.from(rest.slice(0, end)).length;
    this.#emptyValue();
    return 'more';
  }
}

/** Applies one `--set…` to values, in place, exactly as Helm's strvals. @throws HelmError */
export function applySet(
  into: Values,
  set: { readonly kind: SetKind; readonly text: string },
  readFile: ReadSetFile,
): void {
  const { kind, text } = set;
  const complaint = `failed parsing --${kind} data`;
  if (text.length > SET_LIMIT_CHARACTERS) {
    throw new HelmError(`${complaint}: more than ${SET_LIMIT_CHARACTERS} characters`, '--set characters');
  }
  try {
    new Parser(text, kind, readFile).parse(into);
  } catch (error) {
    if (!(error instanceof HelmError || error instanceof EndOfText)) throw error;
    // The text may hold a secret: helm repeats it for --set-json, this does not.
    throw new HelmError(`${complaint}: ${error instanceof HelmError ? error.message : 'not JSON'}`);
  }
}
