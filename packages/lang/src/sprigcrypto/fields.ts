import { isIPv4, isIPv6 } from 'node:net';
import { civilTime, instant } from '@argosy/std';
import { isWellFormed, quoteGo } from '../gofmt/index.ts';
import { element, objectIdentifier, sequence, TAG } from './der.ts';
import { Refusal } from './refusal.ts';

const COMMON_NAME = '2.5.4.3';

/** Go writes a name as PrintableString when its letters allow it, else as UTF8String. */
export function directoryName(commonName: string): Uint8Array {
  if (commonName === '') return sequence();
  const tag = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(commonName) ? TAG.printable : TAG.utf8;
  if (!isWellFormed(commonName)) throw new Refusal('asn1: structure error: UTF-8 string is not valid UTF-8');
  const value = element(tag, new TextEncoder().encode(commonName));
  return sequence(element(TAG.set, sequence(objectIdentifier(COMMON_NAME), value)));
}

const two = (value: number): string => String(value).padStart(2, '0');

/** A time in whole seconds: UTCTime from 1950 to 2049, GeneralizedTime beyond. */
export function timeElement(milliseconds: number): Uint8Array {
  const { year, month, day, hour, minute, second } = civilTime(instant(milliseconds));
  if (year < 0 || year > 9999) {
    throw new Refusal('asn1: structure error: cannot represent time as GeneralizedTime');
  }
  const rest = `${[month, day, hour, minute, second].map(two).join('')}Z`;
  const short = year >= 1950 && year < 2050;
  const text = short ? two(year % 100) + rest : String(year).padStart(4, '0') + rest;
  return element(short ? TAG.utcTime : TAG.generalizedTime, new TextEncoder().encode(text));
}

const NANOSECONDS_A_DAY = 86_400_000_000_000n;

/** Milliseconds of some days. compat(lang-0351): Go counts nanoseconds in 64 bits, so 106,752 days and more wrap. */
export const daysIn = (days: number): number =>
  Number(BigInt.asIntN(64, BigInt(days) * NANOSECONDS_A_DAY) / 1_000_000n);

/** The last four bytes of an IPv6 address may be written as an IPv4 address: here as two words. */
function withoutDots(text: string): string {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted === null) return text;
  const [a = 0, b = 0, c = 0, d = 0] = dotted.slice(2).map(Number);
  return `${dotted[1] ?? ''}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

const wordsOf = (part: string): readonly number[] =>
  part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));

/** The bytes of an address: 4, also for an IPv4 address written as IPv6, or 16. */
export function addressBytes(text: string): Uint8Array {
  if (isIPv4(text)) return Uint8Array.from(text.split('.').map(Number));
  if (!isIPv6(text) || text.includes('%')) throw new Refusal(`error parsing ip: ${text}`);
  const [head = '', tail = ''] = withoutDots(text).split('::');
  const [front, back] = [wordsOf(head), wordsOf(tail)];
  const words = [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
  const bytes = Uint8Array.from(words.flatMap((word) => [word >>> 8, word & 0xff]));
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? bytes.subarray(12) : bytes;
}

/** The bytes of a DNS name: nothing but ASCII. */
export function nameBytes(name: string): Uint8Array {
  for (const letter of name) {
    if ((letter.codePointAt(0) ?? 0) > 0x7f) {
      throw new Refusal(`x509: ${quoteGo(name)} cannot be encoded as an IA5String`);
    }
  }
  return new TextEncoder().encode(name);
}
