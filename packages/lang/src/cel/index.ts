export { escapeField, unescapeField } from './field-names.ts';
export { DEFAULT_CEL_LIMITS, type CelLimits } from './limits.ts';
export { compileCel, evaluateCel, type CelOptions, type CelProgram } from './program.ts';
