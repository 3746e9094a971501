import { overload, type Overload } from './registry.ts';
import { fail, spendUnits } from './run.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CODES: ReadonlyMap<string, number> = new Map([...ALPHABET].map((char, index) => [char, index]));

/** Standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let out = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const group = (a << 16) | (b << 8) | c;
    const digits = Math.min(4, bytes.length - at + 1);
    const shifts = [18, 12, 6, 0].slice(0, digits);
    out += shifts
      .map((shift) => ALPHABET.charAt((group >> shift) & 63))
      .join('')
      .padEnd(4, '=');
  }
  return out;
}

/** Reads standard base64, padded or not; `undefined` for what is none. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const body = text.replace(/={1,2}$/, '');
  if (body.length % 4 === 1 || (body !== text && text.length % 4 !== 0)) return undefined;
  const out: number[] = [];
  let [bits, count] = [0, 0];
  for (const char of body) {
    const code = CODES.get(char);
    if (code === undefined) return undefined;
    bits = ((bits << 6) | code) & 0xff_ffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push((bits >> count) & 255);
  }
  return Uint8Array.from(out);
}

/** Functions of cel-go's encoders library. */
export const ENCODERS: readonly Overload[] = [
  overload('base64.encode', ['bytes'], ([bytes], run) => {
    spendUnits(run, bytes.length);
    return encodeBase64(bytes);
  }),
  overload('base64.decode', ['string'], ([text], run) => {
    spendUnits(run, text.length);
    return decodeBase64(text) ?? fail('illegal base64 data');
  }),
];
