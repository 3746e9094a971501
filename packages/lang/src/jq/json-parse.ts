import { setOwn } from '@argosy/std';
import { type Failure, failure } from './failure.ts';
import { JQ_JSON_DEPTH_LIMIT } from './limits.ts';
import { type Value, floatValue, integerValue } from './value.ts';

/** The number that a literal stands for; whole literals are integers of any size. */
export function numberFromText(text: string): Value {
  if (/^[+-]?\d+$/.test(text)) {
    const plain = text.startsWith('+') ? text.slice(1) : text;
    return text.length < 16 ? Number(plain) + 0 : integerValue(BigInt(plain));
  }
  const float = Number(text);
  // `1.` and `.5` are numbers for Go and for JavaScript; a literal out of range is an infinity.
  return floatValue(float);
}

function quoteByte(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  if (character === '\\') return "'\\\\'";
  const named = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f', '\v': '\\v', '\u0007': '\\a' }[
    character
  ];
  if (named !== undefined) return `'${named}'`;
  const code = character.charCodeAt(0);
  if (code < 0x20 || code === 0x7f) return `'\\x${code.toString(16).padStart(2, '0')}'`;
  if (code < 0x7f) return `'${character}'`;
  // Go looks at the first byte of the UTF-8 form only.
  const byte = firstByte(character);
  return byte < 0xa1 || byte === 0xad ? `'\\u00${byte.toString(16)}'` : `'${String.fromCharCode(byte)}'`;
}

/** The first byte of a character in UTF-8. */
function firstByte(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x800) return point < 0x80 ? point : 0xc0 | (point >> 6);
  return point < 0x1_0000 ? 0xe0 | (point >> 12) : 0xf0 | (point >> 18);
}

/** Thrown inside the reader only. */
class JsonFault extends Error {}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SIMPLE_ESCAPES: { readonly [key: string]: string | undefined } = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Reads JSON with the messages of Go's decoder. */
class JsonReader {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The whole text as one value; `undefined` when something follows it. */
  document(): Value | undefined {
    this.space();
    if (this.at === this.text.length) throw new JsonFault('EOF');
    const value = this.value('looking for beginning of value');
    this.space();
    return this.at === this.text.length ? value : undefined;
  }

  private space(): void {
    while (' \t\r\n'.includes(this.text[this.at] ?? 'x')) this.at += 1;
  }

  private bad(context: string): never {
    const character = this.text[this.at];
    if (character === undefined) throw new JsonFault('unexpected EOF');
    const whole = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0);
    throw new JsonFault(`invalid character ${quoteByte(whole)} ${context}`);
  }

  private value(context: string): Value {
    const first = this.text[this.at];
    switch (first) {
      case '{':
        return this.nested(() => this.object());
      case '[':
        return this.nested(() => this.array());
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return first !== undefined && (first === '-' || (first >= '0' && first <= '9'))
          ? this.number()
          : this.bad(context);
    }
  }

  private nested<T>(read: () => T): T {
    this.depth += 1;
    if (this.depth > JQ_JSON_DEPTH_LIMIT) throw new JsonFault('exceeded max depth');
    const value = read();
    this.depth -= 1;
    return value;
  }

  private word(word: string, value: Value): Value {
    for (let at = 0; at < word.length; at += 1) {
      if (this.text[this.at] !== word[at]) this.bad(`in literal ${word} (expecting '${word[at] ?? ''}')`);
      this.at += 1;
    }
    return value;
  }

  private number(): Value {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) {
      this.at += 1;
      this.bad('in numeric literal');
    }
    const text = match[0];
    this.at += text.length;
    const next = this.text[this.at];
    if (next === '.' && !/[.eE]/.test(text)) {
      this.at += 1;
      this.bad('after decimal point in numeric literal');
    }
    if ((next === 'e' || next === 'E') && !/[eE]/.test(text)) {
      this.at += 1;
      if (this.text[this.at] === '+' || this.text[this.at] === '-') this.at += 1;
      this.bad('in exponent of numeric literal');
    }
    return numberFromText(text);
  }

  private string(): string {
    this.at += 1;
    let text = '';
    for (;;) {
      const character = this.text[this.at];
      if (character === '"') {
        this.at += 1;
        return text;
      }
      if (character === undefined || character < ' ') this.bad('in string literal');
      this.at += 1;
      text += character === '\\' ? this.escape() : character;
    }
  }

  private escape(): string {
    const character = this.text[this.at] ?? '';
    if (character === 'u') {
      this.at += 1;
      return this.unicode();
    }
    const simple = SIMPLE_ESCAPES[character];
    if (simple === undefined || character === '') this.bad('in string escape code');
    this.at += 1;
    return simple;
  }

  private hex(): number {
    let code = 0;
    for (let count = 0; count < 4; count += 1) {
      const digit = this.text[this.at] ?? '';
      if (!/^[0-9a-fA-F]$/.test(digit)) this.bad('in \\u hexadecimal character escape');
      code = code * 16 + Number.parseInt(digit, 16);
      this.at += 1;
    }
    return code;
  }

  private unicode(): string {
    const code = this.hex();
    if (code < 0xd800 || code > 0xdfff) return String.fromCharCode(code);
    if (code < 0xdc00 && /^\\u[dD][c-fC-F][0-9a-fA-F]{2}$/.test(this.text.slice(this.at, this.at + 6))) {
      this.at += 2;
      return String.fromCharCode(code, this.hex());
    }
    return '\ufffd';
  }

  private array(): Value {
    const items: Value[] = [];
    this.at += 1;
    this.space();
    if (this.text[this.at] === ']') {
      this.at += 1;
      return items;
    }
    for (;;) {
      this.space();
      items.push(this.value('looking for beginning of value'));
      this.space();
      const next = this.text[this.at];
      if (next !== ',' && next !== ']') this.bad('after array element');
      this.at += 1;
      if (next === ']') return items;
    }
  }

  private object(): Value {
    const object: { [key: string]: Value } = {};
    this.at += 1;
    this.space();
    if (this.text[this.at] === '}') {
      this.at += 1;
      return object;
    }
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') this.bad('looking for beginning of object key string');
      const key = this.string();
      this.space();
      if (this.text[this.at] !== ':') this.bad('after object key');
      this.at += 1;
      this.space();
      setOwn(object, key, this.value('looking for beginning of value'));
      this.space();
      const next = this.text[this.at];
      if (next !== ',' && next !== '}') this.bad('after object key:value pair');
      this.at += 1;
      if (next === '}') return object;
    }
  }
}

/** A JSON text as a value; `undefined` when more than one value stands there; a failure for broken JSON. */
export function parseJson(text: string): Value | undefined | Failure {
  try {
    return new JsonReader(text).document();
  } catch (error) {
    if (error instanceof JsonFault) return failure(error.message);
    throw error;
  }
}
