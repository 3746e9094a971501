/** What a text allows: in which of YAML's styles it comes back as the same text. */
export interface ScalarAnalysis {
  readonly multiline: boolean;
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
}

/** YAML's line breaks. */
export const BREAK = /[\n\r\u0085\u2028\u2029]/;

// compat(lang-0721): a tab and characters beyond the basic plane count as unprintable, so they force double quotes.
// U+2028 and U+2029 are added: Go writes them as they are, but readers of YAML 1.2 do not take them for line breaks.
const UNPRINTABLE = /[^\n\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
const FIRST_INDICATORS = new Set('#,[]{}&*!|>\'"%@`');

/** Marks that mean something where they stand first. */
function startsWithIndicator(text: string): boolean {
  const first = text.charAt(0);
  if (FIRST_INDICATORS.has(first) || text.startsWith('---') || text.startsWith('...')) return true;
  return (first === '?' || first === ':' || first === '-') && /^.(?:[ \t]|$)/su.test(text);
}

/** `: ` and ` #` end a plain text. */
function hasInnerIndicator(text: string): boolean {
  return /[^]:(?:[ \t]|$)|[ \t\n\r\u0085\u2028\u2029]#/.test(text);
}

/** Blanks and breaks at either end. */
function hasLooseEnds(text: string): boolean {
  const [first, last] = [text.charAt(0), text.charAt(text.length - 1)];
  return [first, last].some((char) => char === ' ' || BREAK.test(char));
}

/** Looks at a text as libyaml does before it writes it. */
export function analyzeScalar(text: string): ScalarAnalysis {
  if (text === '') return { multiline: false, plain: true, single: true, block: false };
  const multiline = BREAK.test(text);
  const spaceBehindBreak = /[\n\r\u0085\u2028\u2029] /.test(text);
  const special = / [\n\r\u0085\u2028\u2029]/.test(text) || UNPRINTABLE.test(text);
  const indicators = startsWithIndicator(text) || hasInnerIndicator(text);
  const single = !(spaceBehindBreak || special);
  return {
    multiline,
    plain: single && !(multiline || indicators || hasLooseEnds(text)),
    single,
    block: !(special || text.endsWith(' ')),
  };
}

const ESCAPES = new Map([
  ['\0', '\\0'],
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\v', '\\v'],
  ['\f', '\\f'],
  ['\r', '\\r'],
  ['\u001b', '\\e'],
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\u0085', '\\N'],
  ['\u2028', '\\L'],
  ['\u2029', '\\P'],
]);

/** One character inside double quotes; `always` escapes it even when there is no need. */
export function escapeCharacter(char: string, always: boolean): string {
  const known = ESCAPES.get(char);
  if (known !== undefined) return known;
  if (!always && !UNPRINTABLE.test(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
