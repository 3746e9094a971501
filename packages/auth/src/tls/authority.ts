import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { compareText, instant, seconds, type DurationMs, type Instant } from '@argosy/std';
import { AuthorityError } from './authority-error.ts';
import { createAuthorityPair, issueLeaf, type KeyPairPem, type LeafRequest } from './certificate.ts';
import { createSecretFile, ensureSecretDirectory, readSecretFile, replaceSecretFile } from './secret-file.ts';

const DAY_SECONDS = 86_400;
const AUTHORITY_LIFETIME = seconds(3650 * DAY_SECONDS);
/** Inside certificates live a day and are renewed at half of it. */
const LEAF_LIFETIME = seconds(DAY_SECONDS);
/** Names that a server certificate always carries: the embedded server is reached over loopback. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'] as const;

/** A leaf with the instant from which it should be replaced (half of its life). */
export interface LeafPem extends KeyPairPem {
  readonly renewAt: Instant;
  readonly expiresAt: Instant;
}

/** An ES256 key pair for signing ServiceAccount tokens, PEM. `keyId` is a digest of the public key. */
export interface SigningKeyPem {
  readonly keyId: string;
  readonly publicKey: string;
  readonly privateKey: string;
}

/** What a certificate is asked for; see `LeafRequest`. Lifetime defaults to a day. */
export type CertificateRequest = Omit<LeafRequest, 'now' | 'lifetime'> & { readonly lifetime?: DurationMs };

/** The local certificate authority. All key material was generated on this machine and stays in its directory. */
export interface Authority {
  /** The CA certificate (PEM): what clients trust. */
  readonly certificate: string;
  readonly serviceAccountKey: SigningKeyPem;
  /** The stored server certificate for loopback and `names`; a new one when it is missing, half used or lacks a name. */
  serverLeaf(names?: readonly string[]): Promise<LeafPem>;
  /** The stored client certificate of a user (CN) in groups (O); a new one when it is missing or half used. */
  clientLeaf(user: string, groups: readonly string[]): Promise<LeafPem>;
  /** Issues a certificate and stores nothing. */
  issue(request: CertificateRequest): Promise<LeafPem>;
}

/** Settings of `ensureAuthority`. */
export interface AuthorityOptions {
  readonly now: () => Instant;
  /** @default one day */
  readonly leafLifetime?: DurationMs;
  /** @default `argosy-ca` */
  readonly commonName?: string;
}

