import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { instant, silentLogger } from '@argosy/std';
import { systemClock } from '@argosy/kube/runtime';
import { resources } from '@argosy/api';
import { openAudit } from '@argosy/auth/audit';
import { createPolicy } from '@argosy/auth/policy';
import { openSessions } from '@argosy/auth/sessions';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import { connectInProcess } from '@argosy/kube/client';
import { createObject } from '@argosy/kube/port';
import { ensureAuthority } from '@argosy/auth/tls';
import { loadStaticFiles, startServer } from '@argosy/server';
import type { RestRoute } from '@argosy/api/rest';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { application, createFixture } from './page-fixture.ts';

const CHROMIUM = '/usr/bin/chromium';
const hasBrowser = existsSync(CHROMIUM);
const reason = hasBrowser ? '' : ` (skipped: ${CHROMIUM} is not installed)`;

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The built page behind the real server, for tests. */
interface PageServer {
  readonly url: string;
  readonly password: string;
  /** Stops only the front, as a restart of the server would. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Builds the page into a temporary directory and serves it with the given routes. */
async function startPageServer(routes: readonly RestRoute[]): Promise<PageServer> {
  const directory = await mkdtemp(join(tmpdir(), 'argosy-page-'));
  const outDir = join(directory, 'ui');
  const configFile = fileURLToPath(new URL('../../vite.config.ts', import.meta.url));
  await build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  const authority = await ensureAuthority(join(directory, 'ca'), { now: () => instant(Date.now()) });
  const leaf = await authority.serverLeaf();
  const audit = openAudit({ file: join(directory, 'audit.log'), clock: systemClock });
  const initialPasswordFile = join(directory, 'password');
  const common = { clock: systemClock, logger: silentLogger, audit };
  const authorizer = { authorize: () => ({ allowed: true, reason: '' }) };
  const plane = await openControlPlane({
    log: inMemoryCommitLog(),
    clock: systemClock,
    authorizer,
    newUid: () => crypto.randomUUID(),
  });
  const api = connectInProcess(plane, { name: 'argocd-server', groups: [] });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } };
  await createObject(api, { resource: resources.namespaces, namespace: '', object: namespace });
  const sessions = await openSessions({ ...common, api, bcryptCost: 4, initialPasswordFile });
  const server = await startServer({
    ...common,
    tls: { cert: leaf.certificate, key: leaf.privateKey },
    port: 0,
    routes,
    sessions,
    policy: createPolicy(),
    staticFiles: await loadStaticFiles(outDir),
    limits: { drainMs: 100 },
  });
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) await server.close();
    isStopped = true;
  };
  return {
    url: server.url,
    password: (await readFile(initialPasswordFile, 'utf8')).trim(),
    stop,
    async close() {
      await stop();
      sessions.close();
      await plane.close();
      audit.close();
      await rm(directory, { recursive: true });
    },
  };
}

