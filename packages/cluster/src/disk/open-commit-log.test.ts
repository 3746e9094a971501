import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { CommitRecord } from '../apiserver/index.ts';
import { openCommitLog } from './index.ts';

const directories: string[] = [];
const dataDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'argosy-log-'));
  directories.push(directory);
  return directory;
};
afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

const record = (resourceVersion: number, key: string, text?: string): CommitRecord =>
  text === undefined ? { resourceVersion, key } : { resourceVersion, key, bytes: Buffer.from(text) };

describe('openCommitLog', () => {
  it('gives back what was appended, without what was deleted, and the highest version', async () => {
    const directory = await dataDirectory();
    const log = await openCommitLog(directory);
    await log.append([record(1, '/a/n/x', 'one'), record(2, '/a/n/y', 'two')]);
    await Promise.all([log.append([record(3, '/a/n/x', 'three')]), log.append([record(4, '/a/n/y')])]);
    await log.close();
    const again = await openCommitLog(directory);
    const { resourceVersion, records } = await again.load();
    await again.close();
    expect(resourceVersion).toBe(4);
    expect(records.map((item) => [item.key, item.resourceVersion, Buffer.from(item.bytes ?? []).toString()])).toEqual([
      ['/a/n/x', 3, 'three'],
    ]);
  });

  it('pages through more rows than one message carries', async () => {
    const log = await openCommitLog(await dataDirectory(), { durability: 'os' });
    await log.append(Array.from({ length: 4500 }, (_, index) => record(index + 1, `/a/n/${index}`, String(index))));
    const { records } = await log.load();
    await log.close();
    expect(records.length).toBe(4500);
    const texts = records.map((item) => `${item.key} ${Buffer.from(item.bytes ?? []).toString()}`);
    const expected = Array.from({ length: 4500 }, (_, index) => `/a/n/${index} ${index}`);
    expect(texts.sort()).toEqual(expected.sort());
  });

  it('refuses a second holder and names the first', async () => {
    const directory = await dataDirectory();
    const log = await openCommitLog(directory);
    await expect(openCommitLog(directory)).rejects.toMatchObject({ name: 'DataDirectoryLocked', pid: process.pid });
    await log.close();
    const next = await openCommitLog(directory);
    await next.close();
  });

  it('keeps nothing of a batch that does not fit, and takes writes again once there is space', async () => {
    const log = await openCommitLog(await dataDirectory(), { maxPageCount: 40 });
    const big = 'x'.repeat(40_000);
    await log.append([record(1, '/a/n/kept', big)]);
    const batch = [record(2, '/a/n/small', 'small'), record(3, '/a/n/big', big.repeat(4))];
    await expect(log.append(batch)).rejects.toMatchObject({ failure: 'disk-full', message: /disk is full/ });
    expect((await log.load()).records.map((item) => item.key)).toEqual(['/a/n/kept']);
    await log.append([record(4, '/a/n/kept')]);
    await log.append([record(5, '/a/n/later', big)]);
    expect((await log.load()).records.map((item) => item.key)).toEqual(['/a/n/later']);
    await log.close();
  });

  it('says what is wrong with a file that is no database', async () => {
    const directory = await dataDirectory();
    await writeFile(
      join(directory, 'objects.db'),
      'this is not a database, but it is long enough to look at'.repeat(40),
    );
    await expect(openCommitLog(directory)).rejects.toMatchObject({ failure: 'corrupt' });
  });

  it('refuses appends after it was closed', async () => {
    const log = await openCommitLog(await dataDirectory());
    await log.close();
    await expect(log.append([record(1, '/a/n/x', 'x')])).rejects.toMatchObject({ failure: 'closed' });
  });

  it('keeps its files private', async () => {
    const directory = await dataDirectory();
    const log = await openCommitLog(directory);
    expect(((await stat(join(directory, 'objects.db'))).mode & 0o777).toString(8)).toBe('600');
    await log.close();
  });
});
