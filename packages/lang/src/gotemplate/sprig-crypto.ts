import { sha256Hex, type Instant } from '@argosy/std';
import { diagnostic, DiagnosticError } from '../diagnostic/index.ts';
import { encodeBytes, decodeBytes, GoStruct, isWellFormed, itemsOf, printPlain, type GoValue } from '../gofmt/index.ts';
import { decodeBase64, encodeBase64 } from './base-encoding.ts';
import { failCall, goFunction, type FunctionBody, type FunctionContext } from './function.ts';
import { hexOf, randomBytes } from './sprig-random.ts';
import type { Entry } from './sprig-strings.ts';

/** A certificate and its key, both PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate shall say. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly ipAddresses: readonly string[];
  readonly dnsNames: readonly string[];
  readonly daysValid: number;
  readonly isCa: boolean;
  /** Validity begins here. */
  readonly now: Instant;
  /** 16 bytes. */
  readonly serial: Uint8Array;
  /** The PEM key to use; a new RSA key of 2048 bits when not given. */
  readonly key?: string;
  /** Who signs; the certificate signs itself when not given. */
  readonly signer?: CertificatePair;
}

/** Why cryptography gave nothing. `limit` names the limit that was reached, when one was. */
export interface CryptoFailure {
  readonly ok: false;
  readonly error: string;
  readonly limit?: string;
}

/** A value, or the words of the error. */
export type CryptoResult<T> = { readonly ok: true; readonly value: T } | CryptoFailure;

/**
 * Cryptography that pure code cannot do, brought by the caller. Every method is synchronous. A member that is missing
 * makes the sprig functions that need it fail with a message that says so.
 */
export interface SprigCrypto {
  /** The digest of some bytes. */
  readonly digest?: (algorithm: 'sha1' | 'sha256' | 'sha512', bytes: Uint8Array) => Uint8Array;
  readonly hmacSha256?: (key: Uint8Array, bytes: Uint8Array) => Uint8Array;
  readonly scrypt?: (
    password: Uint8Array,
    salt: Uint8Array,
    settings: { readonly cost: number; readonly blockSize: number; readonly parallel: number; readonly length: number },
  ) => Uint8Array;
  /** AES-256-CBC without padding. */
  readonly aesCbc?: (
    direction: 'encrypt' | 'decrypt',
    key: Uint8Array,
    data: { readonly iv: Uint8Array; readonly bytes: Uint8Array },
  ) => Uint8Array;
  /** `$2a$10$…` of a password with 16 bytes of salt. */
  readonly bcrypt?: (password: Uint8Array, salt: Uint8Array) => CryptoResult<string>;
  /** A new private key as PEM: RSA 4096 (PKCS#1), DSA 2048, ECDSA P-256 (SEC 1), Ed25519 (PKCS#8). */
  readonly privateKey?: (kind: 'rsa' | 'dsa' | 'ecdsa' | 'ed25519') => CryptoResult<string>;
  readonly certificate?: (request: CertificateRequest) => CryptoResult<CertificatePair>;
  /** Whether PEM texts are a certificate and a private key, in Go's words when not. */
  readonly checkPair?: (pair: CertificatePair) => CryptoResult<true>;
}

function need<T>(tool: T | undefined, name: string): T {
  return tool ?? failCall(`${name} needs cryptography that is not available here`);
}

/** A limit ends the whole execution with its name, whatever the function does with its other errors. */
function limitChecked<T>(result: CryptoResult<T>): CryptoResult<T> {
  if (result.ok || result.limit === undefined) return result;
  throw new DiagnosticError({ ...diagnostic(result.error), limit: result.limit });
}

function must<T>(result: CryptoResult<T>): T {
  const checked = limitChecked(result);
  return checked.ok ? checked.value : failCall(checked.error);
}

/** What one call costs in units of the cryptography limit; a unit is about 20 ms of a processor. */
const COST = { bcrypt: 4, scrypt: 8, certificate: 1, certificateWithNewKey: 8, smallKey: 1, largeKey: 40 } as const;

