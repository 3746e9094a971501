import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startArgosy, type ArgosyProcess } from './argosy-process.ts';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe.skipIf(!existsSync(CHROMIUM))('the page of a fresh start (needs chromium)', () => {
  let home: string;
  let argosy: ArgosyProcess;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'argosy-page-e2e-'));
    argosy = await startArgosy(join(home, 'data'), ['--port', '0', '--kube-port', '0']);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await argosy?.stop('SIGINT');
    await rm(home, { recursive: true, force: true });
  }, 30_000);

  it('asks for the generated password and lets in', async () => {
    await page.goto(`${argosy.ready.url}/applications`);
    await page.getByLabel('Username').fill('admin');
    await page.locator('input[type=password]').fill((await readFile(argosy.ready.adminPasswordFile, 'utf8')).trim());
    await page.getByRole('button', { name: /log ?in|sign ?in/i }).click();
    await page.getByRole('link', { name: 'demo' }).waitFor();
  });

  it('shows the application become synced and healthy, and its tree down to the pods', async () => {
    await page.getByText('Synced').first().waitFor();
    await page.getByText('Healthy').first().waitFor();
    await page.goto(`${argosy.ready.url}/applications/argocd/demo`);
    await page.getByText(/Deployment · Healthy/).waitFor();
    await page
      .getByText(/Pod · Healthy/)
      .first()
      .waitFor();
  });

  it('shows the workflow and the log of a step', async () => {
    await page.goto(`${argosy.ready.url}/workflows/demo/tour`);
    await page.getByText('left', { exact: true }).first().click();
    await page.getByText('left hand got 42').last().waitFor();
    expect(complaints).toEqual([]);
  });
});
