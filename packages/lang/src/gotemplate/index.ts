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
export type { MissingKey } from './eval.ts';
export type { ExecutionLimits } from './meter.ts';
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
export type { CertificatePair, CertificateRequest, CryptoFailure, CryptoResult, SprigCrypto } from './sprig-crypto.ts';
export { RANDOM_LIMIT } from './sprig-random.ts';
export { SEQUENCE_LIMIT } from './sprig-math.ts';
export { REGEX_LIMIT_CHARACTERS } from './sprig-regex.ts';
export { evaluateGotemplate, type GotemplateSupport } from './evaluate.ts';
