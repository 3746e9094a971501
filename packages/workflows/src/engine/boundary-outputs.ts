import type { Outputs, Parameter } from '@argosy/api/workflows';
import { substituteText, type TagScope } from '@argosy/lang/tags';
import { err, ok, type Result } from '@argosy/std';

import { callSource } from './call-references.ts';
import { parameterText } from './parameter-text.ts';
import type { Pass } from './pass.ts';
import { evaluateExpression, expressionText, scopeOf, type Frame } from './scope.ts';

const strict = { strict: () => true };

function valueOf(item: Parameter, scope: TagScope): Result<string, string> {
  const { expression, parameter } = item.valueFrom ?? {};
  if (expression === undefined || expression === '') {
    return substituteText(parameter ?? (item.value === undefined ? '' : parameterText(item.value)), scope, strict);
  }
  const value = evaluateExpression(expression, scope);
  if (!value.ok) return value;
  const text = expressionText(value.value);
  return text === undefined ? err(`expression '${expression}' has no value`) : ok(text);
}

function outputOf(item: Parameter, scope: TagScope): Result<Parameter, string> {
  const value = valueOf(item, scope);
  if (value.ok) return ok({ ...item, value: value.value });
  const fallback = item.valueFrom?.default;
  return fallback === undefined ? value : ok({ ...item, value: parameterText(fallback) });
}

/** The outputs that a steps or dag template declares, from those of its steps or tasks. */
export function boundaryOutputs(pass: Pass, frame: Frame): Result<Outputs | undefined, string> {
  const declared = frame.compiled.template.outputs?.parameters ?? [];
  if (declared.length === 0) return ok(undefined);
  const scope = scopeOf(pass, callSource(pass, frame), frame.source);
  const parameters: Parameter[] = [];
  for (const item of declared) {
    const output = outputOf(item, scope);
    if (!output.ok) return err(`outputs.parameters.${item.name}: ${output.error}`);
    parameters.push(output.value);
  }
  return ok({ parameters });
}
