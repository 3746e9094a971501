import { compareVersions, parseConstraint, parseVersion } from '@argosy/lang/semver';

const EXACT = /^v?\d+\.\d+\.\d+(?:[-+].*)?$/;

/** True for a text that names one version and no range. */
export const isExactVersion = (text: string): boolean => EXACT.test(text) && parseVersion(text).ok;

function highest(texts: readonly string[], holds: (text: string) => boolean): string | undefined {
  let best: string | undefined;
  for (const text of texts) {
    const version = parseVersion(text);
    if (!version.ok || !holds(text)) continue;
    const known = best === undefined ? undefined : parseVersion(best);
    if (known === undefined || !known.ok || compareVersions(version.value, known.value) > 0) best = text;
  }
  return best;
}

/**
 * The version among `available` that `wanted` means: itself as written, the same version in another spelling (`v1.0.0`
 * for `1.0.0`), or the highest that satisfies a constraint. Empty is `*`; prereleases only where the constraint names
 * one. Texts that are no versions satisfy nothing.
 */
export function chooseVersion(wanted: string, available: readonly string[]): string | undefined {
  if (available.includes(wanted)) return wanted;
  if (isExactVersion(wanted)) {
    const plain = wanted.replace(/^v/, '');
    return available.find((text) => text.replace(/^v/, '') === plain);
  }
  const constraint = parseConstraint(wanted === '' ? '*' : wanted);
  if (!constraint.ok) return undefined;
  return highest(available, (text) => {
    const version = parseVersion(text);
    return version.ok && constraint.value.check(version.value);
  });
}
