/** Where a connection goes. */
export interface Backend {
  readonly host: string;
  readonly port: number;
}

/** Clients that one Service port remembers at most; the one seen longest ago is forgotten. */
export const MAX_REMEMBERED_CLIENTS = 10_000;

/** Chooses backends in turn, or the same one for the same client. */
export class BackendChoice {
  #backends: readonly Backend[] = [];
  #affinityMs = 0;
  #next = 0;
  readonly #clients = new Map<string, { readonly backend: Backend; readonly until: number }>();

  /** `affinityMs` above 0 keeps a client with its backend for that long after its last connection. */
  set(backends: readonly Backend[], affinityMs: number): void {
    this.#backends = backends;
    this.#affinityMs = affinityMs;
    if (affinityMs === 0) this.#clients.clear();
  }

  /** The backend for a client's next connection; `undefined` while there is none. `nowMs` on any steady clock. */
  choose(client: string, nowMs: number): Backend | undefined {
    const known = this.#clients.get(client);
    const kept = known !== undefined && known.until > nowMs ? this.#standing(known.backend) : undefined;
    const backend = kept ?? this.#inTurn();
    if (backend !== undefined && this.#affinityMs > 0) this.#remember(client, backend, nowMs);
    return backend;
  }

  #inTurn(): Backend | undefined {
    const backend = this.#backends[this.#next % Math.max(1, this.#backends.length)];
    this.#next += 1;
    return backend;
  }

  #standing(wanted: Backend): Backend | undefined {
    return this.#backends.find(({ host, port }) => host === wanted.host && port === wanted.port);
  }

  #remember(client: string, backend: Backend, nowMs: number): void {
    this.#clients.delete(client);
    this.#clients.set(client, { backend, until: nowMs + this.#affinityMs });
    for (const oldest of this.#clients.keys()) {
      if (this.#clients.size <= MAX_REMEMBERED_CLIENTS) break;
      this.#clients.delete(oldest);
    }
  }
}
