// SHA-1, SHA-512 and SHA3-512 (FIPS 180-4 and 202) on small inputs; SHA-256 comes from @argosy/std.

const MASK = (1n << 64n) - 1n;

function rotateRight(value: bigint, bits: bigint): bigint {
  return ((value >> bits) | (value << (64n - bits))) & MASK;
}

/** The message, a one bit, zeros, and the length in bits at the end of the last block. */
function pad(bytes: readonly number[], block: number, lengthBytes: number): Uint8Array {
  const blocks = Math.ceil((bytes.length + 1 + lengthBytes) / block);
  const padded = new Uint8Array(blocks * block);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  let bits = BigInt(bytes.length) * 8n;
  for (let index = padded.length - 1; bits > 0n; index -= 1) {
    padded[index] = Number(bits & 255n);
    bits >>= 8n;
  }
  return padded;
}

function rotateLeft32(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function sha1Mix(step: number, b: number, rest: readonly [number, number]): number {
  const [c, d] = rest;
  if (step < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (step < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (step < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function sha1Schedule(view: DataView, offset: number): number[] {
  const words: number[] = [];
  for (let step = 0; step < 80; step += 1) {
    const fresh = (words[step - 3] ?? 0) ^ (words[step - 8] ?? 0) ^ (words[step - 14] ?? 0) ^ (words[step - 16] ?? 0);
    words.push(step < 16 ? view.getInt32(offset + step * 4) : rotateLeft32(fresh, 1));
  }
  return words;
}

/** SHA-1 of bytes as 40 lower-case hex digits. */
export function sha1Hex(bytes: readonly number[]): string {
  const padded = pad(bytes, 64, 8);
  const view = new DataView(padded.buffer);
  const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0];
  for (let offset = 0; offset < padded.length; offset += 64) {
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
    sha1Schedule(view, offset).forEach((word, step) => {
      const next = (rotateLeft32(a, 5) + sha1Mix(step, b, [c, d]) + e + word) | 0;
      [e, d, c, b, a] = [d, c, rotateLeft32(b, 30), a, next];
    });
    [a, b, c, d, e].forEach((part, index) => {
      state[index] = ((state[index] ?? 0) + part) | 0;
    });
  }
  return state.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

function primes(count: number): readonly bigint[] {
  const found: bigint[] = [];
  for (let candidate = 2n; found.length < count; candidate += 1n) {
    if (found.every((prime) => candidate % prime !== 0n)) found.push(candidate);
  }
  return found;
}

/** The whole part of the root of a big integer, by bisection. */
function integerRoot(value: bigint, power: bigint): bigint {
  let low = 0n;
  let high = 1n << 80n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** power <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** First 64 bits of the fraction of a root: how FIPS 180-4 defines its constants. */
function rootFraction(prime: bigint, power: bigint): bigint {
  return integerRoot(prime << (64n * power), power) & MASK;
}

const CUBE_ROOTS = primes(80).map((prime) => rootFraction(prime, 3n));
const SQUARE_ROOTS = primes(8).map((prime) => rootFraction(prime, 2n));

function sha512Schedule(view: DataView, offset: number): bigint[] {
  const words: bigint[] = [];
  const at = (index: number): bigint => words[index] ?? 0n;
  for (let step = 0; step < 80; step += 1) {
    if (step < 16) {
      words.push(view.getBigUint64(offset + step * 8));
      continue;
    }
    const [near, far] = [at(step - 2), at(step - 15)];
    const a = rotateRight(far, 1n) ^ rotateRight(far, 8n) ^ (far >> 7n);
    const b = rotateRight(near, 19n) ^ rotateRight(near, 61n) ^ (near >> 6n);
    words.push((at(step - 16) + a + at(step - 7) + b) & MASK);
  }
  return words;
}

/** SHA-512 of bytes as 128 lower-case hex digits. */
export function sha512Hex(bytes: readonly number[]): string {
  const padded = pad(bytes, 128, 16);
  const view = new DataView(padded.buffer);
  const state = [...SQUARE_ROOTS];
  for (let offset = 0; offset < padded.length; offset += 128) {
    let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = state;
    sha512Schedule(view, offset).forEach((word, step) => {
      const upper = rotateRight(e, 14n) ^ rotateRight(e, 18n) ^ rotateRight(e, 41n);
      const first = h + upper + ((e & f) ^ (~e & MASK & g)) + (CUBE_ROOTS[step] ?? 0n) + word;
      const lower = rotateRight(a, 28n) ^ rotateRight(a, 34n) ^ rotateRight(a, 39n);
      const second = lower + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) & MASK, c, b, a, (first + second) & MASK];
    });
    [a, b, c, d, e, f, g, h].forEach((part, index) => {
      state[index] = ((state[index] ?? 0n) + part) & MASK;
    });
  }
  return state.map((word) => word.toString(16).padStart(16, '0')).join('');
}

/** One bit a step from the linear feedback register of FIPS 202, collected into round constants. */
function keccakConstants(): readonly bigint[] {
  let register = 1;
  return Array.from({ length: 24 }, () => {
    let constant = 0n;
    for (let bit = 0; bit < 7; bit += 1) {
      if ((register & 1) === 1) constant |= 1n << ((1n << BigInt(bit)) - 1n);
      register = register & 0x80 ? ((register << 1) ^ 0x171) & 0xff : register << 1;
    }
    return constant;
  });
}

const ROUND_CONSTANTS = keccakConstants();

function rotateLeft64(value: bigint, bits: number): bigint {
  const turn = BigInt(bits % 64);
  return ((value << turn) | (value >> (64n - turn))) & MASK;
}

function keccakRound(lanes: bigint[], constant: bigint): void {
  const lane = (x: number, y: number): bigint => lanes[(x % 5) + 5 * (y % 5)] ?? 0n;
  const columns = [0, 1, 2, 3, 4].map((x) => lane(x, 0) ^ lane(x, 1) ^ lane(x, 2) ^ lane(x, 3) ^ lane(x, 4));
  lanes.forEach((value, index) => {
    const x = index % 5;
    lanes[index] = value ^ (columns[(x + 4) % 5] ?? 0n) ^ rotateLeft64(columns[(x + 1) % 5] ?? 0n, 1);
  });
  let [x, y] = [1, 0];
  let current = lane(x, y);
  for (let step = 0; step < 24; step += 1) {
    [x, y] = [y, (2 * x + 3 * y) % 5];
    const next = lane(x, y);
    lanes[x + 5 * y] = rotateLeft64(current, ((step + 1) * (step + 2)) / 2);
    current = next;
  }
  const before = [...lanes];
  before.forEach((value, index) => {
    const row = 5 * Math.floor(index / 5);
    const [next = 0n, after = 0n] = [before[row + ((index + 1) % 5)], before[row + ((index + 2) % 5)]];
    lanes[index] = value ^ (~next & MASK & after);
  });
  lanes[0] = (lanes[0] ?? 0n) ^ constant;
}

/** Bytes of a block of SHA3-512. */
const SHA3_RATE = 72;

/** SHA3-512 of bytes as 128 lower-case hex digits. */
export function sha3Hex(bytes: readonly number[]): string {
  const padded = new Uint8Array((Math.floor(bytes.length / SHA3_RATE) + 1) * SHA3_RATE);
  padded.set(bytes);
  padded[bytes.length] = 0x06;
  padded[padded.length - 1] = (padded[padded.length - 1] ?? 0) | 0x80;
  const view = new DataView(padded.buffer);
  const lanes = Array.from({ length: 25 }, () => 0n);
  for (let offset = 0; offset < padded.length; offset += SHA3_RATE) {
    for (let word = 0; word < SHA3_RATE / 8; word += 1) {
      lanes[word] = (lanes[word] ?? 0n) ^ view.getBigUint64(offset + word * 8, true);
    }
    for (const constant of ROUND_CONSTANTS) keccakRound(lanes, constant);
  }
  const hex = (lane: bigint): string => (lane.toString(16).padStart(16, '0').match(/../g) ?? []).reverse().join('');
  return lanes.slice(0, 8).map(hex).join('');
}
