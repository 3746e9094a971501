// The one place where a pure package may reach the platform's hashing: same text in, same text out.
import { createHash } from 'node:crypto';

/** SHA-256 of bytes, or of the UTF-8 form of a text, as 64 lower-case hex digits. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** FNV-1a, 32 bit, over the UTF-8 bytes of `text`; an unsigned integer. */
export function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash >>> 0;
}

const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Text of `length` characters from the alphabet that Kubernetes uses for generated names, drawn from a hash of `text`. */
export function safeNameHash(text: string, length: number): string {
  let rest = BigInt(`0x${sha256Hex(text)}`);
  let name = '';
  while (name.length < length) {
    name += SAFE_ALPHABET.charAt(Number(rest % 27n));
    rest /= 27n;
  }
  return name;
}
