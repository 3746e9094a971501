import { codePointLength, wellFormed } from './text.ts';
import { toText } from './manifest.ts';
import { JsonnetObject } from './object.ts';
import { formatNumber } from './print.ts';
import {
  renderGeneral,
  renderHex,
  renderInteger,
  renderPoint,
  renderScientific,
  type NumberStyle,
} from './render-number.ts';
import type { Runtime } from './runtime.ts';
import { JsonnetArray, typeName, type Lazy, type Value } from './value.ts';

/** One `%…` of a format string. */
interface FormatCode {
  readonly key: string | undefined;
  readonly flags: ReadonlySet<string>;
  readonly width: number | '*';
  readonly precision: number | '*' | undefined;
  readonly conversion: string;
}

const CODE = /^(?:\(([^)]*)\))?([#0\- +]*)(\*|[0-9]*)(?:\.(\*|[0-9]*))?[hlL]?/;
const CONVERSIONS = 'diuoxXeEfFgGcs%';

/** The texts and codes of a format string, in turn. */
function parseCodes(format: string, runtime: Runtime): readonly (string | FormatCode)[] {
  const parts: (string | FormatCode)[] = [];
  let offset = 0;
  for (let at = format.indexOf('%'); at >= 0; at = format.indexOf('%', offset)) {
    parts.push(format.slice(offset, at));
    const { code, end } = parseCode(format, at + 1, runtime);
    parts.push(code);
    offset = end;
  }
  parts.push(format.slice(offset));
  return parts;
}

function parseSize(text: string | undefined): number | '*' {
  return text === '*' ? '*' : Number(text);
}

function parseCode(format: string, start: number, runtime: Runtime): { code: FormatCode; end: number } {
  const rest = format.slice(start);
  const [all = '', key, flags, width, precision] = CODE.exec(rest) ?? [];
  const conversion = String.fromCodePoint(rest.codePointAt(all.length) ?? 0);
  if (all.length >= rest.length || (key === undefined && rest.startsWith('('))) {
    throw runtime.error('Truncated format code.');
  }
  if (!CONVERSIONS.includes(conversion)) throw runtime.error(`Unrecognised conversion type: ${conversion}`);
  const code: FormatCode = {
    key,
    flags: new Set(flags),
    width: parseSize(width),
    precision: precision === undefined ? undefined : parseSize(precision),
    conversion,
  };
  return { code, end: start + all.length + conversion.length };
}

/** Hands out the values for the codes, one after the other or by name. */
interface ValueSource {
  width(width: number | '*', what: 'field width' | 'precision'): number;
  /** The value of a code, and how errors call it. */
  value(code: FormatCode): { readonly value: Lazy; readonly label: string };
  finish(): void;
}

function listSource(items: readonly Lazy[], runtime: Runtime): ValueSource {
  let next = 0;
  const tooFew = (kind: string): Error =>
    runtime.error(`Not enough values to format: ${items.length}, expected ${kind} ${next}`);
  return {
    width: (width) => {
      if (width !== '*') return width;
      const item = items[next];
      if (item === undefined) throw tooFew('at least');
      next += 1;
      return runtime.number(runtime.force(item));
    },
    value: () => {
      const item = items[next];
      if (item === undefined) throw tooFew('more than');
      next += 1;
      return { value: item, label: String(next - 1) };
    },
    finish: () => {
      if (next < items.length) {
        throw runtime.error(`Too many values to format: ${items.length}, expected ${next}`);
      }
    },
  };
}

function objectSource(object: JsonnetObject, runtime: Runtime): ValueSource {
  return {
    width: (width, what) => {
      if (width === '*') throw runtime.error(`Cannot use * ${what} with object.`);
      return width;
    },
    value: ({ key }) => {
      if (key === undefined) throw runtime.error('Mapping keys required.');
      if (!object.has(key, true)) throw runtime.error(`No such field: ${key}`);
      return { value: object.get(key, runtime), label: key };
    },
    finish: () => undefined,
  };
}

/** `format % values`: a list gives its items, an object its fields, anything else is the only value. */
export function formatWith(format: string, values: Value, runtime: Runtime): string {
  const source =
    values instanceof JsonnetObject
      ? objectSource(values, runtime)
      : listSource(values instanceof JsonnetArray ? values.items : [values], runtime);
  const out: string[] = [];
  for (const part of parseCodes(format, runtime)) {
    runtime.step();
    out.push(typeof part === 'string' ? part : formatCode(part, source, runtime));
  }
  source.finish();
  return runtime.text(out.join(''));
}

function formatCode(code: FormatCode, source: ValueSource, runtime: Runtime): string {
  const width = source.width(code.width, 'field width');
  const precision = code.precision === undefined ? undefined : source.width(code.precision, 'precision');
  runtime.reserveText(width);
  runtime.reserveText(precision ?? 0);
  let text = '%';
  if (code.conversion !== '%') {
    const { value, label } = source.value(code);
    text = convert(code, runtime.force(value), { width, precision, label, runtime });
  }
  const missing = ' '.repeat(Math.max(0, Math.ceil(width - codePointLength(text))));
  return code.flags.has('-') ? text + missing : missing + text;
}

interface Conversion {
  readonly width: number;
  readonly precision: number | undefined;
  readonly label: string;
  readonly runtime: Runtime;
}

function convert(code: FormatCode, value: Value, conversion: Conversion): string {
  if (code.conversion === 's') return toText(value, conversion.runtime);
  if (code.conversion === 'c') return convertCharacter(value, conversion.runtime);
  if (typeof value !== 'number') {
    throw conversion.runtime.error(`Format required number at ${conversion.label}, got ${typeName(value)}`);
  }
  return convertNumber(code, value, conversion);
}

function convertCharacter(value: Value, runtime: Runtime): string {
  if (typeof value === 'number') return characterOf(value, runtime);
  if (typeof value !== 'string') throw runtime.error(`%c expected number / string, got: ${typeName(value)}`);
  const length = codePointLength(value);
  if (length !== 1) throw runtime.error(`%c expected 1-sized string got: ${length}`);
  return value;
}

/** The highest code point of Unicode. */
const MAX_CODE_POINT = 0x10ffff;

/** The character with this code point; fractions are cut off, surrogates become the replacement character. */
export function characterOf(code: number, runtime: Runtime): string {
  if (code > MAX_CODE_POINT) throw runtime.error(`Invalid unicode codepoint, got ${formatNumber(code)}`);
  if (code < 0) throw runtime.error(`Codepoints must be >= 0, got ${formatNumber(code)}`);
  return wellFormed(String.fromCodePoint(Math.trunc(code)));
}

function convertNumber(code: FormatCode, value: number, { width, precision, runtime }: Conversion): string {
  const { flags } = code;
  const lower = code.conversion.toLowerCase();
  const style: NumberStyle = {
    zeros: flags.has('0') && !flags.has('-') ? width : 0,
    blank: flags.has(' '),
    plus: flags.has('+'),
    alternate: flags.has('#'),
    capitals: code.conversion !== lower,
  };
  const fraction = precision ?? 6;
  switch (lower) {
    case 'o':
      return renderInteger(value, { ...style, digits: precision ?? 0, radix: 8 });
    case 'x':
      return renderHex(Math.floor(value), { ...style, digits: precision ?? 0 });
    case 'f':
      return renderPoint(value, { ...style, precision: fraction, trailing: true }, runtime);
    case 'e':
      return renderScientific(value, { ...style, precision: fraction, trailing: true }, runtime);
    case 'g':
      return renderGeneral(value, { ...style, precision: fraction }, runtime);
    default:
      return renderInteger(value, { ...style, digits: precision ?? 0, radix: 10 });
  }
}
