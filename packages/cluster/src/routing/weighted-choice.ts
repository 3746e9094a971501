/**
 * Chooses among weights so that every run of as many choices as the weights' sum (without common factors) holds each
 * exactly its weight times, as evenly mixed as possible. No chance is involved: the same calls choose the same.
 */
export class WeightedChoice {
  readonly #weights: readonly number[];
  readonly #total: number;
  readonly #credits: number[];

  constructor(weights: readonly number[]) {
    this.#weights = weights;
    this.#total = weights.reduce((sum, weight) => sum + weight, 0);
    this.#credits = weights.map(() => 0);
  }

  /** The index of the next choice; `undefined` when all weights are 0. */
  next(): number | undefined {
    if (this.#total === 0) return undefined;
    let best = 0;
    for (const [index, weight] of this.#weights.entries()) {
      this.#credits[index] = (this.#credits[index] ?? 0) + weight;
      if ((this.#credits[index] ?? 0) > (this.#credits[best] ?? 0)) best = index;
    }
    this.#credits[best] = (this.#credits[best] ?? 0) - this.#total;
    return best;
  }
}
