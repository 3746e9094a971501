export { ARGO_FUNCTIONS, CONDITION_FUNCTIONS, withSprig } from './argo-functions.ts';
export { evaluateExpr } from './evaluate.ts';
export { ExprFailure } from './failure.ts';
export { newExprMeter } from './frame.ts';
export { type ExprContext, type ExprFunction, type FunctionTable } from './functions.ts';
export { evaluateJsonPath, JSON_PATH_LIMIT_VALUES } from './json-path.ts';
export {
  EXPR_LIMIT_CHARACTERS,
  EXPR_LIMIT_HEIGHT,
  EXPR_LIMIT_JSON_NESTING,
  EXPR_LIMIT_MEMORY,
  EXPR_LIMIT_NESTING,
  EXPR_LIMIT_NODES,
  EXPR_LIMIT_STEPS,
  EXPR_LIMIT_TEXT_CHARACTERS,
  EXPR_LIMIT_VALUE_DEPTH,
  EXPR_LIMIT_VALUE_NODES,
} from './limits.ts';
export {
  ANY,
  ARRAY,
  BOOL,
  DURATION,
  FLOAT,
  INT,
  MAP,
  natureOf,
  STRING,
  TIME,
  UNKNOWN,
  type Nature,
} from './natures.ts';
export { namesIn, pathsIn, requiredNamesIn } from './names.ts';
export { formatFloat, formatJsonFloat } from './numbers.ts';
export {
  compileExpr,
  createExprCache,
  environmentKey,
  environmentOf,
  EXPR_CACHE_PROGRAMS,
  type ExprCache,
  type ExprMoment,
  type ExprOptions,
  type ExprProgram,
} from './program.ts';
export { compileRegex, matchesRegex, REGEX_LIMIT_CHARACTERS } from './regex.ts';
export { formatExprError } from './source.ts';
export {
  formatValue,
  fromJsonIntegers,
  GoDuration,
  GoLocation,
  GoTime,
  quoteJson,
  toJsonText,
  toJsonValue,
  type ExprValue,
  type GoRecord,
} from './values.ts';
