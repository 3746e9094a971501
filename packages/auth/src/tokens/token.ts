import { err, isObject, ok, type Instant, type Result } from '@argosy/std';

/** The issuer of our own tokens, as upstream writes it. */
export const TOKEN_ISSUER = 'argocd';

/** The audience of our own tokens. */
export const TOKEN_AUDIENCE = 'argocd';

/** The longest token text that is looked at. */
export const MAX_TOKEN_LENGTH = 4096;

/** The longest subject. */
export const MAX_SUBJECT_LENGTH = 255;

/** How far another replica's clock may be ahead, in seconds. */
export const CLOCK_SKEW_SECONDS = 30;

/** The longest life of a login session, in seconds. */
export const MAX_SESSION_SECONDS = 86_400;

/** What a session token says. Times are whole seconds since the epoch. */
export interface SessionClaims {
  readonly iss: string;
  readonly aud: string;
  /** `<account>:login`. */
  readonly sub: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
  /** A keyed digest of the account's password hash: the token ends with the password, however that was changed. */
  readonly pwd: string;
}

/** Signs a text with the server's key: base64url without padding. */
export type Signer = (text: string) => string;

/** A token taken apart, its signature not yet looked at. */
export interface ParsedToken {
  readonly signedText: string;
  readonly signature: string;
  readonly claims: SessionClaims;
}

/** Why a token was refused. For the audit log; clients are told only `invalid session`. */
export type TokenDefect =
  | 'malformed'
  | 'header'
  | 'claims'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not-yet-valid'
  | 'lifetime'
  | 'subject'
  | 'revoked'
  | 'account'
  | 'password-changed';

// base64url of {"alg":"HS256","typ":"JWT"}: tokens of our own have this header and no other, which shuts out
// algorithm confusion, embedded keys, critical extensions and compression by one comparison.
const HEADER = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9';

/** Writes a token. */
export function encodeToken(claims: SessionClaims, sign: Signer): string {
  const payload = Buffer.from(JSON.stringify(claims), 'utf8').toString('base64url');
  const signedText = `${HEADER}.${payload}`;
  return `${signedText}.${sign(signedText)}`;
}

/** Takes a token apart. Believes nothing yet: check the signature before using the claims. */
export function parseToken(text: string): Result<ParsedToken, TokenDefect> {
  if (text.length > MAX_TOKEN_LENGTH) return err('malformed');
  const [header, payload, signature, ...more] = text.split('.');
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) {
    return err('malformed');
  }
  if (header !== HEADER) return err('header');
  const bytes = Buffer.from(payload, 'base64url');
  if (bytes.toString('base64url') !== payload || signature.length !== 43) return err('malformed');
  const claims = parseClaims(bytes.toString('utf8'));
  return claims === undefined ? err('claims') : ok({ signedText: `${header}.${payload}`, signature, claims });
}

function parseClaims(text: string): SessionClaims | undefined {
  let decoded: unknown;
  try {
    decoded = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(decoded)) return undefined;
  const { iss, aud, sub, iat, nbf, exp, jti, pwd } = decoded;
  const texts = [iss, aud, sub, jti, pwd].every((value) => typeof value === 'string' && value !== '');
  const times = [iat, nbf, exp].every((value) => Number.isSafeInteger(value));
  return texts && times ? (decoded as unknown as SessionClaims) : undefined;
}

// oxlint-disable-next-line no-control-regex -- control characters are exactly what must be found
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Checks what a correctly signed token claims, at `now`. Gives the account name.
 * Revocation, the account's state and its password change are the caller's to check.
 */
export function checkClaims(claims: SessionClaims, now: Instant): Result<{ readonly account: string }, TokenDefect> {
  if (claims.iss !== TOKEN_ISSUER) return err('issuer');
  if (claims.aud !== TOKEN_AUDIENCE) return err('audience');
  const fault = timeFault(claims, Math.floor(now / 1000));
  if (fault !== undefined) return err(fault);
  return accountOf(claims);
}

function timeFault(claims: SessionClaims, nowSeconds: number): TokenDefect | undefined {
  if (claims.exp <= nowSeconds) return 'expired';
  const newest = nowSeconds + CLOCK_SKEW_SECONDS;
  if (claims.nbf > newest || claims.iat > newest) return 'not-yet-valid';
  return claims.exp - claims.iat > MAX_SESSION_SECONDS ? 'lifetime' : undefined;
}

function accountOf(claims: SessionClaims): Result<{ readonly account: string }, TokenDefect> {
  if (claims.sub.length > MAX_SUBJECT_LENGTH || CONTROL.test(claims.sub)) return err('subject');
  const colon = claims.sub.lastIndexOf(':');
  const account = claims.sub.slice(0, colon);
  if (colon < 1 || claims.sub.slice(colon + 1) !== 'login' || account.includes(':')) return err('subject');
  return ok({ account });
}
