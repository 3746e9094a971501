import { err, ok, type Result } from '@argosy/std';
import { diagnostic, type Diagnostic } from '../diagnostic/index.ts';

/** A semantic version, read as loosely as Masterminds/semver v3 does: `v1`, `1.2`, `1.2.3-rc.1+build`. */
export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Without the dash; empty for a release. */
  readonly prerelease: string;
  readonly metadata: string;
  /** As it was written. */
  readonly original: string;
}

/** The longest text that is looked at. */
export const VERSION_LIMIT_CHARACTERS = 256;

const FORM =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;
const MAX_UINT64 = 18_446_744_073_709_551_615n;

/** Reads a version. Fails with upstream's words. */
export function parseVersion(text: string): Result<Version, Diagnostic> {
  const match = text.length > VERSION_LIMIT_CHARACTERS ? null : FORM.exec(text);
  if (match === null) return err(diagnostic('Invalid Semantic Version'));
  const numbers = [match[1], match[2], match[3]].map((part) => BigInt(part ?? '0'));
  if (numbers.some((number) => number > MAX_UINT64)) return err(diagnostic('Error parsing version segment'));
  const prerelease = match[4] ?? '';
  if (prerelease.split('.').some((part) => /^0\d+$/.test(part))) {
    return err(diagnostic('Version segment starts with 0'));
  }
  const [major = 0n, minor = 0n, patch = 0n] = numbers;
  return ok({ major, minor, patch, prerelease, metadata: match[5] ?? '', original: text });
}

function compareNumbers(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Numeric parts come before words and are ordered as numbers. */
function comparePart(a: string, b: string): number {
  const [aNumeric, bNumeric] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (aNumeric && bNumeric) return compareNumbers(BigInt(a), BigInt(b));
  if (aNumeric !== bNumeric) return aNumeric ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders prereleases; none at all is a release and comes last. */
export function comparePrerelease(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '') return 1;
  if (b === '') return -1;
  const [left, right] = [a.split('.'), b.split('.')];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [x, y] = [left[index], right[index]];
    if (x === undefined) return -1;
    if (y === undefined) return 1;
    const order = comparePart(x, y);
    if (order !== 0) return order;
  }
  return 0;
}

/** Orders versions by precedence; build metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  return (
    compareNumbers(a.major, b.major) ||
    compareNumbers(a.minor, b.minor) ||
    compareNumbers(a.patch, b.patch) ||
    comparePrerelease(a.prerelease, b.prerelease)
  );
}
