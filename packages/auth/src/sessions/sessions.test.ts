import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { getPath, instant, silentLogger } from '@argosy/std';
import { createVirtualClock, type VirtualClock } from '@argosy/sim';
import { resources } from '@argosy/api';
import { RestError } from '@argosy/api/rest';
import type { KubeObject } from '@argosy/kube/meta';
import { connectInProcess } from '@argosy/kube/client';
import { createObject, getObject, listObjects, patchObject, type ClusterApi } from '@argosy/kube/port';
import type { Audit, AuditEntry } from '@argosy/auth/audit';
import type { ControlPlane } from '@argosy/cluster/apiserver';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import {
  addressPrefix,
  createLoginBudget,
  createPasswords,
  FAILURE_WINDOW_MS,
  followPolicy,
  INITIAL_PASSWORD_LENGTH,
  MAX_ACCOUNT_FAILURES,
  MAX_CONCURRENT_CHECKS,
  MAX_ENDED_PER_ACCOUNT,
  MAX_PAIR_FAILURES,
  MAX_PREFIX_FAILURES,
  MAX_WAITING_CHECKS,
  MIN_THREAD_COST,
  openSessions,
  REVOCATIONS_NAME,
  type Sessions,
} from './index.ts';

const START = 1_700_000_000_000;
let directory = '';
let plane: ControlPlane;
let api: ClusterApi;
let clock: VirtualClock;
let records: AuditEntry[];
let opened: Sessions[];
let files = 0;

const audit: Audit = { record: (entry) => void records.push(entry), close: () => undefined };
const key = (name: string): { namespace: string; name: string } => ({ namespace: 'argocd', name });
const NEW_PASSWORD = 'a new password';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'argosy-sessions-'));
});
afterAll(() => rm(directory, { recursive: true }));
beforeEach(async () => {
  clock = createVirtualClock(START);
  const authorizer = { authorize: () => ({ allowed: true, reason: '' }) };
  plane = await openControlPlane({ log: inMemoryCommitLog(), clock, authorizer, newUid: randomUUID });
  api = connectInProcess(plane, { name: 'argocd-server', groups: [] });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } };
  await createObject(api, { resource: resources.namespaces, namespace: '', object: namespace });
  records = [];
  opened = [];
});
afterEach(async () => {
  opened.forEach((sessions) => sessions.close());
  await plane.close();
});

/** Names of the secrets that stand in the cluster. */
async function secretNames(): Promise<readonly string[]> {
  const { items } = await listObjects(api, { resource: resources.secrets, namespace: 'argocd' });
  return items.map((item) => item.metadata.name);
}

async function open(): Promise<{ sessions: Sessions; file: string }> {
  files += 1;
  const file = join(directory, `password-${files}`);
  const options = { api, clock, logger: silentLogger, audit, bcryptCost: 4, initialPasswordFile: file };
  const sessions = await openSessions(options);
  opened.push(sessions);
  return { sessions, file };
}

async function openWithPassword(): Promise<{ sessions: Sessions; password: string; file: string }> {
  const { sessions, file } = await open();
  return { sessions, file, password: (await readFile(file, 'utf8')).trim() };
}

const from = (address: string, password: string, username = 'admin') => ({ username, password, address });
const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no refusal',
    (error: unknown) => (error instanceof RestError ? `${error.code}: ${error.message}` : String(error)),
  );
const INVALID = 'Unauthenticated: Invalid username or password';

describe('the first start', () => {
  it('makes a key and a password, writes it privately, and changes nothing later', async () => {
    const { file, password } = await openWithPassword();
    expect(password).toMatch(new RegExp(`^[0-9A-Za-z-]{${INITIAL_PASSWORD_LENGTH}}$`));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await secretNames()).toEqual(['argocd-initial-admin-secret', 'argocd-secret']);
    const before = await getObject(api, { resource: resources.secrets, key: key('argocd-secret') });
    expect(Object.keys(getPath(before, ['data']) as object).sort()).toEqual([
      'admin.password',
      'admin.passwordMtime',
      'server.secretkey',
    ]);
    const again = await open();
    await expect(stat(again.file)).rejects.toThrow('ENOENT');
    expect(await getObject(api, { resource: resources.secrets, key: key('argocd-secret') })).toEqual(before);
    expect(await again.sessions.login(from('10.0.0.1', password))).toContain('.');
  });
});

