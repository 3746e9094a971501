export {
  compileTemplate,
  compileTemplateSet,
  createFunctionContext,
  DEFAULT_TEMPLATE_LIMITS,
  type Template,
  type TemplateFile,
  type TemplateLimits,
  type TemplateOptions,
  type TemplateSet,
} from './template.ts';
export type { ExecutionLimits, MissingKey } from './eval.ts';
export {
  callGoFunction,
  failCall,
  GoFunction,
  goFunction,
  type FunctionBody,
  type FunctionContext,
  type FunctionTable,
  type TemplateEnv,
} from './function.ts';
export { BUILTINS } from './builtins.ts';
export { deepEqual } from './compare.ts';
export { castFloat, castInteger, isEmpty, textOf } from './cast.ts';
export { sprigFunctions, type SprigOptions } from './sprig.ts';
export type { DateOptions } from './sprig-dates.ts';
export {
  RANDOM_LIMIT,
  type CertificatePair,
  type CertificateRequest,
  type CryptoResult,
  type SprigCrypto,
} from './sprig-crypto.ts';
export { SEQUENCE_LIMIT } from './sprig-math.ts';
export { REGEX_LIMIT_CHARACTERS } from './sprig-regex.ts';
export { evaluateGotemplate } from './evaluate.ts';
