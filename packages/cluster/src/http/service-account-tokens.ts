import { createHash, createPrivateKey, createPublicKey, randomUUID, sign, verify, type KeyObject } from 'node:crypto';
import { isObject } from '@argosy/std';

/** The key pair that signs ServiceAccount tokens; PEM, curve P-256. */
export interface TokenKey {
  readonly keyId: string;
  readonly publicKey: string;
  readonly privateKey: string;
}

/** A name with the uid that a token is bound to. */
export interface BoundRef {
  readonly name: string;
  readonly uid: string;
}

/** What a token says. Times are in seconds since the epoch. */
export interface TokenClaims {
  readonly audiences: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly tokenId: string;
  readonly namespace: string;
  readonly serviceAccount: BoundRef;
  readonly pod?: BoundRef;
  readonly node?: BoundRef;
  readonly secret?: BoundRef;
}

/** Why a token is not accepted: for our log, never for the client. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
}

/** Signs and reads ServiceAccount tokens (JWT, ES256). Whether the account still exists is checked elsewhere. */
export interface ServiceAccountTokens {
  readonly issuer: string;
  /** The audiences of the API server itself. */
  readonly audiences: readonly string[];
  issue(claims: Omit<TokenClaims, 'tokenId'>): { readonly token: string; readonly tokenId: string };
  /** @throws TokenError when the token is not ours, not valid now, or for none of `audiences`. */
  read(token: string, audiences: readonly string[]): TokenClaims;
  /** RFC 7517 key set with the public key. */
  keySet(): { readonly keys: readonly object[] };
}

/** Longest token that is looked at. */
const TOKEN_LIMIT = 16 * 1024;
/** Tolerated difference of clocks for `nbf`, in seconds. */
const SKEW_SECONDS = 60;

/** True when a text looks like one of our tokens: three parts. Anything else is another kind of token. */
export function looksLikeJwt(token: string): boolean {
  return token.split('.').length === 3;
}

function decodePart(part: string): { readonly [claim: string]: unknown } {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) throw new TokenError('not base64url');
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    throw new TokenError('not JSON');
  }
  throw new TokenError('not an object');
}

function checkHeader(header: { readonly [claim: string]: unknown }, keyId: string): void {
  if (header['alg'] !== 'ES256') throw new TokenError('algorithm is not ES256');
  if (header['kid'] !== keyId) throw new TokenError('signed by an unknown key');
  if (Object.hasOwn(header, 'crit')) throw new TokenError('has critical header members');
}

function verifySignature(key: KeyObject, keyId: string, token: string): { readonly [claim: string]: unknown } {
  if (token.length > TOKEN_LIMIT) throw new TokenError(`longer than ${TOKEN_LIMIT} characters`);
  const [head = '', payload = '', signature = '', ...rest] = token.split('.');
  if (rest.length > 0) throw new TokenError('not three parts');
  checkHeader(decodePart(head), keyId);
  const bytes = Buffer.from(signature, 'base64url');
  if (bytes.toString('base64url') !== signature) throw new TokenError('signature is not canonical base64url');
  const signed = Buffer.from(`${head}.${payload}`);
  if (bytes.length !== 64 || !verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, bytes)) {
    throw new TokenError('bad signature');
  }
  return decodePart(payload);
}

function boundRef(value: unknown): BoundRef | undefined {
  if (!isObject(value)) return undefined;
  const { name, uid } = value as { name?: unknown; uid?: unknown };
  return typeof name === 'string' && typeof uid === 'string' ? { name, uid } : undefined;
}

function optionalRef(
  claims: { readonly [claim: string]: unknown },
  name: 'pod' | 'node' | 'secret',
): { [key: string]: BoundRef } {
  if (!Object.hasOwn(claims, name)) return {};
  const ref = boundRef(claims[name]);
  if (ref === undefined) throw new TokenError(`${name} is not a reference`);
  return { [name]: ref };
}