describe('sessions', () => {
  it('lasts a day, not longer', async () => {
    const { sessions, password } = await openWithPassword();
    const token = await sessions.login(from('10.0.0.1', password));
    expect(sessions.authenticate(token)).toMatchObject({
      identity: { subject: 'admin', issuer: 'argosy' },
      issuedAt: START / 1000,
      expiresAt: START / 1000 + 86_400,
    });
    await clock.advanceBy(86_399_000);
    expect(sessions.authenticate(token)).toBeDefined();
    await clock.advanceBy(1000);
    expect(sessions.authenticate(token)).toBeUndefined();
  });

  it('ends on logout for good, on every replica and after a restart', async () => {
    const { sessions, password } = await openWithPassword();
    const other = await open();
    const token = await sessions.login(from('10.0.0.1', password));
    expect(other.sessions.authenticate(token)).toBeDefined();
    await sessions.logout(token, '10.0.0.1');
    expect(sessions.authenticate(token)).toBeUndefined();
    expect(records.at(-1)).toMatchObject({ actor: 'admin', action: 'session/delete', address: '10.0.0.1' });
    await clock.advanceUntil(() => other.sessions.authenticate(token) === undefined, 20_000);
    expect((await open()).sessions.authenticate(token)).toBeUndefined();
  });

  it('bounds the list of ended sessions by ending all of an account', async () => {
    const { sessions, password } = await openWithPassword();
    const kept = await sessions.login(from('10.0.0.1', password));
    for (let count = 0; count <= MAX_ENDED_PER_ACCOUNT; count += 1) {
      await sessions.logout(await sessions.login(from('10.0.0.1', password)));
      if (count < MAX_ENDED_PER_ACCOUNT) expect(sessions.authenticate(kept)).toBeDefined();
    }
    expect(sessions.authenticate(kept)).toBeUndefined();
    const list = await getObject(api, { resource: resources.configMaps, key: key(REVOCATIONS_NAME) });
    expect(Object.keys(getPath(list, ['data']) as object)).toEqual(['until.admin']);
    await clock.advanceBy(1000);
    expect(sessions.authenticate(await sessions.login(from('10.0.0.1', password)))).toBeDefined();
  });

  it('ends when the password changes, here and by any other tool', async () => {
    const { sessions, password } = await openWithPassword();
    const token = await sessions.login(from('10.0.0.1', password));
    const change = { actor: 'admin', account: 'admin', currentPassword: password, newPassword: NEW_PASSWORD };
    await sessions.changePassword({ ...change, address: '10.0.0.1' });
    expect(sessions.authenticate(token)).toBeUndefined();
    expect(await secretNames()).toEqual(['argocd-secret']);
    expect(await refusal(sessions.login(from('10.0.0.2', password)))).toBe(INVALID);
    const second = await sessions.login(from('10.0.0.3', NEW_PASSWORD));
    const hash = Buffer.from(await createPasswords({ cost: 4 }).hash('yet another one')).toString('base64');
    const patch = { data: { 'admin.password': hash } };
    await patchObject(api, { resource: resources.secrets, key: key('argocd-secret'), patchType: 'merge', patch });
    await clock.advanceUntil(() => sessions.authenticate(second) === undefined, 20_000);
    expect(sessions.authenticate(second)).toBeUndefined();
  });

  it.each([
    {
      reason: 'the wrong current password',
      currentPassword: 'nope',
      newPassword: NEW_PASSWORD,
      says: 'does not match',
    },
    { reason: 'a short one', currentPassword: '', newPassword: 'short', says: 'at least 12' },
    { reason: 'one that bcrypt would cut', currentPassword: '', newPassword: 'ü'.repeat(37), says: '72 bytes' },
    { reason: 'a NUL', currentPassword: '', newPassword: `${NEW_PASSWORD}\0`, says: 'NUL' },
  ])('refuses a change with $reason', async ({ currentPassword, newPassword, says }) => {
    const { sessions } = await open();
    const change = { actor: 'admin', account: 'admin', currentPassword, newPassword, address: 'x' };
    expect(await refusal(sessions.changePassword(change))).toContain(says);
  });

  it('knows accounts of argocd-cm, and forgets them when they are disabled', async () => {
    const { sessions, password } = await openWithPassword();
    const hash = Buffer.from(await createPasswords({ cost: 4 }).hash(NEW_PASSWORD)).toString('base64');
    const patch = { data: { 'accounts.alice.password': hash } };
    await patchObject(api, { resource: resources.secrets, key: key('argocd-secret'), patchType: 'merge', patch });
    const metadata = { namespace: 'argocd', name: 'argocd-cm' };
    const data = { 'accounts.alice': 'apiKey, login', 'accounts.bot': 'apiKey' };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as KubeObject;
    await createObject(api, { resource: resources.configMaps, namespace: 'argocd', object });
    await clock.advanceUntil(() => sessions.accounts().length === 3, 20_000);
    const token = await sessions.login(from('10.0.0.1', NEW_PASSWORD, 'alice'));
    expect(sessions.authenticate(token)?.identity.subject).toBe('alice');
    expect(await refusal(sessions.login(from('10.0.0.1', NEW_PASSWORD, 'bot')))).toBe(INVALID);
    const off = { data: { 'accounts.alice.enabled': 'false', 'admin.enabled': 'false' } };
    await patchObject(api, { resource: resources.configMaps, key: key('argocd-cm'), patchType: 'merge', patch: off });
    await clock.advanceUntil(() => sessions.authenticate(token) === undefined, 20_000);
    expect(await refusal(sessions.login(from('10.0.0.1', password)))).toBe(INVALID);
  });

  it('says one thing for every failed login, and records why without secrets', async () => {
    const { sessions, password } = await openWithPassword();
    const tries = [
      from('10.0.0.1', 'wrong'),
      from('10.0.0.2', 'wrong', 'nobody'),
      from('10.0.0.3', 'wrong', 'n'.repeat(33)),
      from('10.0.0.4', `${password}\0`),
      from('10.0.0.5', 'x'.repeat(73)),
    ];
    for (const one of tries) expect(await refusal(sessions.login(one))).toBe(INVALID);
    expect(await refusal(sessions.login(from('10.0.0.6', '')))).toBe('Unauthenticated: no credentials supplied');
    expect(records.map((record) => record.reason)).toEqual([
      'wrong-password',
      'unknown-account',
      'unknown-account',
      'wrong-password',
      'wrong-password',
    ]);
    expect(JSON.stringify(records)).not.toContain(password);
  });

  it('refuses a guesser, but not the owner from elsewhere', async () => {
    const { sessions, password } = await openWithPassword();
    const guesses = Array.from({ length: 10 }, () => refusal(sessions.login(from('10.0.0.1', 'wrong'))));
    await Promise.all(guesses);
    expect(records.filter((record) => record.reason === 'wrong-password')).toHaveLength(MAX_PAIR_FAILURES);
    expect(await refusal(sessions.login(from('10.0.0.77', password)))).toBe(INVALID);
    expect(await sessions.login(from('10.0.1.1', password))).toContain('.');
    await clock.advanceBy(FAILURE_WINDOW_MS);
    expect(await sessions.login(from('10.0.0.1', password))).toContain('.');
  });
});

