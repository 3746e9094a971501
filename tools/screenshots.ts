import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/**
 * Takes the pictures of the README from a running Argosy: `npx tsx tools/screenshots.ts READY_FILE`, where READY_FILE
 * is what `argosy up --ready-file` wrote.
 */
const ready = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as { url: string; adminPasswordFile: string };
const images = join(import.meta.dirname, '..', 'docs', 'images');
const password = readFileSync(ready.adminPasswordFile, 'utf8').trim();

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 760 } });
const page = await context.newPage();
page.on('console', (message) => console.log(`page: ${message.text()}`));
await page.goto(`${ready.url}/applications`);
await page.getByLabel('Username').fill('admin');
await page.locator('input[type=password]').fill(password);
await page.getByRole('button', { name: /log ?in|sign ?in/i }).click();

const shots: readonly (readonly [string, string, RegExp])[] = [
  ['applications', '/applications', /demo/],
  ['application', '/applications/argocd/demo', /web-/],
  ['workflows', '/workflows', /tour/],
  ['workflow', '/workflows/demo/tour', /left/],
];
await page.locator('input[type=password]').waitFor({ state: 'detached' });
for (const [name, path, text] of shots) {
  await page.goto(ready.url + path);
  await page.getByText(text).first().waitFor();
  if (name === 'workflow') {
    await page.getByText('left', { exact: true }).first().click();
    await page
      .getByText(/left hand got/)
      .first()
      .waitFor();
  }
  await page.screenshot({ path: join(images, `${name}.png`) });
}
await browser.close();
