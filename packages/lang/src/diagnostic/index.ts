export { diagnostic, DiagnosticError, formatDiagnostic, limitReached, placeOf, type Diagnostic } from './diagnostic.ts';
export {
  checkDeadline,
  DEADLINE_STEPS,
  StepMeter,
  TIME_LIMIT_NAME,
  type Deadline,
  type StepBudget,
} from './step-meter.ts';
