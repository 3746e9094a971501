import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '@argosy/kube/runtime';
import type { LogRequest } from '@argosy/kube/port';
import { ContainerLog, LONGEST_LINE_BYTES } from './container-log.ts';
import { fileLogStorage } from './log-files.ts';
import { readLog } from './read-log.ts';

const io = { clock: systemClock, followers: 1, followerBytes: 100_000 };

async function textOf(log: ContainerLog, request: Partial<LogRequest> = {}): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of readLog(log, { key: { namespace: 'n', name: 'p' }, ...request }, io)) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

describe('logs on disk', () => {
  let dir: string;
  let log: ContainerLog;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'argosy-log-'));
    log = new ContainerLog(fileLogStorage(join(dir, 'x.log'), { fileBytes: 2000, files: 3 }), systemClock);
  });
  afterEach(async () => {
    await log.end();
    await rm(dir, { recursive: true, force: true });
  });

  it('joins chunks into lines, keeps an unfinished last line, and cuts by tail, bytes and time', async () => {
    log.write('stdout', Buffer.from('one\ntw'));
    log.write('stderr', Buffer.from('err\n'));
    log.write('stdout', Buffer.from('o\nthree'));
    await log.end();
    expect(await textOf(log)).toBe('one\nerr\ntwo\nthree');
    expect(await textOf(log, { tailLines: 2 })).toBe('two\nthree');
    expect(await textOf(log, { tailLines: 0 })).toBe('');
    expect(await textOf(log, { limitBytes: 5 })).toBe('one\ne');
    expect(await textOf(log, { sinceTime: '2999-01-01T00:00:00Z' })).toBe('');
    expect(await textOf(log, { timestamps: true, tailLines: 1 })).toMatch(/^\d{4}-.*T.*\.\d{9}Z three$/);
  });

  it('tells streams apart, also where their lines and parts of lines lie between each other', async () => {
    const long = 'o'.repeat(LONGEST_LINE_BYTES + 5);
    log.write('stdout', Buffer.from(long));
    log.write('stderr', Buffer.from('careful\n'));
    log.write('stdout', Buffer.from('\nresult\n'));
    log.write('stderr', Buffer.from('broken'));
    await log.end();
    expect(await textOf(log, { stream: 'Stdout' })).toBe(`${long}\nresult\n`);
    expect(await textOf(log, { stream: 'Stdout', tailLines: 1 })).toBe('result\n');
    expect(await textOf(log, { stream: 'Stderr' })).toBe('careful\nbroken');
    expect(await textOf(log, { stream: 'All' })).toBe(await textOf(log));
  });

  it('follows one stream', async () => {
    const following = textOf(log, { follow: true, stream: 'Stderr' });
    await expect.poll(() => log.followerCount).toBe(1);
    log.write('stdout', Buffer.from('out\n'));
    log.write('stderr', Buffer.from('err\n'));
    await log.end();
    expect(await following).toBe('err\n');
  });

  it('cuts endless lines into parts and gives them back whole', async () => {
    const line = 'x'.repeat(LONGEST_LINE_BYTES * 2 + 5);
    log.write('stdout', Buffer.from(`${line}\nend\n`));
    expect(await textOf(log)).toBe(`${line}\nend\n`);
    expect(await textOf(log, { tailLines: 2 })).toBe(`${line}\nend\n`);
  });

  it('rotates within its limits and forgets the oldest', async () => {
    for (let index = 0; index < 200; index += 1) {
      log.write('stdout', Buffer.from(`line ${index} ${'.'.repeat(40)}\n`));
      await log.flushed();
    }
    expect((await readdir(dir)).toSorted()).toEqual(['x.log', 'x.log.1', 'x.log.2']);
    const text = await textOf(log);
    expect(text).toContain('line 199');
    expect(text).not.toContain('line 0 ');
    expect((await textOf(log, { tailLines: 30 })).split('\n')).toHaveLength(31);
  });

  it('follows without gap or repetition until the end, and refuses more followers than allowed', async () => {
    log.write('stdout', Buffer.from('a\n'));
    const following = textOf(log, { follow: true });
    await expect.poll(() => log.followerCount).toBe(1);
    await expect(textOf(log, { follow: true })).rejects.toThrow('followed by 1 readers already');
    log.write('stdout', Buffer.from('b\n'));
    await log.flushed();
    log.write('stdout', Buffer.from('c\n'));
    await log.end();
    expect(await following).toBe('a\nb\nc\n');
    expect(log.followerCount).toBe(0);
  });

  it('cuts a follower off that does not keep up', async () => {
    const request = { key: { namespace: 'n', name: 'p' }, follow: true };
    const stream = readLog(log, request, { ...io, followerBytes: 100 });
    log.write('stdout', Buffer.from('first\n'));
    expect((await stream.next()).done).toBe(false);
    log.write('stdout', Buffer.from(`${'x'.repeat(500)}\n`));
    await log.flushed();
    await expect(stream.next()).rejects.toThrow('grew by more than 100 bytes');
  });

  it('ends when the reader leaves', async () => {
    const controller = new AbortController();
    const following = textOf(log, { follow: true, signal: controller.signal });
    await expect.poll(() => log.followerCount).toBe(1);
    controller.abort();
    expect(await following).toBe('');
  });
});
