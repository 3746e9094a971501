import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { dottedIdentifier, elementsOf, integer, sequence, sequenceIn, TAG, type Element } from './der.ts';
import { decodePem, encodePem, type PemBlock } from './pem.ts';
import { checkLimit, Refusal, within } from './refusal.ts';

/** Bits of the greatest RSA key that is read: the cost of signing grows with their cube. */
export const RSA_KEY_LIMIT_BITS = 8192;

/** A private key that can sign, with the platform's own key; the others are only known by their kind. */
export type SigningKey = { readonly kind: 'rsa' | 'ec' | 'ed25519'; readonly key: KeyObject };
/** Any private key that is read. */
export type PrivateKey = SigningKey | { readonly kind: 'dsa' | 'ecdh' };

type Form = 'pkcs1' | 'pkcs8' | 'sec1' | 'other';

const tagsOf = (parts: readonly Element[]): readonly number[] => parts.map((part) => part.tag);

/** Which of the known forms some bytes have, by their first parts. */
function formOf(bytes: Uint8Array): Form {
  let tags: readonly number[];
  try {
    tags = tagsOf(sequenceIn(bytes));
  } catch (error) {
    if (error instanceof Refusal) return 'other';
    throw error;
  }
  if (tags[0] !== TAG.integer) return 'other';
  if (tags[1] === TAG.octets) return 'sec1';
  if (tags[1] === TAG.sequence && tags[2] === TAG.octets) return 'pkcs8';
  return tags.length >= 9 && tags.slice(0, 9).every((tag) => tag === TAG.integer) ? 'pkcs1' : 'other';
}

const PARSERS: { readonly [form in Exclude<Form, 'other'>]: string } = {
  pkcs1: 'ParsePKCS1PrivateKey',
  pkcs8: 'ParsePKCS8PrivateKey',
  sec1: 'ParseECPrivateKey',
};

/** Refuses bytes that have another form than the one wanted, in Go's words where it knows the other form. */
function expectForm(bytes: Uint8Array, wanted: Exclude<Form, 'other'>): void {
  const found = formOf(bytes);
  if (found === wanted) return;
  const hint =
    found === 'other'
      ? 'asn1: structure error: not the form of this kind of key'
      : `x509: failed to parse private key (use ${PARSERS[found]} instead for this key format)`;
  throw new Refusal(hint);
}

function importKey(bytes: Uint8Array, type: Exclude<Form, 'other'>): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(bytes), format: 'der', type });
  } catch {
    // The platform's words could quote what it read.
    throw new Refusal('x509: the private key is malformed');
  }
}

function rsaKey(key: KeyObject): SigningKey {
  checkLimit('RSA key bits', key.asymmetricKeyDetails?.modulusLength ?? 0, RSA_KEY_LIMIT_BITS);
  return { kind: 'rsa', key };
}

/** The curves that Go knows, by OpenSSL's names. */
const CURVES: ReadonlySet<string> = new Set(['secp224r1', 'prime256v1', 'secp384r1', 'secp521r1']);

function ecKey(bytes: Uint8Array, type: 'sec1' | 'pkcs8'): SigningKey {
  const key = importKey(bytes, type);
  if (!CURVES.has(key.asymmetricKeyDetails?.namedCurve ?? '')) throw new Refusal('x509: unknown elliptic curve');
  return { kind: 'ec', key };
}

/** The algorithm of a PKCS #8 key, dotted. */
function algorithmOf(bytes: Uint8Array): string {
  const [name] = elementsOf(sequenceIn(bytes)[1]?.content ?? new Uint8Array(0));
  return name?.tag === TAG.oid ? dottedIdentifier(name.content) : '';
}

function pkcs8Key(bytes: Uint8Array): PrivateKey {
  expectForm(bytes, 'pkcs8');
  const algorithm = algorithmOf(bytes);
  switch (algorithm) {
    case '1.2.840.113549.1.1.1':
      return rsaKey(importKey(bytes, 'pkcs8'));
    case '1.2.840.10045.2.1':
      return within('x509: failed to parse EC private key embedded in PKCS#8', () => ecKey(bytes, 'pkcs8'));
    case '1.3.101.112':
      return { kind: 'ed25519', key: importKey(bytes, 'pkcs8') };
    case '1.3.101.110':
      return { kind: 'ecdh' };
    default:
      throw new Refusal(`x509: PKCS#8 wrapping contained private key with unknown algorithm: ${algorithm}`);
  }
}

