import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileTemplate, sprigFunctions } from '@argosy/lang/gotemplate';
import { sprigCrypto, systemRandom } from '@argosy/lang/sprigcrypto';
import { instant, isObject } from '@argosy/std';
import { runTool, toolBinary } from './kubectl-binary.ts';

// Every function of sprig's cryptography, in helm and here: what they make is compared by what it says.

const rsa = (bits: number): string =>
  generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ format: 'pem', type: 'pkcs1' }).toString();
const exported = (curve: string, type: 'sec1' | 'pkcs8'): string =>
  generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ format: 'pem', type }).toString();
const pkcs8 = (kind: 'ed25519' | 'x25519'): string =>
  (kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519')).privateKey
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
const renamed = (pem: string, from: string, to: string): string => pem.replaceAll(`${from} KEY`, `${to} KEY`);

const ecKey = exported('prime256v1', 'sec1');
const rsaKey = rsa(2048);
const p8Key = exported('secp384r1', 'pkcs8');
const dsaKey = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).privateKey;
const KEYS: { readonly [name: string]: string } = {
  rsa: rsaKey,
  ec: ecKey,
  p384: p8Key,
  p521: exported('secp521r1', 'sec1'),
  ed: pkcs8('ed25519'),
  x25519: pkcs8('x25519'),
  dsa8: dsaKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  k1: exported('secp256k1', 'sec1'),
  k18: exported('secp256k1', 'pkcs8'),
  rsaAsEc: renamed(rsaKey, 'RSA PRIVATE', 'EC PRIVATE'),
  rsaAsP8: renamed(rsaKey, 'RSA PRIVATE', 'PRIVATE'),
  ecAsRsa: renamed(ecKey, 'EC PRIVATE', 'RSA PRIVATE'),
  ecAsP8: renamed(ecKey, 'EC PRIVATE', 'PRIVATE'),
  p8AsRsa: renamed(p8Key, 'PRIVATE', 'RSA PRIVATE'),
  p8AsEc: renamed(p8Key, 'PRIVATE', 'EC PRIVATE'),
  encrypted: renamed(p8Key, 'PRIVATE', 'ENCRYPTED PRIVATE'),
  after: `some words\n${ecKey}more`,
  headers: ecKey.replace('KEY-----\n', 'KEY-----\nName: value\nOther: x\n\n'),
  certificate: '-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n',
  endless: '-----BEGIN EC PRIVATE KEY-----\naGVsbG8=\n',
};

/** Templates of certificates; the text of what openssl says of them must be the same. */
const CERTIFICATES: readonly string[] = [
  'genCA "ca" 365',
  'genCA "" 1',
  'genCA "a_b*" 1',
  'genCA "Zürich & Söhne" 1',
  'genCA "long-lived" 10000',
  'genCA "wraps" 200000',
  'genCAWithKey "ca" 1 .Values.keys.rsa',
  'genCAWithKey "ca" -3 .Values.keys.ec',
  'genCAWithKey "ca" 0 .Values.keys.p384',
  'genCAWithKey "ca" 1 .Values.keys.p521',
  'genCAWithKey "ca" 1 .Values.keys.ed',
  'genCAWithKey "ca" 1 .Values.keys.after',
  'genCAWithKey "ca" 1 .Values.keys.headers',
  'genSelfSignedCert "own" nil nil 30',
  'genSelfSignedCert "own" (list "127.0.0.1" "::1" "::ffff:9.8.7.6" "2001:db8::a:0:1" "::") (list "a.b" "*.c" "") 30',
  'genSelfSignedCertWithKey "" (list "1.2.3.4") (list) 30 .Values.keys.ed',
  'genSelfSignedCertWithKey "" (list) (list "x y") 30 .Values.keys.ec',
  'genSignedCert "leaf" (list "10.0.0.1") (list "leaf.svc" "leaf") 90 (genCA "root" 100)',
  'genSignedCert "root" nil nil 90 (genCA "root" 100)',
  'genSignedCertWithKey "leaf" nil (list "leaf") 90 (genCA "root" 100) .Values.keys.ec',
  'genSignedCertWithKey "leaf" nil nil 90 (genCAWithKey "root" 100 .Values.keys.ed) .Values.keys.rsa',
  'genSignedCertWithKey "leaf" nil nil 90 (genCAWithKey "root" 100 .Values.keys.p384) .Values.keys.ed',
  'genSignedCert "deep" nil nil 9 (genSignedCert "middle" nil nil 90 (genCA "root" 100))',
  'genSignedCert "of-own" nil nil 9 (genSelfSignedCert "own" nil nil 90)',
  'let $ca := genCA "custom" 5 in buildCustomCert ($ca.Cert | b64enc) ($ca.Key | b64enc)',
  'let $ca := genCA "custom" 5 in genSignedCert "leaf" nil nil 9 (buildCustomCert ($ca.Cert | b64enc) ($ca.Key | b64enc))',
];

