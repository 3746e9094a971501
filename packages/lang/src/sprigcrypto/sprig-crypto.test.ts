import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareSync } from 'bcryptjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instant, isObject } from '@argosy/std';
import { compileTemplate, sprigFunctions, type TemplateEnv, type TemplateOptions } from '../gotemplate/index.ts';
import { elementsOf, integer, sequenceIn } from './der.ts';
import { decodePem, encodePem } from './pem.ts';
import {
  CERTIFICATE_LIMIT_NAMES,
  PEM_LIMIT_CHARACTERS,
  RSA_KEY_LIMIT_BITS,
  SCRYPT_LIMIT_BYTES,
  sprigCrypto,
  systemRandom,
} from './index.ts';

const functions = sprigFunctions({ crypto: sprigCrypto });
const NOW = instant(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
const REAL: TemplateEnv = { now: NOW, seed: 0, random: systemRandom };

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sprig-crypto-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Asked extends TemplateOptions {
  readonly data?: { readonly [name: string]: unknown };
  readonly env?: TemplateEnv;
}

function render(source: string, asked: Asked = {}): string {
  const template = compileTemplate(source, { name: 't', functions, ...asked });
  if (!template.ok) return `error: ${template.error.message}`;
  const result = template.value.execute(asked.data ?? {}, asked.env ?? REAL);
  return result.ok ? result.value : `error: ${result.error.message}`;
}

interface Pair {
  readonly Cert: string;
  readonly Key: string;
}

/** The certificates that a template puts into a dict. */
function certificates<K extends string>(source: string, asked: Asked = {}): { readonly [name in K]: Pair } {
  const text = render(source, asked);
  const value: unknown = JSON.parse(text.startsWith('error') ? 'null' : text);
  if (!isObject(value)) throw new Error(text);
  return value as { readonly [name in K]: Pair };
}

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const openssl = (...args: readonly string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' });

const details = (cert: string): string => openssl('x509', '-in', file('shown.pem', cert), '-noout', '-text');

const newKey = (kind: 'rsa' | 'ec' | 'ed25519', option: string | number = 'prime256v1'): KeyObject => {
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: Number(option) }).privateKey;
  if (kind === 'ec') return generateKeyPairSync('ec', { namedCurve: String(option) }).privateKey;
  return generateKeyPairSync('ed25519').privateKey;
};
const pem = (key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'sec1'): string =>
  key.export({ format: 'pem', type }).toString();

const chain =
  '{{ $ca := genCA "my ca" 10 }}{{ $leaf := genSignedCert "web" (list "10.1.2.3" "::1" "::ffff:1.2.3.4" "fe80::1:2") ' +
  '(list "web.example" "*.web.example") 5 $ca }}{{ dict "ca" $ca "leaf" $leaf | toJson }}';

