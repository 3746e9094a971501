export { BCRYPT_LIMIT_BYTES, BCRYPT_ROUNDS, SCRYPT_LIMIT_BYTES, sprigCrypto, systemRandom } from './sprig-crypto.ts';
export { CERTIFICATE_LIMIT_NAMES } from './certificate.ts';
export { RSA_KEY_LIMIT_BITS } from './keys.ts';
export { PEM_LIMIT_CHARACTERS } from './pem.ts';
