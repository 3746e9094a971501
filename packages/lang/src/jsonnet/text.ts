// Jsonnet counts strings in code points; JavaScript in UTF-16 units. Most text has no surrogates: then both agree.
const SURROGATE = /[\ud800-\udfff]/;

/** True if code points and UTF-16 units differ. */
export function hasAstral(text: string): boolean {
  return SURROGATE.test(text);
}

/** Length in code points. */
export function codePointLength(text: string): number {
  if (!hasAstral(text)) return text.length;
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** The code points of a text as strings. */
export function characters(text: string): readonly string[] {
  return hasAstral(text) ? [...text] : text.split('');
}

/** The part from code point `from` up to `to`. */
export function sliceCodePoints(text: string, from: number, to: number): string {
  return hasAstral(text) ? [...text].slice(from, to).join('') : text.slice(from, to);
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text in which halves of surrogate pairs that stand alone have become the replacement character. */
export function wellFormed(text: string): string {
  return hasAstral(text) ? text.replace(LONE_SURROGATE, '\ufffd') : text;
}
