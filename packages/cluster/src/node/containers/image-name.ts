import { err, ok, type Result } from '@argosy/std';

/** A reference to an image, taken apart and made whole. */
export interface ImageName {
  /** `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** `library/busybox`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
  /** Registry, repository, tag or digest: unambiguous for every engine. */
  readonly full: string;
}

const LONGEST_NAME = 1024;
const PART = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,}$/;
const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$/;

/** The first part of a name is a registry when it looks like a host. */
function splitRegistry(path: string): { readonly registry: string; readonly repository: string } {
  const slash = path.indexOf('/');
  const head = slash < 0 ? '' : path.slice(0, slash);
  const isHost = head.includes('.') || head.includes(':') || head === 'localhost';
  if (isHost) return { registry: head, repository: path.slice(slash + 1) };
  return { registry: 'docker.io', repository: slash < 0 ? `library/${path}` : path };
}

function splitTag(text: string): { readonly path: string; readonly tag: string | undefined } {
  const colon = text.lastIndexOf(':');
  if (colon < 0 || text.indexOf('/', colon) >= 0) return { path: text, tag: undefined };
  return { path: text.slice(0, colon), tag: text.slice(colon + 1) };
}

const fits = (part: string | undefined, pattern: RegExp): boolean => part === undefined || pattern.test(part);

/** Reads an image reference as Kubernetes does: docker.io and `latest` stand for what is left out. */
export function parseImageName(text: string): Result<ImageName, string> {
  const fault = err(`couldn't parse image name "${text}": invalid reference format`);
  if (text === '' || text.length > LONGEST_NAME) return fault;
  const at = text.indexOf('@');
  const [before, digest] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
  const { path, tag } = splitTag(before);
  const { registry, repository } = splitRegistry(path);
  const isNamed = HOST.test(registry) && repository.split('/').every((part) => PART.test(part));
  if (!isNamed || !fits(tag, TAG) || !fits(digest, DIGEST)) return fault;
  return ok({ registry, repository, ...versionOf(`${registry}/${repository}`, tag, digest) });
}

/** A digest says which image is meant, whatever the tag beside it says. */
function versionOf(
  base: string,
  tag: string | undefined,
  digest: string | undefined,
): Pick<ImageName, 'tag' | 'digest' | 'full'> {
  const chosen = tag ?? 'latest';
  return digest === undefined ? { tag: chosen, full: `${base}:${chosen}` } : { digest, full: `${base}@${digest}` };
}

/** What imagePullPolicy means when a container does not say it: Always for `latest`, else IfNotPresent. */
export function defaultPullPolicy(name: ImageName): 'Always' | 'IfNotPresent' {
  return name.digest === undefined && name.tag === 'latest' ? 'Always' : 'IfNotPresent';
}
