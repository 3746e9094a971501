import { createRandom, fnv32a, formatMicroTime, getPath, type Clock, type Logger, type Random } from '@argosy/std';
import type { KubeObject, ObjectKey } from '../meta/index.ts';
import { createObject, getObjectOrUndefined, updateObject, type ClusterApi } from '../port/index.ts';
import { delay } from './delay.ts';

/** How long a lease is good for after its last renewal. */
export const LEASE_DURATION_SECONDS = 15;

/** A leader that could not renew for this long gives up; must be shorter than the lease's duration. */
export const RENEW_DEADLINE_SECONDS = 10;

/** Wait between attempts to acquire or renew. */
export const RETRY_PERIOD_SECONDS = 2;

const LEASES = Object.freeze({ group: 'coordination.k8s.io', version: 'v1', resource: 'leases' });
const JITTER = 1.2;

/** Whose lease, under which name. */
export interface LeaseOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  readonly name: string;
  /** Unique among all candidates, e.g. host name and a random part. */
  readonly identity: string;
  /** Ends the candidacy; a held lease is released. */
  readonly signal: AbortSignal;
  /** @default LEASE_DURATION_SECONDS */
  readonly durationSeconds?: number;
  /** @default RENEW_DEADLINE_SECONDS */
  readonly renewDeadlineSeconds?: number;
  /** @default RETRY_PERIOD_SECONDS */
  readonly retryPeriodSeconds?: number;
  /** Told whenever another identity is seen to lead. */
  readonly onLeader?: (identity: string) => void;
}

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface LeaseConfig extends LeaseOptions {
  readonly durationSeconds: number;
  readonly renewDeadlineSeconds: number;
  readonly retryPeriodSeconds: number;
}

function resolveLeaseOptions(options: LeaseOptions): LeaseConfig {
  const config = {
    ...options,
    durationSeconds: options.durationSeconds ?? LEASE_DURATION_SECONDS,
    renewDeadlineSeconds: options.renewDeadlineSeconds ?? RENEW_DEADLINE_SECONDS,
    retryPeriodSeconds: options.retryPeriodSeconds ?? RETRY_PERIOD_SECONDS,
  };
  if (config.durationSeconds <= config.renewDeadlineSeconds) {
    throw new RangeError(
      `lease durationSeconds ${config.durationSeconds} must be greater than renewDeadlineSeconds ${config.renewDeadlineSeconds}`,
    );
  }
  if (config.renewDeadlineSeconds <= config.retryPeriodSeconds * JITTER) {
    throw new RangeError(
      `lease renewDeadlineSeconds ${config.renewDeadlineSeconds} must be greater than ${JITTER} times ` +
        `retryPeriodSeconds ${config.retryPeriodSeconds}`,
    );
  }
  return config;
}

/** One candidate's view of the lease. Other clocks are not trusted: expiry counts from when a change was seen here. */
class Candidate {
  readonly #config: LeaseConfig;
  readonly #key: ObjectKey;
  #seen: KubeObject | undefined;
  #seenAtMs = 0;
  #leader = '';

  constructor(config: LeaseConfig) {
    this.#config = config;
    this.#key = { namespace: config.namespace, name: config.name };
  }

