import {
  decodeBytes,
  encodeBytes,
  isDigit,
  isLetter,
  isLower,
  isNumber,
  isPunct,
  isSpace,
  isTitle,
  isUpper,
  lowerChar,
  titleChar,
  upperChar,
} from '../gofmt/index.ts';

/** The word functions behind sprig: title, camelcase, snakecase, wrap, abbrev and their like. */

/** One character a byte, for functions that look at bytes. */
export function toByteText(text: string): string {
  return Array.from(encodeBytes(text), (byte) => String.fromCharCode(byte)).join('');
}

/** The inverse of toByteText. */
export function fromByteText(bytes: string): string {
  return decodeBytes(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
}

function separatesWords(char: string): boolean {
  if (char <= '\u007f') return !/[0-9A-Za-z_]/.test(char);
  return !isLetter(char) && !isDigit(char) && isSpace(char);
}

/** Go's strings.Title. */
export function titleWords(text: string): string {
  let previous = ' ';
  return Array.from(text, (char) => {
    const start = separatesWords(previous);
    previous = char;
    return start ? titleChar(char) : char;
  }).join('');
}

/** sprig's untitle: the first letter of every word in lower case. */
export function untitleWords(text: string): string {
  let start = true;
  return Array.from(text, (char) => {
    if (isSpace(char)) start = true;
    else if (start) {
      start = false;
      return lowerChar(char);
    }
    return char;
  }).join('');
}

/** sprig's swapcase: lower to upper and back, a word's first small letter to title case. */
export function swapCase(text: string): string {
  let afterSpace = true;
  return Array.from(text, (char) => {
    const wasAfterSpace = afterSpace;
    if (isUpper(char) || isTitle(char)) {
      afterSpace = false;
      return lowerChar(char);
    }
    if (!isLower(char)) {
      afterSpace = isSpace(char);
      return char;
    }
    afterSpace = false;
    return wasAfterSpace ? titleChar(char) : upperChar(char);
  }).join('');
}

/** sprig's initials. compat(lang-0302): it looks at bytes, so that letters beyond ASCII fall apart. */
export function initialsOf(text: string): string {
  let gap = true;
  let out = '';
  for (const byte of toByteText(text)) {
    if (isSpace(byte)) gap = true;
    else if (gap) {
      out += byte;
      gap = false;
    }
  }
  return out;
}

/** sprig's nospace. compat(lang-0302): as for initials, when there is a space at all. */
export function removeSpaces(text: string): string {
  const bytes = toByteText(text);
  const kept = Array.from(bytes).filter((byte) => !isSpace(byte));
  return kept.length === bytes.length ? text : kept.join('');
}

function abbreviate(bytes: string, from: number, width: number): string {
  if (bytes === '' || width < 4) return '';
  if (bytes.length <= width) return bytes;
  let offset = Math.min(from, bytes.length);
  if (bytes.length - offset < width - 3) offset = bytes.length - (width - 3);
  if (offset <= 4) return `${bytes.slice(0, width - 3)}...`;
  if (width < 7) return '';
  if (offset + width - 3 < bytes.length) return `...${abbreviate(bytes.slice(offset), 0, width - 3)}`;
  return `...${bytes.slice(bytes.length - (width - 3))}`;
}

/** sprig's abbrev and abbrevboth, by bytes. */
export function abbreviateText(text: string, from: number, width: number): string {
  return fromByteText(abbreviate(toByteText(text), from, width));
}

/** How wrapText breaks lines. */
export interface WrapStyle {
  readonly width: number;
  readonly lineBreak: string;
  readonly breakLongWords: boolean;
}

/** Where a line that starts at `offset` ends, and where the next one starts. */
function wrapPoint(bytes: string, offset: number, style: WrapStyle): readonly [number, number] {
  const end = style.width + offset;
  const space = bytes.slice(offset, end + 1).lastIndexOf(' ') + offset;
  if (space >= offset) return [space, space + 1];
  if (style.breakLongWords) return [end, end];
  const next = bytes.indexOf(' ', end);
  return next < 0 ? [bytes.length, -1] : [next, next + 1];
}

/** sprig's wrap and wrapWith, by bytes. */
export function wrapText(text: string, given: WrapStyle): string {
  const lineBreak = toByteText(given.lineBreak === '' ? '\n' : given.lineBreak);
  const style = { ...given, width: Math.max(1, given.width) };
  const bytes = toByteText(text);
  let out = '';
  let offset = 0;
  while (bytes.length - offset > style.width) {
    if (bytes.charAt(offset) === ' ') {
      offset += 1;
      continue;
    }
    const [end, next] = wrapPoint(bytes, offset, style);
    out += bytes.slice(offset, end);
    if (next < 0) return fromByteText(out);
    out += lineBreak;
    offset = next;
  }
  return fromByteText(out + bytes.slice(offset));
}

const isConnector = (char: string): boolean => char === '-' || char === '_' || isSpace(char);

/** sprig's camelcase: `some_words` to `SomeWords`, `HTTP` to `Http`; leading connectors stay, of other runs all but the last. */
export function camelCase(text: string): string {
  const chars = [...text];
  const start = runLength(chars, 0, isConnector);
  let out = chars.slice(0, start).join('');
  // compat(lang-0305): of a text of nothing but connectors the last one comes twice.
  if (start === chars.length) return out + out.slice(-1);
  const first = chars[start] ?? '';
  let capitals = isUpper(first);
  let previous = upperChar(first);
  for (const char of chars.slice(start + 1)) {
    const begins = isConnector(previous);
    if (!begins || isConnector(char)) out += previous;
    if (begins) {
      capitals = isUpper(char);
      previous = upperChar(char);
      continue;
    }
    // Capitals behind a word's first capital become small, up to its first small letter.
    capitals = capitals && isUpper(char);
    previous = capitals ? lowerChar(char) : char;
  }
  return out + previous;
}

type WordKind = 'none' | 'number' | 'upper' | 'alphabet' | 'connector' | 'punct' | 'other';

interface Word {
  readonly kind: WordKind;
  readonly text: readonly string[];
}

const NO_WORD: Word = { kind: 'none', text: [] };

/** Letters without case count as part of a word as well, but not those of scripts written without spaces. */
function isAlphabet(char: string): boolean {
  return isLetter(char) && !/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(char);
}

function kindOfChar(char: string): WordKind {
  if (isConnector(char)) return 'connector';
  if (isPunct(char)) return 'punct';
  if (isUpper(char)) return 'upper';
  if (isAlphabet(char)) return 'alphabet';
  return isNumber(char) ? 'number' : 'other';
}

function runLength(chars: readonly string[], from: number, test: (char: string) => boolean): number {
  let at = from;
  while (at < chars.length && test(chars[at] ?? '')) at += 1;
  return at;
}

/** `HTTPStatus` is HTTP and Status: the last capital of a run belongs to the small letters behind it. */
function upperEnd(chars: readonly string[], from: number): number {
  const capitals = runLength(chars, from, isUpper);
  const small = (char: string): boolean => isAlphabet(char) && !isUpper(char);
  if (capitals === from + 1) return runLength(chars, capitals, small);
  return capitals < chars.length && isAlphabet(chars[capitals] ?? '') ? capitals - 1 : capitals;
}

function wordEnd(chars: readonly string[], from: number, kind: WordKind): number {
  if (kind === 'upper') return upperEnd(chars, from);
  return runLength(chars, from, (char) => kindOfChar(char) === kind);
}

class Words {
  private readonly chars: readonly string[];
  private at = 0;

  constructor(text: string) {
    this.chars = [...text];
  }

  next(): Word {
    if (this.at >= this.chars.length) return NO_WORD;
    const kind = kindOfChar(this.chars[this.at] ?? '');
    const end = wordEnd(this.chars, this.at, kind);
    const word = { kind, text: this.chars.slice(this.at, end) };
    this.at = end;
    return word;
  }

  get done(): boolean {
    return this.at >= this.chars.length;
  }
}

function lowered(word: Word, connector: string): string {
  if (word.kind !== 'upper' && word.kind !== 'connector') return word.text.join('');
  return word.text.map((char) => (isConnector(char) ? connector : lowerChar(char))).join('');
}

const joins = (kind: WordKind): boolean => kind !== 'connector' && kind !== 'punct';
const continues = (kind: WordKind): boolean => kind === 'alphabet' || kind === 'number';

/** Words behind a number stay with it; then the connector comes, when another word follows. */
function afterNumber(words: Words, first: Word, connector: string): { readonly out: string; readonly word: Word } {
  let [out, word] = ['', first];
  while (continues(word.kind)) {
    out += lowered(word, connector);
    word = words.next();
  }
  return { out: word.kind !== 'none' && joins(word.kind) ? out + connector : out, word };
}

/** A number behind a word belongs to it (`bld4_floor`), unless small letters follow (`http_2xx`). */
function afterWord(words: Words, first: Word, connector: string): { readonly out: string; readonly word: Word } {
  if (first.kind !== 'number') return { out: joins(first.kind) ? connector : '', word: first };
  if (words.done) return { out: '', word: first };
  const word = words.next();
  if (word.kind !== 'alphabet') {
    return { out: lowered(first, connector) + (joins(word.kind) ? connector : ''), word };
  }
  const rest = afterNumber(words, word, connector);
  return { out: connector + lowered(first, connector) + rest.out, word: rest.word };
}

/** sprig's snakecase and kebabcase. */
export function joinedWords(text: string, connector: string): string {
  const words = new Words(text);
  let out = '';
  let word = words.next();
  while (!words.done) {
    if (word.kind !== 'connector') out += lowered(word, connector);
    const previous = word;
    word = words.next();
    if (previous.kind === 'connector') out += lowered(previous, connector);
    if (previous.kind === 'connector' || previous.kind === 'punct') continue;
    const step = previous.kind === 'number' ? afterNumber(words, word, connector) : afterWord(words, word, connector);
    out += step.out;
    word = step.word;
  }
  return out + lowered(word, connector);
}
