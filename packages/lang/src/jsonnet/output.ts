import { isObject, type JsonValue } from '@argosy/std';
import { err, ok, type Result } from '@argosy/std';
import { diagnostic, type Diagnostic } from '../diagnostic/index.ts';
import { printLines, sortedNames, TOOL_LAYOUT } from './print.ts';

/** The text that the `jsonnet` tool prints for a value: names sorted, three spaces of indentation, a line break. */
export function formatJsonnetJson(value: JsonValue): string {
  return `${printLines(value, TOOL_LAYOUT)}\n`;
}

/** `--string`: the value has to be a string and is printed as it is. */
export function formatJsonnetString(value: JsonValue): Result<string, Diagnostic> {
  if (typeof value === 'string') return ok(`${value}\n`);
  return err(diagnostic(`RUNTIME ERROR: expected string result, got: ${kindOf(value)}`));
}

/** `--yaml-stream`: the value has to be an array; each item is a document. */
export function formatJsonnetYamlStream(value: JsonValue): Result<string, Diagnostic> {
  if (!Array.isArray(value)) {
    return err(diagnostic(`RUNTIME ERROR: stream mode: top-level value should be an array, got: ${kindOf(value)}`));
  }
  const documents = (value as readonly JsonValue[]).map((item) => `---\n${formatJsonnetJson(item)}`);
  return ok(documents.length === 0 ? '' : `${documents.join('')}...\n`);
}

/** `--multi`: the value has to be an object; each member is a file by that name. */
export function formatJsonnetMulti(value: JsonValue): Result<ReadonlyMap<string, string>, Diagnostic> {
  if (!isObject(value)) {
    return err(
      diagnostic(
        `RUNTIME ERROR: multi mode: top-level object was a ${kindOf(value)}, should be an object whose keys are filenames and values hold the JSON for that file.`,
      ),
    );
  }
  const object = value as { readonly [key: string]: JsonValue };
  return ok(new Map(sortedNames(object).map((name) => [name, formatJsonnetJson(object[name] ?? null)])));
}

function kindOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}
