import type { Pod } from './kinds.ts';

/** Where a pod of an Indexed job finds its index. */
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';

/** The completion index of a pod; `undefined` when it has none that makes sense. */
export function completionIndexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[COMPLETION_INDEX] ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** `0,2-4` → the set {0,2,3,4}. Parts that make no sense, and indexes at or above `limit`, are left out. */
export function parseIndexes(text: string, limit: number): Set<number> {
  const indexes = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part);
    if (match === null) continue;
    const first = Number(match[1]);
    const last = Math.min(match[2] === undefined ? first : Number(match[2]), limit - 1);
    for (let index = first; index <= last; index += 1) indexes.add(index);
  }
  return indexes;
}

/** The inverse of `parseIndexes`: intervals of two become `a,b`, longer ones `a-b`. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length;) {
    let end = at;
    while (end + 1 < sorted.length && sorted[end + 1] === (sorted[end] ?? 0) + 1) end += 1;
    const [first, last] = [sorted[at], sorted[end]];
    if (end === at) parts.push(`${first}`);
    else parts.push(`${first}${end === at + 1 ? ',' : '-'}${last}`);
    at = end + 1;
  }
  return parts.join(',');
}
