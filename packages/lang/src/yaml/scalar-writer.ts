import { BREAK, escapeCharacter } from './scalar-analysis.ts';
import { put, putBreak, writeIndent, writeIndicator, type Output } from './output.ts';

/** The column behind which a line is folded at the next space. */
const WIDTH = 80;

const isSpace = (char: string | undefined): boolean => char === ' ';

const isInner = (chars: readonly string[], index: number): boolean => index > 0 && index < chars.length - 1;

/** True when the text may be folded at the space at `index`. */
interface Fold {
  readonly chars: readonly string[];
  readonly index: number;
  readonly afterSpace: boolean;
}

function folds(out: Output, fold: Fold): boolean {
  return !fold.afterSpace && out.column > WIDTH && !isSpace(fold.chars[fold.index + 1]);
}

/** Unquoted text. `mayFold` is off for keys. */
export function writePlain(out: Output, text: string, mayFold: boolean): void {
  if (!out.whitespace) put(out, ' ');
  if (!mayFold || out.column + text.length <= WIDTH) {
    put(out, text);
    out.whitespace = false;
    out.indention = false;
    return;
  }
  const chars = [...text];
  let afterSpace = false;
  for (const [index, char] of chars.entries()) {
    if (isSpace(char)) {
      if (mayFold && folds(out, { chars, index, afterSpace })) writeIndent(out);
      else put(out, char);
      afterSpace = true;
      continue;
    }
    put(out, char);
    out.indention = false;
    afterSpace = false;
  }
  out.whitespace = false;
  out.indention = false;
}

function writeBreak(out: Output, char: string): void {
  if (char === '\n') putBreak(out);
  else {
    put(out, char);
    out.column = 0;
  }
}

/** What stood before the character that is written. */
interface Before {
  space: boolean;
  lineBreak: boolean;
}

/** A character that is neither blank nor break, inside single quotes. */
function writeQuotedCharacter(out: Output, char: string, before: Before): void {
  if (before.lineBreak) writeIndent(out);
  put(out, char === "'" ? "''" : char);
  out.indention = false;
  before.space = false;
  before.lineBreak = false;
}

function writeQuotedBreak(out: Output, char: string, before: Before): void {
  if (!before.lineBreak && char === '\n') putBreak(out);
  writeBreak(out, char);
  out.indention = true;
  before.lineBreak = true;
}

/** Text in single quotes. */
export function writeSingleQuoted(out: Output, text: string, mayFold: boolean): void {
  writeIndicator(out, "'", { needsSpace: true });
  const chars = [...text];
  const before: Before = { space: false, lineBreak: false };
  for (const [index, char] of chars.entries()) {
    if (!isSpace(char)) {
      if (BREAK.test(char)) writeQuotedBreak(out, char, before);
      else writeQuotedCharacter(out, char, before);
      continue;
    }
    if (mayFold && isInner(chars, index) && folds(out, { chars, index, afterSpace: before.space })) writeIndent(out);
    else put(out, char);
    before.space = true;
  }
  writeIndicator(out, "'", {});
}

/** Text in double quotes. */
export function writeDoubleQuoted(out: Output, text: string, mayFold: boolean): void {
  writeIndicator(out, '"', { needsSpace: true });
  const chars = [...text];
  // compat(lang-0722): behind a byte order mark at the very beginning every character is escaped.
  const always = chars[0] === '\ufeff';
  let afterSpace = false;
  for (const [index, char] of chars.entries()) {
    const space = isSpace(char) && !always;
    const free = mayFold && space && !afterSpace;
    if (free && isInner(chars, index) && out.column > WIDTH) {
      writeIndent(out);
      put(out, isSpace(chars[index + 1]) ? '\\' : '');
    } else put(out, space ? char : escapeCharacter(char, always));
    afterSpace = space;
  }
  writeIndicator(out, '"', {});
}

function chomping(text: string): string {
  if (!BREAK.test(text.charAt(text.length - 1))) return '-';
  return text.length === 1 || BREAK.test(text.charAt(text.length - 2)) ? '+' : '';
}

/** Text as a literal block. */
export function writeLiteral(out: Output, text: string): void {
  writeIndicator(out, '|', { needsSpace: true });
  const first = text.charAt(0);
  put(out, `${isSpace(first) || BREAK.test(first) ? '2' : ''}${chomping(text)}`);
  putBreak(out);
  out.indention = true;
  out.whitespace = true;
  let afterBreak = true;
  for (const char of text) {
    if (BREAK.test(char)) {
      writeBreak(out, char);
      out.indention = true;
      afterBreak = true;
    } else {
      if (afterBreak) writeIndent(out);
      put(out, char);
      out.indention = false;
      afterBreak = false;
    }
  }
}
