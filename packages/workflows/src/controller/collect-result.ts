import type { ObjectKey } from '@argosy/kube/meta';
import { hasReason } from '@argosy/kube/meta';
import type { ClusterApi } from '@argosy/kube/port';

import { MAX_RESULT_LENGTH, type TaskOutcome } from '../engine/index.ts';

/** Longest time that reading one log may take. */
export const COLLECT_TIMEOUT_MS = 30_000;

async function lastBytes(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  let kept: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    const joined = new Uint8Array(kept.length + chunk.length);
    joined.set(kept);
    joined.set(chunk, kept.length);
    kept = joined.subarray(Math.max(0, joined.length - limit));
  }
  return kept;
}

/**
 * Reads what a finished pod's `main` container printed: at most the last `MAX_RESULT_LENGTH` bytes, one trailing newline
 * removed. Never throws: what goes wrong is the outcome.
 */
export async function collectResult(api: ClusterApi, key: ObjectKey, signal: AbortSignal): Promise<TaskOutcome> {
  try {
    const chunks = api.logs({ key, container: 'main', signal });
    const bytes = await lastBytes(chunks, MAX_RESULT_LENGTH);
    return { outputs: { result: new TextDecoder().decode(bytes).replace(/\n$/, '') } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const what = hasReason(error, 'NotFound') ? 'the pod is gone' : why;
    return { error: `outputs.result could not be read from the log of pod ${key.name}: ${what}` };
  }
}
