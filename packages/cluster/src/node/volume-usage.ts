import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PreparedVolume } from './pod-volumes.ts';
import type { Pod } from './pod-types.ts';
import { quantityToCount } from './quantity.ts';

/** Files of one volume that are counted; a volume with more is over any limit that makes sense. */
const MOST_FILES = 100_000;

async function usageOf(root: string, limitBytes: number): Promise<number> {
  let bytes = 0;
  let files = 0;
  const open = [root];
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    // What vanishes while it is counted holds nothing any more.
    const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) open.push(path);
      bytes += (await lstat(path).catch(() => undefined))?.size ?? 0;
      files += 1;
      if (bytes > limitBytes || files > MOST_FILES) return Number.POSITIVE_INFINITY;
    }
  }
  return bytes;
}

/** The emptyDir volumes of a pod with a limit of their own. */
function limitedVolumes(
  pod: Pod,
): readonly { readonly name: string; readonly limit: string; readonly bytes: number }[] {
  return (pod.spec.volumes ?? []).flatMap(({ name, emptyDir }) => {
    const limit = emptyDir?.sizeLimit;
    const bytes = quantityToCount(limit ?? '');
    return limit === undefined || bytes === undefined || bytes === 0 ? [] : [{ name, limit, bytes }];
  });
}

/** True when the pod has volumes whose size must be looked at. */
export function hasVolumeLimits(pod: Pod): boolean {
  return limitedVolumes(pod).length > 0;
}

/** The sentence about the first emptyDir that is over its sizeLimit; `undefined` when none is. */
export async function volumeOverLimit(
  pod: Pod,
  volumes: ReadonlyMap<string, PreparedVolume>,
): Promise<string | undefined> {
  for (const { name, limit, bytes } of limitedVolumes(pod)) {
    const volume = volumes.get(name);
    if (volume !== undefined && (await usageOf(volume.hostPath, bytes)) > bytes) {
      return `Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `;
    }
  }
  return undefined;
}
