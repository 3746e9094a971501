import { isObject } from '@argosy/std';
import { RestError, type RestResponse } from '@argosy/api/rest';
import type { Policy } from '@argosy/auth/policy';
import type { Session, Sessions } from '@argosy/auth/sessions';
import { sessionCookie } from './credentials.ts';
import type { PathParams } from './router.ts';

/** What a route of the server itself sees. */
export interface OwnRequest {
  readonly params: PathParams;
  readonly body: unknown;
  readonly address: string;
  readonly token: string | undefined;
  /** Absent on open routes when nobody is logged in. */
  readonly session: Session | undefined;
}

/** An answer with headers of its own. */
export interface OwnAnswer {
  readonly response: RestResponse;
  readonly headers?: { readonly [name: string]: string };
}

/** A route of the server itself: sessions, accounts, version. */
export interface OwnRoute {
  readonly kind: 'own';
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** True when nobody needs to be logged in. */
  readonly isOpen: boolean;
  readonly handle: (request: OwnRequest) => Promise<OwnAnswer> | OwnAnswer;
}

/** What the routes need. */
export interface OwnRoutesOptions {
  readonly sessions: Sessions;
  readonly policy: Policy;
  readonly version: string;
}

const json = (body: unknown): OwnAnswer => ({ response: { kind: 'json', body } });

/** Login, logout, who am I, accounts, `can-i`, version. */
export function ownRoutes(options: OwnRoutesOptions): readonly OwnRoute[] {
  return [...sessionRoutes(options), ...accountRoutes(options), versionRoute(options)];
}

function sessionRoutes({ sessions }: OwnRoutesOptions): readonly OwnRoute[] {
  const path = '/api/v1/session';
  return [
    {
      kind: 'own',
      method: 'POST',
      path,
      isOpen: true,
      handle: async (request) => {
        const username = textOf(request.body, 'username');
        const password = textOf(request.body, 'password');
        const token = await sessions.login({ username, password, address: request.address });
        const session = sessions.authenticate(token);
        const lifeSeconds = session === undefined ? 0 : session.expiresAt - session.issuedAt;
        return { ...json({ token }), headers: { 'set-cookie': sessionCookie(token, lifeSeconds) } };
      },
    },
    {
      kind: 'own',
      method: 'DELETE',
      path,
      isOpen: true,
      handle: async (request) => {
        if (request.token !== undefined) await sessions.logout(request.token, request.address);
        return { ...json({}), headers: { 'set-cookie': sessionCookie('', 0) } };
      },
    },
    {
      kind: 'own',
      method: 'GET',
      path: `${path}/userinfo`,
      isOpen: true,
      handle: ({ session }) => json(session === undefined ? { loggedIn: false } : userInfo(session)),
    },
  ];
}

const userInfo = (session: Session): unknown => ({
  loggedIn: true,
  username: session.identity.username,
  iss: session.identity.issuer === 'argosy' ? 'argocd' : session.identity.issuer,
  groups: session.identity.groups,
});

function accountRoutes({ sessions, policy }: OwnRoutesOptions): readonly OwnRoute[] {
  const maySee = (session: Session | undefined, name: string): boolean =>
    session?.identity.subject === name || may(policy, session, { resource: 'accounts', action: 'get', object: name });
  return [
    {
      kind: 'own',
      method: 'GET',
      path: '/api/v1/account',
      isOpen: false,
      handle: ({ session }) => {
        const visible = sessions.accounts().filter((account) => maySee(session, account.name));
        return json({ items: visible.map((account) => ({ ...account, tokens: [] })) });
      },
    },
    {
      kind: 'own',
      method: 'PUT',
      path: '/api/v1/account/password',
      isOpen: false,
      handle: (request) => updatePassword(request, sessions, policy),
    },
    {
      kind: 'own',
      method: 'GET',
      path: '/api/v1/account/can-i/{resource}/{action}/{subresource=**}',
      isOpen: false,
      handle: ({ params, session }) => {
        const { resource = '', action = '', subresource = '' } = params;
        return json({ value: may(policy, session, { resource, action, object: subresource }) ? 'yes' : 'no' });
      },
    },
  ];
}

interface Wish {
  readonly resource: string;
  readonly action: string;
  readonly object: string;
}

function may(policy: Policy, session: Session | undefined, wish: Wish): boolean {
  return session !== undefined && policy.enforce(session.identity, wish.resource, wish);
}

async function updatePassword(request: OwnRequest, sessions: Sessions, policy: Policy): Promise<OwnAnswer> {
  const actor = request.session?.identity.username ?? '';
  const account = textOf(request.body, 'name') || actor;
  if (account !== actor && !may(policy, request.session, { resource: 'accounts', action: 'update', object: account })) {
    throw new RestError('PermissionDenied', `permission denied: accounts, update, ${account}, sub: ${actor}`);
  }
  await sessions.changePassword({
    actor,
    account,
    currentPassword: textOf(request.body, 'currentPassword'),
    newPassword: textOf(request.body, 'newPassword'),
    address: request.address,
  });
  return json({});
}

/** A text member of a body; `''` when it is missing. */
function textOf(body: unknown, name: string): string {
  const value = isObject(body) && Object.hasOwn(body, name) ? body[name] : undefined;
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string')
    throw new RestError('InvalidArgument', `${name} must be a text, found ${typeof value}`);
  return value;
}

function versionRoute({ version }: OwnRoutesOptions): OwnRoute {
  return {
    kind: 'own',
    method: 'GET',
    path: '/api/version',
    isOpen: true,
    // Who is not logged in learns the version only, as upstream.
    handle: ({ session }) =>
      json(session === undefined ? { Version: version } : { Version: version, Platform: process.platform }),
  };
}
