export { compileJq, evaluateJq, type JqOptions, type JqProgram } from './program.ts';
export {
  JQ_JSON_DEPTH_LIMIT,
  JQ_LIMITS,
  JQ_NESTING_LIMIT,
  JQ_SOURCE_LIMIT_CHARACTERS,
  type JqLimits,
} from './limits.ts';