function sha256Of(port: SprigCrypto, text: string, context: FunctionContext): string {
  context.spend(Math.ceil(text.length / BYTES_A_STEP));
  // Stray bytes are no text, and the platform's own hash takes only text.
  return isWellFormed(text) ? sha256Hex(text) : hexOf(need(port.digest, 'sha256sum')('sha256', encodeBytes(text)));
}

/** Bytes that hashing and encryption take at a step. */
const BYTES_A_STEP = 64;

/** The bytes of a text that is about to be hashed or encrypted, counted as work. */
function countedBytes(text: GoValue, context: FunctionContext): Uint8Array {
  const bytes = encodeBytes(String(text));
  context.spend(Math.ceil(bytes.length / BYTES_A_STEP));
  return bytes;
}

/** Adler-32 over bytes. */
function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return high * 65_536 + low;
}

const TEMPLATES: ReadonlyMap<string, readonly string[]> = new Map([
  ['maximum', ['anoxxxxxxxxxxxxxxxxx', 'axxxxxxxxxxxxxxxxxno']],
  [
    'long',
    (
      'CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv ' +
      'CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv ' +
      'CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno'
    ).split(' '),
  ],
  ['medium', ['CvcnoCvc', 'CvcCvcno']],
  ['short', ['Cvcn']],
  ['basic', ['aaanaaan', 'aannaaan', 'aaannaaa']],
  ['pin', ['nnnn']],
]);

const UPPER = 'AEIOUBCDFGHJKLMNPQRSTVWXYZ';
const LOWER = 'aeioubcdfghjklmnpqrstvwxyz';
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['V', 'AEIOU'],
  ['C', 'BCDFGHJKLMNPQRSTVWXYZ'],
  ['v', 'aeiou'],
  ['c', 'bcdfghjklmnpqrstvwxyz'],
  ['A', UPPER],
  ['a', `AEIOUaeiou${UPPER.slice(5)}${LOWER.slice(5)}`],
  ['n', '0123456789'],
  ['o', "@&%?,=[]_:-+*$#!'^~;()/."],
  ['x', `AEIOUaeiou${UPPER.slice(5)}${LOWER.slice(5)}0123456789!@#$%^&*()`],
]);

function bigEndian(value: number): readonly number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
}

/** The published Master Password algorithm, version 0's salt. */
const derivePassword =
  (port: SprigCrypto): FunctionBody =>
  ([counter, kind, password, user, site], context) => {
    const templates = TEMPLATES.get(String(kind));
    if (templates === undefined) return `cannot find password template ${String(kind)}`;
    context.spendCryptography(COST.scrypt);
    const scope = encodeBytes('com.lyndir.masterpassword');
    const salted = (text: string): Uint8Array => {
      const bytes = encodeBytes(text);
      return Uint8Array.from([...scope, ...bigEndian(bytes.length), ...bytes]);
    };
    const settings = { cost: 32_768, blockSize: 8, parallel: 2, length: 64 };
    const key = need(port.scrypt, 'derivePassword')(encodeBytes(String(password)), salted(String(user)), settings);
    const message = Uint8Array.from([...salted(String(site)), ...bigEndian(Number(printPlain(counter)))]);
    const seed = need(port.hmacSha256, 'derivePassword')(key, message);
    const template = templates[(seed[0] ?? 0) % templates.length] ?? '';
    return Array.from(template, (letter, index) => {
      const chars = CLASSES.get(letter) ?? '';
      return chars.charAt((seed[index + 1] ?? 0) % chars.length);
    }).join('');
  };

function bcryptText(port: SprigCrypto, password: string, context: FunctionContext): string {
  const hash = need(port.bcrypt, 'bcrypt');
  context.spendCryptography(COST.bcrypt);
  const hashed = limitChecked(hash(encodeBytes(password), randomBytes(context.random(), 16)));
  return hashed.ok ? hashed.value : `failed to encrypt string with bcrypt: ${hashed.error}`;
}

const htpasswd =
  (port: SprigCrypto): FunctionBody =>
  ([user, password], context) => {
    if (String(user).includes(':')) return `invalid username: ${String(user)}`;
    return `${String(user)}:${bcryptText(port, String(password), context)}`;
  };

