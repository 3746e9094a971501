export { type Parameters, type WhenValue } from './evaluate.ts';
export { WHEN_LIMIT_DEPTH } from './stages.ts';
export { WHEN_LIMIT_CHARACTERS, WHEN_LIMIT_TOKENS } from './tokens.ts';
export {
  compileWhen,
  evaluateArgoWhen,
  evaluateWhen,
  parametersOf,
  type WhenOptions,
  type WhenProgram,
} from './when.ts';
