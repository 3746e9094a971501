import type { Parameter, Template, WorkflowSpec } from '@argosy/api/workflows';
import { err, isObject, ok, type Result } from '@argosy/std';

import type { ConfigMapFacts } from './contract.ts';
import { parameterText } from './parameter-text.ts';
import { MAX_INLINE_DEPTH } from './template-kinds.ts';

/** One key of one ConfigMap. */
export interface ConfigReference {
  readonly name: string;
  readonly key: string;
}

/** ConfigMaps that parameters may read carry this label with the value `Parameter`. */
export const CONFIG_MAP_TYPE_LABEL = 'workflows.argoproj.io/configmap-type';

/** The key that a parameter is read from; an error text, that begins with `where`, when it does not name one. */
export function configReference(
  item: Parameter,
  where = 'inputs.parameters.',
): Result<ConfigReference, string> | undefined {
  const given = item.valueFrom?.configMapKeyRef;
  if (given === undefined) return undefined;
  const at = `${where}${item.name}.valueFrom.configMapKeyRef`;
  const { name, key } = isObject(given) ? given : {};
  if (typeof name !== 'string' || name === '') return err(`${at}.name is required`);
  if (typeof key !== 'string' || key === '') return err(`${at}.key is required`);
  if (`${name}${key}`.includes('{{')) return err(`tags in ${at} are not supported yet`);
  return ok({ name, key });
}

function referencesOf(parameters: readonly Parameter[] | undefined): readonly ConfigReference[] {
  return (parameters ?? []).flatMap((item) => {
    const found = configReference(item);
    return found?.ok === true ? [found.value] : [];
  });
}

function referencesIn(template: Template, depth: number): readonly ConfigReference[] {
  const calls = [...(template.steps ?? []).flat(), ...(template.dag?.tasks ?? [])];
  const passed = calls.flatMap((call) => referencesOf(call.arguments?.parameters));
  const inline = depth >= MAX_INLINE_DEPTH ? [] : calls.map((call) => call.inline).filter(isObject);
  const nested = inline.flatMap((item) => referencesIn(item as Template, depth + 1));
  return [...referencesOf(template.inputs?.parameters), ...passed, ...nested];
}

/** The keys of ConfigMaps that parameters of a spec and of some templates are read from, each once. */
export function configReferences(spec: WorkflowSpec, templates: readonly Template[]): readonly ConfigReference[] {
  const found = [
    ...referencesOf(spec.arguments?.parameters),
    ...templates.flatMap((template) => referencesIn(template, 0)),
  ];
  return [...new Map(found.map((item) => [`${item.name}/${item.key}`, item])).values()];
}

/** A value that was looked for: its text, nothing (then a default may step in), or why it may not be read. */
type Looked = Result<string | undefined, string>;

function lookUp(facts: ConfigMapFacts | undefined, key: string): Looked {
  if (facts?.refusal !== undefined) return err(facts.refusal);
  return ok(facts?.values !== undefined && Object.hasOwn(facts.values, key) ? facts.values[key] : undefined);
}

function missingText(facts: ConfigMapFacts | undefined, reference: ConfigReference): string {
  if (facts?.values !== undefined) return `ConfigMap '${reference.name}' does not have the key '${reference.key}'`;
  const hint = `Please make sure it has the label ${CONFIG_MAP_TYPE_LABEL}: Parameter to be detectable by the controller`;
  return `ConfigMap '${reference.name}' does not exist. ${hint}`;
}

/** ConfigMaps as they were read, by name. */
export interface ConfigMaps {
  readonly [name: string]: ConfigMapFacts;
}

/** What a ConfigMap gives a parameter; `undefined` when the parameter is read from none. Errors begin with `prefix`. */
export function configValue(
  item: Parameter,
  configMaps: ConfigMaps,
  prefix = `unable to retrieve inputs.parameters.${item.name} from ConfigMap: `,
): Result<string, string> | undefined {
  const reference = configReference(item);
  if (reference === undefined || !reference.ok) return reference;
  const { name, key } = reference.value;
  const facts = Object.hasOwn(configMaps, name) ? configMaps[name] : undefined;
  const looked = lookUp(facts, key);
  if (!looked.ok) return err(prefix + looked.error);
  if (looked.value !== undefined) return ok(looked.value);
  const fallback = item.valueFrom?.default ?? item.default;
  return fallback === undefined ? err(prefix + missingText(facts, reference.value)) : ok(parameterText(fallback));
}

function storedArgument(item: Parameter, configMaps: ConfigMaps): Result<string, string> | undefined {
  const reference = item.value === undefined ? configReference(item) : undefined;
  if (reference === undefined || !reference.ok) return reference;
  const { name, key } = reference.value;
  const prefix = `failed to set global parameter ${item.name} from configmap with name ${name} and key ${key}: `;
  return configValue(item, configMaps, prefix);
}

/** A workflow's arguments with the values that come from ConfigMaps. */
export function resolveArguments(spec: WorkflowSpec, configMaps: ConfigMaps): Result<readonly Parameter[], string> {
  const resolved: Parameter[] = [];
  for (const item of spec.arguments?.parameters ?? []) {
    const value = storedArgument(item, configMaps);
    if (value?.ok === false) return value;
    resolved.push(value === undefined ? item : { ...item, value: value.value });
  }
  return ok(resolved);
}
