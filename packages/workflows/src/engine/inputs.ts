import type { Arguments, Inputs, Parameter, Template } from '@argosy/api/workflows';
import { substitute, substituteText, tagsIn, type SubstituteOptions, type TagScope } from '@argosy/lang/tags';
import { err, ok, type Result } from '@argosy/std';

import { configValue, type ConfigMaps } from './config-references.ts';
import { parameterText } from './parameter-text.ts';

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

function isAbsent(text: string, scope: TagScope): boolean {
  const tag = onlyTag(text);
  return tag !== undefined && scope.lookup(tag).kind === 'absent';
}

/** What arguments are rendered with. */
export interface PassingScope {
  readonly scope: TagScope;
  readonly options: SubstituteOptions;
  readonly configMaps?: ConfigMaps | undefined;
}

/** The text of an argument before its tags are replaced; undefined when it says nothing. */
function givenText(item: Parameter, how: PassingScope): Result<string | undefined, string> {
  const stored = item.value === undefined ? configValue(item, how.configMaps ?? {}) : undefined;
  return stored ?? ok(argumentText(item));
}

/** Replaces the tags in a call's arguments. */
export function passArguments(given: Arguments | undefined, how: PassingScope): Result<PassedArguments, string> {
  const parameters = new Map<string, string>();
  const absent = new Set<string>();
  for (const item of given?.parameters ?? []) {
    const text = givenText(item, how);
    if (!text.ok) return text;
    if (text.value === undefined) continue;
    if (isAbsent(text.value, how.scope)) {
      absent.add(item.name);
      continue;
    }
    const value = substituteText(text.value, how.scope, how.options);
    if (!value.ok) return value;
    parameters.set(item.name, value.value);
  }
  return ok({ parameters, absent });
}

/** Where the values come from that a caller did not pass. */
export interface InputSources {
  readonly globals: TagScope;
  readonly configMaps: ConfigMaps;
}

function declaredValue(item: Parameter, sources: InputSources): Result<string | undefined, string> {
  if (item.value !== undefined) return ok(parameterText(item.value));
  const stored = configValue(item, sources.configMaps);
  if (stored !== undefined) return stored;
  const fallback = item.default ?? item.valueFrom?.default;
  return ok(fallback === undefined ? undefined : parameterText(fallback));
}

function supplied(item: Parameter, passed: PassedArguments, sources: InputSources): Result<string, string> {
  const value = passed.parameters.get(item.name);
  if (value !== undefined) return ok(value);
  const own = declaredValue(item, sources);
  if (!own.ok) return own;
  if (own.value !== undefined) return ok(own.value);
  if (passed.absent.has(item.name)) {
    const why = 'argument references an absent optional (skipped/omitted node output with no default)';
    return err(`inputs.parameters.${item.name}: ${why}`);
  }
  return err(`inputs.parameters.${item.name} was not supplied`);
}

/** A template's inputs with the caller's values; defaults may name global variables, ConfigMaps fill what is left. */
export function processInputs(
  template: Template,
  passed: PassedArguments,
  sources: InputSources,
): Result<Inputs, string> {
  const inputs = template.inputs ?? {};
  const parameters: Parameter[] = [];
  for (const item of inputs.parameters ?? []) {
    const declared = substitute(item, sources.globals, { strict: () => false });
    if (!declared.ok) return declared;
    const value = supplied(declared.value, passed, sources);
    if (!value.ok) return value;
    const allowed = (item.enum ?? []).map(parameterText);
    if (allowed.length > 0 && !allowed.includes(value.value)) {
      return err(`inputs.parameters.${item.name}: value '${value.value}' is not one of ${allowed.join(', ')}`);
    }
    parameters.push({ ...declared.value, value: value.value });
  }
  return ok({ ...inputs, ...(parameters.length === 0 ? {} : { parameters }) });
}
