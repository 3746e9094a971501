import { setOwn } from '@argosy/std';
import { kubeError } from '@argosy/kube/meta';
import type { UserInfo } from '@argosy/kube/port';
import type { Authorizer, ControlPlane } from '../apiserver/index.ts';
import { actingUser } from '../control-plane/index.ts';

const EXTRA_PREFIX = 'impersonate-extra-';

/**
 * Every value of a header that may be repeated: both protocols join repeated unknown headers with a comma in the
 * merged form, which would let a group contain a comma, so the raw list is read.
 */
export function rawHeaderValues(rawHeaders: readonly string[], name: string): readonly string[] {
  const found: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) found.push(rawHeaders[index + 1] ?? '');
  }
  return found;
}

function readExtra(rawHeaders: readonly string[]): { readonly [key: string]: readonly string[] } {
  const extra: { [key: string]: readonly string[] } = {};
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (!name.startsWith(EXTRA_PREFIX)) continue;
    let key: string;
    try {
      key = decodeURIComponent(name.slice(EXTRA_PREFIX.length));
    } catch {
      throw kubeError('BadRequest', `the header ${JSON.stringify(name)} is not valid percent-encoding`);
    }
    setOwn(extra, key, rawHeaderValues(rawHeaders, name));
  }
  return extra;
}

/**
 * Reads the impersonation headers: the user as asked for, without what follows from being that user.
 * @throws KubeError BadRequest when groups, uid or extra are asked for without a user.
 */
export function readImpersonation(rawHeaders: readonly string[]): UserInfo | undefined {
  const names = rawHeaderValues(rawHeaders, 'impersonate-user');
  if (names.length > 1) throw kubeError('BadRequest', 'Impersonate-User is given more than once');
  const name = names[0];
  const groups = rawHeaderValues(rawHeaders, 'impersonate-group');
  const uid = rawHeaderValues(rawHeaders, 'impersonate-uid')[0];
  const extra = readExtra(rawHeaders);
  if (name === undefined || name === '') {
    if (groups.length === 0 && uid === undefined && Object.keys(extra).length === 0) return undefined;
    throw kubeError('BadRequest', 'Impersonate-Group, Impersonate-Uid and Impersonate-Extra need Impersonate-User');
  }
  return {
    name,
    groups,
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/**
 * The user that a request acts as.
 * @throws KubeError Forbidden when the caller may not impersonate every part of it.
 */
export function effectiveUser(
  plane: Pick<ControlPlane, 'demand'>,
  user: UserInfo,
  wanted: UserInfo | undefined,
): UserInfo {
  const demanding: Authorizer = {
    authorize: (caller, attributes) => {
      plane.demand(caller, attributes);
      return { allowed: true, reason: '' };
    },
  };
  return actingUser(demanding, user, wanted);
}
