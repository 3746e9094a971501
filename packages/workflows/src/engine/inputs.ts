import type { Arguments, Inputs, Parameter, Template } from '@argosy/api/workflows';
import { err, ok, type Result } from '@argosy/std';

import { parameterText } from './parameter-text.ts';
import { substitute, substituteText, tagsIn, type Lookup, type SubstituteOptions } from './tags.ts';

/** What a caller passes, with its tags replaced. */
export interface PassedArguments {
  readonly parameters: ReadonlyMap<string, string>;
  /** Parameters whose value is exactly one output that will never exist: they count as not supplied. */
  readonly absent: ReadonlySet<string>;
}

/** Nothing passed. */
export const noArguments: PassedArguments = Object.freeze({
  parameters: new Map<string, string>(),
  absent: new Set<string>(),
});

function onlyTag(text: string): string | undefined {
  const names = tagsIn(text);
  return names.length === 1 && text.trim() === text && /^\{\{[^{}]*\}\}$/.test(text) ? names[0] : undefined;
}

function argumentText(item: Parameter): string | undefined {
  const raw = item.value ?? item.valueFrom?.default ?? item.default;
  return raw === undefined ? undefined : parameterText(raw);
}

function isAbsent(text: string, lookup: Lookup): boolean {
  const tag = onlyTag(text);
  return tag !== undefined && lookup(tag).kind === 'absent';
}

/** Replaces the tags in a call's arguments. */
export function passArguments(
  given: Arguments | undefined,
  lookup: Lookup,
  options: SubstituteOptions,
): Result<PassedArguments, string> {
  const parameters = new Map<string, string>();
  const absent = new Set<string>();
  for (const item of given?.parameters ?? []) {
    const text = argumentText(item);
    if (text === undefined) continue;
    if (isAbsent(text, lookup)) {
      absent.add(item.name);
      continue;
    }
    const value = substituteText(text, lookup, options);
    if (!value.ok) return value;
    parameters.set(item.name, value.value);
  }
  return ok({ parameters, absent });
}

function supplied(item: Parameter, passed: PassedArguments): Result<string, string> {
  const value = passed.parameters.get(item.name);
  if (value !== undefined) return ok(value);
  const own = item.value ?? item.default ?? item.valueFrom?.default;
  if (own !== undefined) return ok(parameterText(own));
  if (passed.absent.has(item.name)) {
    const why = 'argument references an absent optional (skipped/omitted node output with no default)';
    return err(`inputs.parameters.${item.name}: ${why}`);
  }
  return err(`inputs.parameters.${item.name} was not supplied`);
}

/** A template's inputs with the caller's values; defaults may name global variables. */
export function processInputs(template: Template, passed: PassedArguments, globals: Lookup): Result<Inputs, string> {
  const inputs = template.inputs ?? {};
  const parameters: Parameter[] = [];
  for (const item of inputs.parameters ?? []) {
    const declared = substitute(item, globals, { strict: () => false });
    if (!declared.ok) return declared;
    const value = supplied(declared.value, passed);
    if (!value.ok) return value;
    const allowed = (item.enum ?? []).map(parameterText);
    if (allowed.length > 0 && !allowed.includes(value.value)) {
      return err(`inputs.parameters.${item.name}: value '${value.value}' is not one of ${allowed.join(', ')}`);
    }
    parameters.push({ ...declared.value, value: value.value });
  }
  return ok({ ...inputs, ...(parameters.length === 0 ? {} : { parameters }) });
}
