export { escapeField, unescapeField } from './field-names.ts';
export { DEFAULT_CEL_LIMITS, type CelLimits } from './limits.ts';
export { compileCel, evaluateCel, type CelBudget, type CelOptions, type CelProgram } from './program.ts';
export { ANY_SHAPE, lazyMap, optionalValue, shapedValue, type CelShape } from './shape.ts';
