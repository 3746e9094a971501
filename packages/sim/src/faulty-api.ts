import type { ClusterApi, KubeRequest, WatchEvent, WatchRequest } from '@argosy/kube/port';
import type { Random } from '@argosy/std';

/** The process that made the request died; thrown instead of the answer. */
export class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash';
}

/** How often each fault strikes, as chances from 0 to 1. */
export interface FaultRates {
  /** The process dies before a write is sent. */
  readonly crashBeforeWrite: number;
  /** The process dies after a write is stored, before it hears of it. */
  readonly crashAfterWrite: number;
  /** A write is refused with a server error. */
  readonly refuseWrite: number;
  /** A watch ends after an event, as connections do. */
  readonly dropWatch: number;
}

/** No faults: the second phase of a simulation. */
export const NO_FAULTS: FaultRates = Object.freeze({
  crashBeforeWrite: 0,
  crashAfterWrite: 0,
  refuseWrite: 0,
  dropWatch: 0,
});

/** Where faults come from, and who is told of a crash. */
export interface FaultSource {
  readonly random: Random;
  readonly rates: () => FaultRates;
  /** Called once for a crash; the process must be taken down. */
  readonly crash: () => void;
}

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

function strikes(source: FaultSource, rate: number): boolean {
  return rate > 0 && source.random.next() < rate;
}

function die(source: FaultSource): never {
  source.crash();
  throw new SimulatedCrash('the process died');
}

async function* dropping(events: AsyncIterable<WatchEvent>, source: FaultSource): AsyncIterable<WatchEvent> {
  for await (const event of events) {
    yield event;
    if (strikes(source, source.rates().dropWatch)) return;
  }
}

/** A cluster as a process sees it whose network fails and which may die before or after any of its writes. */
export function withFaults(api: ClusterApi, source: FaultSource): ClusterApi {
  return {
    async send(request: KubeRequest) {
      // Lease renewals and events are noise here: faults go where decisions are written.
      if (!WRITES.has(request.verb) || ['events', 'leases'].includes(request.resource.resource))
        return api.send(request);
      const rates = source.rates();
      if (strikes(source, rates.crashBeforeWrite)) die(source);
      if (strikes(source, rates.refuseWrite)) throw new Error('simulated: connection reset');
      const answer = await api.send(request);
      if (strikes(source, rates.crashAfterWrite)) die(source);
      return answer;
    },
    watch: (request: WatchRequest) => dropping(api.watch(request), source),
    logs: (request) => api.logs(request),
  };
}
