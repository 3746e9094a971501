import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAuthority } from '@argosy/auth/tls';
import { instant } from '@argosy/std';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuthenticationConfigError, MAX_OIDC_ISSUERS, readAuthenticationConfig } from './authentication-config.ts';
import { parseToken } from './jwt.ts';
import { createOidcTokens, MAX_OIDC_GROUPS, OIDC_REFRESH_MS } from './oidc.ts';

type Members = { readonly [field: string]: unknown };

const NOW = 1_780_000_000_000;
const keys = {
  one: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  two: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  curve: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
};

let directory: string;
let server: Server;
let url: string;
let ca: string;
let shown: readonly { readonly kid: string; readonly key: KeyObject }[] = [];
let reads = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'argosy-oidc-'));
  const authority = await ensureAuthority(join(directory, 'keys'), { now: () => instant(Date.now()) });
  const leaf = await authority.serverLeaf([]);
  ca = authority.certificate;
  server = createServer({ cert: leaf.certificate, key: leaf.privateKey }, (request, response) => {
    if (request.url === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }));
      return;
    }
    reads += 1;
    response.end(
      JSON.stringify({ keys: shown.map(({ kid, key }) => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig' })) }),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => {
  reads = 0;
  shown = [
    { kid: 'one', key: keys.one.publicKey },
    { kid: 'curve', key: keys.curve.publicKey },
  ];
});

function token(claims: Members, signing: { key?: KeyObject; kid?: string; alg?: string; head?: Members } = {}): string {
  const { key = keys.one.privateKey, kid = 'one', alg = 'RS256', head = {} } = signing;
  const part = (value: Members): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = {
    iss: url,
    aud: 'kube',
    sub: 'u1',
    exp: NOW / 1000 + 60,
    email: 'jane@example.org',
    groups: ['dev', 'ops'],
    ...claims,
  };
  const signed = `${part({ alg, kid, ...head })}.${part(body)}`;
  const ec = key.asymmetricKeyType === 'ec' ? { dsaEncoding: 'ieee-p1363' as const } : {};
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, ...ec }).toString('base64url')}`;
}

const configuration = (more: Members = {}): Members => ({
  apiVersion: 'apiserver.config.k8s.io/v1beta1',
  kind: 'AuthenticationConfiguration',
  jwt: [
    {
      issuer: { url, audiences: ['kube'], certificateAuthority: ca },
      claimMappings: { username: { claim: 'email', prefix: 'oidc:' }, groups: { claim: 'groups', prefix: 'oidc:' } },
      claimValidationRules: [],
      ...more,
    },
  ],
});
const clock = { now: NOW };
const readerOf = (more?: Members): ((text: string) => Promise<unknown>) =>
  createOidcTokens({ issuers: readAuthenticationConfig(configuration(more)), now: () => clock.now });

describe('OpenID Connect tokens', () => {
  it('name a user and groups, with prefixes', async () => {
    const read = readerOf();
    expect(await read(token({}))).toEqual({ name: 'oidc:jane@example.org', groups: ['oidc:dev', 'oidc:ops'] });
    const curve = { key: keys.curve.privateKey, kid: 'curve', alg: 'ES256' };
    expect(await read(token({ aud: ['other', 'kube'], groups: 'one' }, curve))).toMatchObject({ groups: ['oidc:one'] });
    expect(reads).toBe(1);
  });

  const bad: readonly { reason: string; text: () => string }[] = [
    { reason: 'another issuer', text: () => token({ iss: 'https://other.example' }) },
    { reason: 'another audience', text: () => token({ aud: 'web' }) },
    { reason: 'an old token', text: () => token({ exp: NOW / 1000 }) },
    { reason: 'no end', text: () => token({ exp: undefined }) },
    { reason: 'a token of the future', text: () => token({ nbf: NOW / 1000 + 120 }) },
    { reason: 'a wrong key', text: () => token({}, { key: keys.two.privateKey }) },
    { reason: 'no signature', text: () => token({}).replace(/[^.]*$/, '') },
    { reason: 'the algorithm none', text: () => token({}, { alg: 'none' }) },
    { reason: 'a shared secret', text: () => token({}, { alg: 'HS256' }) },
    { reason: 'the algorithm of another type of key', text: () => token({}, { alg: 'ES256' }) },
    { reason: 'critical members', text: () => token({}, { head: { crit: ['x'], x: 1 } }) },
    { reason: 'no name', text: () => token({ email: undefined }) },
    { reason: 'an email that nobody verified', text: () => token({ email_verified: false }) },
    { reason: 'groups that are none', text: () => token({ groups: [1] }) },
    { reason: 'too many groups', text: () => token({ groups: Array.from({ length: MAX_OIDC_GROUPS + 1 }, String) }) },
    {
      reason: 'changed claims',
      text: () => token({}).replace(/\.[^.]*\./, `.${Buffer.from('{"iss":"x"}').toString('base64url')}.`),
    },
    { reason: 'too long a token', text: () => token({ fill: 'x'.repeat(20_000) }) },
  ];
  it.each(bad)('are refused: $reason', async ({ text }) => {
    expect(await readerOf()(text())).toBeUndefined();
  });

  it('never bring names of the cluster itself', async () => {
    const plain = {
      claimMappings: { username: { claim: 'email', prefix: '' }, groups: { claim: 'groups', prefix: '' } },
    };
    const read = readerOf(plain);
    expect(await read(token({ email: 'system:admin' }))).toBeUndefined();
    expect(await read(token({ groups: ['system:masters', 'dev'] }))).toEqual({
      name: 'jane@example.org',
      groups: ['dev'],
    });
  });

  it('must have the required claims', async () => {
    const read = readerOf({ claimValidationRules: [{ claim: 'hd', requiredValue: 'example.org' }] });
    expect(await read(token({}))).toBeUndefined();
    expect(await read(token({ hd: 'example.org' }))).toMatchObject({ name: 'oidc:jane@example.org' });
  });

  it('are verified with new keys when the issuer changes them, asked at most so often', async () => {
    clock.now = NOW;
    const read = readerOf();
    expect(await read(token({}))).toBeDefined();
    shown = [{ kid: 'two', key: keys.two.publicKey }];
    const fresh = token({}, { key: keys.two.privateKey, kid: 'two' });
    expect(await read(fresh)).toBeUndefined();
    expect(reads).toBe(1);
    clock.now = NOW + OIDC_REFRESH_MS;
    expect(await read(fresh)).toBeDefined();
    expect(await read(token({}))).toBeUndefined();
    expect(reads).toBe(2);
    clock.now = NOW;
  });
});

describe('readAuthenticationConfig', () => {
  const refused: readonly { reason: string; document: () => unknown; says: string }[] = [
    { reason: 'another kind', document: () => ({ ...configuration(), kind: 'X' }), says: 'kind: found "X"' },
    {
      reason: 'another version',
      document: () => ({ ...configuration(), apiVersion: 'v9' }),
      says: 'apiVersion: found "v9"',
    },
    {
      reason: 'plain http',
      document: () => configuration({ issuer: { url: 'http://a.example', audiences: ['k'] } }),
      says: 'jwt[0].issuer.url: found "http://a.example"',
    },
    {
      reason: 'no audience',
      document: () => configuration({ issuer: { url, audiences: [] } }),
      says: 'jwt[0].issuer.audiences',
    },
    {
      reason: 'expressions',
      document: () => configuration({ claimMappings: { username: { expression: 'claims.sub' } } }),
      says: 'jwt[0].claimMappings.username.expression',
    },
    {
      reason: 'no prefix',
      document: () => configuration({ claimMappings: { username: { claim: 'sub' } } }),
      says: 'jwt[0].claimMappings.username.prefix: found nothing',
    },
    {
      reason: 'too many issuers',
      document: () => ({ ...configuration(), jwt: Array.from({ length: MAX_OIDC_ISSUERS + 1 }, () => ({})) }),
      says: 'at most 64 issuers',
    },
  ];
  it.each(refused)('refuses $reason', ({ document, says }) => {
    expect(() => readAuthenticationConfig(document())).toThrow(AuthenticationConfigError);
    expect(() => readAuthenticationConfig(document())).toThrow(says);
  });

  it('takes tokens apart only when they are tokens', () => {
    expect(parseToken('a.b')).toBeUndefined();
    expect(parseToken('a.b.c')).toBeUndefined();
    expect(parseToken(token({}))?.keyId).toBe('one');
  });
});