interface Context {
  readonly directory: string;
  readonly pair: KeyPairPem;
  readonly options: AuthorityOptions;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/;
const PRIVATE_KEY = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n?/;

const bundle = (pair: KeyPairPem): string => pair.certificate + pair.privateKey;

function readBundle(text: string): KeyPairPem | undefined {
  const certificate = CERTIFICATE.exec(text)?.[0];
  const privateKey = PRIVATE_KEY.exec(text)?.[0];
  return certificate === undefined || privateKey === undefined ? undefined : { certificate, privateKey };
}

function splitBundle(path: string, text: string): KeyPairPem {
  const pair = readBundle(text);
  if (pair === undefined) {
    throw new AuthorityError(path, 'expected a PEM certificate followed by a PKCS #8 private key');
  }
  if (!matches(pair.certificate, pair.privateKey)) {
    throw new AuthorityError(path, 'the certificate and the private key do not belong together');
  }
  return pair;
}

function matches(certificate: string, privateKey: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}

function describeLeaf(pair: KeyPairPem): LeafPem {
  const { validFrom, validTo } = new X509Certificate(pair.certificate);
  const from = Date.parse(validFrom);
  const to = Date.parse(validTo);
  return { ...pair, renewAt: instant(from + Math.floor((to - from) / 2)), expiresAt: instant(to) };
}

async function issue(context: Context, request: CertificateRequest): Promise<LeafPem> {
  const { options, pair } = context;
  const lifetime = request.lifetime ?? options.leafLifetime ?? LEAF_LIFETIME;
  return describeLeaf(await issueLeaf(pair, { ...request, now: options.now(), lifetime }));
}

/** The alternative names of a certificate as a comparable text. */
function namesOf(certificate: X509Certificate): readonly string[] {
  const texts = (certificate.subjectAltName ?? '').split(', ').map((part) => part.slice(part.indexOf(':') + 1));
  return texts.map((text) => (text === '0:0:0:0:0:0:0:1' ? '::1' : text));
}

function isIssuedBy(leaf: X509Certificate, authorityPem: string): boolean {
  const authority = new X509Certificate(authorityPem);
  return leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
}

/** The stored leaf when it is still good: ours, not half used, and with every name asked for. */
function usableLeaf(context: Context, text: string, names: readonly string[]): LeafPem | undefined {
  const pair = readBundle(text);
  if (pair === undefined || !matches(pair.certificate, pair.privateKey)) return undefined;
  const leaf = new X509Certificate(pair.certificate);
  const known = namesOf(leaf);
  if (!isIssuedBy(leaf, context.pair.certificate) || !names.every((name) => known.includes(name))) return undefined;
  const described = describeLeaf(pair);
  return context.options.now() < described.renewAt ? described : undefined;
}

async function storedLeaf(context: Context, fileName: string, request: CertificateRequest): Promise<LeafPem> {
  const path = join(context.directory, fileName);
  const text = await readSecretFile(path);
  const stored = text === undefined ? undefined : usableLeaf(context, text, request.names ?? []);
  if (stored !== undefined) return stored;
  const fresh = await issue(context, request);
  await replaceSecretFile(path, bundle(fresh));
  return fresh;
}

async function loadAuthorityPair(directory: string, options: AuthorityOptions): Promise<KeyPairPem> {
  const path = join(directory, 'ca.pem');
  const stored = await readSecretFile(path);
  if (stored !== undefined) return splitBundle(path, stored);
  const pair = await createAuthorityPair(options.commonName ?? 'argosy-ca', options.now(), AUTHORITY_LIFETIME);
  return splitBundle(path, await createSecretFile(path, bundle(pair)));
}

async function loadSigningKey(directory: string): Promise<SigningKeyPem> {
  const path = join(directory, 'service-account.pem');
  let stored = await readSecretFile(path);
  if (stored === undefined) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    stored = await createSecretFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  try {
    const publicKey = createPublicKey(stored);
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const keyId = createHash('sha256').update(der).digest('base64url');
    return { keyId, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(), privateKey: stored };
  } catch {
    throw new AuthorityError(path, 'expected a PEM private key on the curve P-256');
  }
}

/** A file name for the client certificate of a user in groups: readable start, then a digest of the whole. */
function clientFileName(user: string, groups: readonly string[]): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([user, [...groups].sort(compareText)]))
    .digest('hex');
  const readable = user.replace(/[^a-zA-Z0-9]+/g, '-').slice(0, 40);
  return `client-${readable}-${digest.slice(0, 16)}.pem`;
}

/**
 * Opens the authority kept in `directory`, generating what is missing: a CA (ECDSA P-256), and an ES256 key for
 * ServiceAccount tokens. Two processes that start at once end up with the same keys. Files are 0600, the directory 0700.
 * @throws AuthorityError naming the file when key material is unsafe, broken or cannot be written.
 */
export async function ensureAuthority(directory: string, options: AuthorityOptions): Promise<Authority> {
  await ensureSecretDirectory(directory);
  const pair = await loadAuthorityPair(directory, options);
  const context: Context = { directory, pair, options };
  return {
    certificate: pair.certificate,
    serviceAccountKey: await loadSigningKey(directory),
    serverLeaf: (names = []) =>
      storedLeaf(context, 'server.pem', {
        commonName: 'argosy-apiserver',
        names: [...new Set([...LOOPBACK_NAMES, ...names])],
        usage: 'server',
      }),
    clientLeaf: (user, groups) =>
      storedLeaf(context, clientFileName(user, groups), { commonName: user, organizations: groups, usage: 'client' }),
    issue: (request) => issue(context, request),
  };
}
