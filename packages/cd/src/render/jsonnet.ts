import { err, isObject, ok, type JsonValue, type Result } from '@argosy/std';
import type { ApplicationSource } from '@argosy/api/cd';
import { compileJsonnet, type JsonnetVariable } from '@argosy/lang/jsonnet';
import { joinPath } from './paths.ts';

type JsonnetOptions = NonNullable<NonNullable<ApplicationSource['directory']>['jsonnet']>;

/** What a jsonnet file sees of the world. */
export interface JsonnetSurroundings {
  /** All that it may import, by path in the repository. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** The source's directory in the repository. */
  readonly root: string;
  readonly options: JsonnetOptions;
  /** Fills in the build environment. */
  readonly substitute: (text: string) => string;
}

type Variables = { readonly [name: string]: JsonnetVariable };

function variables(given: JsonnetOptions['extVars'], substitute: (text: string) => string): Variables {
  const one = ({ value, code }: { value: string; code?: boolean }): JsonnetVariable =>
    code === true ? { code: substitute(value) } : { value: substitute(value) };
  return Object.fromEntries((given ?? []).map((variable) => [variable.name, one(variable)]));
}

/** Evaluates one file: its object, or its list of objects. The error is told in words. */
export function evaluateJsonnetFile(
  file: { readonly path: string; readonly text: string },
  surroundings: JsonnetSurroundings,
): Result<readonly JsonValue[], string> {
  const { files, root, options, substitute } = surroundings;
  const libraries = (options.libs ?? []).map((path) => joinPath('', path));
  if (libraries.includes(undefined)) return err('directory.jsonnet.libs: a path leads out of the repository');
  const program = compileJsonnet(file.text, {
    fileName: joinPath(root, file.path) ?? file.path,
    files,
    libraryPaths: [root, ...libraries.filter((path) => path !== undefined)],
  });
  if (!program.ok) return err(program.error.message);
  const result = program.value.run({
    extVars: variables(options.extVars, substitute),
    topLevelArguments: variables(options.tlas, substitute),
  });
  if (!result.ok) return err(result.error.message);
  const values = Array.isArray(result.value) ? (result.value as readonly JsonValue[]) : [result.value];
  return values.every(isObject) ? ok(values) : err('a jsonnet file gives an object or a list of objects');
}
