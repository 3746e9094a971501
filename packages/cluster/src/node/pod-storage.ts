import { join } from 'node:path';
import { after, milliseconds, type Timer } from '@argosy/std';
import { withApiAccess } from './api-access.ts';
import type { NodeIo } from './node-io.ts';
import { recordAddress } from './pod-addresses.ts';
import { prepareVolumes, removePodFolders, type PreparedVolume, type PreparedVolumes } from './pod-volumes.ts';
import { isTerminal, type Pod } from './pod-types.ts';
import { hasVolumeLimits, volumeOverLimit } from './volume-usage.ts';

/** How often the size of volumes with a limit is looked at. */
const MEASURE_MS = 5000;

/** What the storage of a pod needs of its worker. */
export interface PodStorageHost {
  readonly io: NodeIo;
  readonly uid: string;
  readonly pod: () => Pod;
  readonly address: () => string;
  /** Told why content could not be brought up to date. */
  readonly onFault: (message: string) => void;
  /** Told once that a volume is over its limit. */
  readonly onOverLimit: (message: string) => void;
}

/** The volumes of one pod: laid out, kept up to date (also before a token ends), measured where they have a limit. */
export class PodStorage {
  readonly #host: PodStorageHost;
  #prepared: PreparedVolumes | undefined;
  #renewal: Timer | undefined;
  #measure: Timer | undefined;
  #isStopped = false;

  constructor(host: PodStorageHost) {
    this.#host = host;
  }

  /** The volumes by name; `undefined` when the runtime keeps nothing on disk. */
  get volumes(): ReadonlyMap<string, PreparedVolume> | undefined {
    return this.#prepared?.volumes;
  }

  /** The pod with API access, as volumes and containers are built from it. */
  full(): Pod {
    const { io, pod } = this.#host;
    return io.volumes === undefined ? pod() : withApiAccess(pod(), { canMint: io.volumes.mintToken !== undefined });
  }

  /** Lays all volumes out, or brings them up to date. @throws VolumeFault with the sentence for FailedMount. */
  async prepare(): Promise<void> {
    const { io, address } = this.#host;
    const podIp = address();
    if (io.volumes === undefined) return;
    const pod = this.full();
    const podDir = this.#folder();
    const input = { pod, objects: await io.objects.read(pod), facts: { ...io.facts, podIp } };
    this.#prepared = await prepareVolumes(input, { ...io.volumes, podDir });
    recordAddress(podDir, podIp);
    this.#measureSoon();
    this.#renewSoon(this.#prepared.renewAfterSeconds);
  }

  /** Brings content up to date; the old content stays visible when that fails, and an event tells why. */
  async refresh(): Promise<void> {
    if (this.#isStopped) return;
    try {
      await this.prepare();
    } catch (error) {
      this.#host.onFault(error instanceof Error ? error.message : String(error));
    }
  }

  /** Ends renewing and measuring; the folders stay. */
  stop(): void {
    this.#isStopped = true;
    this.#renewal?.cancel();
    this.#measure?.cancel();
  }

  /** Removes the pod's folders. */
  remove(): void {
    if (this.#host.io.volumes !== undefined) removePodFolders(this.#folder());
  }

  #folder(): string {
    return join(this.#host.io.stateDir, 'pods', this.#host.uid);
  }

  #after(spanMs: number, work: () => Promise<void>): Timer {
    const { clock } = this.#host.io.context;
    return clock.schedule(after(clock.now(), milliseconds(spanMs)), () => void work());
  }

  #renewSoon(span: number | undefined): void {
    if (span === undefined || this.#isStopped) return;
    this.#renewal?.cancel();
    this.#renewal = this.#after(span * 1000, () => this.refresh());
  }

  #isOver(): boolean {
    return this.#isStopped || isTerminal(this.#host.pod().status?.phase);
  }

  #measureSoon(): void {
    if (this.#measure !== undefined || this.#isOver() || !hasVolumeLimits(this.#host.pod())) return;
    this.#measure = this.#after(MEASURE_MS, () => this.#measureVolumes());
  }

  async #measureVolumes(): Promise<void> {
    const words = await volumeOverLimit(this.#host.pod(), this.volumes ?? new Map());
    if (this.#isOver()) return;
    if (words !== undefined) this.#host.onOverLimit(words);
    else {
      this.#measure = undefined;
      this.#measureSoon();
    }
  }
}
