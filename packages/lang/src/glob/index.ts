export { compileDoublestar, DOUBLESTAR_LIMIT_ALTERNATIVES } from './doublestar.ts';
export { evaluateGlob } from './evaluate.ts';
export { compileFilepathMatch } from './filepath.ts';
export { compileGlob } from './gobwas.ts';
export type { Glob } from './matcher.ts';
export { GLOB_LIMIT_PATTERN, GLOB_LIMIT_TEXT } from './program.ts';
