import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { isObject } from '@argosy/std';

/** Longest token that is looked at, in characters. */
export const MAX_TOKEN_LENGTH = 16 * 1024;

type Members = { readonly [claim: string]: unknown };

/** A token taken apart, its signature not looked at yet. */
export interface ParsedToken {
  readonly algorithm: string;
  /** The key that signed it, as the token says; empty when it does not. */
  readonly keyId: string;
  readonly claims: Members;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

function decodePart(part: string): Members | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Takes a JSON Web Token apart; `undefined` when it is none, too long, or has members that must be understood. */
export function parseToken(token: string): ParsedToken | undefined {
  const [head = '', payload = '', signature = '', ...rest] = token.split('.');
  if (token.length > MAX_TOKEN_LENGTH || rest.length > 0 || signature === '') return undefined;
  const header = decodePart(head);
  const claims = decodePart(payload);
  if (header === undefined || claims === undefined || Object.hasOwn(header, 'crit')) return undefined;
  return {
    algorithm: textOf(header['alg']),
    keyId: textOf(header['kid']),
    claims,
    signed: Buffer.from(`${head}.${payload}`),
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** How each algorithm verifies. Nothing symmetric and no `none`: an issuer's keys are public. */
const ALGORITHMS: {
  readonly [name: string]: { readonly hash: string; readonly keyType: string; readonly pss?: true };
} = {
  RS256: { hash: 'sha256', keyType: 'rsa' },
  RS384: { hash: 'sha384', keyType: 'rsa' },
  RS512: { hash: 'sha512', keyType: 'rsa' },
  PS256: { hash: 'sha256', keyType: 'rsa', pss: true },
  PS384: { hash: 'sha384', keyType: 'rsa', pss: true },
  PS512: { hash: 'sha512', keyType: 'rsa', pss: true },
  ES256: { hash: 'sha256', keyType: 'ec' },
  ES384: { hash: 'sha384', keyType: 'ec' },
  ES512: { hash: 'sha512', keyType: 'ec' },
};

/** RSASSA-PSS padding (`RSA_PKCS1_PSS_PADDING`) with a salt as long as the digest. */
const PSS = { padding: 6, saltLength: -1 } as const;

/** Whether `key` signed the token. A key of another type than the algorithm's never did. */
export function isSignedBy(token: ParsedToken, key: KeyObject): boolean {
  const known = Object.hasOwn(ALGORITHMS, token.algorithm) ? ALGORITHMS[token.algorithm] : undefined;
  if (known === undefined || key.asymmetricKeyType !== known.keyType) return false;
  const more = known.keyType === 'ec' ? { dsaEncoding: 'ieee-p1363' as const } : known.pss === true ? PSS : {};
  return verify(known.hash, token.signed, { key, ...more }, token.signature);
}

/** The public keys for signatures in a key set, by key id; what cannot be read is left out. */
export function readKeySet(document: unknown): ReadonlyMap<string, KeyObject> {
  const keys = isObject(document) && Array.isArray(document['keys']) ? (document['keys'] as unknown[]) : [];
  const found = new Map<string, KeyObject>();
  for (const key of keys.filter(isObject)) {
    if (key['use'] !== undefined && key['use'] !== 'sig') continue;
    try {
      const keyId = typeof key['kid'] === 'string' ? key['kid'] : '';
      found.set(keyId, createPublicKey({ key: key as never, format: 'jwk' }));
    } catch {
      // A key of a kind that we do not know is no reason to refuse the others.
    }
  }
  return found;
}
