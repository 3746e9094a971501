import { isAscii } from './utf8.ts';

const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;
const NUMBER = /^\p{N}$/u;
const PUNCT = /^\p{P}$/u;
const UPPER = /^\p{Lu}$/u;
const TITLE = /^\p{Lt}$/u;
const LOWER = /^\p{Ll}$/u;
const PRINT = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const SPACE = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;

/** Go's unicode.IsLetter for one character. */
export const isLetter = (char: string): boolean => LETTER.test(char);
/** Go's unicode.IsDigit for one character. */
export const isDigit = (char: string): boolean => DIGIT.test(char);
/** Go's unicode.IsNumber for one character. */
export const isNumber = (char: string): boolean => NUMBER.test(char);
/** Go's unicode.IsPunct for one character. */
export const isPunct = (char: string): boolean => PUNCT.test(char);
/** Go's unicode.IsUpper for one character. */
export const isUpper = (char: string): boolean => UPPER.test(char);
/** Go's unicode.IsTitle for one character. */
export const isTitle = (char: string): boolean => TITLE.test(char);
/** Go's unicode.IsLower for one character. */
export const isLower = (char: string): boolean => LOWER.test(char);
/** Go's unicode.IsPrint for one character. */
export const isPrint = (char: string): boolean => PRINT.test(char);
/** Go's unicode.IsSpace for one character. */
export const isSpace = (char: string): boolean => SPACE.test(char);

/** One character to another by `map`, left alone where the platform would make several out of one, as Go does. */
function simple(char: string, map: (text: string) => string): string {
  const mapped = map(char);
  return [...mapped].length === 1 ? mapped : char;
}

/** Go's unicode.ToUpper of one character. */
export const upperChar = (char: string): string => simple(char, (text) => text.toUpperCase());
/** Go's unicode.ToLower of one character. */
export const lowerChar = (char: string): string => simple(char, (text) => text.toLowerCase());

/** Go's strings.ToUpper. */
export function upperText(text: string): string {
  return isAscii(text) ? text.toUpperCase() : Array.from(text, upperChar).join('');
}

/** Go's strings.ToLower. */
export function lowerText(text: string): string {
  return isAscii(text) ? text.toLowerCase() : Array.from(text, lowerChar).join('');
}

/** The largest and smallest form of the four digraphs that have a title case of their own. */
const TITLE_FORMS = new Map([
  ['DŽ', 'Dž'],
  ['dž', 'Dž'],
  ['Dž', 'Dž'],
  ['LJ', 'Lj'],
  ['lj', 'Lj'],
  ['Lj', 'Lj'],
  ['NJ', 'Nj'],
  ['nj', 'Nj'],
  ['Nj', 'Nj'],
  ['DZ', 'Dz'],
  ['dz', 'Dz'],
  ['Dz', 'Dz'],
]);

/** Go's unicode.ToTitle of one character. */
export function titleChar(char: string): string {
  return TITLE_FORMS.get(char) ?? upperChar(char);
}

/** Go's strings.TrimSpace. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charAt(start))) start += 1;
  while (end > start && isSpace(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
