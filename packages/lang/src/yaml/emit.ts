import { isObject } from '@argosy/std';
import { byteLength, formatGoFloat } from '../gofmt/index.ts';
import { parseGoBigInteger, parseGoFloat } from './go-schema.ts';
import { compareKeys } from './key-order.ts';
import { newOutput, putBreak, writeIndent, writeIndicator, type Output } from './output.ts';
import { analyzeScalar } from './scalar-analysis.ts';
import { writeDoubleQuoted, writeLiteral, writePlain, writeSingleQuoted } from './scalar-writer.ts';

/**
 * Writes YAML byte for byte as Go's library does (goyaml v2, as Kubernetes and Helm use it): keys in natural order,
 * sequences not indented under their key, text quoted only where it would read back as something else, long lines
 * folded behind column 80.
 */
const INDENT = 2;

/** The longest key that stands on one line with its value, in bytes. */
const SIMPLE_KEY_BYTES = 128;

/** Words that read back as booleans or null. */
const RESERVED = new Set(
  ['y', 'yes', 'true', 'on', 'n', 'no', 'false', 'off', 'null']
    .flatMap((word) => [word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()])
    .concat('', '~'),
);
const TIMESTAMP =
  /^\d{4}-(\d{1,2})-(\d{1,2})$|^\d{4}-(\d{1,2})-(\d{1,2})(?:[Tt]|\s+)\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?\s*(?:Z|[-+]\d{1,2}(?::?\d{2})?)$/;
const ZONELESS_TIMESTAMP = /^\d{4}-(\d{1,2})-(\d{1,2}) \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?$/;
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

function isTimestamp(text: string): boolean {
  const match = TIMESTAMP.exec(text) ?? ZONELESS_TIMESTAMP.exec(text);
  if (match === null) return false;
  const [month, day] = [Number(match[1] ?? match[3]), Number(match[2] ?? match[4])];
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/** True when unquoted text would not come back as the same text. */
function resolvesToOther(text: string): boolean {
  if (RESERVED.has(text)) return true;
  if (!/^[-+.0-9]/.test(text)) return false;
  const number = parseGoBigInteger(text) ?? parseGoFloat(text);
  return number !== undefined || isTimestamp(text) || BASE_60.test(text);
}

type Style = 'plain' | 'single' | 'double' | 'literal';

function styleOf(text: string, isKey: boolean): Style {
  const may = analyzeScalar(text);
  if (isKey && may.multiline) return 'double';
  if (text.includes('\n')) return may.block && !isKey ? 'literal' : 'double';
  if (resolvesToOther(text)) return 'double';
  if (may.plain) return 'plain';
  return may.single ? 'single' : 'double';
}

function writeText(out: Output, text: string, isKey: boolean): void {
  const before = out.indent;
  // The continuation of a scalar stands one level deeper.
  out.indent = before < 0 ? INDENT : before + INDENT;
  const style = styleOf(text, isKey);
  if (style === 'literal') writeLiteral(out, text);
  else if (style === 'plain') writePlain(out, text, !isKey);
  else if (style === 'single') writeSingleQuoted(out, text, !isKey);
  else writeDoubleQuoted(out, text, !isKey);
  out.indent = before;
}

/** Integers up to what 64 bits hold stay integers; everything else is a float64 as strconv writes it. */
function formatNumber(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  const integral = Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 64;
  return integral ? String(BigInt(value)) : formatGoFloat(value, 'g', -1);
}

function scalarText(value: unknown): string {
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : 'null';
}

type Members = readonly (readonly [string, unknown])[];

function membersOf(value: { readonly [key: string]: unknown }): Members {
  return Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .toSorted(compareKeys)
    .map((key) => [key, value[key]]);
}

/** Runs `work` one level deeper. `level` is false where a sequence stays at its key's indentation. */
function indented(out: Output, level: boolean, work: () => void): void {
  const before = out.indent;
  if (before < 0) out.indent = 0;
  else if (level) out.indent = before + INDENT;
  work();
  out.indent = before;
}

function isSimpleKey(key: string): boolean {
  return !analyzeScalar(key).multiline && byteLength(key) <= SIMPLE_KEY_BYTES;
}

function writeMapping(out: Output, members: Members): void {
  indented(out, true, () => {
    for (const [key, value] of members) {
      writeIndent(out);
      if (isSimpleKey(key)) {
        writeText(out, key, true);
        writeIndicator(out, ':', {});
      } else {
        writeIndicator(out, '?', { needsSpace: true, isIndention: true });
        writeText(out, key, false);
        writeIndent(out);
        writeIndicator(out, ':', { needsSpace: true, isIndention: true });
      }
      writeValue(out, value, true);
    }
  });
}

function writeSequence(out: Output, items: readonly unknown[], inMapping: boolean): void {
  indented(out, out.indentSequences || !(inMapping && !out.indention), () => {
    for (const item of items) {
      writeIndent(out);
      writeIndicator(out, '-', { needsSpace: true, isIndention: true });
      writeValue(out, item, false);
    }
  });
}

function writeEmpty(out: Output, brackets: string): void {
  writeIndicator(out, brackets.charAt(0), { needsSpace: true, isSpace: true });
  writeIndicator(out, brackets.charAt(1), {});
}

function writeValue(out: Output, value: unknown, inMapping: boolean): void {
  if (typeof value === 'string') writeText(out, value, false);
  else if (Array.isArray(value)) {
    if (value.length === 0) writeEmpty(out, '[]');
    else writeSequence(out, value, inMapping);
  } else if (isObject(value)) {
    const members = membersOf(value);
    if (members.length === 0) writeEmpty(out, '{}');
    else writeMapping(out, members);
  } else writePlain(out, scalarText(value), false);
}

/**
 * One JSON value as YAML text with a final line break. `undefined` members are left out. `indentSequences` writes lists
 * one level deeper than their key, as go-yaml 3 does.
 */
export function formatYaml(value: unknown, style: { readonly indentSequences?: boolean } = {}): string {
  const out = newOutput(style.indentSequences);
  writeValue(out, value, false);
  if (out.column > 0) putBreak(out);
  return out.parts.join('');
}
