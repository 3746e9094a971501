import type { Outputs, Parameter } from '@argosy/api/workflows';
import { substituteText } from '@argosy/lang/tags';
import { err, ok, type Result } from '@argosy/std';

import { callLookup } from './call-references.ts';
import { parameterText } from './parameter-text.ts';
import type { Pass } from './pass.ts';
import { firstOf, type Frame } from './scope.ts';

function outputOf(item: Parameter, resolve: (text: string) => Result<string, string>): Result<Parameter, string> {
  const from = item.valueFrom?.parameter ?? (item.value === undefined ? '' : parameterText(item.value));
  const value = resolve(from);
  if (value.ok) return ok({ ...item, value: value.value });
  const fallback = item.valueFrom?.default;
  return fallback === undefined ? value : ok({ ...item, value: parameterText(fallback) });
}

/** The outputs that a steps or dag template declares, from those of its steps or tasks. */
export function boundaryOutputs(pass: Pass, frame: Frame): Result<Outputs | undefined, string> {
  const declared = frame.compiled.template.outputs?.parameters ?? [];
  if (declared.length === 0) return ok(undefined);
  const lookup = firstOf(callLookup(pass, frame), frame.lookup);
  const strict = { strict: () => true };
  const parameters: Parameter[] = [];
  for (const item of declared) {
    const output = outputOf(item, (text) => substituteText(text, lookup, strict));
    if (!output.ok) return err(`outputs.parameters.${item.name}: ${output.error}`);
    parameters.push(output.value);
  }
  return ok({ parameters });
}
