import { err, ok, type Result } from '@argosy/std';

const SUFFIXES: ReadonlyMap<string, bigint> = new Map([
  ['n', 1n],
  ['u', 1000n],
  ['m', 1_000_000n],
  ['', 1_000_000_000n],
  ['k', 10n ** 12n],
  ['M', 10n ** 15n],
  ['G', 10n ** 18n],
  ['T', 10n ** 21n],
  ['P', 10n ** 24n],
  ['E', 10n ** 27n],
  ['Ki', 1024n * 10n ** 9n],
  ['Mi', 1024n ** 2n * 10n ** 9n],
  ['Gi', 1024n ** 3n * 10n ** 9n],
  ['Ti', 1024n ** 4n * 10n ** 9n],
  ['Pi', 1024n ** 5n * 10n ** 9n],
  ['Ei', 1024n ** 6n * 10n ** 9n],
]);

const QUANTITY = /^([0-9]{1,19})(?:\.([0-9]{0,9}))?(?:e([0-9]{1,2})|([num]|[kMGTPE]i?|Ki)?)$/;

/** A Kubernetes quantity in billionths; `undefined` when it cannot be read. */
export function parseNano(text: string): bigint | undefined {
  const match = QUANTITY.exec(text);
  if (match === null) return undefined;
  const unit = match[3] === undefined ? SUFFIXES.get(match[4] ?? '') : 10n ** (9n + BigInt(match[3]));
  if (unit === undefined) return undefined;
  const fraction = (match[2] ?? '').padEnd(9, '0');
  return ((BigInt(match[1] ?? '0') * 10n ** 9n + BigInt(fraction)) * unit) / 10n ** 9n;
}

/** A quantity in whole units (bytes), rounded up; `undefined` when it cannot be read. */
export function quantityToCount(text: string | number): number | undefined {
  const nano = parseNano(String(text));
  return nano === undefined ? undefined : Number((nano + 999_999_999n) / 1_000_000_000n);
}

/** `quantity` in units of `divisor`, rounded up, as resourceFieldRef writes it. */
export function divideQuantity(quantity: string, divisor: string): Result<string, string> {
  const value = parseNano(quantity);
  const unit = parseNano(divisor === '0' ? '1' : divisor);
  if (value === undefined) return err(`quantity "${quantity}" cannot be read`);
  if (unit === undefined || unit === 0n) return err(`divisor "${divisor}" cannot be read`);
  return ok(String((value + unit - 1n) / unit));
}