describe('createLoginBudget', () => {
  const budget = (): ReturnType<typeof createLoginBudget> => createLoginBudget(Buffer.alloc(32, 7));
  const now = instant(START);

  it('stops spraying over accounts from one network', () => {
    const one = budget();
    const allowed = Array.from({ length: 100 }, (_v, index) => one.attempt(`u${index}`, '10.0.0.9', now).allowed);
    expect(allowed.filter(Boolean)).toHaveLength(MAX_PREFIX_FAILURES);
  });

  it('gives each network one try on an account under attack', () => {
    const one = budget();
    for (let index = 0; index < MAX_ACCOUNT_FAILURES; index += 1) one.attempt('admin', `10.1.${index}.1`, now);
    expect(one.attempt('admin', '10.2.0.1', now).allowed).toBe(true);
    expect(one.attempt('admin', '10.2.0.1', now).allowed).toBe(false);
  });

  it('does not forget a victim when it is filled with names', () => {
    const one = budget();
    for (let index = 0; index < MAX_PAIR_FAILURES; index += 1) one.attempt('admin', '10.0.0.1', now);
    for (let index = 0; index < 20_000; index += 1) one.attempt(`x${index}`, `10.${index % 250}.${index % 99}.1`, now);
    expect(one.attempt('admin', '10.0.0.1', now).allowed).toBe(false);
  });

  it.each([
    ['10.1.2.3', '10.1.2'],
    ['::ffff:10.1.2.3', '10.1.2'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1'],
    ['2001:db8::5', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
  ])('%s belongs to %s', (address, prefix) => {
    expect(addressPrefix(address)).toBe(prefix);
  });
});

describe('createPasswords', () => {
  it('checks a bounded number at a time and refuses the rest', async () => {
    const passwords = createPasswords({ cost: 4 });
    const hash = await passwords.hash('right password');
    const count = MAX_CONCURRENT_CHECKS + MAX_WAITING_CHECKS + 1;
    const done = await Promise.all(
      Array.from({ length: count }, () => passwords.matches('right password', hash).catch((error: unknown) => error)),
    );
    expect(done.filter((one) => one === true)).toHaveLength(count - 1);
    expect(done.filter((one) => one instanceof RestError && one.code === 'ResourceExhausted')).toHaveLength(1);
    expect(await passwords.matches('right password', undefined)).toBe(false);
  });

  it('works on threads with real costs, and inline after they are gone', async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    const passwords = createPasswords({ cost: MIN_THREAD_COST, logger });
    const hash = await passwords.hash('right password');
    const answers = ['right password', 'wrong password'].map((password) => passwords.matches(password, hash));
    expect(await Promise.all(answers)).toEqual([true, false]);
    expect(warnings).toEqual([]);
    passwords.close();
    expect(await passwords.matches('right password', hash)).toBe(true);
  });
});

describe('followPolicy', () => {
  it('follows argocd-rbac-cm and keeps the last good policy', async () => {
    const ending = new AbortController();
    const policy = await followPolicy({ api, clock, logger: silentLogger, signal: ending.signal });
    const may = (): boolean =>
      policy.enforce({ subject: 'eve', groups: [], issuer: 'argosy' }, 'logs', { action: 'get', object: 'a/b' });
    expect(may()).toBe(false);
    const metadata = { namespace: 'argocd', name: 'argocd-rbac-cm' };
    const data = { 'policy.csv': 'p, eve, logs, get, */*, allow' };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as KubeObject;
    await createObject(api, { resource: resources.configMaps, namespace: 'argocd', object });
    await clock.advanceUntil(may, 20_000);
    const target = { resource: resources.configMaps, key: key('argocd-rbac-cm') };
    await patchObject(api, { ...target, patchType: 'merge', patch: { data: { 'policy.csv': 'p, broken' } } });
    await clock.settle();
    expect(may()).toBe(true);
    await patchObject(api, { ...target, patchType: 'merge', patch: { data: { 'policy.csv': '' } } });
    await clock.advanceUntil(() => !may(), 20_000);
    ending.abort();
  });
});
