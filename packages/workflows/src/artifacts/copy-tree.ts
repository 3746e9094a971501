import { constants, createWriteStream } from 'node:fs';
import { lstat, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { compareText } from '@argosy/std';

import { ArtifactFault, ArtifactMeter, type ArtifactLimits } from './artifact-fault.ts';

async function copyFile(source: string, target: string, meter: ArtifactMeter): Promise<void> {
  // A link that took the file's place meanwhile is not followed.
  const file = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW);
  const found = await file.stat();
  meter.addBytes(found.size);
  const out = createWriteStream(target, { flags: 'wx', mode: 0o600 | (found.mode & 0o777) });
  await pipeline(file.createReadStream(), out);
}

async function copyEntry(source: string, target: string, meter: ArtifactMeter): Promise<void> {
  const found = await lstat(source);
  meter.addEntry();
  if (found.isFile()) return copyFile(source, target, meter);
  if (!found.isDirectory()) {
    throw new ArtifactFault(
      'it holds a link, device, socket or pipe; without an archive only files and folders are kept',
    );
  }
  await mkdir(target, { mode: 0o777 });
  for (const name of (await readdir(source)).sort(compareText)) {
    await copyEntry(join(source, name), join(target, name), meter);
  }
}

/**
 * Copies a file or a folder; links are refused, never followed.
 * @throws ArtifactFault when it holds too much, or anything but files and folders.
 */
export function copyTree(source: string, target: string, limits: ArtifactLimits): Promise<void> {
  return copyEntry(source, target, new ArtifactMeter(limits));
}
