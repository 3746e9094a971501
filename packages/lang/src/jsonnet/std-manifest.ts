import { isObject, type JsonValue } from '@argosy/std';
import { parseYamlDocuments } from '../yaml/index.ts';
import { fromJson } from './from-json.ts';
import { printLine, toJson, toText } from './manifest.ts';
import type { NativeTable } from './native.ts';
import { JsonnetObject } from './object.ts';
import { formatNumber, printLines, quoteJson, sortedNames } from './print.ts';
import type { Runtime } from './runtime.ts';
import { formatToml } from './toml-text.ts';
import { JsonnetArray, typeName, type Lazy, type Value } from './value.ts';
import { formatYamlValue, type YamlStyle } from './yaml-text.ts';

function showPath(path: readonly (string | number)[]): string {
  return printLine([...path]);
}

function manifested(value: Value, runtime: Runtime): JsonValue {
  return toJson(value, runtime, (path) => `Tried to manifest function at ${showPath(path)}`);
}

function json(value: Value, texts: readonly string[], runtime: Runtime): string {
  const [indent = '', newline = '', keySeparator = ''] = texts;
  const tree = manifested(value, runtime);
  return runtime.text(printLines(tree, { indent, newline, keySeparator, itemSeparator: `,${newline}` }));
}

/** Minified JSON: empty lists and objects are two characters, because the line break is empty. */
const MINIFIED = ['', '', ':'];

function yamlStyle(indentLists: Value, quoteNames: Value, runtime: Runtime): YamlStyle {
  return { indentLists: runtime.boolean(indentLists), quoteNames: runtime.boolean(quoteNames) };
}

function yamlStream(values: readonly [Value, Value, Value, Value, Value], runtime: Runtime): string {
  const [list, indentLists, end, quoteNames] = values;
  if (!(list instanceof JsonnetArray)) {
    throw runtime.error(`manifestYamlStream only takes arrays, got ${typeName(list)}`);
  }
  const style = yamlStyle(indentLists, quoteNames, runtime);
  const documents = list.items.map((item) => formatYamlValue(manifested(runtime.force(item), runtime), style));
  return runtime.text(`---\n${documents.join('\n---\n')}${runtime.boolean(end) ? '\n...\n' : '\n'}`);
}

