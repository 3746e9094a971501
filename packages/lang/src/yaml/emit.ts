import { compareText, isObject } from '@argosy/std';
import { parseGoFloat, parseGoInteger } from './go-schema.ts';

/**
 * Writes YAML in the form that Go's library gives (goyaml v2, as Kubernetes and Helm use it): keys sorted, sequences
 * not indented under their key, text quoted only where it would read back as something else, no folding of lines.
 */

const INDENT = 2;

/** Words that read back as booleans or null. */
const RESERVED = new Set(
  ['y', 'yes', 'true', 'on', 'n', 'no', 'false', 'off', 'null']
    .flatMap((word) => [word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()])
    .concat('', '~', '<<'),
);
const TIMESTAMP =
  /^\d{4}-\d{1,2}-\d{1,2}$|^\d{4}-\d{1,2}-\d{1,2}([Tt]|\s+)\d{1,2}:\d{1,2}:\d{1,2}(\.\d*)?\s*(Z|[-+]\d{1,2}(:?\d{2})?)?$/;
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** True when unquoted text would not come back as the same text. */
function resolvesToOther(text: string): boolean {
  return (
    RESERVED.has(text) ||
    parseGoInteger(text) !== undefined ||
    parseGoFloat(text) !== undefined ||
    TIMESTAMP.test(text) ||
    BASE_60.test(text)
  );
}

const FIRST_INDICATORS = new Set('#,[]{}&*!|>\'"%@`');
// Line breaks that YAML knows beside \n, and the byte order mark.
const SPECIAL = /[^\t\n\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]|\ufeff/u;
const OTHER_BREAK = /[\r\u0085\u2028\u2029]/;

interface Analysis {
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
}

/** Marks that end or start something when they stand first. */
function startsWithIndicator(text: string): boolean {
  const [first, second] = [text.charAt(0), text.charAt(1)];
  if (FIRST_INDICATORS.has(first)) return true;
  const blankFollows = second === '' || /\s/.test(second);
  return (first === '-' || first === '?' || first === ':') && blankFollows;
}

/** Marks inside plain text that would end it or start a comment or document. */
function hasInnerIndicator(text: string): boolean {
  return /:(\s|$)|\s#/.test(text) || /^(---|\.\.\.)(\s|$)/.test(text);
}

function analyze(text: string): Analysis {
  const unprintable = SPECIAL.test(text) || OTHER_BREAK.test(text);
  const spaceBeforeBreak = text.includes(' \n');
  const edges = /^$|^ | $|\n/.test(text);
  const single = !unprintable && !text.includes('\t') && !spaceBeforeBreak;
  return {
    plain: single && !edges && !hasInnerIndicator(text) && !startsWithIndicator(text),
    single,
    block: !unprintable && !text.endsWith(' ') && !spaceBeforeBreak,
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
  ['\ufeff', '\\uFEFF'],
]);

function escapeCharacter(char: string): string {
  const known = ESCAPES.get(char);
  if (known !== undefined) return known;
  if (!SPECIAL.test(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function doubleQuoted(text: string): string {
  return `"${[...text].map(escapeCharacter).join('')}"`;
}

function literalBlock(text: string, indent: number): string {
  const body = text.replace(/\n+$/, '');
  const trailing = text.length - body.length;
  const chomp = trailing === 0 ? '-' : trailing === 1 && body !== '' ? '' : '+';
  const hint = /^[ \n]/.test(text) ? String(INDENT) : '';
  const pad = ' '.repeat(indent);
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  return `|${hint}${chomp}\n${lines.map((line) => (line === '' ? '' : pad + line)).join('\n')}`;
}

/** A text scalar. `block` tells whether a literal block may stand here (not in keys). */
function formatText(text: string, indent: number, block: boolean): string {
  const may = analyze(text);
  if (text.includes('\n')) return block && may.block ? literalBlock(text, indent) : doubleQuoted(text);
  if (resolvesToOther(text)) return doubleQuoted(text);
  if (may.plain) return text;
  return may.single ? `'${text.replaceAll("'", "''")}'` : doubleQuoted(text);
}

/** Numbers as Go prints float64 in YAML: shortest form, exponents from 1e+21 and below 1e-4… on. */
function formatNumber(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value);
  const [digits = '', exponent] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 21) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function formatScalar(value: unknown, indent: number): string {
  if (typeof value === 'string') return formatText(value, indent, true);
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : 'null';
}

type Members = readonly (readonly [string, unknown])[];

function membersOf(value: { readonly [key: string]: unknown }): Members {
  return Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort(compareText)
    .map((key) => [key, value[key]]);
}

function emitMapping(members: Members, indent: number, out: string[]): void {
  const pad = ' '.repeat(indent);
  for (const [key, value] of members) {
    const name = `${pad}${formatText(key, indent, false)}:`;
    emitUnder({ head: name, value, indent, sequenceIndent: indent }, out);
  }
}

function emitSequence(items: readonly unknown[], indent: number, out: string[]): void {
  const pad = ' '.repeat(indent);
  for (const item of items) {
    const nested: string[] = [];
    const collection = (Array.isArray(item) && item.length > 0) || (isObject(item) && membersOf(item).length > 0);
    if (collection) emitValue(item, indent + INDENT, nested);
    // The first line of a nested collection moves up behind the dash.
    if (collection) out.push(`${pad}- ${(nested[0] ?? '').slice(indent + INDENT)}`, ...nested.slice(1));
    else out.push(`${pad}- ${emptyOrScalar(item, indent + INDENT)}`);
  }
}

function emptyOrScalar(value: unknown, indent: number): string {
  if (Array.isArray(value)) return '[]';
  return isObject(value) ? '{}' : formatScalar(value, indent);
}

interface Place {
  readonly head: string;
  readonly value: unknown;
  readonly indent: number;
  readonly sequenceIndent: number;
}

function emitUnder(place: Place, out: string[]): void {
  const { head, value } = place;
  if (Array.isArray(value) && value.length > 0) {
    out.push(head);
    emitSequence(value, place.sequenceIndent, out);
  } else if (isObject(value) && membersOf(value).length > 0) {
    out.push(head);
    emitMapping(membersOf(value), place.indent + INDENT, out);
  } else {
    out.push(`${head} ${emptyOrScalar(value, place.indent + INDENT)}`);
  }
}

function emitValue(value: unknown, indent: number, out: string[]): void {
  if (Array.isArray(value) && value.length > 0) emitSequence(value, indent, out);
  else if (isObject(value) && membersOf(value).length > 0) emitMapping(membersOf(value), indent, out);
  else out.push(emptyOrScalar(value, indent));
}

/** One JSON value as YAML text with a final line break. `undefined` members are left out. */
export function formatYaml(value: unknown): string {
  const out: string[] = [];
  emitValue(value, 0, out);
  return `${out.join('\n')}\n`;
}
