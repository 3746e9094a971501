import type { Result } from '@argosy/std';
import type { Diagnostic } from '../diagnostic/index.ts';
import { parseYaml } from './parse.ts';

/** The batch form: the first document of `source` as JSON, with YAML 1.1 booleans; `vars` are not used. */
export function evaluateYaml(source: string): Result<unknown, Diagnostic> {
  return parseYaml(source, { bigIntegers: true });
}
