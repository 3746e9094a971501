import type { Artifact, Outputs, Parameter } from '@argosy/api/workflows';
import { substituteText, type TagScope } from '@argosy/lang/tags';
import { err, ok, type Result } from '@argosy/std';

import { resolveArtifact } from './artifact-references.ts';
import { callSource } from './call-references.ts';
import { definedMembers } from './defined-members.ts';
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

function parametersOf(declared: readonly Parameter[], scope: TagScope): Result<readonly Parameter[], string> {
  const parameters: Parameter[] = [];
  for (const item of declared) {
    const output = outputOf(item, scope);
    if (!output.ok) return err(`outputs.parameters.${item.name}: ${output.error}`);
    parameters.push(output.value);
  }
  return ok(parameters);
}

function artifactsOf(pass: Pass, frame: Frame, scope: TagScope): Result<readonly Artifact[], string> {
  const artifacts: Artifact[] = [];
  for (const item of frame.compiled.template.outputs?.artifacts ?? []) {
    const artifact = resolveArtifact(pass, { frame, scope }, item);
    if (!artifact.ok) return err(`outputs.artifacts.${item.name}: ${artifact.error}`);
    if (artifact.value !== undefined) artifacts.push(artifact.value);
  }
  return ok(artifacts);
}

/** The outputs that a steps or dag template declares, from those of its steps or tasks. */
export function boundaryOutputs(pass: Pass, frame: Frame): Result<Outputs | undefined, string> {
  const scope = scopeOf(pass, callSource(pass, frame), frame.source);
  const parameters = parametersOf(frame.compiled.template.outputs?.parameters ?? [], scope);
  if (!parameters.ok) return parameters;
  const artifacts = artifactsOf(pass, frame, scope);
  if (!artifacts.ok) return artifacts;
  const outputs: Outputs = definedMembers({
    parameters: parameters.value.length === 0 ? undefined : parameters.value,
    artifacts: artifacts.value.length === 0 ? undefined : artifacts.value,
  });
  return ok(Object.keys(outputs).length === 0 ? undefined : outputs);
}
