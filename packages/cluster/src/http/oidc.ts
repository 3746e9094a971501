import type { KeyObject } from 'node:crypto';
import { request } from 'node:https';
import { isObject, silentLogger, type Logger } from '@argosy/std';
import type { UserInfo } from '@argosy/kube/port';
import { isSignedBy, parseToken, readKeySet, type ParsedToken } from './jwt.ts';

/** One OpenID Connect issuer whose tokens the API server takes. */
export interface OidcIssuer {
  /** `https://…`, as tokens name it in `iss`. */
  readonly url: string;
  /** One of them must be in `aud`: the ids of clients. */
  readonly audiences: readonly string[];
  /** PEM of the authority that signed the issuer's certificate; without it the system's authorities count. */
  readonly certificateAuthority?: string;
  readonly username: { readonly claim: string; readonly prefix: string };
  readonly groups?: { readonly claim: string; readonly prefix: string };
  /** Claims that must have these values. */
  readonly requiredClaims: { readonly [claim: string]: string };
}

/** Settings of `createOidcTokens`. */
export interface OidcOptions {
  readonly issuers: readonly OidcIssuer[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger?: Logger;
}

/** Largest document of an issuer, in bytes. */
export const MAX_OIDC_DOCUMENT_BYTES = 1024 * 1024;
/** How long an issuer may take to answer, in milliseconds. */
export const OIDC_TIMEOUT_MS = 10_000;
/** An unknown key makes the key set be read again, but no more often than this, in milliseconds. */
export const OIDC_REFRESH_MS = 10_000;
/** Tolerated difference of clocks, in seconds. */
const SKEW_SECONDS = 60;
/** Most groups that a token may bring. */
export const MAX_OIDC_GROUPS = 1000;

/** A name that the cluster itself gives must not come from outside. */
const RESERVED = 'system:';

function fetchJson(url: string, ca: string | undefined): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(OIDC_TIMEOUT_MS);
    const trust = ca === undefined ? {} : { ca };
    const outgoing = request(url, { ...trust, signal, headers: { accept: 'application/json' } }, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
        if (size > MAX_OIDC_DOCUMENT_BYTES) answer.destroy(new Error(`more than ${MAX_OIDC_DOCUMENT_BYTES} bytes`));
        else chunks.push(chunk);
      });
      answer.on('error', reject);
      answer.on('end', () => {
        try {
          if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode ?? 0}`);
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** The keys of one issuer: read when first needed, and again when a token names a key that is not there. */
interface KeyStore {
  find(keyId: string): Promise<KeyObject | undefined>;
}

async function readKeys(issuer: OidcIssuer): Promise<ReadonlyMap<string, KeyObject>> {
  const base = issuer.url.replace(/\/$/, '');
  const document = await fetchJson(`${base}/.well-known/openid-configuration`, issuer.certificateAuthority);
  const { issuer: named, jwks_uri: keys } = isObject(document) ? document : {};
  if (named !== issuer.url) throw new Error('the discovery document names another issuer');
  if (typeof keys !== 'string' || !keys.startsWith('https://')) throw new Error('jwks_uri must be an https URL');
  return readKeySet(await fetchJson(keys, issuer.certificateAuthority));
}

function createKeyStore(issuer: OidcIssuer, options: OidcOptions): KeyStore {
  const logger = options.logger ?? silentLogger;
  let keys: ReadonlyMap<string, KeyObject> = new Map();
  let readAt = -Infinity;
  let reading: Promise<void> | undefined;
  const read = async (): Promise<void> => {
    readAt = options.now();
    try {
      keys = await readKeys(issuer);
    } catch (error) {
      // The old keys stay: an issuer that is down for a moment locks nobody out.
      logger.warn('the keys of an OpenID Connect issuer cannot be read', {
        issuer: issuer.url,
        error: error instanceof Error ? error.message : String(error),
      });
    }
    reading = undefined;
  };
  // A token may leave out the key's name when there is only one.
  const known = (keyId: string): KeyObject | undefined =>
    keys.get(keyId) ?? (keyId === '' && keys.size === 1 ? [...keys.values()][0] : undefined);
  return {
    find: async (keyId) => {
      const found = known(keyId);
      if (found !== undefined) return found;
      if (reading === undefined && options.now() - readAt >= OIDC_REFRESH_MS) reading = read();
      await reading;
      return known(keyId);
    },
  };
}

function audiencesOf(claims: ParsedToken['claims']): readonly unknown[] {
  return Array.isArray(claims['aud']) ? (claims['aud'] as unknown[]) : [claims['aud']];
}

function isForUsNow(issuer: OidcIssuer, claims: ParsedToken['claims'], nowSeconds: number): boolean {
  const { exp, nbf } = claims;
  if (typeof exp !== 'number' || nowSeconds >= exp) return false;
  if (nbf !== undefined && (typeof nbf !== 'number' || nowSeconds + SKEW_SECONDS < nbf)) return false;
  if (!audiencesOf(claims).some((item) => typeof item === 'string' && issuer.audiences.includes(item))) return false;
  return Object.entries(issuer.requiredClaims).every(
    ([claim, value]) => Object.hasOwn(claims, claim) && claims[claim] === value,
  );
}

function groupsOf(issuer: OidcIssuer, claims: ParsedToken['claims']): readonly string[] | undefined {
  const { groups } = issuer;
  const given = groups === undefined || !Object.hasOwn(claims, groups.claim) ? [] : claims[groups.claim];
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length > MAX_OIDC_GROUPS || !list.every((item) => typeof item === 'string')) return undefined;
  return list.map((item) => `${groups?.prefix ?? ''}${item}`).filter((name) => !name.startsWith(RESERVED));
}

/** The user of verified claims; `undefined` when they name none that may come from outside. */
function userOf(issuer: OidcIssuer, claims: ParsedToken['claims']): UserInfo | undefined {
  const { claim, prefix } = issuer.username;
  const name = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (typeof name !== 'string' || name === '') return undefined;
  // Upstream too takes an email for a name only when the issuer has verified it.
  if (claim === 'email' && claims['email_verified'] !== undefined && claims['email_verified'] !== true)
    return undefined;
  const groups = groupsOf(issuer, claims);
  if (groups === undefined || `${prefix}${name}`.startsWith(RESERVED)) return undefined;
  return { name: `${prefix}${name}`, groups };
}

/**
 * Makes the reader of OpenID Connect tokens: give it to the authenticator as `foreignTokens`. A token counts when a key
 * of its issuer signed it, it is for one of the audiences, valid now, and has the required claims. Names and groups
 * that begin with `system:` are never taken from outside.
 */
export function createOidcTokens(options: OidcOptions): (token: string) => Promise<UserInfo | undefined> {
  const stores = new Map(
    options.issuers.map((issuer) => [issuer.url, { issuer, keys: createKeyStore(issuer, options) }]),
  );
  return async (text) => {
    const token = parseToken(text);
    const named = token?.claims['iss'];
    const known = typeof named === 'string' ? stores.get(named) : undefined;
    if (token === undefined || known === undefined) return undefined;
    if (!isForUsNow(known.issuer, token.claims, Math.floor(options.now() / 1000))) return undefined;
    const key = await known.keys.find(token.keyId);
    return key !== undefined && isSignedBy(token, key) ? userOf(known.issuer, token.claims) : undefined;
  };
}
