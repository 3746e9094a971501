import { DiagnosticError, limitReached } from './diagnostic.ts';

/**
 * Says whether an evaluation has run for too long. The engines have no clock: whoever has one lends it like this, and
 * they ask every `DEADLINE_STEPS` steps.
 */
export interface Deadline {
  /** What is allowed; only told in the diagnostic. */
  readonly limitMs: number;
  readonly isExpired: () => boolean;
}

/** How many steps may pass between two questions to a deadline. */
export const DEADLINE_STEPS = 1000;

/** The name of the limit that a deadline enforces. */
export const TIME_LIMIT_NAME = 'evaluation milliseconds';

/** Ends an evaluation whose deadline has passed. @throws DiagnosticError */
export function checkDeadline(deadline: Deadline | undefined, place?: StepBudget['place']): void {
  if (deadline?.isExpired() !== true) return;
  throw new DiagnosticError(limitReached(TIME_LIMIT_NAME, deadline.limitMs, place?.()));
}

/** What a meter counts against. */
export interface StepBudget {
  /** The name of the limit. */
  readonly limit: string;
  readonly allowed: number;
  readonly deadline?: Deadline | undefined;
  /** Where the evaluation stands, for the diagnostic. */
  readonly place?: () => { readonly line?: number; readonly column?: number };
}

/** Counts the steps of one evaluation: a number of them is allowed, and now and then the deadline is asked. */
export class StepMeter {
  private readonly budget: StepBudget;
  private left: number;
  /** Below this something is to be done: the deadline is due, or nothing is left. */
  private mark: number;

  constructor(budget: StepBudget) {
    this.budget = budget;
    this.left = budget.allowed;
    this.mark = this.nextMark();
  }

  /** Counts work, in the steps of the engine. @throws DiagnosticError when the budget is used up or time is over */
  spend(steps: number): void {
    this.left -= steps;
    if (!(this.left >= this.mark)) this.pause();
  }

  /** How many steps were counted. */
  get spent(): number {
    return this.budget.allowed - this.left;
  }

  private nextMark(): number {
    return this.budget.deadline === undefined ? 0 : Math.max(0, this.left - DEADLINE_STEPS);
  }

  private pause(): void {
    const { limit, allowed, deadline, place } = this.budget;
    // NaN and what is beyond the budget end it alike.
    if (!(this.left >= 0)) throw new DiagnosticError(limitReached(limit, allowed, place?.()));
    checkDeadline(deadline, place);
    this.mark = this.nextMark();
  }
}
