import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_AUDIT_FILE_BYTES, MAX_AUDIT_FILES, MAX_AUDIT_WAITING_BYTES, openAuditLog } from './open-audit-log.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'argosy-audit-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const lines = async (name: string): Promise<unknown[]> => {
  const text = await readFile(join(directory, name), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
};
const refused = (error: Error): void => {
  throw error;
};

describe('openAuditLog', () => {
  it('writes one line an event, for its owner only, and goes on after a restart', async () => {
    const file = join(directory, 'audit.log');
    for (const round of [1, 2]) {
      const log = await openAuditLog({ file, refused });
      log.write({ round, text: 'a\nb' });
      await log.close();
    }
    expect(await lines('audit.log')).toEqual([
      { round: 1, text: 'a\nb' },
      { round: 2, text: 'a\nb' },
    ]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('rotates by size and keeps so many files', async () => {
    const log = await openAuditLog({ file: join(directory, 'audit.log'), maxFileBytes: 40, maxFiles: 3, refused });
    for (let index = 0; index < 10; index += 1) {
      log.write({ index, fill: 'xxxxxxxxxx' });
      await log.flush();
    }
    await log.close();
    expect((await readdir(directory)).sort()).toEqual(['audit.log', 'audit.log.1', 'audit.log.2']);
    expect(await lines('audit.log')).toEqual([{ index: 9, fill: 'xxxxxxxxxx' }]);
    expect((await stat(join(directory, 'audit.log.1'))).mode & 0o777).toBe(0o600);
    expect([MAX_AUDIT_FILE_BYTES, MAX_AUDIT_FILES, MAX_AUDIT_WAITING_BYTES]).toEqual([33_554_432, 8, 8_388_608]);
  });

  it('drops what the disk cannot take in time, and says how much', async () => {
    const log = await openAuditLog({ file: join(directory, 'audit.log'), maxWaitingBytes: 30, refused });
    for (let index = 0; index < 5; index += 1) log.write({ index });
    await log.close();
    expect(await lines('audit.log')).toEqual([{ index: 0 }, { index: 1 }, { kind: 'Dropped', count: 3 }]);
  });
});
