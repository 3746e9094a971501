import { err, ok, type Result } from '@argosy/std';
import { diagnostic, type Diagnostic } from '../diagnostic/index.ts';

/** Go's units in nanoseconds, longest first. */
const UNIT_NS: ReadonlyMap<string, bigint> = new Map([
  ['h', 3_600_000_000_000n],
  ['m', 60_000_000_000n],
  ['s', 1_000_000_000n],
  ['ms', 1_000_000n],
  ['us', 1000n],
  ['µs', 1000n],
  ['μs', 1000n],
  ['ns', 1n],
]);

/** The largest span that Go's time.Duration holds. */
const MAX_NS = 9_223_372_036_854_775_807n;

function fail(message: string): { readonly ok: false; readonly error: Diagnostic } {
  return err(diagnostic(message));
}

/** Digits with a fraction, times a unit, cut off below a nanosecond as Go does. */
function scaled(whole: string, fraction: string, unitNs: bigint): bigint {
  const base = BigInt(whole === '' ? '0' : whole) * unitNs;
  if (fraction === '') return base;
  return base + (BigInt(fraction) * unitNs) / 10n ** BigInt(fraction.length);
}

/** One number with its unit at the start of `rest`. */
function readTerm(
  rest: string,
  quoted: string,
): Result<{ readonly span: bigint; readonly length: number }, Diagnostic> {
  const match = /^(\d*)(?:\.(\d*))?([^\d.]*)/.exec(rest);
  const [all, whole, fraction, unit] = [0, 1, 2, 3].map((index) => match?.[index] ?? '') as [
    string,
    string,
    string,
    string,
  ];
  if (whole === '' && fraction === '') return fail(`time: invalid duration ${quoted}`);
  if (unit === '') return fail(`time: missing unit in duration ${quoted}`);
  const unitNs = UNIT_NS.get(unit);
  if (unitNs === undefined) return fail(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
  return ok({ span: scaled(whole, fraction, unitNs), length: all.length });
}

/**
 * Reads a duration as Go's time.ParseDuration does (`1h30m`, `-1.5s`, `300ms`, `0`), in nanoseconds.
 * Fails with Go's words.
 */
export function parseGoDuration(text: string): Result<bigint, Diagnostic> {
  const quoted = JSON.stringify(text);
  const negative = text.startsWith('-');
  let rest = text.replace(/^[-+]/, '');
  if (rest === '0') return ok(0n);
  if (rest === '') return fail(`time: invalid duration ${quoted}`);
  let total = 0n;
  while (rest !== '') {
    const term = readTerm(rest, quoted);
    if (!term.ok) return term;
    total += term.value.span;
    if (total > MAX_NS + (negative ? 1n : 0n)) return fail(`time: invalid duration ${quoted}`);
    rest = rest.slice(term.value.length);
  }
  return ok(negative ? -total : total);
}

function withFraction(value: bigint, unitNs: bigint): string {
  const whole = value / unitNs;
  const digits = String(unitNs).length - 1;
  const fraction = String(value % unitNs)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return fraction === '' ? String(whole) : `${whole}.${fraction}`;
}

/** Writes nanoseconds as Go's Duration.String does: `1h30m0s`, `1.5s`, `300ms`, `0s`. */
export function formatGoDuration(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const value = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (value === 0n) return '0s';
  if (value < 1000n) return `${sign}${value}ns`;
  if (value < 1_000_000n) return `${sign}${withFraction(value, 1000n)}µs`;
  if (value < 1_000_000_000n) return `${sign}${withFraction(value, 1_000_000n)}ms`;
  const minutes = value / 60_000_000_000n;
  const seconds = withFraction(value % 60_000_000_000n, 1_000_000_000n);
  if (minutes === 0n) return `${sign}${seconds}s`;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}s`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}s`;
}

/**
 * Reads a span that a person types: bare seconds (`30`), Go's form (`1h30m`), days in front (`2d`, `1d12h`).
 * Milliseconds, rounded down. `undefined` when it is none of these, or negative.
 */
export function parseSpanMs(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const days = /^(\d+)d/.exec(text);
  const rest = days === null ? text : text.slice(days[0].length);
  const parsed = days !== null && rest === '' ? ok(0n) : parseGoDuration(rest);
  if (!parsed.ok || /^[-+]/.test(rest)) return undefined;
  return Number(days?.[1] ?? '0') * 86_400_000 + Number(parsed.value / 1_000_000n);
}
