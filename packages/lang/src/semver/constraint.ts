import { err, ok, type Result } from '@argosy/std';
import { diagnostic, type Diagnostic } from '../diagnostic/index.ts';
import { comparePrerelease, compareVersions, parseVersion, type Version } from './version.ts';

/** Characters of one constraint expression. */
export const CONSTRAINT_LIMIT_CHARACTERS = 1024;

/** Which versions are wanted: alternatives (`||`), each a list of demands that all must hold. */
export interface Constraint {
  /** True when the version satisfies one alternative. */
  readonly check: (version: Version) => boolean;
}

interface Demand {
  readonly operator: string;
  readonly version: Version;
  /** Some part was left out or is a wildcard. */
  readonly dirty: boolean;
  readonly minorDirty: boolean;
  readonly patchDirty: boolean;
}

const PART = '[0-9|x|X|\\*]+';
const IDENTIFIERS = '[0-9A-Za-z\\-]+(?:\\.[0-9A-Za-z\\-]+)*';
const VERSION = `v?(${PART})(\\.${PART})?(\\.${PART})?(-${IDENTIFIERS})?(\\+${IDENTIFIERS})?`;
const OPERATORS = '!=|>=|=>|<=|=<|~>|>|<|~|\\^|=|';
const ONE = new RegExp(`^\\s*(${OPERATORS})\\s*${VERSION}\\s*$`);
const FIND = new RegExp(`(?:${OPERATORS})\\s*${VERSION}`, 'g');
// Every space has one place only: upstream's own expression would try exponentially many here.
const DEMAND = `(?:(?:${OPERATORS.slice(0, -1)})\\s*)?${VERSION}`;
const VALID = new RegExp(`^\\s*${DEMAND}(?:(?:\\s+|\\s*,\\s*)${DEMAND})*\\s*$`);
const RANGE = new RegExp(`\\s*(${VERSION})\\s+-\\s+(${VERSION})\\s*`, 'g');

const isWildcard = (part: string): boolean => part === 'x' || part === 'X' || part === '*';
const isOpen = (part: string | undefined): boolean => part === undefined || isWildcard(part.replace(/^\./, ''));

/** `1.2 - 1.4` means at least the first and at most the second. */
function rewriteRanges(text: string): string {
  return text.replaceAll(RANGE, (_all, from: string, ...rest: readonly string[]) => `>= ${from}, <= ${rest[5] ?? ''}`);
}

/** Which parts were left open; at most one of the three is true, the leftmost. */
function openParts(parts: RegExpExecArray): {
  readonly major: boolean;
  readonly minor: boolean;
  readonly patch: boolean;
} {
  const major = isOpen(parts[2]);
  const minor = !major && isOpen(parts[3]);
  return { major, minor, patch: !major && !minor && isOpen(parts[4]) };
}

/** The version to compare with: what is open becomes zero, a prerelease stays. */
function completed(parts: RegExpExecArray): string {
  const open = openParts(parts);
  const [major, minor, patch, prerelease] = [2, 3, 4, 5].map((index) => parts[index] ?? '') as [
    string,
    string,
    string,
    string,
  ];
  const numbers = open.major
    ? '0.0.0'
    : open.minor
      ? `${major}.0.0`
      : open.patch
        ? `${major}${minor}.0`
        : major + minor + patch;
  return numbers + prerelease;
}

function parseDemand(text: string): Result<Demand, Diagnostic> {
  const parts = ONE.exec(text);
  if (parts === null) return err(diagnostic(`improper constraint: ${text}`));
  const version = parseVersion(completed(parts));
  if (!version.ok) return err(diagnostic('constraint Parser Error'));
  const open = openParts(parts);
  const dirty = open.major || open.minor || open.patch;
  const operator = parts[1] ?? '';
  return ok({ operator, version: version.value, dirty, minorDirty: open.minor, patchDirty: open.patch });
}

type Check = (version: Version, demand: Demand) => boolean;

const notEqual: Check = (version, demand) => {
  const wanted = demand.version;
  if (!demand.dirty) return compareVersions(version, wanted) !== 0;
  if (version.major !== wanted.major) return true;
  if (demand.minorDirty) return false;
  if (version.minor !== wanted.minor) return true;
  if (!demand.patchDirty) return version.patch !== wanted.patch;
  const either = version.prerelease !== '' || wanted.prerelease !== '';
  return either && comparePrerelease(version.prerelease, wanted.prerelease) !== 0;
};

