import { isObject } from '@argosy/std';
import type { ImageName } from './image-name.ts';

/** A user of a registry. */
export interface RegistryUser {
  readonly username: string;
  readonly password: string;
}

const isText = (value: unknown): value is string => typeof value === 'string';

function userOf(entry: unknown): RegistryUser | undefined {
  if (!isObject(entry)) return undefined;
  const { username, password, auth } = entry as { username?: unknown; password?: unknown; auth?: unknown };
  if (isText(username) && username !== '') return { username, password: isText(password) ? password : '' };
  if (!isText(auth)) return undefined;
  const [, name, secret] = /^([^:]+):([\s\S]*)$/.exec(Buffer.from(auth, 'base64').toString('utf8')) ?? [];
  return name === undefined ? undefined : { username: name, password: secret ?? '' };
}

/** `https://index.docker.io/v1/` and `docker.io` are one place. */
function placeOf(key: string): string {
  const bare = key
    .replace(/^https?:\/\//, '')
    .replace(/\/(v1|v2)\/?$/, '')
    .replace(/\/$/, '');
  return bare === 'index.docker.io' || bare === 'registry-1.docker.io' ? 'docker.io' : bare;
}

/** True when a place of a secret (host, `*.host`, host with a path) covers the image. */
function covers(place: string, image: ImageName): boolean {
  const [host = '', ...path] = place.split('/');
  const isHost =
    host === image.registry ||
    (host.startsWith('*.') && image.registry.split('.').slice(1).join('.') === host.slice(2));
  const prefix = path.join('/');
  return isHost && (prefix === '' || image.repository === prefix || image.repository.startsWith(`${prefix}/`));
}

function entriesOf(text: string): readonly (readonly [string, unknown])[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A secret that is not JSON offers no credentials; the pull then fails with the registry's own words.
    return [];
  }
  if (!isObject(value)) return [];
  const auths = (value as { auths?: unknown }).auths ?? value;
  return isObject(auths) ? Object.entries(auths) : [];
}

/**
 * The users that pull secrets (`.dockerconfigjson` or `.dockercfg` content) offer for an image, the closest match first.
 * The empty list means: pull without a user.
 */
export function usersFor(image: ImageName, secrets: readonly string[]): readonly RegistryUser[] {
  const found = secrets.flatMap(entriesOf).flatMap(([key, entry]) => {
    const place = placeOf(key);
    const user = userOf(entry);
    return user === undefined || !covers(place, image) ? [] : [{ place, user }];
  });
  return found.toSorted((a, b) => b.place.length - a.place.length).map((item) => item.user);
}

/** The header X-Registry-Auth. */
export function authHeader(user: RegistryUser, registry: string): string {
  const serveraddress = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  const text = Buffer.from(JSON.stringify({ ...user, serveraddress })).toString('base64');
  // The alphabet for URLs, with the padding: engines refuse the one without the other.
  return text.replaceAll('+', '-').replaceAll('/', '_');
}
