import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import type { CertificatePair, CertificateRequest } from '../gotemplate/index.ts';
import { bitString, contextTag, element, integer, objectIdentifier, sequence, sequenceIn, TAG } from './der.ts';
import { addressBytes, daysIn, directoryName, nameBytes, timeElement } from './fields.ts';
import { newRsaKey, parsePrivateKey, privateKeyPem, type PrivateKey, type SigningKey } from './keys.ts';
import { decodePem, encodePem } from './pem.ts';
import { readCertificate } from './read-certificate.ts';
import { checkLimit, Refusal, within } from './refusal.ts';

/** Names and addresses of one certificate. */
export const CERTIFICATE_LIMIT_NAMES = 1000;
/** Bits of the RSA keys that sprig makes for certificates. */
const NEW_KEY_BITS = 2048;

const OID = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** What is taken from the certificate of a signer. */
interface Issuer {
  /** The bytes of the name, repeated as they are: verifiers compare bytes. */
  readonly name: Uint8Array;
  readonly keyId: Uint8Array | undefined;
  readonly key: SigningKey;
}

/** How a key signs: the identifier that stands in the certificate, and the digest. */
function algorithmOf({ kind, key }: SigningKey): { readonly name: Uint8Array; readonly digest: string | null } {
  if (kind === 'ed25519') return { name: sequence(objectIdentifier('1.3.101.112')), digest: null };
  if (kind === 'rsa') {
    const absent = Uint8Array.of(5, 0);
    return { name: sequence(objectIdentifier('1.2.840.113549.1.1.11'), absent), digest: 'sha256' };
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const [bits, last] = curve === 'secp521r1' ? [512, 4] : curve === 'secp384r1' ? [384, 3] : [256, 2];
  return { name: sequence(objectIdentifier(`1.2.840.10045.4.3.${last}`)), digest: `sha${bits}` };
}

interface Extension {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

function extensionElement({ id, critical, value }: Extension): Uint8Array {
  const mark = critical ? [element(TAG.boolean, Uint8Array.of(0xff))] : [];
  return sequence(objectIdentifier(id), ...mark, element(TAG.octets, value));
}

/** Digital signature and key encipherment; a certificate authority may sign certificates too. */
const usageExtension = (isCa: boolean): Extension => ({
  id: OID.keyUsage,
  critical: true,
  value: isCa ? bitString(Uint8Array.of(0xa4), 2) : bitString(Uint8Array.of(0xa0), 5),
});

const PURPOSES: Extension = {
  id: OID.extendedKeyUsage,
  critical: false,
  value: sequence(objectIdentifier(OID.serverAuth), objectIdentifier(OID.clientAuth)),
};

const constraints = (isCa: boolean): Extension => ({
  id: OID.basicConstraints,
  critical: true,
  value: isCa ? sequence(element(TAG.boolean, Uint8Array.of(0xff))) : sequence(),
});

/** SHA-1 of the bits of a public key. It names the key, nothing rests on its strength. */
function keyIdOf(publicKey: Uint8Array): Uint8Array {
  const bits = sequenceIn(publicKey)[1]?.content.subarray(1) ?? new Uint8Array(0);
  return createHash('sha1').update(bits).digest();
}

function alternativeNames(request: CertificateRequest): readonly Uint8Array[] {
  const { dnsNames, ipAddresses } = request;
  checkLimit('certificate names', dnsNames.length + ipAddresses.length, CERTIFICATE_LIMIT_NAMES);
  return [
    ...dnsNames.map((name) => element(0x82, nameBytes(name))),
    ...ipAddresses.map((address) => element(0x87, addressBytes(address))),
  ];
}

/** What a certificate says beside its extensions. */
interface Subject {
  readonly name: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly issuer: Issuer;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function extensionsOf(request: CertificateRequest, subject: Subject): readonly Extension[] {
  const { issuer, name } = subject;
  const names = alternativeNames(request);
  const keyId = element(TAG.octets, keyIdOf(subject.publicKey));
  const signer = sameBytes(issuer.name, name) ? undefined : issuer.keyId;
  return [
    usageExtension(request.isCa),
    PURPOSES,
    constraints(request.isCa),
    ...(request.isCa ? [{ id: OID.subjectKeyId, critical: false, value: keyId }] : []),
    ...(signer === undefined
      ? []
      : [{ id: OID.authorityKeyId, critical: false, value: sequence(element(0x80, signer)) }]),
    // Without a subject the alternative names are all that there is, so they must be understood.
    ...(names.length === 0
      ? []
      : [{ id: OID.alternativeNames, critical: request.commonName === '', value: sequence(...names) }]),
  ];
}

function signed(body: Uint8Array, key: SigningKey): Uint8Array {
  const { name, digest } = algorithmOf(key);
  try {
    const signature = sign(digest, body, key.key);
    if (verify(digest, body, createPublicKey(key.key), signature)) return sequence(body, name, bitString(signature));
  } catch {
    // The platform refuses broken or tiny keys in words that could quote them.
  }
  throw new Refusal('x509: signature over certificate returned by signer is invalid');
}

function certificateBytes(request: CertificateRequest, subject: Subject): Uint8Array {
  const { issuer } = subject;
  const extensions = extensionsOf(request, subject).map(extensionElement);
  const body = sequence(
    // Version 3 is written as 2.
    element(contextTag(0), integer(Uint8Array.of(2))),
    integer(request.serial),
    algorithmOf(issuer.key).name,
    issuer.name,
    sequence(timeElement(request.now), timeElement(request.now + daysIn(request.daysValid))),
    subject.name,
    subject.publicKey,
    element(contextTag(3), sequence(...extensions)),
  );
  return signed(body, issuer.key);
}

const publicBytes = (key: KeyObject): Uint8Array => createPublicKey(key).export({ format: 'der', type: 'spki' });

function canSign(key: PrivateKey): SigningKey {
  if ('key' in key) return key;
  throw new Refusal('error creating certificate: x509: certificate private key does not implement crypto.Signer');
}

const PUBLIC_TYPES = { dsa: '*dsa.PublicKey', ecdh: '*ecdh.PublicKey' } as const;

function subjectKey(key: PrivateKey): SigningKey {
  if ('key' in key) return key;
  throw new Refusal(`error creating certificate: x509: unsupported public key type: ${PUBLIC_TYPES[key.kind]}`);
}

function signerOf(pair: CertificatePair): Issuer {
  const block = decodePem(pair.cert);
  if (block === undefined) throw new Refusal('unable to decode certificate');
  const read = within('error parsing certificate: decodedSignerCert.Bytes', () => readCertificate(block.bytes));
  const key = canSign(within('error parsing private key', () => parsePrivateKey(pair.key)));
  if (!sameBytes(read.publicKey, publicBytes(key.key))) {
    throw new Refusal("error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey");
  }
  return { name: read.name, keyId: read.keyId, key };
}

/** Makes a certificate as Go's x509.CreateCertificate does from sprig's template. */
export function createCertificate(request: CertificateRequest): CertificatePair {
  const given = request.key;
  const wanted = given === undefined ? undefined : within('parsing private key', () => parsePrivateKey(given));
  // Addresses and signers are looked at before a new key is made: it is what costs.
  for (const address of request.ipAddresses) addressBytes(address);
  const signer = request.signer === undefined ? undefined : signerOf(request.signer);
  const read = wanted ?? newRsaKey(NEW_KEY_BITS);
  const key = signer === undefined ? canSign(read) : subjectKey(read);
  const bytes = within('error creating certificate', () => {
    const name = directoryName(request.commonName);
    return certificateBytes(request, {
      name,
      publicKey: publicBytes(key.key),
      issuer: signer ?? { name, keyId: undefined, key },
    });
  });
  return { cert: encodePem('CERTIFICATE', bytes), key: privateKeyPem(key) };
}

/** Checks what buildCustomCert is given: a certificate and a private key, not whether they belong together. */
export function checkPair(pair: CertificatePair): true {
  const block = decodePem(pair.cert);
  if (block === undefined) throw new Refusal('unable to decode certificate');
  within('error parsing certificate: decodedCert.Bytes', () => readCertificate(block.bytes));
  within('error parsing private key', () => parsePrivateKey(pair.key));
  return true;
}