const greater: Check = (version, demand) => {
  const wanted = demand.version;
  if (!demand.dirty) return compareVersions(version, wanted) > 0;
  if (version.major !== wanted.major) return version.major > wanted.major;
  // compat(lang-0101): `>11` does not mean 11.1, and `>11.1` does not mean 11.1.1.
  if (demand.minorDirty) return false;
  if (demand.patchDirty) return version.minor > wanted.minor;
  return compareVersions(version, wanted) > 0;
};

const lessOrEqual: Check = (version, demand) => {
  const wanted = demand.version;
  if (!demand.dirty) return compareVersions(version, wanted) <= 0;
  if (version.major !== wanted.major) return version.major < wanted.major;
  return demand.minorDirty || version.minor <= wanted.minor;
};

const tilde: Check = (version, demand) => {
  const wanted = demand.version;
  if (compareVersions(version, wanted) < 0) return false;
  // compat(lang-0102): `~0.0.0` and a lone wildcard accept every version.
  const zero = wanted.major === 0n && wanted.minor === 0n && wanted.patch === 0n;
  if (zero && !demand.minorDirty && !demand.patchDirty) return true;
  return version.major === wanted.major && (demand.minorDirty || version.minor === wanted.minor);
};

const caret: Check = (version, demand) => {
  const wanted = demand.version;
  if (compareVersions(version, wanted) < 0) return false;
  if (wanted.major > 0n || demand.minorDirty) return version.major === wanted.major;
  if (version.major > 0n) return false;
  if (wanted.minor > 0n || demand.patchDirty) return version.minor === wanted.minor;
  return version.minor === 0n && version.patch === wanted.patch;
};

const tildeOrEqual: Check = (version, demand) =>
  demand.dirty ? tilde(version, demand) : compareVersions(version, demand.version) === 0;

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['', tildeOrEqual],
  ['=', tildeOrEqual],
  ['!=', notEqual],
  ['>', greater],
  ['<', (version, demand) => compareVersions(version, demand.version) < 0],
  ['>=', (version, demand) => compareVersions(version, demand.version) >= 0],
  ['=>', (version, demand) => compareVersions(version, demand.version) >= 0],
  ['<=', lessOrEqual],
  ['=<', lessOrEqual],
  ['~', tilde],
  ['~>', tilde],
  ['^', caret],
]);

/** A prerelease satisfies only demands that name a prerelease themselves. */
function holds(version: Version, demand: Demand): boolean {
  // compat(lang-0103): `!=1.2.3` with a full version accepts prereleases; every other demand does not.
  const open = demand.operator === '!=' && !demand.dirty;
  if (!open && version.prerelease !== '' && demand.version.prerelease === '') return false;
  return CHECKS.get(demand.operator)?.(version, demand) ?? false;
}

function parseAlternative(text: string): Result<readonly Demand[], Diagnostic> {
  if (!VALID.test(text)) return err(diagnostic(`improper constraint: ${text}`));
  const demands: Demand[] = [];
  for (const part of text.match(FIND) ?? [text]) {
    const demand = parseDemand(part);
    if (!demand.ok) return demand;
    demands.push(demand.value);
  }
  return ok(demands);
}

/**
 * Reads a constraint as Masterminds/semver v3 does: `>= 1.2, < 2 || ~3.1`, `^1.x`, `1.2 - 1.4`, `*`.
 * Fails with upstream's words.
 */
export function parseConstraint(text: string): Result<Constraint, Diagnostic> {
  if (text.length > CONSTRAINT_LIMIT_CHARACTERS)
    return err(diagnostic(`improper constraint: over ${CONSTRAINT_LIMIT_CHARACTERS} characters`));
  const alternatives: (readonly Demand[])[] = [];
  for (const part of rewriteRanges(text).split('||')) {
    const demands = parseAlternative(part);
    if (!demands.ok) return demands;
    alternatives.push(demands.value);
  }
  return ok({ check: (version) => alternatives.some((demands) => demands.every((demand) => holds(version, demand))) });
}
