import type { Artifact } from '@argosy/api/workflows';

import type { ArtifactLimits } from './artifact-fault.ts';

/** What a driver works with. */
export interface DriverIo {
  /** The workflow's namespace: what is stored for one is out of reach of every other. */
  readonly namespace: string;
  readonly limits: ArtifactLimits;
  readonly signal: AbortSignal;
}

/** An object on its way out. */
export interface OpenArtifact {
  /** The last part of its place. */
  readonly fileName: string;
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A place where artifacts are kept: one kind of location. */
export interface ArtifactDriver {
  /**
   * Puts what is stored at the artifact's location at `target`, which does not exist yet: a file, or a folder.
   * @throws ArtifactFault, with `isMissing` when nothing is stored there.
   */
  load(artifact: Artifact, target: string, io: DriverIo): Promise<void>;
  /**
   * Stores a file, or a folder as one object a file. What was there is replaced, never mixed with.
   * @throws ArtifactFault when it cannot be stored.
   */
  save?(artifact: Artifact, source: string, io: DriverIo): Promise<void>;
  /**
   * Opens one stored object; `inner` is its place below a stored folder.
   * @throws ArtifactFault, with `isMissing` when nothing is stored there.
   */
  open?(artifact: Artifact, inner: string, io: DriverIo): Promise<OpenArtifact>;
}
