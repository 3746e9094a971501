import { podRequests, isTerminal, type Pod, type ResourceAmounts } from '../workloads/index.ts';

interface Placement {
  readonly node: string;
  readonly requests: ResourceAmounts;
  /** True for our own binding that the copy does not show yet. */
  readonly assumed: boolean;
}

/** What the pods of each node have asked for, kept up to date change by change. */
export class NodeUsage {
  readonly #placements = new Map<string, Placement>();
  readonly #totals = new Map<string, Map<string, number>>();

  requestedOn(node: string): ResourceAmounts {
    return Object.fromEntries(this.#totals.get(node) ?? []);
  }

  /** Counts a pod that we have just bound, before any event says so. */
  assume(pod: Pod, node: string): void {
    this.#set(pod.metadata.uid ?? '', { node, requests: podRequests(pod), assumed: true });
  }

  /** Follows a change; true when it freed room on a node. */
  follow(before: Pod | undefined, after: Pod | undefined): boolean {
    const uid = (after ?? before)?.metadata.uid ?? '';
    const node = after?.spec.nodeName ?? '';
    const old = this.#placements.get(uid);
    if (after !== undefined && !isTerminal(after)) {
      if (node !== '') this.#set(uid, { node, requests: podRequests(after), assumed: false });
      return false;
    }
    if (old === undefined) return false;
    this.#add(old, -1);
    this.#placements.delete(uid);
    return true;
  }

  #set(uid: string, placement: Placement): void {
    const old = this.#placements.get(uid);
    if (old !== undefined) this.#add(old, -1);
    this.#placements.set(uid, placement);
    this.#add(placement, 1);
  }

  #add({ node, requests }: Placement, sign: 1 | -1): void {
    const totals = this.#totals.get(node) ?? new Map<string, number>();
    for (const [name, amount] of Object.entries(requests)) totals.set(name, (totals.get(name) ?? 0) + sign * amount);
    this.#totals.set(node, totals);
  }
}
