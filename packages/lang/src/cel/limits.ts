/** Bounds on one expression and one evaluation. */
export interface CelLimits {
  /** Characters of source. */
  readonly sourceCharacters: number;
  /** Nesting of the expression; cel-go allows 250 too. */
  readonly depth: number;
  /** Steps of one evaluation: a node in a loop is a step, and so is every ten characters that a function reads. */
  readonly steps: number;
}

/** The bounds that hold unless a caller asks for others; a million steps are what Kubernetes grants one expression. */
export const DEFAULT_CEL_LIMITS: CelLimits = Object.freeze({
  sourceCharacters: 100_000,
  depth: 250,
  steps: 1_000_000,
});