  /** Acquires or renews; false when somebody else holds a lease that is still good. Conflicts are false too. */
  async tryHold(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#hold(signal);
    } catch (error) {
      if (!signal.aborted) this.#config.logger.debug('lease not written', { lease: this.#config.name, error });
      return false;
    }
  }

  /** Gives the lease up at once, so that the next leader need not wait for it to run out. Best effort. */
  async release(): Promise<void> {
    const seen = this.#seen;
    if (seen === undefined || specOf(seen).holderIdentity !== this.#config.identity) return;
    const now = formatMicroTime(this.#config.clock.now());
    const spec = { ...specOf(seen), holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    try {
      const object = { ...seen, spec };
      this.#note(await updateObject(this.#config.api, { resource: LEASES, key: this.#key, object }));
    } catch (error) {
      this.#config.logger.debug('lease not released', { lease: this.#config.name, error });
    }
  }

  async #hold(signal: AbortSignal): Promise<boolean> {
    const { api, clock, identity, durationSeconds } = this.#config;
    const stored = await getObjectOrUndefined<KubeObject>(api, { resource: LEASES, key: this.#key }, { signal });
    const now = formatMicroTime(clock.now());
    const mine: LeaseSpec = { holderIdentity: identity, leaseDurationSeconds: durationSeconds, renewTime: now };
    if (stored === undefined) {
      const spec = { ...mine, acquireTime: now, leaseTransitions: 0 };
      const object = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: this.#key, spec };
      this.#note(await createObject(api, { resource: LEASES, namespace: this.#key.namespace, object, signal }));
      return true;
    }
    if (stored.metadata.resourceVersion !== this.#seen?.metadata.resourceVersion) this.#note(stored);
    const old = specOf(stored);
    const isOurs = old.holderIdentity === identity;
    if (!isOurs && this.#isGood(old)) return false;
    const spec: LeaseSpec = {
      ...mine,
      acquireTime: isOurs ? (old.acquireTime ?? now) : now,
      leaseTransitions: (old.leaseTransitions ?? 0) + (isOurs ? 0 : 1),
    };
    this.#note(await updateObject(api, { resource: LEASES, key: this.#key, object: { ...stored, spec }, signal }));
    return true;
  }

  #isGood(spec: LeaseSpec): boolean {
    if (spec.holderIdentity === undefined || spec.holderIdentity === '') return false;
    const durationMs = (spec.leaseDurationSeconds ?? this.#config.durationSeconds) * 1000;
    return this.#seenAtMs + durationMs > this.#config.clock.now();
  }

  #note(lease: KubeObject): void {
    this.#seen = lease;
    this.#seenAtMs = this.#config.clock.now();
    const leader = specOf(lease).holderIdentity ?? '';
    if (leader === this.#leader) return;
    this.#leader = leader;
    if (leader !== '') this.#config.onLeader?.(leader);
  }
}

function specOf(lease: KubeObject): LeaseSpec {
  return (getPath(lease, ['spec']) ?? {}) as LeaseSpec;
}

/** A signal that also aborts after a span of the clock, so that a request that hangs cannot outlive the deadline. */
function withDeadline(clock: Clock, atMs: number, parent: AbortSignal): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new Error('deadline of the lease passed'));
  const timer = clock.schedule(atMs as ReturnType<Clock['now']>, abort);
  parent.addEventListener('abort', abort);
  if (parent.aborted) abort();
  const end = (): void => {
    timer.cancel();
    parent.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, end };
}

async function acquire(candidate: Candidate, config: LeaseConfig, random: Random): Promise<boolean> {
  const { clock, signal, retryPeriodSeconds, renewDeadlineSeconds } = config;
  while (!signal.aborted) {
    const limit = withDeadline(clock, clock.now() + renewDeadlineSeconds * 1000, signal);
    const held = await candidate.tryHold(limit.signal);
    limit.end();
    if (held) return !signal.aborted;
    await delay(clock, retryPeriodSeconds * 1000 * (1 + (JITTER - 1) * random.next()), signal);
  }
  return false;
}

/** Renews until the deadline passes without success or `until` aborts. */
async function keepRenewing(candidate: Candidate, config: LeaseConfig, until: AbortSignal): Promise<void> {
  const { clock, retryPeriodSeconds, renewDeadlineSeconds } = config;
  let deadline = clock.now() + renewDeadlineSeconds * 1000;
  for (;;) {
    await delay(clock, Math.min(retryPeriodSeconds * 1000, deadline - clock.now()), until);
    if (until.aborted || clock.now() >= deadline) return;
    const limit = withDeadline(clock, deadline, until);
    const startedAt = clock.now();
    // The lease counts from when the renewal was sent: the answer may have been slow.
    if (await candidate.tryHold(limit.signal)) deadline = startedAt + renewDeadlineSeconds * 1000;
    limit.end();
  }
}

/** One term: work and renewals side by side; whichever ends first ends the other. */
async function lead(
  candidate: Candidate,
  config: LeaseConfig,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<'lost' | 'finished'> {
  const term = new AbortController();
  const stop = (): void => term.abort();
  config.signal.addEventListener('abort', stop);
  let finished = false;
  const working = work(term.signal).finally(() => {
    finished = !term.signal.aborted;
    stop();
  });
  const renewing = keepRenewing(candidate, config, term.signal).then(stop);
  try {
    await Promise.all([working, renewing]);
  } finally {
    config.signal.removeEventListener('abort', stop);
    await renewing;
    await candidate.release();
  }
  return finished ? 'finished' : 'lost';
}

/**
 * Runs `work` while this identity holds the Lease, as client-go's leader election does: acquire, renew every retry
 * period, stop when no renewal succeeded within the deadline, then stand again. `work` must end soon after its signal
 * aborts. Resolves when `work` finishes by itself or `signal` aborts; rejects with what `work` threw.
 * @throws RangeError when the periods do not fit each other.
 */
export async function runWithLease(options: LeaseOptions, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const config = resolveLeaseOptions(options);
  const candidate = new Candidate(config);
  const random = createRandom(fnv32a(config.identity));
  while (await acquire(candidate, config, random)) {
    config.logger.info('lease acquired', { lease: config.name, identity: config.identity });
    if ((await lead(candidate, config, work)) === 'finished') return;
    config.logger.info('lease lost', { lease: config.name, identity: config.identity });
  }
}