const timeClaim = (value: unknown, name: string): number => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TokenError(`${name} is missing`);
  return value;
};

function audienceClaim(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item): item is string => typeof item === 'string');
}

function readClaims(payload: { readonly [claim: string]: unknown }): TokenClaims {
  const bound = payload['kubernetes.io'];
  if (!isObject(bound)) throw new TokenError('kubernetes.io is missing');
  const serviceAccount = boundRef(bound['serviceaccount']);
  const namespace = bound['namespace'];
  if (serviceAccount === undefined || typeof namespace !== 'string') throw new TokenError('names no ServiceAccount');
  const tokenId = payload['jti'];
  return {
    audiences: audienceClaim(payload['aud']),
    issuedAt: timeClaim(payload['iat'], 'iat'),
    expiresAt: timeClaim(payload['exp'], 'exp'),
    tokenId: typeof tokenId === 'string' ? tokenId : '',
    namespace,
    serviceAccount,
    ...optionalRef(bound, 'pod'),
    ...optionalRef(bound, 'node'),
    ...optionalRef(bound, 'secret'),
  };
}

function checkClaims(payload: { readonly [claim: string]: unknown }, claims: TokenClaims, nowSeconds: number): void {
  const { namespace, serviceAccount } = claims;
  if (payload['sub'] !== `system:serviceaccount:${namespace}:${serviceAccount.name}`) {
    throw new TokenError('subject and ServiceAccount differ');
  }
  if (nowSeconds >= claims.expiresAt) throw new TokenError('expired');
  const notBefore = payload['nbf'] === undefined ? claims.issuedAt : timeClaim(payload['nbf'], 'nbf');
  if (nowSeconds + SKEW_SECONDS < notBefore) throw new TokenError('not valid yet');
}

function payloadOf(claims: Omit<TokenClaims, 'tokenId'>, issuer: string, tokenId: string): object {
  const { namespace, serviceAccount, pod, node, secret } = claims;
  return {
    iss: issuer,
    sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    aud: claims.audiences,
    exp: claims.expiresAt,
    iat: claims.issuedAt,
    nbf: claims.issuedAt,
    jti: tokenId,
    'kubernetes.io': { namespace, serviceaccount: serviceAccount, pod, node, secret },
  };
}

/** Settings of `createServiceAccountTokens`. */
export interface TokenOptions {
  readonly key: TokenKey;
  /** @default `https://kubernetes.default.svc` */
  readonly issuer?: string;
  /** @default the issuer */
  readonly audiences?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Makes the signer and reader of ServiceAccount tokens. */
export function createServiceAccountTokens(options: TokenOptions): ServiceAccountTokens {
  const issuer = options.issuer ?? 'https://kubernetes.default.svc';
  const privateKey = createPrivateKey(options.key.privateKey);
  const publicKey = createPublicKey(options.key.publicKey);
  const { keyId } = options.key;
  const head = Buffer.from(JSON.stringify({ alg: 'ES256', kid: keyId })).toString('base64url');
  return {
    issuer,
    audiences: options.audiences ?? [issuer],
    issue: (claims) => {
      const tokenId = randomUUID();
      const body = Buffer.from(JSON.stringify(payloadOf(claims, issuer, tokenId))).toString('base64url');
      const bytes = sign('sha256', Buffer.from(`${head}.${body}`), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return { token: `${head}.${body}.${bytes.toString('base64url')}`, tokenId };
    },
    read: (token, audiences) => {
      const payload = verifySignature(publicKey, keyId, token);
      if (payload['iss'] !== issuer) throw new TokenError('another issuer');
      const claims = readClaims(payload);
      checkClaims(payload, claims, Math.floor(options.now() / 1000));
      if (!claims.audiences.some((audience) => audiences.includes(audience))) throw new TokenError('another audience');
      return claims;
    },
    keySet: () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), use: 'sig', kid: keyId, alg: 'ES256' }] }),
  };
}

/** SHA-256 of a static token, hex: what is configured instead of the token itself. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}
