import { posix } from 'node:path';
import { RepositoryError } from './errors.ts';

/** Ways to reach a repository that git may use. */
export type GitScheme = 'file' | 'http' | 'https' | 'ssh';

const MAX_URL_CHARACTERS = 2048;
const MAX_REVISION_CHARACTERS = 250;

const invalid = (message: string): RepositoryError => new RepositoryError('InvalidRequest', message);

function hasControl(text: string): boolean {
  return [...text].some((char) => char < ' ' || char === '\u007f');
}

/** The scheme of a repository URL; `user@host:path` is ssh, an absolute path is file. */
export function schemeOf(url: string): GitScheme | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url);
  const scheme = match?.[1]?.toLowerCase();
  if (scheme !== undefined)
    return ['file', 'http', 'https', 'ssh'].includes(scheme) ? (scheme as GitScheme) : undefined;
  if (url.startsWith('/')) return 'file';
  return /^[\w.-]+@[\w.-]+:(?!:)[^\s]+$/.test(url) ? 'ssh' : undefined;
}

/**
 * Refuses URLs that git could read as something else than a plain repository address.
 * @throws RepositoryError InvalidRequest.
 */
export function checkRepoUrl(url: string, allowed: readonly GitScheme[]): GitScheme {
  if (url === '' || url.length > MAX_URL_CHARACTERS)
    throw invalid(`repoURL must have 1 to ${MAX_URL_CHARACTERS} characters`);
  if (url.startsWith('-') || hasControl(url) || /\s/.test(url)) throw invalid('repoURL is not a repository address');
  const scheme = schemeOf(url);
  if (scheme === undefined || !allowed.includes(scheme)) {
    throw invalid(`repoURL must use one of ${allowed.join(', ')}`);
  }
  return scheme;
}

/**
 * Refuses revisions that git could read as an option or an expression.
 * @throws RepositoryError InvalidRequest.
 */
export function checkRevision(revision: string): void {
  const odd =
    revision.startsWith('-') || hasControl(revision) || /[\s~^:?*[\\]|\.\.|@\{|\/\/|\.lock$|\/$/.test(revision);
  if (odd || revision.length > MAX_REVISION_CHARACTERS) {
    throw invalid(`targetRevision ${JSON.stringify(revision.slice(0, 80))} is not a branch, tag or commit`);
  }
}

/**
 * The path inside the repository, without `.`; `''` is its root.
 * @throws RepositoryError InvalidRequest with upstream's words.
 */
export function checkSourcePath(path: string): string {
  if (path.startsWith('/')) throw invalid(`${path}: app path is absolute`);
  if (hasControl(path) || path.includes('\\') || path.length > MAX_URL_CHARACTERS)
    throw invalid('app path has characters that no path has');
  const normal = posix.normalize(path === '' ? '.' : path);
  if (normal === '..' || normal.startsWith('../')) throw invalid(`${path}: app path outside root`);
  return normal === '.' ? '' : normal.replace(/\/+$/, '');
}
