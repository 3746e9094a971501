import { isObject, type JsonValue } from '@argosy/std';
import { formatNumber, quoteJson, sortedNames } from './print.ts';

/** How `std.manifestYamlDoc` writes. */
export interface YamlStyle {
  /** Indent a list inside of an object. */
  readonly indentLists: boolean;
  /** Quote every name, also those that would be safe bare. */
  readonly quoteNames: boolean;
}

const RESERVED = new Set('true false yes no on off y n .nan -.inf +.inf .inf null - ---'.split(' ').concat(''));

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function startsNumber(name: string, prefix: string): boolean {
  return name.startsWith(prefix) || name.startsWith(`-${prefix}`);
}

/** Shapes that Jsonnet takes for a number or a date: characters, and how often `-`, `.` and `e` may occur. */
const NUMBER_SHAPES: readonly ((name: string, dashes: number) => boolean)[] = [
  (name, dashes) => /^[0-9-]+$/.test(name) && dashes === 2,
  (name, dashes) => /^[0-9_-]+$/.test(name) && dashes < 2,
  (name) => /^[0-9b_-]+$/.test(name) && name.length > 2 && startsNumber(name, '0b'),
  (name, dashes) => /^[0-9e._-]+$/.test(name) && count(name, '.') === 1 && dashes < 3 && count(name, 'e') < 2,
  (name, dashes) => /^[0-9a-fx_-]+$/.test(name) && dashes < 2 && name.length > 2 && startsNumber(name, '0x'),
];

/** Words that a YAML reader would take for a number or a date; the tests are Jsonnet's, wider than YAML's. */
function looksLikeNumber(name: string): boolean {
  const lower = name.toLowerCase();
  return NUMBER_SHAPES.some((matches) => matches(lower, count(lower, '-')));
}

function yamlName(name: string, style: YamlStyle): string {
  const bare = /^[a-zA-Z0-9_./-]+$/.test(name) && !RESERVED.has(name.toLowerCase()) && !looksLikeNumber(name);
  return bare && !style.quoteNames ? name : quoteJson(name);
}

function yamlString(text: string, indent: string): string {
  if (text === '') return '""';
  if (!text.endsWith('\n')) return quoteJson(text);
  return ['|', ...text.slice(0, -1).split('\n')].join(`\n${indent}  `);
}

/** A value as one YAML document, without a line break at the end. */
export function formatYamlValue(value: JsonValue, style: YamlStyle, indent = ''): string {
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'string') return yamlString(value, indent);
  if (Array.isArray(value)) return yamlList(value as readonly JsonValue[], style, indent);
  return isObject(value)
    ? yamlObject(value as { [key: string]: JsonValue }, style, indent)
    : String(value as boolean | null);
}

function isFilled(value: JsonValue | undefined): value is JsonValue & object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function yamlList(items: readonly JsonValue[], style: YamlStyle, indent: string): string {
  if (items.length === 0) return '[]';
  const part = (item: JsonValue): string => {
    const inner = isFilled(item) ? `${indent}  ` : indent;
    const space = isFilled(item) && Array.isArray(item) ? `\n${inner}` : ' ';
    return `-${space}${formatYamlValue(item, style, inner)}`;
  };
  return items.map(part).join(`\n${indent}`);
}

function yamlObject(object: { readonly [key: string]: JsonValue }, style: YamlStyle, indent: string): string {
  const names = sortedNames(object);
  if (names.length === 0) return '{}';
  const part = (name: string): string => {
    const item = object[name] ?? null;
    const deeper = Array.isArray(item) ? style.indentLists : true;
    const inner = isFilled(item) && deeper ? `${indent}  ` : indent;
    const space = isFilled(item) ? `\n${inner}` : ' ';
    return `${yamlName(name, style)}:${space}${formatYamlValue(item, style, inner)}`;
  };
  return names.map(part).join(`\n${indent}`);
}