/** Templates that fail, or whose output is a text: the same words must come. */
const TEXTS: readonly string[] = [
  ...Object.keys(KEYS).map((name) => `(genCAWithKey "x" 1 .Values.keys.${name}).Key | trunc 30 | quote`),
  ...['x25519', 'ed', 'p8AsRsa'].map(
    (name) => `(genSignedCertWithKey "x" nil nil 1 (genCA "r" 1) .Values.keys.${name}).Key | trunc 30 | quote`,
  ),
  'genCAWithKey "x" 1 ""',
  'genCAWithKey "x" 1 "nothing"',
  ...['1.2.3', '01.2.3.4', '256.1.1.1', '1::2::3', ':::', 'fe80::1%eth0', '', '1.2.3.4/8', '12345::', '::1.2.3'].map(
    (address) => `(genSelfSignedCertWithKey "x" (list "${address}") nil 1 .Values.keys.ec).Key | trunc 30 | quote`,
  ),
  'genSelfSignedCert "x" (list 1) (list) 1',
  'genSelfSignedCert "x" (list) (list 1) 1',
  'genSelfSignedCert "x" (list) (list "é") 1',
  'genSelfSignedCert "x" (list) (list "a" "b\\u00a0c") 1',
  'genSignedCert "x" nil nil 1 (dict "Cert" "a" "Key" "b")',
  'genSignedCert "x" nil nil 1 nil',
  'genCA 1 1',
  'genCA "x" "1"',
  'let $a := genCA "a" 1 in let $b := genCA "b" 1 in genSignedCert "x" nil nil 1 (buildCustomCert ($a.Cert | b64enc) ($b.Key | b64enc))',
  'let $a := genCA "a" 1 in (buildCustomCert ($a.Cert | b64enc) (.Values.keys.k1 | b64enc)).Key | quote',
  'let $a := genCA "a" 1 in (buildCustomCert ($a.Cert | b64enc) (.Values.keys.ec | b64enc)).Key | quote',
  'buildCustomCert "%" ""',
  'buildCustomCert "" "%"',
  'buildCustomCert "" ""',
  'buildCustomCert (.Values.keys.certificate | b64enc) ""',
  'bcrypt (repeat 73 "a") | quote',
  'htpasswd "a:b" "x" | quote',
  'genPrivateKey "x" | quote',
  'derivePassword 1 "long" "password" "user" "example.com" | quote',
  'derivePassword 2 "maximum" "pässword" "üser" "example.com" | quote',
  'list (derivePassword 1 "medium" "p" "u" "s") (derivePassword 1 "short" "p" "u" "s") (derivePassword 1 "basic" "p" "u" "s") (derivePassword 1 "pin" "p" "u" "s") | join " "',
  'derivePassword 1 "unknown" "p" "u" "s" | quote',
  'list (sha1sum "é") (sha256sum "é") (sha512sum "é") (adler32sum "é") | join " "',
  'encryptAES "p" "" | quote',
  'decryptAES "p" "" | quote',
  'decryptAES "p" "%"',
  'decryptAES "p" (encryptAES "p" (repeat 33 "é")) | quote',
];

/** `let $x := … in …` spares repeating what stands before the part that is printed. */
function written(row: string, wrap: (part: string) => string): string {
  const parts = row.split(' in ');
  const last = parts.pop() ?? '';
  return parts.map((part) => `{{ ${part.replace(/^let /, '')} }}`).join('') + wrap(last);
}

interface Outcome {
  readonly text: string;
  readonly error: string;
}

const FILE = 'c/templates/t.yaml';
let home: string;
let helm: string;

beforeAll(async () => {
  helm = await toolBinary('helm');
  home = await mkdtemp(join(tmpdir(), 'sprig-helm-'));
  await mkdir(join(home, 'c/templates'), { recursive: true });
  await writeFile(join(home, 'c/Chart.yaml'), 'apiVersion: v2\nname: c\nversion: 1.2.3\n');
  await writeFile(join(home, 'c/values.yaml'), JSON.stringify({ keys: KEYS }));
});
afterAll(() => rm(home, { recursive: true }));

async function inHelm(source: string): Promise<Outcome> {
  await writeFile(join(home, FILE), source);
  const run = await runTool(helm, ['template', 'r', join(home, 'c')], { kubeconfig: '/dev/null', home });
  const error = run.stderr.trim().replace(/^Error: /, '');
  return {
    text: run.stdout.replace(`---\n# Source: ${FILE}\n`, '').trimEnd(),
    error: run.code === 0 ? '' : error.replace(/\n\nUse --debug.*/s, ''),
  };
}

const functions = sprigFunctions({ crypto: sprigCrypto });

