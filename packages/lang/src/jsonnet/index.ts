export { evaluateJsonnet } from './evaluate.ts';
export { DEFAULT_JSONNET_LIMITS, type JsonnetLimits } from './limits.ts';
export { formatJsonnetJson, formatJsonnetMulti, formatJsonnetString, formatJsonnetYamlStream } from './output.ts';
export {
  compileJsonnet,
  type CompileOptions,
  type JsonnetProgram,
  type JsonnetVariable,
  type RunOptions,
} from './program.ts';
export { LIBRARY_NAMES } from './library.ts';
