import 'reflect-metadata';
import { KeyObject, randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { isIP } from 'node:net';
import type { DurationMs, Instant } from '@argosy/std';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** Clocks of peers may be behind ours by this much before they see a new certificate as not yet valid. */
const BACKDATE_MS = 5 * 60_000;

/** A certificate with its private key (PKCS #8), both PEM. The key is a secret: never log the value. */
export interface KeyPairPem {
  readonly certificate: string;
  readonly privateKey: string;
}

/** What a leaf certificate says. `names` are DNS names, IP addresses or `scheme://` URIs, told apart by their form. */
export interface LeafRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly names?: readonly string[];
  readonly usage: 'server' | 'client' | 'both';
  readonly now: Instant;
  readonly lifetime: DurationMs;
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function exportKey(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}

function pemText(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trimEnd()}\n`;
}

/** 127 random bits: positive, so that it needs no leading zero byte. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/** Every value is marked as text, so that none is read as an escape or as hexadecimal. */
function subject(commonName: string, organizations: readonly string[]): Name {
  return new Name([
    { CN: [{ utf8String: commonName }] },
    ...organizations.map((name) => ({ O: [{ utf8String: name }] })),
  ]);
}

function alternativeName(name: string): JsonGeneralNames[number] {
  if (isIP(name) !== 0) return { type: 'ip', value: name };
  return name.includes('://') ? { type: 'url', value: name } : { type: 'dns', value: name };
}

/** Makes a self-signed ECDSA P-256 certificate authority that may sign leaves and nothing deeper. */
export async function createAuthorityPair(commonName: string, now: Instant, lifetime: DurationMs): Promise<KeyPairPem> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: subject(commonName, []),
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(now + lifetime),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemText(certificate), privateKey: exportKey(keys.privateKey) };
}

function leafExtensions(request: LeafRequest): Extension[] {
  const usages = {
    server: [ExtendedKeyUsage.serverAuth],
    client: [ExtendedKeyUsage.clientAuth],
    both: [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth],
  }[request.usage];
  const names = (request.names ?? []).map(alternativeName);
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension(usages),
    ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
  ];
}

async function importSigningKey(privateKeyPem: string): Promise<webcrypto.CryptoKey> {
  const der = privateKeyPem.replace(/-----[^-]+-----|\s/g, '');
  return webcrypto.subtle.importKey('pkcs8', Buffer.from(der, 'base64'), ALGORITHM, false, ['sign']);
}

/** Issues a leaf under an authority. The leaf never outlives it. */
export async function issueLeaf(authority: KeyPairPem, request: LeafRequest): Promise<KeyPairPem> {
  const keys = await generateKeys();
  const issuer = new X509Certificate(authority.certificate);
  const notAfter = Math.min(request.now + request.lifetime, issuer.notAfter.getTime());
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: subject(request.commonName, request.organizations ?? []),
    // The bytes of the name are repeated: some clients compare them, not what they mean.
    issuer: issuer.subjectName,
    notBefore: new Date(request.now - BACKDATE_MS),
    notAfter: new Date(notAfter),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: await importSigningKey(authority.privateKey),
    extensions: [
      ...leafExtensions(request),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: pemText(certificate), privateKey: exportKey(keys.privateKey) };
}
