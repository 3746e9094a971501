import { formatGoFloat, isRecord, type GoValue } from '@argosy/lang/gofmt';

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
]);

function quoted(text: string): string {
  const escaped = text.replaceAll(
    /["\\\p{Cc}]/gu,
    (char) => SHORT.get(char) ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}

const keyText = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key));

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const text = formatGoFloat(value, 'f', -1);
  return text.includes('.') ? text : `${text}.0`;
}

function inline(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return floatText(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (!isRecord(value)) return String(value);
  const members = Object.keys(value)
    .sort()
    .filter((key) => value[key] !== null)
    .map((key) => `${keyText(key)} = ${inline(value[key])}`);
  return `{${members.join(', ')}}`;
}

const isTableList = (value: unknown): value is readonly { [key: string]: GoValue }[] =>
  Array.isArray(value) && value.length > 0 && value.every(isRecord);

/** The text as BurntSushi's library writes it: keys sorted, plain members first, nulls left out. */
class Writer {
  text = '';

  #line(text = ''): void {
    // A blank line separates; nothing is separated from the beginning.
    if (text !== '' || this.text !== '') this.text += `${text}\n`;
  }

  table(path: readonly string[], table: { readonly [key: string]: GoValue }): void {
    const indent = '  '.repeat(path.length);
    const keys = Object.keys(table)
      .sort()
      .filter((key) => table[key] !== null && table[key] !== undefined);
    for (const key of keys) {
      const value = table[key];
      if (isRecord(value) || isTableList(value)) continue;
      this.#line(`${indent}${keyText(key)} = ${inline(value)}`);
    }
    for (const key of keys) this.#inner([...path, key], table[key]);
  }

  #inner(path: readonly string[], value: GoValue): void {
    const indent = '  '.repeat(path.length - 1);
    const name = path.map(keyText).join('.');
    if (isRecord(value)) {
      if (path.length === 1) this.#line();
      this.#line(`${indent}[${name}]`);
      this.table(path, value);
    } else if (isTableList(value)) {
      for (const item of value) {
        this.#line();
        this.#line(`${indent}[[${name}]]`);
        this.table(path, item);
      }
    }
  }
}

/** A JSON value (integers as bigint) as TOML; what is no table is written as it would stand behind a key. */
export function formatToml(value: GoValue): string {
  if (!isRecord(value)) return inline(value);
  const writer = new Writer();
  writer.table([], value);
  return writer.text;
}
