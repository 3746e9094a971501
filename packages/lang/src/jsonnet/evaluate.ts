import { err, isObject, type JsonValue, type Result } from '@argosy/std';
import { diagnostic, type Deadline, type Diagnostic } from '../diagnostic/index.ts';
import { compileJsonnet, type JsonnetVariable } from './program.ts';

function members(vars: unknown, name: string): readonly (readonly [string, unknown])[] {
  const group = isObject(vars) && Object.hasOwn(vars, name) ? vars[name] : undefined;
  return isObject(group) ? Object.entries(group) : [];
}

/** A text given as JSON; other values count as their JSON. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** Values by name, and code by name, as one set of variables. */
function variables(vars: unknown, values: string, code: string): Readonly<Record<string, JsonnetVariable>> {
  const given = members(vars, values).map(([name, value]) => [name, { value: value as JsonValue }] as const);
  const computed = members(vars, code).map(([name, text]) => [name, { code: textOf(text) }] as const);
  return Object.fromEntries<JsonnetVariable>([...given, ...computed]);
}

/**
 * Evaluates a program once. `vars` may hold `extVars` and `topLevelArguments` (JSON values by name), `extCode` and
 * `topLevelCode` (Jsonnet by name), `files` (text by path) and `libraryPaths` (a list of folders).
 */
export function evaluateJsonnet(source: string, vars: unknown, deadline?: Deadline): Result<JsonValue, Diagnostic> {
  if (vars !== undefined && vars !== null && !isObject(vars)) {
    return err(diagnostic('vars must be an object with extVars, topLevelArguments, files, libraryPaths'));
  }
  const paths = isObject(vars) && Array.isArray(vars['libraryPaths']) ? vars['libraryPaths'] : [];
  const program = compileJsonnet(source, {
    files: new Map(members(vars, 'files').map(([path, text]) => [path, textOf(text)])),
    libraryPaths: paths.map(textOf),
  });
  if (!program.ok) return program;
  return program.value.run({
    extVars: variables(vars, 'extVars', 'extCode'),
    topLevelArguments: variables(vars, 'topLevelArguments', 'topLevelCode'),
    ...(deadline === undefined ? {} : { deadline }),
  });
}
