import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCommitLog } from './open-commit-log.ts';
import { MAX_SNAPSHOT_BYTES, readSnapshot, restoreSnapshot, saveSnapshot } from './snapshot.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'argosy-snapshot-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function filled(name: string): Promise<Awaited<ReturnType<typeof openCommitLog>>> {
  const log = await openCommitLog(join(home, name));
  const records = Array.from({ length: 2500 }, (_, index) => ({
    key: `/configmaps/default/c${index}`,
    resourceVersion: index + 1,
    bytes: Buffer.from(JSON.stringify({ text: `ä ${index}` })),
  }));
  await log.append(records);
  await log.append([{ key: '/configmaps/default/c0', resourceVersion: 2600 }]);
  return log;
}

describe('snapshots', () => {
  it('are not read when they are too big to be held', async () => {
    const path = join(home, 'huge');
    await writeFile(path, '');
    // A hole: it has the size and takes no disk.
    await truncate(path, MAX_SNAPSHOT_BYTES + 1);
    await expect(readSnapshot(path)).rejects.toThrow(/the file has \d+ bytes, allowed are 524288000/);
  });

  it('bring back every object and go on above the last version', async () => {
    const log = await filled('one');
    const path = join(home, 'snapshot');
    expect(await saveSnapshot(log, path)).toEqual({ objects: 2499, resourceVersion: 2600 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const before = await log.load();
    await log.close();
    const other = await openCommitLog(join(home, 'two'));
    expect(await restoreSnapshot(other, path)).toEqual({ objects: 2499, resourceVersion: 2600 });
    const after = await other.load();
    const plain = (list: typeof before): unknown =>
      new Map(
        list.records.map((each) => [each.key, `${each.resourceVersion} ${Buffer.from(each.bytes ?? []).toString()}`]),
      );
    expect(after.resourceVersion).toBe(2600);
    expect(plain(after)).toEqual(plain(before));
    await expect(restoreSnapshot(other, path)).rejects.toThrow('the cluster holds 2499 objects');
    await other.close();
  });

  it('are refused when they were cut off, changed, or are something else', async () => {
    const log = await filled('one');
    const path = join(home, 'snapshot');
    await saveSnapshot(log, path);
    await log.close();
    const empty = await openCommitLog(join(home, 'two'));
    const text = await readFile(path, 'utf8');
    const broken = join(home, 'broken');
    for (const [bad, message] of [
      [text.slice(0, text.length / 2), 'was cut off'],
      [text.replace('ä 7"', 'ä 8"').replace('ä 7\\"', 'ä 8\\"'), 'the digest in the last line does not fit'],
      ['hello\n', 'this is no snapshot'],
    ] as const) {
      await writeFile(broken, bad);
      await expect(restoreSnapshot(empty, broken)).rejects.toThrow(message);
    }
    expect((await empty.load()).records).toEqual([]);
    await empty.close();
  });
});
