import { compareText, parseTime } from '@argosy/std';
import { findCondition } from '@argosy/kube/meta';
import type { Pod } from './kinds.ts';
import { createdAt, isReady, restartsOf } from './pods.ts';

/** Pods with a lower cost go first; the annotation's value is a decimal 32-bit integer. */
export const DELETION_COST_ANNOTATION = 'controller.kubernetes.io/pod-deletion-cost';

const PHASE_RANK: { readonly [phase: string]: number } = { Pending: 0, Unknown: 1, Running: 2 };

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST_ANNOTATION] ?? '0';
  return /^-?\d{1,10}$/.test(text) ? Number(text) : 0;
}

function readySince(pod: Pod): number {
  return parseTime(findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? '') ?? 0;
}

/** Pods in the order in which a controller that has too many deletes them. Total: the name decides at last. */
export function rankForDeletion(pods: readonly Pod[]): readonly Pod[] {
  const perNode = new Map<string, number>();
  for (const pod of pods) {
    const node = pod.spec.nodeName ?? '';
    if (node !== '') perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  const ranked = pods.map((pod) => ({
    pod,
    // Compared from left to right; the smaller number is deleted first.
    rank: [
      (pod.spec.nodeName ?? '') === '' ? 0 : 1,
      PHASE_RANK[pod.status?.phase ?? 'Pending'] ?? 1,
      isReady(pod) ? 1 : 0,
      deletionCost(pod),
      -(perNode.get(pod.spec.nodeName ?? '') ?? 0),
      isReady(pod) ? -readySince(pod) : 0,
      -restartsOf(pod),
      0 - createdAt(pod),
    ],
  }));
  ranked.sort((a, b) => compareRanks(a.rank, b.rank) || compareText(a.pod.metadata.name, b.pod.metadata.name));
  return ranked.map((entry) => entry.pod);
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value - other;
  }
  return 0;
}
