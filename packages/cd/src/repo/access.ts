import { isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { cdNames } from '@argosy/api/cd';
import { normalizeRepoUrl } from '../engine/index.ts';

/** A repository and what is needed to read it. Holds secrets: never log it, never put it into a plan. */
export interface RepositoryAccess {
  readonly url: string;
  readonly project: string;
  readonly username?: string;
  readonly password?: string;
  readonly bearerToken?: string;
  readonly sshPrivateKey?: string;
  /** OpenSSH known_hosts text. */
  readonly sshKnownHosts?: string;
  readonly insecure: boolean;
}

/** A repository Secret, read. `prefix` marks a credential template. */
export interface RepositorySecret {
  readonly name: string;
  readonly repositoryName: string;
  readonly type: string;
  readonly prefix: boolean;
  readonly access: RepositoryAccess;
}

function decode(value: unknown): string {
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}

/** Reads a Secret with the label of a repository or a credential template; `undefined` for other Secrets. */
export function readRepositorySecret(secret: KubeObject): RepositorySecret | undefined {
  const role = secret.metadata.labels?.[cdNames.secretType];
  if (role !== 'repository' && role !== 'repo-creds') return undefined;
  const data = isObject(secret['data']) ? secret['data'] : {};
  const field = (name: string): string => (Object.hasOwn(data, name) ? decode(data[name]) : '');
  const optional = (name: string): { readonly [key: string]: string } =>
    field(name) === '' ? {} : { [name]: field(name) };
  const access: RepositoryAccess = {
    url: field('url').trim(),
    project: field('project'),
    ...optional('username'),
    ...optional('password'),
    ...optional('bearerToken'),
    ...optional('sshPrivateKey'),
    insecure: field('insecure') === 'true' || field('insecureIgnoreHostKey') === 'true',
  };
  return {
    name: secret.metadata.name,
    repositoryName: field('name'),
    type: field('type') === '' ? 'git' : field('type'),
    prefix: role === 'repo-creds',
    access,
  };
}

function hasCredentials(access: RepositoryAccess): boolean {
  return [access.password, access.username, access.bearerToken, access.sshPrivateKey].some(
    (value) => value !== undefined,
  );
}

/**
 * The access for `url` among the Secrets: the same normalised URL (the project's own before one without project), else
 * the longest template that is a prefix, else anonymous.
 */
export function findAccess(secrets: readonly RepositorySecret[], url: string, project: string): RepositoryAccess {
  const wanted = normalizeRepoUrl(url);
  const usable = secrets.filter(({ access }) => access.project === '' || access.project === project);
  const exact = usable
    .filter((secret) => !secret.prefix && normalizeRepoUrl(secret.access.url) === wanted)
    .sort((a, b) => Number(b.access.project === project) - Number(a.access.project === project))[0];
  const own: RepositoryAccess = { ...(exact?.access ?? { project: '', insecure: false }), url };
  if (hasCredentials(own)) return own;
  const template = usable
    .filter((secret) => secret.prefix && isPrefixOf(normalizeRepoUrl(secret.access.url), wanted))
    .sort((a, b) => b.access.url.length - a.access.url.length)[0];
  return template === undefined ? own : { ...template.access, url, insecure: own.insecure || template.access.insecure };
}

/** A prefix of whole path segments: credentials of one host must not reach another that merely starts alike. */
function isPrefixOf(prefix: string, url: string): boolean {
  return url === prefix || url.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}