const KEY_KINDS: ReadonlyMap<string, 'rsa' | 'dsa' | 'ecdsa' | 'ed25519'> = new Map([
  ['', 'rsa'],
  ['rsa', 'rsa'],
  ['dsa', 'dsa'],
  ['ecdsa', 'ecdsa'],
  ['ed25519', 'ed25519'],
]);

const genPrivateKey =
  (port: SprigCrypto): FunctionBody =>
  ([type], context) => {
    const kind = KEY_KINDS.get(String(type));
    if (kind === undefined) return `Unknown type ${String(type)}`;
    const make = need(port.privateKey, 'genPrivateKey');
    context.spendCryptography(kind === 'rsa' || kind === 'dsa' ? COST.largeKey : COST.smallKey);
    const made = limitChecked(make(kind));
    return made.ok ? made.value : `failed to generate private key: ${made.error}`;
  };

function aesKey(password: GoValue): Uint8Array {
  const key = new Uint8Array(32);
  key.set(encodeBytes(String(password)).subarray(0, 32));
  return key;
}

const encryptAes =
  (port: SprigCrypto): FunctionBody =>
  ([password, plain], context) => {
    if (plain === '') return '';
    const content = countedBytes(plain, context);
    const missing = 16 - (content.length % 16);
    const bytes = Uint8Array.from([...content, ...Array.from({ length: missing }, () => missing)]);
    const iv = randomBytes(context.random(), 16);
    const encrypted = need(port.aesCbc, 'encryptAES')('encrypt', aesKey(password), { iv, bytes });
    return encodeBase64(Uint8Array.from([...iv, ...encrypted]));
  };

const decryptAes =
  (port: SprigCrypto): FunctionBody =>
  ([password, encoded], context) => {
    if (encoded === '') return '';
    context.spend(Math.ceil(String(encoded).length / BYTES_A_STEP));
    const decoded = decodeBase64(String(encoded));
    if (typeof decoded === 'string') return failCall(decoded);
    if (decoded.length < 16)
      return failCall(`runtime error: slice bounds out of range [:16] with capacity ${decoded.length}`);
    const [iv, bytes] = [decoded.subarray(0, 16), decoded.subarray(16)];
    if (bytes.length % 16 !== 0) return failCall('crypto/cipher: input not full blocks');
    if (bytes.length === 0) return failCall('runtime error: index out of range [-1]');
    const plain = need(port.aesCbc, 'decryptAES')('decrypt', aesKey(password), { iv, bytes });
    const length = plain.length - (plain.at(-1) ?? 0);
    return length < 0
      ? failCall(`runtime error: slice bounds out of range [:${length}]`)
      : decodeBytes(plain.subarray(0, length));
  };

/** The struct that the certificate functions give; templates read `.Cert` and `.Key`. */
function certificateValue(pair: CertificatePair): GoStruct {
  return new GoStruct('sprig.certificate', {
    fields: new Map([
      ['Cert', pair.cert],
      ['Key', pair.key],
    ]),
  });
}

function pairOf(value: GoValue): CertificatePair {
  const fields = value instanceof GoStruct ? value.parts.fields : new Map<string, GoValue>();
  return { cert: printPlain(fields.get('Cert') ?? ''), key: printPlain(fields.get('Key') ?? '') };
}

function textsIn(value: GoValue, complain: (item: string) => string): readonly string[] {
  return (itemsOf(value) ?? []).map((item) => (typeof item === 'string' ? item : failCall(complain(printPlain(item)))));
}

const ADDRESS = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$|^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/;

function addressesIn(value: GoValue): readonly string[] {
  const texts = textsIn(value, (item) => `error parsing ip: ${item} is not a string`);
  const wrong = texts.find(
    (text) => !ADDRESS.test(text) || text.split('.').some((part) => /^\d+$/.test(part) && Number(part) > 255),
  );
  return wrong === undefined ? texts : failCall(`error parsing ip: ${wrong}`);
}

