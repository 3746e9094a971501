/** Bounds on one program; each has a name that the diagnostic carries when it stops the work. */
export interface JsonnetLimits {
  /** Characters of one source file. */
  readonly sourceCharacters: number;
  /** How deep expressions may nest in a source. */
  readonly nesting: number;
  /** Calls, fields and lazy values being evaluated inside one another; Jsonnet's `--max-stack`. */
  readonly stackFrames: number;
  /** Nesting of arrays and objects in the result. */
  readonly outputDepth: number;
  /** Units of work: calls, lazy values, list items. */
  readonly steps: number;
  /** Items of one array. */
  readonly arrayItems: number;
  /** Characters of one string. */
  readonly stringCharacters: number;
  /** Values and characters of the result together. */
  readonly outputSize: number;
  /** Distinct files imported. */
  readonly imports: number;
}

/** Jsonnet's own stack limit; the rest ends within about a tenth of a second. Whoever renders large libraries allows more. */
export const DEFAULT_JSONNET_LIMITS: JsonnetLimits = Object.freeze({
  sourceCharacters: 16 * 1024 * 1024,
  nesting: 400,
  stackFrames: 500,
  outputDepth: 500,
  steps: 1_000_000,
  arrayItems: 400_000,
  stringCharacters: 1_500_000,
  outputSize: 20 * 1024 * 1024,
  imports: 10_000,
});
