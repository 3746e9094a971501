import type { Parameter } from '@argosy/api/workflows';
import { compileJq } from '@argosy/lang/jq';
import { evaluateJsonpath } from '@argosy/lang/jsonpath';
import { err, ok, type Result } from '@argosy/std';

import { parameterText } from './parameter-text.ts';
import { MAX_RESULT_LENGTH } from './pod-nodes.ts';

function jqText(source: string, object: unknown): Result<string, string> {
  const program = compileJq(source);
  if (!program.ok) return err(program.error.message);
  const printed = program.value.print(object as Parameters<typeof program.value.print>[0]);
  if (!printed.ok) return err(printed.error.message);
  const lines = printed.value.map((line) => (line.startsWith('"') ? String(JSON.parse(line)) : line));
  return ok(lines.join('\n').trim());
}

function pathText(source: string, object: unknown): Result<string, string> {
  const printed = evaluateJsonpath(source, object);
  return printed.ok ? printed : err(printed.error.message);
}

function textOf(item: Parameter, object: unknown): Result<string, string> {
  const { jsonPath = '', jqFilter = '' } = item.valueFrom ?? {};
  const text = jqFilter === '' ? pathText(jsonPath, object) : jqText(jqFilter, object);
  if (!text.ok) return err(`outputs.parameters.${item.name}: ${text.error}`);
  const { length } = text.value;
  if (length <= MAX_RESULT_LENGTH) return text;
  return err(`outputs.parameters.${item.name} has ${length} characters: at most ${MAX_RESULT_LENGTH} are allowed`);
}

function isRead(item: Parameter): boolean {
  return (item.valueFrom?.jsonPath ?? '') !== '' || (item.valueFrom?.jqFilter ?? '') !== '';
}

function valueOf(item: Parameter, object: unknown): Result<Parameter, string> {
  if (!isRead(item)) return ok(item);
  // An object that is not there gives the default, or nothing.
  if (object === undefined) return ok({ ...item, value: parameterText(item.valueFrom?.default ?? '') });
  const text = textOf(item, object);
  return text.ok ? ok({ ...item, value: text.value }) : text;
}

/** Output parameters of a resource template, read from the object by `jsonPath` or `jqFilter`. */
export function readResourceOutputs(
  declared: readonly Parameter[],
  object: unknown,
): Result<readonly Parameter[], string> {
  const parameters: Parameter[] = [];
  for (const item of declared) {
    const value = valueOf(item, object);
    if (!value.ok) return value;
    parameters.push(value.value);
  }
  return ok(parameters);
}
