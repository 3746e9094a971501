export {
  CommandError,
  UsageError,
  type Command,
  type Flag,
  type FlagType,
  type FlagValues,
  type Invocation,
  type Terminal,
} from './command.ts';
export { flagValues, parseFlags } from './parse-flags.ts';
export { INPUT_LINE_LIMIT, inputLines } from './input-lines.ts';
export { helpText, usageText } from './help.ts';
export { answerJsonLines, BatchRequestError, requestLines, type BatchRequest } from './json-lines.ts';
export { runCommand } from './run-command.ts';