/** DSA is only looked at, never used: Go makes no certificate with it. */
function dsaKey(bytes: Uint8Array): PrivateKey {
  const tags = tagsOf(sequenceIn(bytes));
  if (tags.length < 6 || tags.slice(0, 6).some((tag) => tag !== TAG.integer)) {
    throw new Refusal('asn1: structure error: not the form of this kind of key');
  }
  return { kind: 'dsa' };
}

function legacyKey(block: PemBlock): PrivateKey {
  const { type, bytes } = block;
  switch (type) {
    case 'RSA PRIVATE KEY':
      return within('parsing RSA private key from PEM', () => {
        expectForm(bytes, 'pkcs1');
        return rsaKey(importKey(bytes, 'pkcs1'));
      });
    case 'EC PRIVATE KEY':
      return within('parsing EC private key from PEM', () => {
        expectForm(bytes, 'sec1');
        return ecKey(bytes, 'sec1');
      });
    case 'DSA PRIVATE KEY':
      return within('parsing DSA private key from PEM', () => dsaKey(bytes));
    default:
      throw new Refusal(`invalid private key type ${type}`);
  }
}

/** Reads a private key as sprig does: PKCS #8, PKCS #1, SEC 1, or DSA's own form. Refuses in sprig's words. */
export function parsePrivateKey(text: string): PrivateKey {
  const block = decodePem(text);
  if (block === undefined) throw new Refusal('no PEM data in input');
  if (block.type === 'PRIVATE KEY') return within('decoding PEM as PKCS#8', () => pkcs8Key(block.bytes));
  if (!block.type.endsWith(' PRIVATE KEY')) {
    throw new Refusal(`no private key data in PEM block of type ${block.type}`);
  }
  return legacyKey(block);
}

const EXPORTS = { rsa: 'pkcs1', ec: 'sec1', ed25519: 'pkcs8' } as const;

/** The PEM of a key, in the form that sprig writes for its kind. */
export function privateKeyPem({ kind, key }: SigningKey): string {
  return key.export({ format: 'pem', type: EXPORTS[kind] }).toString();
}

/** A new RSA key for a certificate. */
export function newRsaKey(bits: number): SigningKey {
  return { kind: 'rsa', key: generateKeyPairSync('rsa', { modulusLength: bits }).privateKey };
}

/** A DSA key of 2048 and 256 bits: version, P, Q, G, the public and the private number. */
function dsaPem(): string {
  const { privateKey } = generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 });
  const [, algorithm, secret] = sequenceIn(privateKey.export({ format: 'der', type: 'pkcs8' }));
  const shared = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const parameters = elementsOf(algorithm?.content ?? new Uint8Array(0))[1];
  // A bit string begins with the count of bits that it does not use: none.
  const point = sequenceIn(shared)[1]?.content.subarray(1) ?? new Uint8Array(0);
  const numbers = [...elementsOf(parameters?.content ?? new Uint8Array(0))].map((part) => part.whole);
  const body = sequence(integer(Uint8Array.of(0)), ...numbers, point, secret?.content ?? new Uint8Array(0));
  return encodePem('DSA PRIVATE KEY', body);
}

/** A new private key as sprig's genPrivateKey writes it. RSA 4096, DSA 2048/256, ECDSA P-256, Ed25519. */
export function newPrivateKeyPem(kind: 'rsa' | 'dsa' | 'ecdsa' | 'ed25519'): string {
  switch (kind) {
    case 'rsa':
      return privateKeyPem(newRsaKey(4096));
    case 'dsa':
      return dsaPem();
    case 'ecdsa':
      return privateKeyPem({ kind: 'ec', key: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey });
    case 'ed25519':
      return privateKeyPem({ kind: 'ed25519', key: generateKeyPairSync('ed25519').privateKey });
  }
}