function here(source: string): Outcome {
  const template = compileTemplate(source, { name: FILE, functions, missingKey: 'zero' });
  if (!template.ok) return { text: '', error: template.error.message };
  const env = { now: instant(Date.now()), seed: 0, random: systemRandom };
  const result = template.value.execute({ Values: { keys: KEYS } }, env);
  return result.ok ? { text: result.value.trimEnd(), error: '' } : { text: '', error: result.error.message };
}

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

function certificatesIn(outcome: Outcome): readonly Certificate[] {
  if (outcome.error !== '') throw new Error(outcome.error);
  return outcome.text.split('\n').map((line) => {
    const value: unknown = JSON.parse(line.replace(/^v\d+: /, ''));
    if (!isObject(value)) throw new Error(line);
    return { cert: String(value['Cert']), key: String(value['Key']) };
  });
}

/** What a certificate says, without what is new in each: numbers, instants, key material. */
function described(certificate: Certificate | undefined): readonly string[] {
  if (certificate === undefined) return [];
  const { cert, key } = certificate;
  const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: cert, encoding: 'utf8' });
  const read = new X509Certificate(cert);
  // In minutes: each of the two instants loses its part of a second.
  const minutes = Math.round((Date.parse(read.validTo) - Date.parse(read.validFrom)) / 60_000);
  const lines = text
    .replace(/Serial Number:.*\n.*/, '')
    .replace(/Not (Before|After) *:.*/g, '')
    .split('\n')
    // Lines of hexadecimal are keys, identifiers and signatures.
    .map((line) => line.replace(/([0-9a-fA-F]{2}:)+([0-9a-fA-F]{2})?$/, 'hex').trimEnd())
    .filter((line, index, all) => !(line.trim() === 'hex' && all[index - 1]?.trim() === 'hex'));
  return [...lines, `lasts ${minutes}`, key.split('\n')[0] ?? '', String(read.checkPrivateKey(privateOf(key)))];
}

const privateOf = (key: string): KeyObject => createPrivateKey(key);

describe('sprig cryptography and helm', { timeout: 120_000 }, () => {
  it('make certificates that say the same', async () => {
    // One chart for all of them: most of the time goes into starting helm.
    const source = CERTIFICATES.map((row, index) => written(row, (part) => `v${index}: {{ ${part} | toJson }}\n`));
    const [theirs, ours] = [certificatesIn(await inHelm(source.join(''))), certificatesIn(here(source.join('')))];
    expect(theirs.length).toBe(CERTIFICATES.length);
    for (const [index, row] of CERTIFICATES.entries()) {
      expect(described(ours[index]), row).toEqual(described(theirs[index]));
    }
  });

  it('fail and answer in the same words', async () => {
    const wrong: { row: string; theirs: Outcome; ours: Outcome }[] = [];
    for (const row of TEXTS) {
      const source = written(row, (part) => `v: {{ ${part} }}\n`);
      const [theirs, ours] = [await inHelm(source), here(source)];
      if (theirs.text !== ours.text || theirs.error !== ours.error) wrong.push({ row, theirs, ours });
    }
    expect(wrong).toEqual([]);
  });

  it('open what the other sealed', async () => {
    const sealed = await inHelm('v: {{ encryptAES "pass" "plain é" | quote }}\n');
    const text = sealed.text.replace(/^v: "|"$/g, '');
    expect(here(`v: {{ decryptAES "pass" "${text}" }}\n`).text).toBe('v: plain é');
    const own = here('{{ encryptAES "pass" "plain é" }}').text;
    expect((await inHelm(`v: {{ decryptAES "pass" "${own}" }}\n`)).text).toBe('v: plain é');
  });

  it('hash passwords that the other would accept', async () => {
    const theirs = (await inHelm('v: {{ htpasswd "ann" "s3cret" | quote }}\n')).text.replace(/^v: "|"$/g, '');
    const ours = here('{{ htpasswd "ann" "s3cret" }}').text;
    for (const line of [theirs, ours]) {
      expect(line).toMatch(/^ann:\$2a\$10\$[./A-Za-z0-9]{53}$/);
      expect(compareSync('s3cret', line.slice(4))).toBe(true);
    }
  });

  it.each(['rsa', 'dsa', 'ecdsa', 'ed25519'])('make keys of the same form: %j', async (kind) => {
    const source = `v: {{ genPrivateKey "${kind}" | quote }}\n`;
    const shape = (outcome: Outcome): string => {
      const pem = outcome.text.replace(/^v: "|"$/g, '').replaceAll('\\n', '\n');
      const text = execFileSync('openssl', ['pkey', '-noout', '-text'], { input: pem, encoding: 'utf8' });
      const names = text.replace(/^ +[0-9a-f:]+$/gm, '').replace(/\n+/g, '\n');
      return `${pem.split('\n')[0]}\n${names}`;
    };
    expect(shape(here(source))).toBe(shape(await inHelm(source)));
  });
});
