import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
/** Loopback addresses for pods: unique while held, chosen in order. */
export interface PodAddresses {
  /** The address of a pod; the same one for the same pod until released. `wanted` is kept when it is free. */
  take(podUid: string, wanted?: string): string;
  release(podUid: string): void;
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/**
 * Hands out addresses of a range like `127.65.0.0/16`.
 * @throws Error when the range cannot be read, or (from `take`) when every address is held.
 */
export function createPodAddresses(range: string): PodAddresses {
  const match = /^(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})\/(\d{1,2})$/.exec(range);
  const bits = Number(match?.[2]);
  if (match === null || bits < 8 || bits > 30)
    throw new Error(`podAddressRange "${range}": expected an IPv4 range like 127.65.0.0/16`);
  const size = 2 ** (32 - bits);
  const first = Math.floor(toNumber(match[1] ?? '') / size) * size;
  const byPod = new Map<string, number>();
  const held = new Set<number>();
  let cursor = 1;

  const hold = (podUid: string, address: number): string => {
    byPod.set(podUid, address);
    held.add(address);
    return toText(address);
  };

  return {
    take: (podUid, wanted) => {
      const own = byPod.get(podUid);
      if (own !== undefined) return toText(own);
      const asked = wanted === undefined ? -1 : toNumber(wanted);
      if (asked > first && asked < first + size - 1 && !held.has(asked)) return hold(podUid, asked);
      for (let tries = 0; tries < size - 2; tries += 1) {
        const address = first + cursor;
        cursor = cursor >= size - 2 ? 1 : cursor + 1;
        if (!held.has(address)) return hold(podUid, address);
      }
      throw new Error(`every address of ${range} is held by a pod`);
    },
    release: (podUid) => {
      const address = byPod.get(podUid);
      if (address !== undefined) held.delete(address);
      byPod.delete(podUid);
    },
  };
}

/** The file in a pod's folder that remembers its address: a container started with it may outlive the agent. */
const ADDRESS_FILE = 'address';

/** The address that an earlier agent gave to the pod, if its folder tells. */
export function recordedAddress(podDir: string): string | undefined {
  try {
    return readFileSync(join(podDir, ADDRESS_FILE), 'utf8').trim();
  } catch (error) {
    // No folder, no record: the pod was never prepared here.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Remembers a pod's address beside its volumes. A pod without volumes has no folder yet. */
export function recordAddress(podDir: string, address: string): void {
  if (recordedAddress(podDir) === address) return;
  mkdirSync(podDir, { recursive: true, mode: 0o700 });
  writeFileSync(join(podDir, ADDRESS_FILE), address, { mode: 0o600 });
}
