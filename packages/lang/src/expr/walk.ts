import { fail } from './failure.ts';
import { EXPR_LIMIT_VALUE_DEPTH, EXPR_LIMIT_VALUE_NODES, overLimit } from './limits.ts';

/**
 * One walk over a value. Values may share parts, so a small one can be huge to walk: every visit counts, and so does
 * the depth.
 */
export class Walk {
  #depth = 0;
  #visited = 0;
  readonly #spend: ((steps: number) => void) | undefined;

  /** `spend` is told of every visit. */
  constructor(spend?: (steps: number) => void) {
    this.#spend = spend;
  }

  /** Counts a scalar that is looked at: its characters make the work. */
  scalar(characters: number): void {
    this.#spend?.(1 + (characters >> 3));
  }

  /** Goes one level deeper, runs the work, and comes back. */
  within<T>(work: () => T): T {
    this.#depth += 1;
    this.#visited += 1;
    this.#spend?.(1);
    if (this.#depth > EXPR_LIMIT_VALUE_DEPTH) fail(`value is nested deeper than ${EXPR_LIMIT_VALUE_DEPTH}`);
    if (this.#visited > EXPR_LIMIT_VALUE_NODES) overLimit('expression value nodes', EXPR_LIMIT_VALUE_NODES);
    const result = work();
    this.#depth -= 1;
    return result;
  }
}
