import type { Parameter } from '@argosy/api/workflows';
import { err, ok, type Result } from '@argosy/std';

import { parameterText } from './parameter-text.ts';

/** Bytes that a pod may leave in its termination message, as the kubelet cuts it. */
export const MAX_TERMINATION_MESSAGE_BYTES = 4096;

/** Where the files' contents are left for the controller. */
export const TERMINATION_MESSAGE_PATH = '/dev/termination-log';

/** First line of a termination message that holds output parameters. */
export const FILE_OUTPUTS_HEADER = 'argo-outputs/1';

/**
 * Runs the user's command, copies the declared artifacts into the pod's volume, and then writes the declared files into the termination message: a header, and for each
 * file its index, its size (or `-` when it was not written) and its bytes. The exit code is the command's.
 */
const WRAPPER = [
  '"$@" & pid=$!',
  "trap 'kill -TERM $pid 2>/dev/null' TERM INT",
  'wait $pid; code=$?',
  'while kill -0 $pid 2>/dev/null; do wait $pid; code=$?; done',
  'n=0; while [ $n -lt "$ARGO_ARTIFACT_COUNT" ]; do',
  'eval "file=\\$ARGO_ARTIFACT_PATH_$n"; to="$ARGO_ARTIFACT_FOLDER/$n"',
  'if [ -e "$file" ] || [ -L "$file" ]; then cp -RPp "$file" "$to" 2> "$to.problem" && rm -f "$to.problem"; fi',
  'n=$((n+1)); done',
  '[ $code -eq 0 ] || exit $code',
  '[ "$ARGO_OUTPUT_COUNT" -gt 0 ] || exit 0',
  `{ echo ${FILE_OUTPUTS_HEADER}; n=0`,
  'while [ $n -lt "$ARGO_OUTPUT_COUNT" ]; do',
  'eval "file=\\$ARGO_OUTPUT_PATH_$n"',
  'if [ -f "$file" ]; then echo "$n" $(($(wc -c < "$file"))); cat "$file"; else echo "$n -"; fi',
  'n=$((n+1)); done; } > "$ARGO_OUTPUT_FILE"',
].join('\n');

/** The command that collects file outputs after `command` ran. */
export function wrapCommand(command: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', WRAPPER, 'argo-outputs', ...command];
}

/** The output parameters of a template that its program writes to files. */
export function filesOf(parameters: readonly Parameter[] | undefined): readonly Parameter[] {
  return (parameters ?? []).filter((item) => (item.valueFrom?.path ?? '') !== '');
}

/** Environment that tells the wrapper what to collect. */
export function wrapperEnvironment(files: readonly Parameter[]): readonly { name: string; value: string }[] {
  return [
    { name: 'ARGO_OUTPUT_FILE', value: TERMINATION_MESSAGE_PATH },
    { name: 'ARGO_OUTPUT_COUNT', value: String(files.length) },
    ...files.map((item, index) => ({ name: `ARGO_OUTPUT_PATH_${index}`, value: item.valueFrom?.path ?? '' })),
  ];
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function takeLine(reader: Reader): string | undefined {
  const end = reader.bytes.indexOf(10, reader.at);
  if (end < 0) return undefined;
  const line = new TextDecoder().decode(reader.bytes.subarray(reader.at, end));
  reader.at = end + 1;
  return line;
}

const TOO_BIG =
  `output parameters could not be read from the termination message: ` +
  `together they may have at most ${MAX_TERMINATION_MESSAGE_BYTES} bytes, names and sizes included`;

/** The contents of the files by index; `undefined` for one that was not written. */
export function parseFileOutputs(message: string, count: number): Result<readonly (string | undefined)[], string> {
  const reader: Reader = { bytes: new TextEncoder().encode(message), at: 0 };
  if (takeLine(reader) !== FILE_OUTPUTS_HEADER) return err(TOO_BIG);
  const contents: (string | undefined)[] = [];
  for (let index = 0; index < count; index += 1) {
    const [number, size] = (takeLine(reader) ?? '').split(' ');
    if (number !== String(index)) return err(TOO_BIG);
    if (size === '-') {
      contents.push(undefined);
      continue;
    }
    const end = reader.at + Number(size);
    if (!Number.isInteger(end) || end > reader.bytes.length) return err(TOO_BIG);
    contents.push(new TextDecoder().decode(reader.bytes.subarray(reader.at, end)));
    reader.at = end;
  }
  return ok(contents);
}

/** Output parameters with what their files held; one trailing newline is removed. */
export function readFileOutputs(
  parameters: readonly Parameter[],
  message: string | undefined,
): Result<readonly Parameter[], string> {
  const files = filesOf(parameters);
  if (files.length === 0) return ok(parameters);
  const contents = parseFileOutputs(message ?? '', files.length);
  if (!contents.ok) return contents;
  const values = new Map(files.map((item, index) => [item.name, fileValue(item, contents.value[index])]));
  const missing = files.find((item) => values.get(item.name) === undefined);
  if (missing !== undefined) {
    const path = missing.valueFrom?.path ?? '';
    return err(`outputs.parameters.${missing.name}: ${path} was not written and there is no default`);
  }
  return ok(parameters.map((item) => withValue(item, values.get(item.name))));
}

function fileValue(item: Parameter, content: string | undefined): string | undefined {
  if (content !== undefined) return content.replace(/\n$/, '');
  const fallback = item.valueFrom?.default;
  return fallback === undefined ? undefined : parameterText(fallback);
}

function withValue(item: Parameter, value: string | undefined): Parameter {
  return value === undefined ? item : { ...item, value };
}
