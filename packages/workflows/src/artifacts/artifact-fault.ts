/** Why an artifact could not be read or stored: a sentence for the node, without secrets. */
export class ArtifactFault extends Error {
  override readonly name = 'ArtifactFault';
  /** True when nothing is stored at the place. */
  readonly isMissing: boolean;

  constructor(message: string, options: { readonly isMissing?: boolean } = {}) {
    super(message);
    this.isMissing = options.isMissing ?? false;
  }
}

/** What one artifact may hold. */
export interface ArtifactLimits {
  /** Files, folders and links. */
  readonly entries: number;
  /** Bytes of all files together, unpacked. */
  readonly bytes: number;
}

/** Most files, folders and links of one artifact, and most bytes of its files together. */
export const DEFAULT_ARTIFACT_LIMITS: ArtifactLimits = Object.freeze({ entries: 100_000, bytes: 10 * 1024 ** 3 });

/** Counts what an artifact holds and ends the work when it is too much. */
export class ArtifactMeter {
  readonly #limits: ArtifactLimits;
  #entries = 0;
  #bytes = 0;

  constructor(limits: ArtifactLimits) {
    this.#limits = limits;
  }

  /** @throws ArtifactFault when there are too many. */
  addEntry(): void {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries) {
      throw new ArtifactFault(
        `it has more than ${this.#limits.entries} files: at most ${this.#limits.entries} are allowed`,
      );
    }
  }

  /** @throws ArtifactFault when they are too many. */
  addBytes(count: number): void {
    this.#bytes += count;
    if (this.#bytes > this.#limits.bytes) {
      throw new ArtifactFault(
        `it is larger than ${this.#limits.bytes} bytes: at most ${this.#limits.bytes} are allowed`,
      );
    }
  }
}
