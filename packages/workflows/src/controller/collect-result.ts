import type { ObjectKey } from '@argosy/kube/meta';
import { hasReason } from '@argosy/kube/meta';
import type { ClusterApi, LogRequest } from '@argosy/kube/port';
import type { Clock } from '@argosy/std';

import { ArtifactFault, type ArtifactStore } from '../artifacts/index.ts';
import { MAX_RESULT_LENGTH, type CollectRequest, type TaskOutcome } from '../engine/index.ts';
import { pause } from './pause.ts';

/** Longest time that reading one log may take, repetitions included. */
export const COLLECT_TIMEOUT_MS = 30_000;

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4000;

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

/** Clusters whose API server does not know how to tell streams apart and says so give both. */
async function readStdout(api: ClusterApi, request: LogRequest): Promise<Uint8Array> {
  try {
    return await lastBytes(api.logs({ ...request, stream: 'Stdout' }), MAX_RESULT_LENGTH);
  } catch (error) {
    if (!hasReason(error, 'Invalid')) throw error;
    return lastBytes(api.logs(request), MAX_RESULT_LENGTH);
  }
}

/** Refusals that another attempt cannot cure: the pod, or what it wrote, is gone. */
const FINAL = ['NotFound', 'BadRequest', 'Forbidden', 'Unauthorized'] as const;

async function readPatiently(request: LogRequest, io: CollectIo): Promise<Uint8Array> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await readStdout(io.api, request);
    } catch (error) {
      if (io.signal.aborted || hasReason(error, ...FINAL)) throw error;
    }
    await pause(io.clock, waitMs, io.signal);
    if (io.signal.aborted) throw io.signal.reason;
  }
}

/** Longest time that storing what one pod left may take. */
export const SAVE_TIMEOUT_MS = 15 * 60_000;

/**
 * Reads and stores what a finished pod gave: its result where that is wanted, its artifacts, its log. Never throws: what
 * goes wrong is the outcome.
 */
export async function collectOutputs(
  namespace: string,
  request: CollectRequest,
  io: CollectIo & { readonly artifacts: ArtifactStore | undefined },
): Promise<TaskOutcome> {
  const pod = { namespace, name: request.podName };
  const result = request.wantsResult ? await collectResult(pod, io) : { outputs: {} };
  const { artifacts: store } = io;
  if (result.error !== undefined || store === undefined || request.saves.length === 0) return result;
  const openLog = (): AsyncIterable<Uint8Array> => io.api.logs({ key: pod, container: 'main', signal: io.signal });
  try {
    const artifacts = await store.save(pod, { ...request, openLog }, io.signal);
    return { outputs: { ...result.outputs, ...(artifacts.length === 0 ? {} : { artifacts }) } };
  } catch (error) {
    return { error: error instanceof ArtifactFault ? error.message : 'outputs.artifacts could not be stored' };
  }
}

/** Where a result is read from, and until when: `signal` ends waiting. */
export interface CollectIo {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Reads what a finished pod's `main` container wrote to stdout: at most the last `MAX_RESULT_LENGTH` bytes, one trailing
 * newline removed. Trouble that may pass is waited out until `signal` aborts. Never throws: what goes wrong is the
 * outcome.
 */
export async function collectResult(key: ObjectKey, io: CollectIo): Promise<TaskOutcome> {
  try {
    const bytes = await readPatiently({ key, container: 'main', signal: io.signal }, io);
    return { outputs: { result: new TextDecoder().decode(bytes).replace(/\n$/, '') } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const what = hasReason(error, 'NotFound') ? 'the pod is gone' : why;
    return { error: `outputs.result could not be read from the log of pod ${key.name}: ${what}` };
  }
}
