/** Rotations of the four rounds (RFC 1321). */
const ROTATIONS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
/** The sine table of RFC 1321, made as the document describes. */
const SINES = Array.from({ length: 64 }, (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32) | 0);

function wordsOf(bytes: readonly number[]): Int32Array {
  const padded = new Uint8Array((((bytes.length + 8) >>> 6) + 1) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const words = new Int32Array(padded.length / 4);
  for (let index = 0; index < padded.length; index += 1) {
    words[index >> 2] = (words[index >> 2] ?? 0) | ((padded[index] ?? 0) << ((index & 3) * 8));
  }
  words[words.length - 2] = (bytes.length << 3) | 0;
  words[words.length - 1] = bytes.length >>> 29;
  return words;
}

interface Mix {
  readonly value: number;
  readonly word: number;
}

function mix(step: number, b: number, rest: readonly [number, number]): Mix {
  const [c, d] = rest;
  if (step < 16) return { value: (b & c) | (~b & d), word: step };
  if (step < 32) return { value: (d & b) | (~d & c), word: (5 * step + 1) & 15 };
  if (step < 48) return { value: b ^ c ^ d, word: (3 * step + 5) & 15 };
  return { value: c ^ (b | ~d), word: (7 * step) & 15 };
}

/** MD5 of bytes as 32 lower-case hex digits. Only for compatibility: it is no protection. */
export function md5Hex(bytes: readonly number[]): string {
  const words = wordsOf(bytes);
  const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let block = 0; block < words.length; block += 16) {
    let [a = 0, b = 0, c = 0, d = 0] = state;
    for (let step = 0; step < 64; step += 1) {
      const { value, word } = mix(step, b, [c, d]);
      const sum = (a + value + (SINES[step] ?? 0) + (words[block + word] ?? 0)) | 0;
      const turn = ROTATIONS[(step >> 4) * 4 + (step & 3)] ?? 0;
      [a, d, c, b] = [d, c, b, (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0];
    }
    [a, b, c, d].forEach((part, index) => {
      state[index] = ((state[index] ?? 0) + part) | 0;
    });
  }
  const byte = (word: number, shift: number): string => ((word >>> shift) & 255).toString(16).padStart(2, '0');
  return state.map((word) => byte(word, 0) + byte(word, 8) + byte(word, 16) + byte(word, 24)).join('');
}