describe.skipIf(!hasBrowser)(`the page in a browser${reason}`, () => {
  const fixture = createFixture();
  const complaints: string[] = [];
  let server: PageServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = await startPageServer(fixture.routes);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  it('asks for a login, refuses a wrong one, and leads to the page that was asked for', async () => {
    await page.goto(`${server.url}/workflows`);
    await page.getByLabel('Username').fill('admin');
    await page.locator('input[name=password]').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Invalid username or password').waitFor();
    await page.locator('input[name=password]').fill(server.password);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'release-x7k2p' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/workflows');
    expect(await page.getByRole('table').getByText('Pending').count()).toBe(1);
    // The refused login is the only thing that the browser may have complained about so far.
    expect(complaints.splice(0).every((text) => text.includes('401'))).toBe(true);
  });

  it('lists applications, filters by keys alone, and follows changes', async () => {
    await page.getByRole('link', { name: 'Applications' }).click();
    await page.getByRole('link', { name: /guestbook/ }).waitFor();
    expect(await page.getByRole('row').count()).toBe(6);
    await page.keyboard.press('/');
    await page.keyboard.type('outofsync');
    await page.getByRole('link', { name: /guestbook/ }).waitFor({ state: 'detached' });
    expect(await page.getByRole('row').count()).toBe(2);
    await page.keyboard.press('Escape');
    const row = page.getByRole('row', { name: /guestbook/ });
    await row.getByText('Healthy').waitFor();
    const changed = application({ name: 'guestbook', sync: 'OutOfSync', health: 'Missing', version: 50 });
    fixture.push({ type: 'MODIFIED', application: changed });
    await row.getByText('Missing').waitFor();
    const late = application({ name: 'guestbook', sync: 'Synced', health: 'Healthy', version: 49 });
    fixture.push({ type: 'MODIFIED', application: late });
    fixture.push({ type: 'DELETED', application: application({ name: 'mailer', sync: '', health: '', version: 51 }) });
    await page.getByRole('link', { name: /mailer/ }).waitFor({ state: 'detached' });
    expect(await row.getByText('Missing').count()).toBe(1);
  });

  it('shows an application’s tree, moves in it by arrow keys, opens a resource and syncs', async () => {
    await page.getByRole('link', { name: /checkout/ }).click();
    const tree = page.getByRole('group', { name: 'Resource tree' });
    await tree.getByRole('button', { name: 'Pod, web-7d9c-x2v4q, Healthy' }).waitFor();
    await tree.getByRole('button', { name: 'Job, migrate, Missing, OutOfSync' }).waitFor();
    await tree.getByRole('button', { name: /^Application, checkout/ }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    const focused = await page.evaluate('document.activeElement.getAttribute("aria-label")');
    expect(focused).toMatch(/^(?:ReplicaSet|EndpointSlice), /);
    await page.keyboard.press('Enter');
    await page.getByRole('complementary').getByText('"kind"').waitFor();
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.getByText('assigned to node-1').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').waitFor({ state: 'detached' });
    await page.getByLabel('Prune').check();
    const answered = page.waitForResponse(/\/sync$/);
    await page.getByRole('button', { name: 'Sync', exact: true }).click();
    expect((await answered).status()).toBe(200);
    expect(fixture.syncs).toEqual([{ name: 'checkout', appNamespace: 'argocd', prune: true }]);
  });

  it('shows a workflow’s graph, a node’s values and its log', async () => {
    await page.getByRole('link', { name: 'Workflows' }).click();
    await page.getByRole('link', { name: 'release-x7k2p' }).click();
    const graph = page.getByRole('group', { name: 'Workflow nodes' });
    await graph.getByRole('button', { name: 'Pod · work, lint, Failed' }).waitFor();
    expect(await graph.getByRole('button').count()).toBe(6);
    await graph.getByRole('button', { name: 'Pod · work, test, Running' }).click();
    await page.getByText('sha256:9f2c').waitFor();
    await page.getByText('step 40: compiling module 40').waitFor();
  });

  it('fits a phone and both colour schemes', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of [
      '/applications',
      '/applications/argocd/checkout',
      '/workflows',
      '/workflows/ci/release-x7k2p',
    ]) {
      await page.goto(server.url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page
        .getByRole(path.includes('/', 1) ? 'button' : 'link', { name: /checkout|release-x7k2p/ })
        .first()
        .waitFor();
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect([path, width]).toEqual([path, 390]);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('html[data-mantine-color-scheme=dark]').waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('has no complaint of the browser: nothing blocked, nothing thrown', () => {
    expect(complaints).toEqual([]);
  });

  it('says that it is not live, and how old the state is, when the server is gone', async () => {
    await page.goto(`${server.url}/applications`);
    await page.getByRole('link', { name: /guestbook/ }).waitFor();
    expect(await page.getByText('Not live.').count()).toBe(0);
    await server.stop();
    await page.getByText(/Not live\. Last known state is \d+s old\. Reconnecting/).waitFor();
    expect(await page.getByRole('link', { name: /guestbook/ }).count()).toBe(1);
  });
});