describe('certificates, seen by openssl', () => {
  it('chain, name their hosts and say what they may', () => {
    const { ca, leaf } = certificates<'ca' | 'leaf'>(chain);
    const [caFile, leafFile] = [file('ca.pem', ca.Cert), file('leaf.pem', leaf.Cert)];
    const at = String(NOW / 1000 + 3600).split('.')[0] ?? '';
    const verify = (...more: readonly string[]): string =>
      openssl('verify', '-x509_strict', '-attime', at, '-CAfile', caFile, ...more, leafFile);
    for (const purpose of ['sslserver', 'sslclient']) expect(verify('-purpose', purpose)).toBe(`${leafFile}: OK\n`);
    for (const host of ['web.example', 'a.web.example']) expect(verify('-verify_hostname', host)).toContain('OK');
    for (const ip of ['10.1.2.3', '::1', '1.2.3.4', 'fe80::1:2']) expect(verify('-verify_ip', ip)).toContain('OK');
    expect(() => verify('-verify_hostname', 'other.example')).toThrow('hostname mismatch');
    const late = String(NOW / 1000 + 5 * 86_400 + 1).split('.')[0] ?? '';
    expect(() => openssl('verify', '-attime', late, '-CAfile', caFile, leafFile)).toThrow('has expired');
  });

  it('have the fields that Go gives them', () => {
    const { ca, leaf } = certificates<'ca' | 'leaf'>(chain);
    const [authority, web] = [new X509Certificate(ca.Cert), new X509Certificate(leaf.Cert)];
    expect([authority.ca, web.ca]).toEqual([true, false]);
    expect([web.subject, web.issuer]).toEqual(['CN=web', 'CN=my ca']);
    expect(web.validFrom).toBe('Jan  2 03:04:05 2026 GMT');
    expect(web.validTo).toBe('Jan  7 03:04:05 2026 GMT');
    expect(authority.validTo).toBe('Jan 12 03:04:05 2026 GMT');
    expect(details(ca.Cert)).toMatch(
      /Key Usage: critical\n +Digital Signature, Key Encipherment, Certificate Sign\n.*Extended Key Usage: \n +TLS Web Server Authentication, TLS Web Client Authentication\n.*Basic Constraints: critical\n +CA:TRUE\n.*Subject Key Identifier/s,
    );
    expect(details(leaf.Cert)).toMatch(
      /Digital Signature, Key Encipherment\n.*CA:FALSE\n.*Authority Key Identifier.*DNS:web.example, DNS:\*.web.example, IP Address:10.1.2.3, IP/s,
    );
    expect(authority.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(web.checkPrivateKey(createPrivateKey(leaf.Key))).toBe(true);
  });

  it.each([
    ['rsa pkcs1', () => pem(newKey('rsa', 2048), 'pkcs1'), 'RSA PRIVATE KEY', 'sha256WithRSAEncryption'],
    ['rsa pkcs8', () => pem(newKey('rsa', 2048), 'pkcs8'), 'RSA PRIVATE KEY', 'sha256WithRSAEncryption'],
    ['p-224', () => pem(newKey('ec', 'secp224r1'), 'sec1'), 'EC PRIVATE KEY', 'ecdsa-with-SHA256'],
    ['p-256', () => pem(newKey('ec'), 'sec1'), 'EC PRIVATE KEY', 'ecdsa-with-SHA256'],
    ['p-384', () => pem(newKey('ec', 'secp384r1'), 'pkcs8'), 'EC PRIVATE KEY', 'ecdsa-with-SHA384'],
    ['p-521', () => pem(newKey('ec', 'secp521r1'), 'sec1'), 'EC PRIVATE KEY', 'ecdsa-with-SHA512'],
    ['ed25519', () => pem(newKey('ed25519'), 'pkcs8'), 'PRIVATE KEY', 'ED25519'],
  ])('are made with a given key: %s', (...[, make, type, algorithm]) => {
    const source =
      '{{ $ca := genCAWithKey "ca" 2 .k }}{{ $own := genSelfSignedCertWithKey "own" nil (list "a.b") 2 .k }}' +
      '{{ $leaf := genSignedCertWithKey "leaf" nil (list "c.d") 1 $ca .k }}' +
      '{{ dict "ca" $ca "own" $own "leaf" $leaf | toJson }}';
    const data = { k: make() };
    const { ca, own, leaf } = certificates<'ca' | 'own' | 'leaf'>(source, { data });
    const [caFile, leafFile] = [file('ca.pem', ca.Cert), file('leaf.pem', leaf.Cert)];
    const at = String(Math.floor(NOW / 1000) + 60);
    expect(openssl('verify', '-x509_strict', '-attime', at, '-CAfile', caFile, leafFile)).toContain('OK');
    expect(new X509Certificate(own.Cert).verify(createPublicKey(data.k))).toBe(true);
    expect(details(leaf.Cert)).toContain(`Signature Algorithm: ${algorithm}\n`);
    for (const { Key } of [ca, own, leaf]) expect(decodePem(Key)?.type).toBe(type);
  });

  it('mark the alternative names critical when there is no subject', () => {
    const { c } = certificates<'c'>('{{ dict "c" (genSelfSignedCert "" nil (list "a.b") 1) | toJson }}');
    expect(details(c.Cert)).toMatch(/Subject: \n.*Subject Alternative Name: critical/s);
  });

  it.each([
    ['Zürich', 1, 'CN=Zürich'],
    ['a, b=c', 1, 'CN=a\\, b=c'],
  ])('keep the name %s', (name, days, subject) => {
    const { c } = certificates<'c'>(`{{ dict "c" (genCAWithKey "${name}" ${days} .k) | toJson }}`, {
      data: { k: pem(newKey('ec'), 'sec1') },
    });
    expect(new X509Certificate(c.Cert).subject).toBe(subject);
  });

  it.each([
    [365 * 30, 'Dec 26 03:04:05 2055 GMT', 'beyond 2049 in the long form'],
    [-1, 'Jan  1 03:04:05 2026 GMT', 'ended before it began'],
    [200_000, 'Jan 12 03:29:31 1989 GMT', 'compat(lang-0351)'],
  ])('end after %d days', (days, end, reason) => {
    const { c } = certificates<'c'>(`{{ dict "c" (genCAWithKey "x" ${days} .k) | toJson }}`, {
      data: { k: pem(newKey('ec'), 'sec1') },
    });
    expect(new X509Certificate(c.Cert).validTo, reason).toBe(end);
  });
});

describe('keys, passwords and ciphers', () => {
  it.each([
    ['rsa', 'RSA PRIVATE KEY'],
    ['ecdsa', 'EC PRIVATE KEY'],
    ['dsa', 'DSA PRIVATE KEY'],
    ['ed25519', 'PRIVATE KEY'],
  ])('makes a key that openssl accepts: %s', (kind, type) => {
    const text = render(`{{ genPrivateKey "${kind}" }}`);
    expect(decodePem(text)?.type).toBe(type);
    const checked = openssl('pkey', '-in', file('key.pem', text), '-noout', '-check');
    expect(checked).toBe('Key is valid\n');
  });

  it('hashes with bcrypt, and refuses what bcrypt does not read', () => {
    const [user = '', hash = ''] = render('{{ htpasswd "ann" "s3cret é" }}').split(':');
    expect(user).toBe('ann');
    expect(hash).toMatch(/^\$2a\$10\$/);
    expect(compareSync('s3cret é', hash)).toBe(true);
    expect(compareSync('s3cret', hash)).toBe(false);
    const tooLong = 'failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes';
    expect(render('{{ bcrypt (repeat 73 "a") }}')).toBe(tooLong);
    expect(render('{{ bcrypt (b64dec "gA==") }}')).toBe(
      'failed to encrypt string with bcrypt: bcrypt: the password is not valid UTF-8',
    );
  });

  it('decrypts what it encrypted, and openssl does too', () => {
    const sealed = render('{{ encryptAES "pass" "plain é" }}');
    expect(render('{{ decryptAES "pass" .s }}', { data: { s: sealed } })).toBe('plain é');
    const bytes = Buffer.from(sealed, 'base64');
    const key = Buffer.alloc(32);
    key.write('pass');
    writeFileSync(join(directory, 'sealed'), bytes.subarray(16));
    const secrets = ['-K', key.toString('hex'), '-iv', bytes.subarray(0, 16).toString('hex')];
    const opened = openssl('enc', '-d', '-aes-256-cbc', ...secrets, '-in', join(directory, 'sealed'));
    expect(opened).toBe('plain é');
  });
});

describe('repeating', () => {
  const seeded: TemplateEnv = { now: NOW, seed: 5 };
  const key = pem(newKey('rsa', 2048), 'pkcs1');

  it('gives the same for the same time and seed wherever no key is made', () => {
    const source =
      '{{ (genCAWithKey "ca" 3 .k).Cert }}{{ htpasswd "a" "b" }}{{ encryptAES "a" "b" }}{{ randAlphaNum 20 }}';
    const first = render(source, { data: { k: key }, env: seeded });
    expect(render(source, { data: { k: key }, env: seeded })).toBe(first);
    expect(render(source, { data: { k: key }, env: { ...seeded, seed: 6 } })).not.toBe(first);
  });

  it('never takes a private key from the seed', () => {
    const source = '{{ genPrivateKey "ed25519" }}';
    expect(render(source, { env: seeded })).not.toBe(render(source, { env: seeded }));
  });

  it('draws from the platform when it is given', () => {
    const source = '{{ randAlphaNum 20 }} {{ randBytes 16 }} {{ uuidv4 }} {{ encryptAES "a" "b" }}';
    expect(render(source)).not.toBe(render(source));
    for (let round = 0; round < 100; round += 1) {
      expect(systemRandom.next()).toBeLessThan(1);
      expect([0, 1, 2]).toContain(systemRandom.below(3));
    }
  });
});

describe('limits', () => {
  const failure = (source: string, asked: Asked = {}): { readonly limit?: string; readonly message: string } => {
    const template = compileTemplate(source, { functions, ...asked });
    if (!template.ok) return template.error;
    const result = template.value.execute(asked.data ?? {}, REAL);
    return result.ok ? { message: result.value } : result.error;
  };

  it.each([
    ['{{ genCAWithKey "x" 1 .k }}', () => 'x'.repeat(PEM_LIMIT_CHARACTERS + 1), 'PEM characters'],
    ['{{ genSelfSignedCertWithKey "x" nil .names 1 .k }}', () => pem(newKey('ec'), 'sec1'), 'certificate names'],
  ])('%s', (source, make, limit) => {
    const names = Array.from({ length: CERTIFICATE_LIMIT_NAMES + 1 }, () => 'a');
    expect(failure(source, { data: { k: make(), names } })).toMatchObject({ limit });
  });

  it('refuses RSA keys that cost too much', () => {
    // The key is none that anyone could use; only its size is looked at, before anything is done with it.
    const big = new Uint8Array(RSA_KEY_LIMIT_BITS / 8 + 64).fill(0xff);
    const numbers = [Uint8Array.of(0), big, Uint8Array.of(1, 0, 1), big, big, big, big, big, big].map(integer);
    const body = Buffer.concat(numbers);
    const whole = Buffer.concat([Uint8Array.of(0x30, 0x83, 0, 0, 0), body]);
    whole.writeUIntBE(body.length, 2, 3);
    const text = encodePem('RSA PRIVATE KEY', whole);
    expect(failure('{{ genCAWithKey "x" 1 .k }}', { data: { k: text } })).toMatchObject({ limit: 'RSA key bits' });
  });

  it('bounds scrypt', () => {
    const settings = { cost: 2 ** 20, blockSize: 8, parallel: 1, length: 64 };
    expect(() => sprigCrypto.scrypt?.(new Uint8Array(1), new Uint8Array(1), settings)).toThrow(
      `scrypt bytes is limited to ${SCRYPT_LIMIT_BYTES}, found 1073741824`,
    );
  });

  it.each(['sha1sum', 'sha256sum', 'sha512sum', 'adler32sum', 'encryptAES "k"', 'decryptAES "k"'])(
    'counts what %s reads as work',
    (call) => {
      const source = `{{ $s := repeat 64000 "x" }}{{ range until 100 }}{{ $s | ${call} | trunc 1 }}{{ end }}`;
      expect(failure(source, { limits: { steps: 6000 } })).toMatchObject({ limit: 'template steps' });
      expect(failure(source.replace('64000', '8'), { limits: { steps: 6000 } }).limit).toBeUndefined();
    },
  );

  it('ends a render that makes too many keys, hashes or certificates', () => {
    const few = { limits: { cryptography: 20 } };
    for (const source of [
      'genPrivateKey "rsa"',
      'range until 9 }}{{ bcrypt "x" }}{{ end',
      'range until 9 }}{{ genCA "x" 1 }}{{ end',
    ]) {
      expect(failure(`{{ ${source} }}`, few)).toMatchObject({ limit: 'template cryptography' });
    }
    expect(failure('{{ bcrypt "x" }}', few).limit).toBeUndefined();
  });
});

describe('reading', () => {
  it('gives nothing but results, whatever the texts', () => {
    const { ca } = certificates<'ca'>('{{ dict "ca" (genCA "x" 1) | toJson }}');
    const good = [ca.Cert, ca.Key, pem(newKey('ec'), 'sec1'), pem(newKey('ed25519'), 'pkcs8')];
    const broken = fc
      .tuple(fc.constantFrom(...good), fc.nat(2000), fc.constantFrom('A', '\n', '-', '=', 'é', ''))
      .map(([text, at, letter]) => text.slice(0, at % text.length) + letter + text.slice((at % text.length) + 1));
    const text = fc.oneof(broken, fc.constantFrom(...good), fc.string());
    fc.assert(
      fc.property(text, text, (cert, key) => {
        expect(typeof sprigCrypto.checkPair?.({ cert, key }).ok).toBe('boolean');
      }),
      { numRuns: 300 },
    );
  });

  it('takes apart what it puts together', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        const [only] = elementsOf(integer(bytes));
        const strip = (digits: Uint8Array): string =>
          Buffer.from(digits)
            .toString('hex')
            .replace(/^(00)+/, '');
        expect(strip(only?.content ?? new Uint8Array(0))).toBe(strip(bytes));
        expect((only?.content[0] ?? 0) < 0x80).toBe(true);
        expect(decodePem(`x\n${encodePem('A B', bytes)}`)).toEqual({ type: 'A B', bytes });
      }),
    );
    expect(() => sequenceIn(Uint8Array.of(0x30, 0x80))).toThrow('asn1: syntax error');
  });
});
