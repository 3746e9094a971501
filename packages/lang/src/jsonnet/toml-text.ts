import { isObject, type JsonValue } from '@argosy/std';
import { formatNumber, quoteJson, sortedNames } from './print.ts';

type Path = readonly (string | number)[];

/** How TOML is written, and how a value without a TOML form is refused. */
export interface TomlStyle {
  readonly indent: string;
  readonly refuse: (message: string) => Error;
  /** The path of a refused value, as JSON. */
  readonly showPath: (path: Path) => string;
}

interface Place {
  readonly path: Path;
  readonly indent: string;
}

function tomlName(name: string): string {
  return /^[A-Za-z0-9_-]*$/.test(name) ? name : quoteJson(name);
}

function isTableList(value: JsonValue | undefined): value is readonly { [key: string]: JsonValue }[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => isObject(item));
}

function isSection(value: JsonValue | undefined): boolean {
  return isObject(value) || isTableList(value);
}

function scalar(value: JsonValue, path: Path, style: TomlStyle): string {
  if (typeof value === 'string') return quoteJson(value);
  if (typeof value === 'number') return formatNumber(value);
  if (value === null) throw style.refuse(`Tried to manifest "null" at ${style.showPath(path)}`);
  return String(value as boolean);
}

function inline(value: JsonValue, path: Path, style: TomlStyle): string {
  if (Array.isArray(value)) {
    const items = (value as readonly JsonValue[]).map((item, index) => inline(item, [...path, index], style));
    return items.length === 0 ? '[]' : `[ ${items.join(', ')} ]`;
  }
  if (!isObject(value)) return scalar(value, path, style);
  const object = value as { [key: string]: JsonValue };
  const part = (name: string): string => `${tomlName(name)} = ${inline(object[name] ?? null, [...path, name], style)}`;
  return `{ ${sortedNames(object).map(part).join(', ')} }`;
}

function block(value: JsonValue, place: Place, style: TomlStyle): string {
  if (!Array.isArray(value) || value.length === 0) return inline(value, place.path, style);
  const inner = place.indent + style.indent;
  const items = (value as readonly JsonValue[]).map(
    (item, index) => inner + inline(item, [...place.path, index], style),
  );
  return `[\n${items.join(',\n')}\n${place.indent}]`;
}

function tableBody(table: { readonly [key: string]: JsonValue }, place: Place, style: TomlStyle): string {
  const names = sortedNames(table);
  const own = names.filter((name) => !isSection(table[name]));
  const lines = own.map((name) => {
    const at = { path: [...place.path, name], indent: place.indent };
    return `${place.indent}${tomlName(name)} = ${block(table[name] ?? null, at, style)}`;
  });
  const sections = names
    .filter((name) => isSection(table[name]))
    .map((name) => section(table[name] ?? null, { path: [...place.path, name], indent: place.indent }, style));
  return [lines.join('\n'), ...sections].join('\n\n');
}

function section(value: JsonValue, place: Place, style: TomlStyle): string {
  const name = place.path
    .filter((part) => typeof part === 'string')
    .map((part) => tomlName(part))
    .join('.');
  const table = (item: { readonly [key: string]: JsonValue }, heading: string, path: Path): string => {
    const gap = Object.keys(item).length === 0 ? '' : '\n';
    return place.indent + heading + gap + tableBody(item, { path, indent: place.indent + style.indent }, style);
  };
  if (!isTableList(value)) return table(value as { [key: string]: JsonValue }, `[${name}]`, place.path);
  return value.map((item, index) => table(item, `[[${name}]]`, [...place.path, index])).join('\n\n');
}

/** A TOML document from an object. */
export function formatToml(value: { readonly [key: string]: JsonValue }, style: TomlStyle): string {
  return tableBody(value, { path: [], indent: '' }, style);
}
