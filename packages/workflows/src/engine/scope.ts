import type { Inputs, NodeStatus, Parameter } from '@argosy/api/workflows';
import type { Lookup, Variable } from '@argosy/lang/tags';
import { civilTime, parseTime } from '@argosy/std';

import type { CompiledTemplate } from './compiled.ts';
import { podName } from './node-names.ts';
import { parameterText, valueText } from './parameter-text.ts';
import { rootOutcome, type Pass } from './pass.ts';

const UNKNOWN: Variable = Object.freeze({ kind: 'unknown' });

/** A variable with a text. */
export function textVariable(text: string): Variable {
  return { kind: 'text', text };
}

function optionalText(value: string | undefined): Variable {
  return value === undefined ? UNKNOWN : textVariable(value);
}

/** Asks one lookup after the other. */
export function firstOf(...lookups: readonly Lookup[]): Lookup {
  return (name) => {
    for (const lookup of lookups) {
      const found = lookup(name);
      if (found.kind !== 'unknown') return found;
    }
    return UNKNOWN;
  };
}

/** A lookup in a fixed list of variables. */
export function fixedLookup(values: { readonly [name: string]: string }): Lookup {
  return (name) => (Object.hasOwn(values, name) ? optionalText(values[name]) : UNKNOWN);
}

function parametersJson(parameters: readonly Parameter[]): string {
  return JSON.stringify(
    parameters.map((item) => ({
      name: item.name,
      ...(item.value === undefined ? {} : { value: parameterText(item.value) }),
    })),
  );
}

/** `inputs.parameters.<n>` of a template that was called. */
export function inputsLookup(inputs: Inputs | undefined): Lookup {
  const parameters = inputs?.parameters ?? [];
  const byName = new Map(parameters.map((item) => [item.name, item.value]));
  return (name) => {
    if (name === 'inputs.parameters') return textVariable(parametersJson(parameters));
    if (!name.startsWith('inputs.parameters.')) return UNKNOWN;
    const value = byName.get(name.slice('inputs.parameters.'.length));
    return value === undefined ? UNKNOWN : textVariable(parameterText(value));
  };
}

/** `item` and `item.<key>` of one turn of a loop. */
export function itemLookup(item: unknown): Lookup {
  return (name) => {
    if (name === 'item') return textVariable(valueText(item));
    if (!name.startsWith('item.') || typeof item !== 'object' || item === null) return UNKNOWN;
    const key = name.slice('item.'.length);
    const members = item as { readonly [key: string]: unknown };
    return Object.hasOwn(members, key) ? textVariable(valueText(members[key])) : UNKNOWN;
  };
}

function failuresText(pass: Pass): string {
  const failed = pass.draft
    .all()
    .filter((node) => node.type === 'Pod' && (node.phase === 'Failed' || node.phase === 'Error'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((node) => ({
      displayName: node.displayName,
      message: node.message ?? '',
      templateName: node.templateName ?? '',
      phase: node.phase ?? '',
      podName: podName(pass.name, node.name, node.templateName),
      finishedAt: node.finishedAt ?? null,
    }));
  return JSON.stringify(failed.length === 0 ? 'null' : JSON.stringify(failed));
}

const two = (value: number): string => String(value).padStart(2, '0');

function creationTime(pass: Pass, part: string): Variable {
  const text = pass.workflow.metadata.creationTimestamp ?? '';
  const at = parseTime(text);
  if (at === undefined || part === '' || part === 'RFC3339') return textVariable(text);
  const time = civilTime(at);
  const parts: { readonly [letter: string]: string } = {
    s: String(Math.floor(at / 1000)),
    Y: String(time.year),
    y: two(time.year % 100),
    m: two(time.month),
    d: two(time.day),
    H: two(time.hour),
    I: two(time.hour % 12 === 0 ? 12 : time.hour % 12),
    M: two(time.minute),
    S: two(time.second),
    p: time.hour < 12 ? 'AM' : 'PM',
    Z: 'UTC',
    z: '+0000',
    L: `.${String(time.millisecond).padStart(3, '0')}`,
  };
  return Object.hasOwn(parts, part) ? optionalText(parts[part]) : UNKNOWN;
}

function metadataVariable(map: { readonly [key: string]: string } | undefined, rest: string): Variable {
  if (rest === '' || rest === 'json') return textVariable(JSON.stringify(map ?? {}));
  return map !== undefined && Object.hasOwn(map, rest) ? optionalText(map[rest]) : UNKNOWN;
}

function argumentOf(parameters: readonly Parameter[], name: string): string | undefined {
  const found = parameters.find((item) => item.name === name);
  const value = found?.value ?? found?.valueFrom?.default ?? found?.default;
  return value === undefined ? undefined : parameterText(value);
}

function plainGlobal(pass: Pass, name: string): string | undefined {
  const { namespace = '', uid = '' } = pass.workflow.metadata;
  const { serviceAccountName = '', priority } = pass.compiled.spec;
  switch (name) {
    case 'name':
      return pass.name;
    case 'namespace':
      return namespace;
    case 'uid':
      return uid;
    case 'mainEntrypoint':
      return pass.compiled.entrypoint;
    case 'serviceAccountName':
      return serviceAccountName;
    case 'priority':
      return priority?.toString();
    case 'status':
      return rootOutcome(pass);
    case 'duration':
      return ((pass.env.now - pass.startedAt) / 1000).toFixed(6);
    case 'failures':
      return failuresText(pass);
    default:
      return undefined;
  }
}

/** `workflow.*`. */
export function globalLookup(pass: Pass): Lookup {
  const parameters = pass.compiled.spec.arguments?.parameters ?? [];
  return (full) => {
    if (!full.startsWith('workflow.')) return UNKNOWN;
    const [first = '', ...others] = full.slice('workflow.'.length).split('.');
    const rest = others.join('.');
    switch (first) {
      case 'parameters':
        if (rest === '' || rest === 'json') return textVariable(parametersJson(parameters));
        return optionalText(argumentOf(parameters, rest));
      case 'labels':
        return metadataVariable(pass.metadata.labels, rest);
      case 'annotations':
        return metadataVariable(pass.metadata.annotations, rest);
      case 'creationTimestamp':
        return creationTime(pass, rest);
      case 'outputs':
        return globalOutput(pass, rest);
      default:
        return rest === '' ? optionalText(plainGlobal(pass, first)) : UNKNOWN;
    }
  };
}

function globalOutput(pass: Pass, rest: string): Variable {
  if (!rest.startsWith('parameters.')) return UNKNOWN;
  const value = pass.globalOutputs.get(rest.slice('parameters.'.length))?.value;
  return value === undefined ? UNKNOWN : textVariable(parameterText(value));
}

/** A boundary at work: its node, its template and the variables that its steps or tasks see, siblings left out. */
export interface Frame {
  readonly node: NodeStatus;
  readonly compiled: CompiledTemplate;
  readonly lookup: Lookup;
}

/** Opens the frame of a boundary. */
export function openFrame(pass: Pass, node: NodeStatus, compiled: CompiledTemplate): Frame {
  const locals = fixedLookup({ 'node.name': node.name });
  return { node, compiled, lookup: firstOf(locals, inputsLookup(node.inputs), globalLookup(pass)) };
}
