import { diagnostic, DiagnosticError, type StepMeter } from '../diagnostic/index.ts';
import type { TimeZones } from '../cron/index.ts';
import type { CelMap } from './values.ts';

/** One evaluation: the variables, the names bound by macros, and what is left of the budget. */
export interface Run {
  readonly variables: CelMap;
  readonly slots: unknown[];
  readonly zones: TimeZones | undefined;
  readonly meter: StepMeter;
  /** The offset of the call that works at present: the place of its diagnostics. */
  at: number;
}

/** Ends the evaluation with a message; the place is that of the running call. */
export function fail(message: string): never {
  throw new DiagnosticError(diagnostic(message));
}

/** Takes steps from the budget. @throws DiagnosticError when it is used up; no operator absorbs that. */
export function spend(run: Run, steps: number): void {
  run.meter.spend(steps);
}

/** How many characters, or items that a function walks over, are one step. */
const UNITS_PER_STEP = 10;

/** Takes what it costs to read or make so many characters or bytes. */
export function spendUnits(run: Run, units: number): void {
  spend(run, 1 + Math.floor(units / UNITS_PER_STEP));
}