/** What the arguments of a certificate function mean; each is the index of an argument. */
interface Places {
  readonly names?: boolean;
  readonly signer?: boolean;
  readonly key?: boolean;
}

function namesOf(addresses: GoValue, names: GoValue): Pick<CertificateRequest, 'ipAddresses' | 'dnsNames'> {
  const complain = (item: string): string => `error processing alternate dns name: ${item} is not a string`;
  return { ipAddresses: addressesIn(addresses), dnsNames: textsIn(names, complain) };
}

function certificate(port: SprigCrypto, places: Places): FunctionBody {
  return (args, context) => {
    const rest = [...args];
    const take = (): GoValue => rest.shift();
    const commonName = String(take());
    const named = places.names === true;
    const names = named ? namesOf(take(), take()) : { ipAddresses: [], dnsNames: [] };
    const daysValid = Number(take());
    const signer = places.signer === true ? { signer: pairOf(take()) } : {};
    const key = places.key === true ? { key: String(take()) } : {};
    const issue = need(port.certificate, 'certificates');
    context.spendCryptography(places.key === true ? COST.certificate : COST.certificateWithNewKey);
    const serial = randomBytes(context.random(), 16);
    const fixed = { commonName, daysValid, isCa: !named, now: context.env.now, serial };
    const request = { ...fixed, ...names, ...signer, ...key };
    return certificateValue(must(issue(request)));
  };
}

const customCert =
  (port: SprigCrypto): FunctionBody =>
  ([cert, key], context) => {
    const [certBytes, keyBytes] = [decodeBase64(String(cert)), decodeBase64(String(key))];
    if (typeof certBytes === 'string') return failCall('unable to decode base64 certificate');
    if (typeof keyBytes === 'string') return failCall('unable to decode base64 private key');
    const pair = { cert: decodeBytes(certBytes), key: decodeBytes(keyBytes) };
    if (!pair.cert.includes('-----BEGIN ')) return failCall('unable to decode certificate');
    const check = need(port.checkPair, 'buildCustomCert');
    context.spendCryptography(COST.certificate);
    must(check(pair));
    return certificateValue(pair);
  };

/** sprig's functions that hash, encrypt and make certificates. */
export function cryptoFunctions(port: SprigCrypto): readonly Entry[] {
  const digest =
    (algorithm: 'sha1' | 'sha512'): FunctionBody =>
    ([text], context) =>
      hexOf(need(port.digest, `${algorithm}sum`)(algorithm, countedBytes(text, context)));
  const names = 'string, list, list, int';
  return [
    ['sha1sum', goFunction('string', digest('sha1'))],
    ['sha256sum', goFunction('string', ([text], context) => sha256Of(port, String(text), context))],
    ['sha512sum', goFunction('string', digest('sha512'))],
    ['adler32sum', goFunction('string', ([text], context) => String(adler32(countedBytes(text, context))))],
    ['bcrypt', goFunction('string', ([text], context) => bcryptText(port, String(text), context))],
    ['htpasswd', goFunction('string, string', htpasswd(port))],
    ['derivePassword', goFunction('uint32, string, string, string, string', derivePassword(port))],
    ['genPrivateKey', goFunction('string', genPrivateKey(port))],
    ['buildCustomCert', goFunction('string, string', customCert(port))],
    ['genCA', goFunction('string, int', certificate(port, {}))],
    ['genCAWithKey', goFunction('string, int, string', certificate(port, { key: true }))],
    ['genSelfSignedCert', goFunction(names, certificate(port, { names: true }))],
    ['genSelfSignedCertWithKey', goFunction(`${names}, string`, certificate(port, { names: true, key: true }))],
    ['genSignedCert', goFunction(`${names}, sprig.certificate`, certificate(port, { names: true, signer: true }))],
    [
      'genSignedCertWithKey',
      goFunction(`${names}, sprig.certificate, string`, certificate(port, { names: true, signer: true, key: true })),
    ],
    ['encryptAES', goFunction('string, string', encryptAes(port))],
    ['decryptAES', goFunction('string, string', decryptAes(port))],
  ];
}
