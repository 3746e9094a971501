import { compileFilepathMatch, type Glob } from '@argosy/lang/glob';
import { HelmError } from './chart.ts';

interface Rule {
  readonly glob: Glob;
  readonly negate: boolean;
  readonly directoriesOnly: boolean;
  /** What of the path the pattern sees. */
  readonly base: boolean;
}

/** The most rules of one .helmignore. */
export const IGNORE_RULE_LIMIT = 1000;

function globOf(pattern: string): Glob {
  const compiled = compileFilepathMatch(pattern);
  if (!compiled.ok) throw new HelmError('syntax error in pattern');
  return compiled.value;
}

function parseRule(line: string): Rule | undefined {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return undefined;
  if (text.includes('**')) throw new HelmError('double-star (**) syntax is not supported');
  const negate = text.startsWith('!');
  const body = negate ? text.slice(1) : text;
  const directoriesOnly = body.endsWith('/');
  const pattern = directoriesOnly ? body.slice(0, -1) : body;
  const anchored = pattern.startsWith('/');
  return {
    glob: globOf(anchored ? pattern.slice(1) : pattern),
    negate,
    directoriesOnly,
    base: !anchored && !pattern.includes('/'),
  };
}

/** The rules of a .helmignore text, with Helm's own behind them. @throws HelmError */
export function parseHelmIgnore(text: string): (path: string, isDirectory: boolean) => boolean {
  const lines = [...text.replace(/^\uFEFF/, '').split(/\r?\n/), 'templates/.?*'];
  if (lines.length > IGNORE_RULE_LIMIT) {
    throw new HelmError(`.helmignore has more than ${IGNORE_RULE_LIMIT} lines`, 'helmignore rules');
  }
  const rules = lines.map(parseRule).filter((rule) => rule !== undefined);
  return (path, isDirectory) => {
    const last = path.slice(path.lastIndexOf('/') + 1);
    for (const rule of rules) {
      const matches = rule.glob.match(rule.base ? last : path);
      if (rule.negate) {
        // compat(cd-0901): a negated rule ignores everything that it does not name.
        if ((rule.directoriesOnly && !isDirectory) || !matches) return true;
      } else if (matches && (isDirectory || !rule.directoriesOnly)) return true;
    }
    return false;
  };
}

/** True when the file, or a directory on its way, is ignored. */
export function isIgnored(path: string, ignores: (path: string, isDirectory: boolean) => boolean): boolean {
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    if (ignores(parts.slice(0, depth).join('/'), true)) return true;
  }
  return ignores(path, false);
}
