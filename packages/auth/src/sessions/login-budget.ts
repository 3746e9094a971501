import { createHmac, randomBytes } from 'node:crypto';
import type { Instant } from '@argosy/std';

/** Failures of one account from one address prefix in the window before the pair is refused. */
export const MAX_PAIR_FAILURES = 5;

/** Failures from one address prefix over all accounts before the prefix is refused: stops spraying. */
export const MAX_PREFIX_FAILURES = 30;

/** Failures of one account over all addresses after which each further prefix has one try only. */
export const MAX_ACCOUNT_FAILURES = 50;

/** The window in which failures count, in milliseconds. */
export const FAILURE_WINDOW_MS = 300_000;

/** Counters in each of the two rows of a table; the memory is fixed whatever names and addresses come. */
export const BUDGET_SLOTS = 16_384;

/** One counted try. */
export interface Attempt {
  readonly allowed: boolean;
  /** Call when the password was right: forgets the pair's failures and this try. */
  succeeded(): void;
}

/** Counts tries before the password is looked at, so that parallel guesses cannot slip through together. */
export interface LoginBudget {
  attempt(account: string, address: string, now: Instant): Attempt;
}

interface Table {
  add(key: Buffer, now: Instant): number;
  take(key: Buffer, count: number): void;
}

/**
 * Two rows of counters under secret hashes: the smaller of the two counts. Nobody can evict another's count by filling
 * the table, and without the key nobody can find names that collide.
 */
function createTable(): Table {
  const counts = new Uint32Array(BUDGET_SLOTS * 2);
  const starts = new Float64Array(BUDGET_SLOTS * 2).fill(-Infinity);
  const slots = (key: Buffer): readonly [number, number] => [
    key.readUInt32LE(0) % BUDGET_SLOTS,
    BUDGET_SLOTS + (key.readUInt32LE(4) % BUDGET_SLOTS),
  ];
  const bump = (slot: number, now: Instant): number => {
    if (now - (starts[slot] ?? -Infinity) >= FAILURE_WINDOW_MS) {
      starts[slot] = now;
      counts[slot] = 0;
    }
    counts[slot] = (counts[slot] ?? 0) + 1;
    return counts[slot] ?? 0;
  };
  return {
    add: (key, now) => Math.min(...slots(key).map((slot) => bump(slot, now))),
    take: (key, count) => {
      for (const slot of slots(key)) counts[slot] = Math.max(0, (counts[slot] ?? 0) - count);
    },
  };
}

/** Creates the counters. `key` seeds the hashes; give one only in tests. */
export function createLoginBudget(key: Buffer = randomBytes(32)): LoginBudget {
  const pairs = createTable();
  const prefixes = createTable();
  const accounts = createTable();
  const hash = (text: string): Buffer => createHmac('sha256', key).update(text, 'utf8').digest();
  return {
    attempt(account, address, now) {
      const prefix = addressPrefix(address);
      const [pairKey, prefixKey, accountKey] = [
        hash(`pair\0${prefix}\0${account}`),
        hash(`prefix\0${prefix}`),
        hash(`account\0${account}`),
      ];
      const pairCount = pairs.add(pairKey, now);
      const prefixCount = prefixes.add(prefixKey, now);
      const accountCount = accounts.add(accountKey, now);
      // A clean prefix always has its first try, so that no remote party can lock a known-good user out.
      const pairLimit = accountCount > MAX_ACCOUNT_FAILURES ? 1 : MAX_PAIR_FAILURES;
      return {
        allowed: pairCount <= pairLimit && prefixCount <= MAX_PREFIX_FAILURES,
        succeeded: () => {
          pairs.take(pairKey, pairCount);
          prefixes.take(prefixKey, 1);
          accounts.take(accountKey, 1);
        },
      };
    },
  };
}

/** The network that counts as one guesser: /24 of IPv4, /64 of IPv6; other text as it is. */
export function addressPrefix(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  const text = mapped?.[1] ?? address;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) return text.slice(0, text.lastIndexOf('.'));
  return text.includes(':') ? prefixOfIpv6(text.replace(/%.*$/, '')) : text;
}

function prefixOfIpv6(text: string): string {
  const [left = [], right] = text.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = right === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...(right ?? [])];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