function python(value: JsonValue): string {
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(python).join(', ')}]`;
  if (isObject(value)) {
    const object = value as { [key: string]: JsonValue };
    return `{${sortedNames(object)
      .map((name) => `${quoteJson(name)}: ${python(object[name] ?? null)}`)
      .join(', ')}}`;
  }
  if (typeof value === 'string') return quoteJson(value);
  if (typeof value === 'number') return formatNumber(value);
  return value === null ? 'None' : value === true ? 'True' : 'False';
}

function pythonTree(value: Value, runtime: Runtime): JsonValue {
  return toJson(value, runtime, () => 'cannot manifest function');
}

function pythonVariables(value: Value, runtime: Runtime): string {
  if (!(value instanceof JsonnetObject)) throw runtime.typeError(value, 'object');
  const tree = pythonTree(value, runtime) as { [key: string]: JsonValue };
  return sortedNames(tree)
    .map((name) => `${name} = ${python(tree[name] ?? null)}\n`)
    .join('');
}

function iniLines(body: Value, runtime: Runtime): readonly string[] {
  if (!(body instanceof JsonnetObject)) throw runtime.typeError(body, 'object');
  const lines: string[] = [];
  for (const name of body.names(false)) {
    const value = body.get(name, runtime);
    const values: readonly Lazy[] = value instanceof JsonnetArray ? value.items : [value];
    for (const item of values) lines.push(`${name} = ${toText(runtime.force(item), runtime)}`);
  }
  return lines;
}

function ini(value: Value, runtime: Runtime): string {
  if (!(value instanceof JsonnetObject)) throw runtime.typeError(value, 'object');
  const lines = value.has('main', false) ? [...iniLines(value.get('main', runtime), runtime)] : [];
  const sections = value.get('sections', runtime);
  if (!(sections instanceof JsonnetObject)) throw runtime.typeError(sections, 'object');
  for (const name of sections.names(false)) {
    lines.push(`[${name}]`, ...iniLines(sections.get(name, runtime), runtime));
  }
  return runtime.text([...lines, ''].join('\n'));
}

function toml(value: Value, indent: string, runtime: Runtime): string {
  if (!(value instanceof JsonnetObject)) throw runtime.error(`TOML body must be an object. Got ${typeName(value)}`);
  const tree = manifested(value, runtime) as { [key: string]: JsonValue };
  const refuse = (message: string): Error => runtime.error(message);
  return runtime.text(formatToml(tree, { indent, refuse, showPath }));
}

/** `['tag', {attributes}, children…]` as XML; nothing is escaped, as upstream. */
function xml(value: Value, runtime: Runtime): string {
  if (typeof value === 'string') return value;
  const { items } = runtime.array(value);
  runtime.enter('builtin function <manifestXmlJsonml>');
  const [tag, second, ...rest] = items;
  if (tag === undefined) throw runtime.error('Index 0 out of bounds, not within [0, 0)');
  const first = second === undefined ? undefined : runtime.force(second);
  const attributes = first instanceof JsonnetObject ? first : undefined;
  const children = attributes === undefined && second !== undefined ? [second, ...rest] : rest;
  const name = runtime.string(runtime.force(tag));
  const shown = (attributes?.names(false) ?? []).map(
    (key) => ` ${key}="${toText(attributes?.get(key, runtime) ?? null, runtime)}"`,
  );
  const inner = children.map((child) => xml(runtime.force(child), runtime)).join('');
  runtime.leave();
  return runtime.text(`<${name}${shown.join('')}>${inner}</${name}>`);
}

function parseJson(text: string, runtime: Runtime): Value {
  runtime.step(text.length);
  try {
    return fromJson(JSON.parse(text) as JsonValue);
  } catch (error) {
    if (error instanceof SyntaxError) throw runtime.error(`failed to parse JSON: ${error.message}`);
    throw error;
  }
}

/** One document gives its value, several a list; as go-jsonnet, no document gives null. */
function parseYaml(text: string, runtime: Runtime): Value {
  runtime.step(text.length);
  const parsed = parseYamlDocuments(text);
  if (!parsed.ok) throw runtime.error(`failed to parse YAML: ${parsed.error.message}`);
  const values = parsed.value.map((document) => fromJson(document.value));
  const isStream = values.length > 1 || /^---/m.test(text);
  return isStream ? runtime.list(values) : (values[0] ?? null);
}

function resolvePath(file: Value, relative: Value, runtime: Runtime): string {
  const parts = runtime.string(file).split('/');
  return [...parts.slice(0, -1), runtime.string(relative)].join('/');
}

/** Values to text and back. */
export const MANIFEST: NativeTable = {
  'manifestJson(value)': ([value], runtime) => json(value, ['    ', '\n', ': '], runtime),
  'manifestJsonMinified(value)': ([value], runtime) => json(value, MINIFIED, runtime),
  'manifestJsonEx(value, indent, newline="\\n", key_val_sep=": ")': ([value, indent, newline, separator], runtime) =>
    json(value, [runtime.string(indent), runtime.string(newline), runtime.string(separator)], runtime),
  'manifestYamlDoc(value, indent_array_in_object=false, quote_keys=true)': ([value, lists, names], runtime) =>
    runtime.text(formatYamlValue(manifested(value, runtime), yamlStyle(lists, names, runtime))),
  'manifestYamlStream(value, indent_array_in_object=false, c_document_end=true, quote_keys=true)': yamlStream,
  'manifestPython(v)': ([value], runtime) => runtime.text(python(pythonTree(value, runtime))),
  'manifestPythonVars(conf)': ([value], runtime) => runtime.text(pythonVariables(value, runtime)),
  'manifestIni(ini)': ([value], runtime) => ini(value, runtime),
  'manifestToml(value)': ([value], runtime) => toml(value, '  ', runtime),
  'manifestTomlEx(value, indent)': ([value, indent], runtime) => toml(value, runtime.string(indent), runtime),
  'manifestXmlJsonml(value)': ([value], runtime) => {
    if (value instanceof JsonnetArray) return xml(value, runtime);
    throw runtime.error(`Expected a JSONML value (an array), got ${typeName(value)}`);
  },
  'parseJson(str)': ([text], runtime) => parseJson(runtime.string(text), runtime),
  'parseYaml(str)': ([text], runtime) => parseYaml(runtime.string(text), runtime),
  'resolvePath(f, r)': ([file, relative], runtime) => resolvePath(file, relative, runtime),
};
