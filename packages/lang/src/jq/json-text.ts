import { type Value, Float, sortedKeys } from './value.ts';

const PLAIN = /^[ !#-[\]-~\u0080-\ud7ff\ue000-\uffff]*$/;
const ESCAPES = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function escapeUnit(unit: string): string {
  if (unit >= '\ud800' && unit <= '\udfff') return '\ufffd';
  return ESCAPES.get(unit) ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A text as JSON: controls and U+007F escaped, everything else as it is. */
export function stringToJson(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  const body = text.replace(
    // The pairs come first, so that a half of a pair is a lone one.
    // oxlint-disable-next-line no-control-regex -- the controls are what this escapes
    /[\ud800-\udbff][\udc00-\udfff]|["\\\u0000-\u001f\u007f\ud800-\udfff]/g,
    (found) => (found.length === 2 ? found : escapeUnit(found)),
  );
  return `"${body}"`;
}

/** A number as jq prints it: NaN is null, infinities are the largest floats. */
export function numberToJson(value: number | bigint | Float): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Float) return Object.is(value.value, -0) ? '-0' : String(value.value);
  if (Number.isNaN(value)) return 'null';
  if (value === Infinity) return '1.7976931348623157e+308';
  if (value === -Infinity) return '-1.7976931348623157e+308';
  // Past the safe range a whole `number` is an exact integer, which prints all its digits.
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21)
    return BigInt(value).toString();
  return String(value);
}

/** Collects text until enough is there. */
class JsonWriter {
  text = '';
  private readonly enough: number;

  constructor(enough: number) {
    this.enough = enough;
  }

  write(value: Value): void {
    if (this.text.length > this.enough) return;
    if (typeof value === 'string')
      this.text += stringToJson(value.length > this.enough ? value.slice(0, this.enough + 1) : value);
    else if (value === null || typeof value === 'boolean') this.text += String(value);
    else if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Float)
      this.text += numberToJson(value);
    else if (Array.isArray(value)) this.writeArray(value as readonly Value[]);
    else this.writeObject(value as { readonly [key: string]: Value | undefined });
  }

  private writeArray(items: readonly Value[]): void {
    this.text += '[';
    for (let at = 0; at < items.length && this.text.length <= this.enough; at += 1) {
      if (at > 0) this.text += ',';
      this.write(items[at] ?? null);
    }
    this.text += ']';
  }

  private writeObject(object: { readonly [key: string]: Value | undefined }): void {
    this.text += '{';
    let first = true;
    for (const key of sortedKeys(object)) {
      if (this.text.length > this.enough) break;
      if (!first) this.text += ',';
      first = false;
      this.text += `${stringToJson(key)}:`;
      this.write(object[key] ?? null);
    }
    this.text += '}';
  }
}

/** A value as JSON on one line, keys sorted. */
export function toJson(value: Value): string {
  const writer = new JsonWriter(Infinity);
  writer.write(value);
  return writer.text;
}

const PREVIEW_LIMIT_BYTES = 30;

/** Bytes of a code point in UTF-8. */
export function utf8Size(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x1_0000 ? 3 : 4;
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) bytes += utf8Size(character.codePointAt(0) ?? 0);
  return bytes;
}

function trailOf(value: Value): string {
  if (typeof value === 'string') return ' ..."';
  if (Array.isArray(value)) return ' ...]';
  return typeof value === 'object' && value !== null && !(value instanceof Float) ? ' ...}' : ' ...';
}

/** A value as JSON in at most thirty bytes, for messages. */
export function preview(value: Value): string {
  const writer = new JsonWriter(PREVIEW_LIMIT_BYTES + 2);
  writer.write(value);
  const trail = trailOf(value);
  let bytes = 0;
  let kept = '';
  for (const character of writer.text) {
    bytes += utf8Size(character.codePointAt(0) ?? 0);
    if (bytes <= PREVIEW_LIMIT_BYTES - trail.length) kept += character;
    if (bytes > PREVIEW_LIMIT_BYTES) return kept + trail;
  }
  return writer.text;
}

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const GO_ESCAPES = new Map([
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['"', '\\"'],
  ['\\', '\\\\'],
]);

function quoteCharacter(character: string): string {
  const known = GO_ESCAPES.get(character);
  if (known !== undefined) return known;
  if (PRINTABLE.test(character)) return character;
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x80) return `\\x${point.toString(16).padStart(2, '0')}`;
  return point < 0x1_0000 ? `\\u${point.toString(16).padStart(4, '0')}` : `\\U${point.toString(16).padStart(8, '0')}`;
}

/** A text as Go's `%q` writes it. */
export function goQuote(text: string): string {
  return `"${[...text].map(quoteCharacter).join('')}"`;
}
