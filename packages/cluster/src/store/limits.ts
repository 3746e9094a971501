/** Bounds of the in-memory store. Every one has a default in `DEFAULT_STORE_LIMITS`. */
export interface StoreLimits {
  /** Parsed trees kept beside the bytes, counted by the bytes they were parsed from. */
  readonly treeCacheBytes: number;
  /** Watch events kept for one resource. */
  readonly historyEventCount: number;
  /** Bytes of watch events kept for one resource. */
  readonly historyBytes: number;
  /** Lists that are kept whole so that paging stays consistent. */
  readonly pinnedListCount: number;
  /** How long a pinned list lives, in milliseconds. */
  readonly pinnedListMs: number;
}

/** What a laptop can afford: 64 MiB of trees, 10,000 events or 32 MiB a resource, 64 lists for five minutes. */
export const DEFAULT_STORE_LIMITS: StoreLimits = Object.freeze({
  treeCacheBytes: 64 * 1024 * 1024,
  historyEventCount: 10_000,
  historyBytes: 32 * 1024 * 1024,
  pinnedListCount: 64,
  pinnedListMs: 5 * 60_000,
});
