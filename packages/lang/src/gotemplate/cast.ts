import {
  floatToInt64,
  GoInteger,
  GoNamed,
  GoSlice,
  int64,
  integerOf,
  decodeBytes,
  isNilValue,
  lengthOf,
  parseGoFloat64,
  parseGoInt,
  printPlain,
  type GoValue,
} from '../gofmt/index.ts';

/** Numbers and text out of anything, as sprig's `cast` library turns them: what cannot be turned is zero. */

/** `1.0` is `1` to cast, `1.5` is nothing. */
function withoutZeroFraction(text: string): string {
  return text.replace(/\.0+$/, '');
}

/** sprig's toInt64 as a bigint. */
export function castInteger(value: GoValue): bigint {
  switch (typeof value) {
    case 'number':
      return floatToInt64(value);
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1n : 0n;
    case 'string': {
      const parsed = parseGoInt(withoutZeroFraction(value), 0);
      return typeof parsed === 'bigint' ? parsed : 0n;
    }
    default:
      return value instanceof GoInteger && value.type === value.kind ? BigInt.asIntN(64, value.value) : 0n;
  }
}

/** sprig's `int64` of anything. */
export function castInt64(value: GoValue): GoInteger {
  return int64(castInteger(value));
}

/** sprig's `float64` of anything. */
export function castFloat(value: GoValue): number {
  switch (typeof value) {
    case 'number':
      return value;
    case 'bigint':
      return Number(value);
    case 'boolean':
      return value ? 1 : 0;
    case 'string': {
      const parsed = parseGoFloat64(value);
      return typeof parsed === 'number' ? parsed : 0;
    }
    default:
      return value instanceof GoInteger && value.type === value.kind ? Number(value.value) : 0;
  }
}

/** sprig's strval: text as it is, bytes as text, everything else by `%v`. */
export function textOf(value: GoValue): string {
  if (typeof value === 'string') return value;
  if (value instanceof GoSlice && value.elementType === 'uint8') {
    return decodeBytes(Uint8Array.from(value.items, (item) => Number(integerOf(item) ?? 0n)));
  }
  return printPlain(value);
}

/** sprig's empty: the zero value of its type, or nothing in it. Structs never are. */
export function isEmpty(value: GoValue): boolean {
  switch (typeof value) {
    case 'string':
      return value === '';
    case 'number':
      return value === 0;
    case 'bigint':
      return value === 0n;
    case 'boolean':
      return !value;
    default:
      return isEmptyObject(value);
  }
}

function isEmptyObject(value: GoValue): boolean {
  if (isNilValue(value)) return true;
  if (value instanceof GoNamed) return isEmpty(value.value);
  if (value instanceof GoInteger) return value.value === 0n;
  return lengthOf(value) === 0;
}
