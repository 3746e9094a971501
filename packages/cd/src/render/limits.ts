/** Bounds on what a directory may turn into. Every one is settable; the defaults fit real repositories. */
export interface RenderLimits {
  readonly files: number;
  /** Bytes of all manifest files together. */
  readonly totalBytes: number;
  readonly fileBytes: number;
  readonly documentsPerFile: number;
  /** Objects after lists are unfolded. */
  readonly objects: number;
  readonly depth: number;
  /** Values after aliases are expanded. */
  readonly nodesPerFile: number;
}

/** The defaults. */
export const DEFAULT_RENDER_LIMITS: RenderLimits = Object.freeze({
  files: 10_000,
  totalBytes: 10 * 1024 * 1024,
  fileBytes: 10 * 1024 * 1024,
  documentsPerFile: 10_000,
  objects: 20_000,
  depth: 100,
  nodesPerFile: 250_000,
});
