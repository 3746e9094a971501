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
  /** A Helm repository that is a registry: its URL has no scheme. */
  readonly enableOci?: boolean;
  /** Ask the registry without TLS. */
  readonly plainHttp?: boolean;
  /** PEM. */
  readonly tlsClientCertificate?: string;
  /** PEM. */
  readonly tlsClientKey?: string;
  /** URL of a proxy; may hold credentials. */
  readonly proxy?: string;
  /** Hosts that are asked without the proxy, separated by commas. */
  readonly noProxy?: string;
  /** Files kept by Git LFS are wanted. */
  readonly enableLfs?: boolean;
}

/** A repository Secret, read. `prefix` marks a credential template. */
export interface RepositorySecret {
  readonly name: string;
  readonly repositoryName: string;
  readonly type: string;
  readonly prefix: boolean;
  readonly access: RepositoryAccess;
}

/** Data keys of a Secret by the member of the access that they fill. */
const TEXTS: readonly (readonly [key: string, member: keyof RepositoryAccess])[] = [
  ['username', 'username'],
  ['password', 'password'],
  ['bearerToken', 'bearerToken'],
  ['sshPrivateKey', 'sshPrivateKey'],
  ['tlsClientCertData', 'tlsClientCertificate'],
  ['tlsClientCertKey', 'tlsClientKey'],
  ['proxy', 'proxy'],
  ['noProxy', 'noProxy'],
];
const FLAGS: readonly (readonly [key: string, member: keyof RepositoryAccess])[] = [
  ['enableOCI', 'enableOci'],
  ['insecureOCIForceHttp', 'plainHttp'],
  ['enableLfs', 'enableLfs'],
];

function decode(value: unknown): string {
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}

/** Reads a Secret with the label of a repository or a credential template; `undefined` for other Secrets. */
export function readRepositorySecret(secret: KubeObject): RepositorySecret | undefined {
  const role = secret.metadata.labels?.[cdNames.secretType];
  if (role !== 'repository' && role !== 'repo-creds') return undefined;
  const data = isObject(secret['data']) ? secret['data'] : {};
  const field = (name: string): string => (Object.hasOwn(data, name) ? decode(data[name]) : '');
  const access: RepositoryAccess = {
    url: field('url').trim(),
    project: field('project'),
    ...Object.fromEntries(TEXTS.filter(([key]) => field(key) !== '').map(([key, member]) => [member, field(key)])),
    ...Object.fromEntries(FLAGS.filter(([key]) => field(key) === 'true').map(([, member]) => [member, true])),
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
  return [access.password, access.username, access.bearerToken, access.sshPrivateKey, access.tlsClientCertificate].some(
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
  if (template === undefined) return own;
  const owner = own.project === '' ? template.access.project : own.project;
  return { ...template.access, ...own, project: owner, insecure: own.insecure || template.access.insecure };
}

/** A prefix of whole path segments: credentials of one host must not reach another that merely starts alike. */
function isPrefixOf(prefix: string, url: string): boolean {
  return url === prefix || url.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}
