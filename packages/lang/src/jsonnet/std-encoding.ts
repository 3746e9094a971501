import { sha256Hex } from '@argosy/std';
import { md5Hex } from './hash-md5.ts';
import { sha1Hex, sha3Hex, sha512Hex } from './hash-sha.ts';
import type { NativeTable } from './native.ts';
import { formatNumber } from './print.ts';
import type { Runtime } from './runtime.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';
import { JsonnetArray, typeName, type Value } from './value.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function encodeBase64(bytes: readonly number[]): string {
  const groups: string[] = [];
  for (let index = 0; index < bytes.length; index += 3) {
    const [a = 0, b, c] = [bytes[index], bytes[index + 1], bytes[index + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    const letter = (shift: number): string => ALPHABET.charAt((bits >> shift) & 63);
    groups.push(letter(18) + letter(12) + (b === undefined ? '=' : letter(6)) + (c === undefined ? '=' : letter(0)));
  }
  return groups.join('');
}

function bytesOf(value: Value, runtime: Runtime): readonly number[] {
  if (typeof value === 'string') {
    runtime.step(value.length);
    const codes = [...value].map((character) => character.codePointAt(0) ?? 0);
    for (const code of codes) checkByte(code, runtime);
    // compat(lang-0601): go-jsonnet encodes the UTF-8 of the string; the C++ tool takes code points up to 255 as bytes.
    return encodeUtf8(value);
  }
  if (!(value instanceof JsonnetArray)) {
    throw runtime.error(`base64 can only base64 encode strings / arrays of single bytes, got ${typeName(value)}`);
  }
  runtime.step(value.items.length);
  return value.items.map((item) => {
    const byte = runtime.force(item);
    if (typeof byte !== 'number' || !Number.isInteger(byte)) {
      throw runtime.error(`base64 encountered a non-integer value in the array, got ${typeName(byte)}`);
    }
    return checkByte(byte, runtime);
  });
}

function checkByte(byte: number, runtime: Runtime): number {
  if (byte >= 0 && byte <= 255) return byte;
  throw runtime.error(
    `base64 encountered invalid codepoint value in the array (must be 0 <= X <= 255), got ${formatNumber(byte)}`,
  );
}

function decodeBase64(value: Value, runtime: Runtime): readonly number[] {
  if (typeof value !== 'string') throw runtime.error(`base64DecodeBytes requires a string, got ${typeName(value)}`);
  runtime.step(value.length);
  const { length } = encodeUtf8(value);
  if (length % 4 !== 0) {
    throw runtime.error(`input string appears not to be a base64 encoded string. Wrong length found (${length})`);
  }
  const text = value.replace(/={1,2}$/, '');
  const wrong = [...text].findIndex((character) => !ALPHABET.includes(character));
  if (wrong >= 0) throw runtime.error(`failed to decode: illegal base64 data at input byte ${wrong}`);
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index += 4) {
    const group = text.slice(index, index + 4);
    const bits = [...group.padEnd(4, 'A')].reduce((all, letter) => (all << 6) | ALPHABET.indexOf(letter), 0);
    bytes.push(...[(bits >> 16) & 255, (bits >> 8) & 255, bits & 255].slice(0, group.length - 1));
  }
  return bytes;
}

function bytesFor(value: Value, runtime: Runtime): readonly number[] {
  return runtime.array(value).items.map((item) => {
    const byte = runtime.number(runtime.force(item));
    if (!Number.isInteger(byte) || byte < 0 || byte > 255) {
      throw runtime.error(`Bytes must be integers in range [0, 255], got ${formatNumber(byte)}`);
    }
    return byte;
  });
}

function hash(
  compute: (bytes: readonly number[]) => string,
): (values: readonly [Value, ...Value[]], runtime: Runtime) => Value {
  return ([value], runtime) => {
    const bytes = encodeUtf8(runtime.string(value));
    runtime.step(bytes.length);
    return compute(bytes);
  };
}

/** Bytes, base64 and hashes. */
export const ENCODING: NativeTable = {
  'encodeUTF8(str)': ([text], runtime) => runtime.list(encodeUtf8(runtime.string(text))),
  'decodeUTF8(arr)': ([list], runtime) => decodeUtf8(bytesFor(list, runtime)),
  'base64(input)': ([value], runtime) => runtime.text(encodeBase64(bytesOf(value, runtime))),
  'base64Decode(str)': ([value], runtime) => decodeUtf8(decodeBase64(value, runtime)),
  'base64DecodeBytes(str)': ([value], runtime) => runtime.list(decodeBase64(value, runtime)),
  'md5(s)': hash(md5Hex),
  'sha1(str)': hash(sha1Hex),
  'sha256(str)': ([value], runtime) => sha256Hex(runtime.string(value)),
  'sha512(str)': hash(sha512Hex),
  'sha3(str)': hash(sha3Hex),
};
