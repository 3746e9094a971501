import { headerOf, hostOf, type Exchange } from './exchange.ts';

/** The session cookie's name, as upstream's. */
export const COOKIE_NAME = 'argocd.token';

/** A token and how it came: cookies come with every request of a browser, so they need the same-origin check. */
export interface Credentials {
  readonly token: string;
  readonly source: 'bearer' | 'cookie';
}

/** The token of a request: `Authorization: Bearer` first, then the cookie. Other schemes are no credentials. */
export function credentialsOf(exchange: Exchange): Credentials | undefined {
  const authorization = headerOf(exchange, 'authorization');
  if (authorization !== undefined) {
    const token = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(authorization)?.[1];
    // A request that brings a header is judged by it alone; a bad one does not fall back to the cookie.
    return { token: token ?? '', source: 'bearer' };
  }
  const token = cookieOf(headerOf(exchange, 'cookie') ?? '');
  return token === undefined ? undefined : { token, source: 'cookie' };
}

function cookieOf(header: string): string | undefined {
  for (const part of header.split(';')) {
    const equals = part.indexOf('=');
    if (part.slice(0, equals).trim() === COOKIE_NAME) return part.slice(equals + 1).trim() || undefined;
  }
  return undefined;
}

/** The Set-Cookie text of a session; an empty token takes the cookie away. */
export function sessionCookie(token: string, maxAgeSeconds: number): string {
  return `${COOKIE_NAME}=${token}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; Secure; SameSite=Strict`;
}

/** True when a browser says that the request comes from our own page. Requests that say nothing are not. */
export function isSameOrigin(exchange: Exchange): boolean {
  const site = headerOf(exchange, 'sec-fetch-site');
  if (site !== undefined && site !== 'same-origin') return false;
  const origin = headerOf(exchange, 'origin');
  if (origin !== undefined) return origin === `https://${hostOf(exchange)}`;
  return site !== undefined;
}
