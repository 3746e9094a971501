import { isObject, type JsonValue } from '@argosy/std';
import { compareCodePoints } from './object.ts';

/** From here on not every whole number is a double; below, JavaScript prints whole numbers exactly. */
const EXACT_WHOLE = 2 ** 53;

/** A number as Jsonnet prints it: whole numbers in full, others as C's `%.17g`. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value)) {
    if (Object.is(value, -0)) return '-0';
    return Math.abs(value) < EXACT_WHOLE ? String(value) : BigInt(value).toString();
  }
  const short = String(value);
  // Fifteen digits or fewer may still differ at the seventeenth; only halves, quarters and the like are exact.
  if (Number.isInteger(value * 1024) && Math.abs(value) < 1e6) return short;
  return formatGeneral(value);
}

function formatGeneral(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const [digits = '', exponentText = '0'] = value.toExponential(16).split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 17) return trimZeros(value.toFixed(Math.min(100, 16 - exponent)));
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${trimZeros(digits)}e${exponent < 0 ? '-' : '+'}${size}`;
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);
// eslint-disable-next-line no-control-regex -- control characters are what has to be found
const TO_ESCAPE = /["\\\u0000-\u001f\u007f-\u009f]/g;

/** A string in double quotes; control characters up to U+009F are escaped. */
export function quoteJson(text: string): string {
  const escape = (character: string): string =>
    ESCAPES.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${text.replace(TO_ESCAPE, escape)}"`;
}

/** How JSON is laid out. */
export interface JsonLayout {
  readonly indent: string;
  readonly newline: string;
  readonly keySeparator: string;
  readonly itemSeparator: string;
  // compat(lang-0605): std.manifestJsonEx writes two line breaks between the brackets of an empty list or object.
  /** What stands inside an empty list or object; without it, two line breaks and the indentation. */
  readonly empty?: string;
}

/** The layout of the command-line tool: three spaces. */
export const TOOL_LAYOUT: JsonLayout = Object.freeze({
  indent: '   ',
  newline: '\n',
  keySeparator: ': ',
  itemSeparator: ',\n',
  empty: ' ',
});

/** The names of an object in the order Jsonnet prints them. */
export function sortedNames(object: { readonly [key: string]: unknown }): readonly string[] {
  return Object.keys(object).sort(compareCodePoints);
}

/** JSON in a layout, names sorted. */
export function printLines(value: JsonValue, layout: JsonLayout): string {
  const parts: string[] = [];
  write(value, '', { layout, parts });
  return parts.join('');
}

interface Output {
  readonly layout: JsonLayout;
  readonly parts: string[];
}

function write(value: JsonValue, indent: string, output: Output): void {
  if (Array.isArray(value)) {
    writeMembers(value as readonly JsonValue[], ['[', ']', indent], output);
  } else if (isObject(value)) {
    writeMembers(
      sortedNames(value).map((name) => [name, value[name]] as const),
      ['{', '}', indent],
      output,
    );
  } else output.parts.push(printScalar(value as null | boolean | number | string));
}

function printScalar(value: null | boolean | number | string): string {
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'string' ? quoteJson(value) : String(value);
}

function writeMembers(members: readonly unknown[], shape: readonly [string, string, string], output: Output): void {
  const { layout, parts } = output;
  const [open, close, indent] = shape;
  if (members.length === 0) {
    parts.push(open, layout.empty ?? `${layout.newline}${layout.newline}${indent}`, close);
    return;
  }
  const inner = indent + layout.indent;
  parts.push(open, layout.newline);
  members.forEach((member, index) => {
    if (index > 0) parts.push(layout.itemSeparator);
    parts.push(inner);
    if (open === '{') {
      const [name, item] = member as readonly [string, JsonValue];
      parts.push(quoteJson(name), layout.keySeparator);
      write(item, inner, output);
    } else write(member as JsonValue, inner, output);
  });
  parts.push(layout.newline, indent, close);
}
