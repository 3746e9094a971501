import { createCipheriv, createDecipheriv, createHash, createHmac, randomInt, scryptSync } from 'node:crypto';
import { encodeBase64, hashSync } from 'bcryptjs';
import type { Random } from '@argosy/std';
import { decodeBytes, isWellFormed } from '../gofmt/index.ts';
import type { SprigCrypto } from '../gotemplate/index.ts';
import { checkPair, createCertificate } from './certificate.ts';
import { newPrivateKeyPem } from './keys.ts';
import { attempt, checkLimit, Refusal } from './refusal.ts';

/** bcrypt's cost in sprig, which is Go's default: 2^10 rounds. */
export const BCRYPT_ROUNDS = 10;
/** Bytes of a password that bcrypt reads; Go refuses more. */
export const BCRYPT_LIMIT_BYTES = 72;
/** Memory of one scrypt: sprig's own settings need 32 MiB and a little. */
export const SCRYPT_LIMIT_BYTES = 67_108_864;

function bcryptHash(password: Uint8Array, salt: Uint8Array): string {
  if (password.length > BCRYPT_LIMIT_BYTES) {
    throw new Refusal(`bcrypt: password length exceeds ${BCRYPT_LIMIT_BYTES} bytes`);
  }
  const text = decodeBytes(password);
  // The library takes texts only, and would read a stray byte as three.
  if (!isWellFormed(text)) throw new Refusal('bcrypt: the password is not valid UTF-8');
  return hashSync(text, `$2a$${BCRYPT_ROUNDS}$${encodeBase64([...salt], salt.length)}`);
}

const aesCbc: NonNullable<SprigCrypto['aesCbc']> = (direction, key, { iv, bytes }) => {
  const create = direction === 'encrypt' ? createCipheriv : createDecipheriv;
  const cipher = create('aes-256-cbc', key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
};

const scrypt: NonNullable<SprigCrypto['scrypt']> = (password, salt, { cost, blockSize, parallel, length }) => {
  checkLimit('scrypt bytes', 128 * cost * blockSize, SCRYPT_LIMIT_BYTES);
  return scryptSync(password, salt, length, { N: cost, r: blockSize, p: parallel, maxmem: SCRYPT_LIMIT_BYTES });
};

/**
 * sprig's cryptography on this platform, all of it synchronous. Salts, serial numbers and initialisation vectors are
 * drawn by the engine from its environment; private keys always come from the platform, whatever the seed.
 */
export const sprigCrypto: SprigCrypto = {
  digest: (algorithm, bytes) => createHash(algorithm).update(bytes).digest(),
  hmacSha256: (key, bytes) => createHmac('sha256', key).update(bytes).digest(),
  scrypt,
  aesCbc,
  bcrypt: (password, salt) => attempt(() => bcryptHash(password, salt)),
  privateKey: (kind) => attempt(() => newPrivateKeyPem(kind)),
  certificate: (request) => attempt(() => createCertificate(request)),
  checkPair: (pair) => attempt(() => checkPair(pair)),
};

/** How finely `next` divides its range; the platform draws at most 48 bits. */
const FRACTIONS = 2 ** 47;

/** The platform's own randomness, for renders whose texts become secrets. */
export const systemRandom: Random = {
  next: () => randomInt(FRACTIONS) / FRACTIONS,
  below: (limit) => (limit <= 1 ? 0 : randomInt(limit)),
};
