import { kubeError } from '@argosy/kube/meta';
import type { ClusterApi, LogRequest } from '@argosy/kube/port';
import { createVirtualClock } from '@argosy/sim';
import { describe, expect, it } from 'vitest';

import { MAX_RESULT_LENGTH } from '../engine/index.ts';
import { COLLECT_TIMEOUT_MS, collectResult } from './collect-result.ts';

const key = { namespace: 'n', name: 'p' };
const signal = new AbortController().signal;
const clock = createVirtualClock(0);

/** A cluster whose logs are what `read` gives; nothing else is asked of it. */
function clusterWith(read: (request: LogRequest) => string): ClusterApi {
  const none = (): never => {
    throw new Error('only logs are read');
  };
  return {
    send: none,
    watch: none,
    async *logs(request) {
      yield Buffer.from(read(request));
    },
  };
}

describe('collectResult', () => {
  it('asks for stdout and takes one newline off', async () => {
    const api = clusterWith((request) => `${request.stream}\n\n`);
    expect(await collectResult(key, { api, clock, signal })).toEqual({ outputs: { result: 'Stdout\n' } });
  });

  it('takes both streams where the API server cannot tell them apart', async () => {
    const api = clusterWith((request) => {
      if (request.stream !== undefined) throw kubeError('Invalid', 'stream: Forbidden: may not be specified');
      return 'both';
    });
    expect(await collectResult(key, { api, clock, signal })).toEqual({ outputs: { result: 'both' } });
  });

  it('keeps the last bytes', async () => {
    const api = clusterWith(() => `x${'y'.repeat(MAX_RESULT_LENGTH)}`);
    expect(await collectResult(key, { api, clock, signal })).toEqual({
      outputs: { result: 'y'.repeat(MAX_RESULT_LENGTH) },
    });
  });

  it('waits out trouble that may pass', async () => {
    let count = 0;
    const api = clusterWith(() => {
      count += 1;
      if (count < 4) throw kubeError('ServiceUnavailable', 'no node agent is connected');
      return 'late';
    });
    const outcome = collectResult(key, { api, clock, signal });
    await clock.advanceBy(250 + 500 + 1000);
    expect(await outcome).toEqual({ outputs: { result: 'late' } });
  });

  it('gives up when its time is over', async () => {
    const late = new AbortController();
    const api = clusterWith(() => {
      throw kubeError('ServiceUnavailable', 'no node agent is connected');
    });
    const outcome = collectResult(key, { api, clock, signal: late.signal });
    await clock.advanceBy(COLLECT_TIMEOUT_MS);
    late.abort(new Error('it took too long'));
    expect(await outcome).toEqual({
      error: 'outputs.result could not be read from the log of pod p: it took too long',
    });
    expect(clock.pending).toBe(0);
  });

  it('tells why there is none', async () => {
    const gone = clusterWith(() => {
      throw kubeError('NotFound', 'pods "p" not found');
    });
    expect(await collectResult(key, { api: gone, clock, signal })).toEqual({
      error: 'outputs.result could not be read from the log of pod p: the pod is gone',
    });
  });
});
