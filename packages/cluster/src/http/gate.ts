import { kubeError } from '@argosy/kube/meta';
import type { HttpLimits } from './limits.ts';

/** What a request counts as: short reads and writes, or requests that stay open. */
export type Lane = 'read' | 'write' | 'long';

/** Counts requests that are worked on. */
export interface Gate {
  /** Lets a request in and gives the way out (call it once). @throws KubeError TooManyRequests when the lane is full. */
  enter(lane: Lane): () => void;
  inFlight(lane: Lane): number;
}

/** Makes a gate with the limits of each lane. */
export function createGate(limits: HttpLimits): Gate {
  const capacity: { readonly [lane in Lane]: number } = {
    read: limits.readsInFlight,
    write: limits.writesInFlight,
    long: limits.longRunning,
  };
  const counts: { [lane in Lane]: number } = { read: 0, write: 0, long: 0 };
  return {
    enter: (lane) => {
      if (counts[lane] >= capacity[lane]) {
        const message = 'Too many requests, please try again later.';
        throw kubeError('TooManyRequests', message, { details: { retryAfterSeconds: 1 } });
      }
      counts[lane] += 1;
      let inside = true;
      return () => {
        if (inside) counts[lane] -= 1;
        inside = false;
      };
    },
    inFlight: (lane) => counts[lane],
  };
}
