import type { Arguments, Artifact, Inputs, Parameter, Template } from '@argosy/api/workflows';
import { substitute, substituteText, tagsIn, type SubstituteOptions, type TagScope } from '@argosy/lang/tags';
import { err, ok, type Result } from '@argosy/std';

import { locationKind } from './artifact-locations.ts';
import { definedMembers } from './defined-members.ts';
import { configValue, type ConfigMaps } from './config-references.ts';
import { parameterText } from './parameter-text.ts';
import { inputsSource } from './scope.ts';

/** What a caller passes, with its tags replaced. */
export interface PassedArguments {
  readonly parameters: ReadonlyMap<string, string>;
  /** Parameters whose value is exactly one output that will never exist: they count as not supplied. */
  readonly absent: ReadonlySet<string>;
  /** With their locations. */
  readonly artifacts: ReadonlyMap<string, Artifact>;
}

/** Nothing passed. */
export const noArguments: PassedArguments = Object.freeze({
  parameters: new Map<string, string>(),
  absent: new Set<string>(),
  artifacts: new Map<string, Artifact>(),
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
  /** What an artifact of the arguments stands for; undefined when an optional one is not there. */
  readonly artifact: (item: Artifact) => Result<Artifact | undefined, string>;
}

/** The text of an argument before its tags are replaced; undefined when it says nothing. */
function givenText(item: Parameter, how: PassingScope): Result<string | undefined, string> {
  const stored = item.value === undefined ? configValue(item, how.configMaps ?? {}) : undefined;
  return stored ?? ok(argumentText(item));
}

function passedArtifacts(
  given: Arguments | undefined,
  how: PassingScope,
): Result<ReadonlyMap<string, Artifact>, string> {
  const artifacts = new Map<string, Artifact>();
  for (const item of given?.artifacts ?? []) {
    const found = how.artifact(item);
    if (!found.ok) return found;
    if (found.value !== undefined) artifacts.set(item.name, found.value);
  }
  return ok(artifacts);
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
  const artifacts = passedArtifacts(given, how);
  return artifacts.ok ? ok({ parameters, absent, artifacts: artifacts.value }) : artifacts;
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

/** The artifact that is passed keeps its location; how it lies in the pod is the template's to say. */
function suppliedArtifact(item: Artifact, passed: Artifact | undefined): Result<Artifact, string> {
  if (passed === undefined) {
    if (item.optional === true || locationKind(item) !== undefined) return ok(item);
    return err(`inputs.artifacts.${item.name} was not supplied`);
  }
  const { path: _path, mode: _mode, recurseMode: _recurse, globalName: _global, ...given } = passed;
  const kept = definedMembers({ path: item.path, mode: item.mode, recurseMode: item.recurseMode });
  if (locationKind(passed) !== undefined) return ok({ ...given, ...kept, name: item.name });
  return item.optional === true ? ok(item) : err(`inputs.artifacts.${item.name} missing location information`);
}

function suppliedArtifacts(
  inputs: Inputs,
  passed: PassedArguments,
  sources: InputSources,
): Result<readonly Artifact[], string> {
  const own = inputsSource(inputs);
  const scope: TagScope = {
    ...sources.globals,
    lookup: (name) => {
      const found = own.lookup(name);
      return found.kind === 'unknown' ? sources.globals.lookup(name) : found;
    },
  };
  const artifacts: Artifact[] = [];
  for (const item of inputs.artifacts ?? []) {
    const declared = substitute(item, scope, { strict: () => false });
    const artifact = declared.ok ? suppliedArtifact(declared.value, passed.artifacts.get(item.name)) : declared;
    if (!artifact.ok) return artifact;
    artifacts.push(artifact.value);
  }
  return ok(artifacts);
}

function suppliedParameters(
  inputs: Inputs,
  passed: PassedArguments,
  sources: InputSources,
): Result<readonly Parameter[], string> {
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
  return ok(parameters);
}

/** A template's inputs with the caller's values; defaults may name global variables, ConfigMaps fill what is left. */
export function processInputs(
  template: Template,
  passed: PassedArguments,
  sources: InputSources,
): Result<Inputs, string> {
  const inputs = template.inputs ?? {};
  const parameters = suppliedParameters(inputs, passed, sources);
  if (!parameters.ok) return parameters;
  const artifacts = suppliedArtifacts({ ...inputs, parameters: parameters.value }, passed, sources);
  if (!artifacts.ok) return artifacts;
  return ok({
    ...inputs,
    ...(parameters.value.length === 0 ? {} : { parameters: parameters.value }),
    ...(artifacts.value.length === 0 ? {} : { artifacts: artifacts.value }),
  });
}
