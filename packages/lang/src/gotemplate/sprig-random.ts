import type { Random } from '@argosy/std';
import type { GoValue } from '../gofmt/index.ts';
import { encodeBase64 } from './base-encoding.ts';
import { failCall, goFunction, type FunctionBody } from './function.ts';
import type { Entry } from './sprig-strings.ts';

/** Bytes in lower hexadecimal. */
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Draws some bytes. */
export function randomBytes(random: Random, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => random.below(256));
}

/** The most random characters or bytes that one call makes. */
export const RANDOM_LIMIT = 1_000_000;

function drawn(random: Random, count: GoValue, alphabet: string): string {
  const length = Number(count);
  if (length > RANDOM_LIMIT) return failCall(`random text is limited to ${RANDOM_LIMIT} characters`);
  let out = '';
  for (let index = 0; index < length; index += 1) out += alphabet.charAt(random.below(alphabet.length));
  return out;
}

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PRINTABLE = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');

const randomText =
  (alphabet: string): FunctionBody =>
  ([count], context) => {
    context.reserve(Math.max(0, Math.min(Number(count), RANDOM_LIMIT)));
    return drawn(context.random(), count, alphabet);
  };

const randInt: FunctionBody = ([least, most], context) => {
  const range = Number(most) - Number(least);
  if (range <= 0) return failCall('invalid argument to Intn');
  return BigInt(Number(least) + context.random().below(range));
};

const randBytes: FunctionBody = ([count], context) => {
  const length = Number(count);
  if (length < 0) return failCall('runtime error: makeslice: len out of range');
  if (length > RANDOM_LIMIT) return failCall(`random bytes are limited to ${RANDOM_LIMIT}`);
  context.reserve(length);
  return encodeBase64(randomBytes(context.random(), length));
};

const uuid: FunctionBody = (_args, context) => {
  const bytes = randomBytes(context.random(), 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return hexOf(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

const shuffle: FunctionBody = ([text], context) => {
  const chars = [...String(text)];
  for (let index = chars.length - 1; index > 0; index -= 1) {
    const other = context.random().below(index + 1);
    [chars[index], chars[other]] = [chars[other] ?? '', chars[index] ?? ''];
  }
  return chars.join('');
};

/** sprig's functions that draw; all draw from the execution's one stream. */
export const RANDOM_FUNCTIONS: readonly Entry[] = [
  ['randAlphaNum', goFunction('int', randomText(LETTERS + DIGITS))],
  ['randAlpha', goFunction('int', randomText(LETTERS))],
  ['randAscii', goFunction('int', randomText(PRINTABLE))],
  ['randNumeric', goFunction('int', randomText(DIGITS))],
  ['randInt', goFunction('int, int', randInt)],
  ['randBytes', goFunction('int', randBytes)],
  ['uuidv4', goFunction('', uuid)],
  ['shuffle', goFunction('string', shuffle)],
];
