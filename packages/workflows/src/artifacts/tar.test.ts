import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ArtifactFault, DEFAULT_ARTIFACT_LIMITS } from './artifact-fault.ts';
import { keyPath } from './folder-driver.ts';
import { packTar } from './pack-tar.ts';
import { encodeEntry, MAX_PAX_BYTES, padding, TAR_END, type TarEntry } from './tar-format.ts';
import { isTarball, MAX_ENTRY_NAME_LENGTH, unpackTar } from './unpack-tar.ts';

const limits = DEFAULT_ARTIFACT_LIMITS;

describe('archives', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'argosy-tar-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const at = (name: string): string => join(folder, name);

  async function makeTree(): Promise<string> {
    await mkdir(at('tree/deep'), { recursive: true });
    await writeFile(at('tree/deep/program'), 'run');
    await chmod(at('tree/deep/program'), 0o755);
    await writeFile(at(`tree/${'n'.repeat(200)}`), 'long');
    await writeFile(at('tree/grüße'), randomBytes(70_000));
    await symlink('deep/program', at('tree/link'));
    return at('tree');
  }

  it.each([-1, 0, 9])('pack and unpack files, folders, modes and links (level %s)', async (level) => {
    const tree = await makeTree();
    await packTar(tree, at('packed'), { name: 'tree', level, limits });
    expect(await isTarball(at('packed'))).toBe(level !== 0);
    await unpackTar(at('packed'), at('out'), limits);
    expect(await readFile(at('out/tree/grüße'))).toEqual(await readFile(at('tree/grüße')));
    expect(await readFile(at(`out/tree/${'n'.repeat(200)}`), 'utf8')).toBe('long');
    expect((await lstat(at('out/tree/deep/program'))).mode & 0o777).toBe(0o755);
    expect(await readlink(at('out/tree/link'))).toBe('deep/program');
  });

  it('are understood by tar, and tar is understood', async () => {
    const tree = await makeTree();
    await packTar(tree, at('ours.tgz'), { name: 'tree', level: -1, limits });
    await mkdir(at('theirs'));
    expect(spawnSync('tar', ['-xzf', at('ours.tgz'), '-C', at('theirs')]).status).toBe(0);
    expect(spawnSync('diff', ['-r', tree, at('theirs/tree')]).status).toBe(0);
    for (const format of ['gnu', 'pax', 'ustar']) {
      const made = spawnSync('tar', ['-czf', at(`${format}.tgz`), `--format=${format}`, '-C', folder, 'tree/deep']);
      expect(made.status).toBe(0);
      await unpackTar(at(`${format}.tgz`), at(format), limits);
      expect(await readFile(at(`${format}/tree/deep/program`), 'utf8')).toBe('run');
    }
    expect(spawnSync('tar', ['-czf', at('long.tgz'), '--format=gnu', '-C', folder, 'tree']).status).toBe(0);
    await unpackTar(at('long.tgz'), at('long'), limits);
    expect(await readFile(at(`long/tree/${'n'.repeat(200)}`), 'utf8')).toBe('long');
  });

  async function archiveOf(entries: readonly (TarEntry & { readonly content?: string })[]): Promise<string> {
    const blocks = entries.flatMap((entry) => [
      encodeEntry(entry),
      Buffer.from(entry.content ?? ''),
      padding(entry.content?.length ?? 0),
    ]);
    await writeFile(at('bad.tgz'), gzipSync(Buffer.concat([...blocks, TAR_END])));
    return at('bad.tgz');
  }

  const file = (name: string, content = ''): TarEntry & { content: string } => ({
    name,
    kind: 'file',
    mode: 0o644,
    size: content.length,
    content,
  });
  const link = (name: string, target: string): TarEntry => ({ name, kind: 'link', mode: 0o777, size: 0, target });

  it.each([
    { entries: [file('../out')], message: "entry '../out' leads out of the archive" },
    { entries: [file('a/../../out')], message: "entry 'a/../../out' leads out" },
    { entries: [file('/etc/passwd')], message: "entry '/etc/passwd' leads out" },
    { entries: [link('a', '/etc')], message: "link 'a' points out of the archive, to '/etc'" },
    { entries: [link('a', '../b')], message: "link 'a' points out" },
    { entries: [link('x/a', '../b/../../c')], message: "link 'x/a' points out" },
    {
      entries: [link('a', 'b'), file('a/x', 'written through')],
      message: 'two entries of the archive have the same name',
    },
    { entries: [file('a'), file('a')], message: 'two entries of the archive have the same name' },
    { entries: [file('n'.repeat(MAX_ENTRY_NAME_LENGTH + 1))], message: `at most ${MAX_ENTRY_NAME_LENGTH} are allowed` },
  ])('are refused: $message', async ({ entries, message }) => {
    await expect(unpackTar(await archiveOf(entries), at('out'), limits)).rejects.toThrow(message);
  });

  it.each([
    { type: '1', kind: 'a hard link' },
    { type: '3', kind: 'a device' },
    { type: '6', kind: 'a pipe' },
    { type: 'S', kind: "of the unknown type 'S'" },
  ])('are refused when an entry is $kind', async ({ type, kind }) => {
    const header = encodeEntry(file('x'));
    const before = header
      .subarray(0, 512)
      .reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0);
    const sum = before - '0'.charCodeAt(0) + type.charCodeAt(0);
    header.write(type, 156);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    await writeFile(at('bad'), Buffer.concat([header, TAR_END]));
    await expect(unpackTar(at('bad'), at('out'), limits)).rejects.toThrow(`entry 'x' is ${kind}`);
  });

  it('that unpack to too much end early', async () => {
    await writeFile(at('zeroes'), Buffer.alloc(5_000_000));
    await packTar(at('zeroes'), at('bomb.tgz'), { name: 'zeroes', level: 9, limits });
    expect((await lstat(at('bomb.tgz'))).size).toBeLessThan(10_000);
    const small = { entries: 10, bytes: 1_000_000 };
    await expect(unpackTar(at('bomb.tgz'), at('out'), small)).rejects.toThrow('at most 1000000 are allowed');
    expect((await lstat(at('out/zeroes'))).size).toBeLessThanOrEqual(1_000_000);
    await expect(packTar(at('zeroes'), at('x.tgz'), { name: 'x', level: -1, limits: small })).rejects.toThrow(
      'it is larger than 1000000 bytes',
    );
    const many = await archiveOf(Array.from({ length: 11 }, (_, index) => file(`f${index}`)));
    await expect(unpackTar(many, at('many'), small)).rejects.toThrow('it has more than 10 files');
  });

  it('with huge headers are refused', async () => {
    const header = encodeEntry({ ...file('n'.repeat(200)), size: 0 });
    header.write(`${(MAX_PAX_BYTES + 1).toString(8).padStart(11, '0')}\0`, 124);
    const sum = header
      .subarray(0, 512)
      .reduce((all, byte, index) => all + (index >= 148 && index < 156 ? 32 : byte), 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    await writeFile(at('bad'), header);
    await expect(unpackTar(at('bad'), at('out'), limits)).rejects.toThrow(`at most ${MAX_PAX_BYTES} are allowed`);
  });

  it('that are damaged anywhere never do more than fail', async () => {
    const tree = await makeTree();
    await packTar(tree, at('good'), { name: 'tree', level: 0, limits });
    const good = await readFile(at('good'));
    let turn = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (place, byte) => {
        turn += 1;
        const bad = Buffer.from(good);
        bad[place] = byte;
        await writeFile(at('bad'), bad);
        await unpackTar(at('bad'), at(`out${turn}`), limits).catch((error: unknown) =>
          expect(error).toBeInstanceOf(ArtifactFault),
        );
      }),
      { numRuns: 100 },
    );
    expect(spawnSync('ls', [folder], { encoding: 'utf8' }).stdout).not.toContain('grüße');
  });
});

describe('keys', () => {
  it.each(['', '/', 'a//b', './a', 'a/..', '../a', 'a/\0', 'x'.repeat(256), 'a/'.repeat(600)])(
    '%j is refused',
    (key) => {
      expect(() => keyPath(key)).toThrow('is not allowed');
    },
  );

  it('stay below their folder', () => {
    fc.assert(
      fc.property(fc.string(), (key) => {
        let path = '';
        try {
          path = keyPath(key);
        } catch {
          return;
        }
        expect(join('/root', path).startsWith('/root/')).toBe(true);
        expect(path.split('/')).not.toContain('..');
      }),
    );
  });
});
