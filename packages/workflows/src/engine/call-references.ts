import type { NodeStatus, Outputs, Parameter } from '@argosy/api/workflows';
import type { Variable } from '@argosy/lang/tags';
import { setOwn } from '@argosy/std';

import { findTemplate, type CompiledTemplate } from './compiled.ts';
import { targetOf } from './template-sources.ts';
import { loopIndex } from './node-names.ts';
import { parameterText } from './parameter-text.ts';
import type { Pass } from './pass.ts';
import type { Frame } from './scope.ts';
import { ABSENT, isWanted, optionalText, textVariable, UNKNOWN, type Source, type Values } from './sources.ts';

/** The name of a step's or task's node, without loop index. */
export function callNodeName(frame: Frame, call: string): string | undefined {
  const step = frame.compiled.stepsByName.get(call);
  if (step !== undefined) return `${frame.node.name}[${step.groupIndex}].${call}`;
  return frame.compiled.dag?.tasks.has(call) === true ? `${frame.node.name}.${call}` : undefined;
}

/** The turns of a looped step or task in order, hooks left out; empty when it is no loop. */
export function turnsOf(pass: Pass, frame: Frame, call: string): readonly NodeStatus[] {
  const base = callNodeName(frame, call) ?? '';
  const step = frame.compiled.stepsByName.get(call);
  const group = pass.draft.byName(step === undefined ? base : `${frame.node.name}[${step.groupIndex}]`);
  if (group === undefined) return [];
  return pass.draft
    .childrenOf(group.id)
    .map((id) => pass.draft.get(id))
    .filter((node): node is NodeStatus => node?.name.startsWith(`${base}(`) === true)
    .filter((node) => node.nodeFlag?.hooked !== true && node.nodeFlag?.retried !== true)
    .sort((a, b) => loopIndex(a.name) - loopIndex(b.name));
}

function calleeOf(pass: Pass, frame: Frame, call: string): CompiledTemplate | undefined {
  const compiled = frame.compiled.stepsByName.get(call) ?? frame.compiled.dag?.tasks.get(call);
  if (compiled?.inline !== undefined) return compiled.inline;
  const called = compiled !== undefined && 'step' in compiled ? compiled.step : compiled?.task;
  return called === undefined ? undefined : findTemplate(pass.compiled, targetOf(called, frame.compiled.scope));
}

function skippedOutput(pass: Pass, frame: Frame, reference: Reference): Variable {
  if (!reference.rest.startsWith('outputs.parameters.')) return ABSENT;
  const name = reference.rest.slice('outputs.parameters.'.length);
  const declared = calleeOf(pass, frame, reference.call)?.template.outputs?.parameters ?? [];
  const fallback = declared.find((item) => item.name === name)?.valueFrom?.default;
  return fallback === undefined ? ABSENT : textVariable(parameterText(fallback));
}

function outputParameter(outputs: Outputs | undefined, name: string): Variable {
  const value = outputs?.parameters?.find((item) => item.name === name)?.value;
  return value === undefined ? UNKNOWN : textVariable(parameterText(value));
}

function nodeVariable(node: NodeStatus, rest: string): Variable {
  switch (rest) {
    case 'id':
      return textVariable(node.id);
    case 'ip':
      return optionalText(node.podIP);
    case 'status':
      return optionalText(node.phase);
    case 'startedAt':
      return optionalText(node.startedAt);
    case 'finishedAt':
      return optionalText(node.finishedAt);
    case 'hostNodeName':
      return optionalText(node.hostNodeName);
    case 'exitCode':
    case 'outputs.exitCode':
      return optionalText(node.outputs?.exitCode);
    case 'outputs.result':
      return optionalText(node.outputs?.result);
    default:
      return rest.startsWith('outputs.parameters.')
        ? outputParameter(node.outputs, rest.slice('outputs.parameters.'.length))
        : UNKNOWN;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Values become JSON only when every one of them is an object or a list; otherwise they stay texts. */
function textList(texts: readonly string[]): string {
  const values = texts.map(parsed);
  return JSON.stringify(values.every(isContainer) ? values : texts);
}

function valueOf(parameter: Parameter): string {
  return parameter.value === undefined ? '' : parameterText(parameter.value);
}

function aggregate(turns: readonly NodeStatus[], rest: string): Variable {
  const done = turns.filter(
    (node) => node.phase === 'Succeeded' || (node.phase === 'Skipped' && node.outputs !== undefined),
  );
  if (rest === 'outputs.result') {
    const results = done.map((node) => node.outputs?.result).filter((text) => text !== undefined);
    return textVariable(JSON.stringify(results.map(parsed)));
  }
  if (rest === 'outputs.parameters') {
    const maps = done.map((node) =>
      Object.fromEntries((node.outputs?.parameters ?? []).map((item) => [item.name, valueOf(item)])),
    );
    return textVariable(JSON.stringify(maps));
  }
  if (!rest.startsWith('outputs.parameters.')) return UNKNOWN;
  const name = rest.slice('outputs.parameters.'.length);
  const found = done.flatMap((node) => (node.outputs?.parameters ?? []).filter((item) => item.name === name));
  return found.length === 0 ? UNKNOWN : textVariable(textList(found.map(valueOf)));
}

interface Reference {
  readonly call: string;
  readonly rest: string;
}

function parseReference(name: string): Reference | undefined {
  const match = /^(?:steps|tasks)\.([^.]+)\.(.+)$/.exec(name);
  return match === null ? undefined : { call: match[1] ?? '', rest: match[2] ?? '' };
}

function callVariable(pass: Pass, frame: Frame, name: string): Variable {
  const reference = parseReference(name);
  if (reference === undefined) return UNKNOWN;
  const nodeName = callNodeName(frame, reference.call);
  if (nodeName === undefined) return UNKNOWN;
  const turns = reference.rest.startsWith('outputs.') ? turnsOf(pass, frame, reference.call) : [];
  if (turns.length > 0) return aggregate(turns, reference.rest);
  const node = pass.draft.byName(nodeName);
  if (node === undefined) return UNKNOWN;
  const isSkipped = node.phase === 'Skipped' || node.phase === 'Omitted';
  // A pod that a resubmitted workflow took over is Skipped and has outputs.
  if (isSkipped && node.outputs === undefined && reference.rest.startsWith('outputs.'))
    return skippedOutput(pass, frame, reference);
  return nodeVariable(node, reference.rest);
}

const MEMBERS = 'id ip status startedAt finishedAt hostNodeName exitCode outputs.result outputs.parameters'.split(' ');

function outputNames(pass: Pass, frame: Frame, call: string): readonly string[] {
  const declared = calleeOf(pass, frame, call)?.template.outputs?.parameters ?? [];
  const node = pass.draft.byName(callNodeName(frame, call) ?? '');
  const names = [...declared, ...(node?.outputs?.parameters ?? [])].map((item) => item.name);
  return [...new Set(names)].map((name) => `outputs.parameters.${name}`);
}

/** The calls that some path leads to; all of them only when the expression asks for the whole. */
function callsIn(frame: Frame, prefix: string, paths: readonly string[]): readonly string[] {
  if (paths.includes(prefix) || paths.includes('$env')) {
    return [...frame.compiled.stepsByName.keys(), ...(frame.compiled.dag?.tasks.keys() ?? [])];
  }
  const named = paths.filter((path) => path.startsWith(`${prefix}.`)).map((path) => path.split('.')[1] ?? '');
  return [...new Set(named)];
}

/** The members of one call that some path leads to. The id is always there: what else is not known is nil then. */
function listCall(pass: Pass, frame: Frame, call: { readonly at: string; readonly paths: readonly string[] }): Values {
  const values: { [name: string]: string | null } = {};
  for (const member of [...MEMBERS, ...outputNames(pass, frame, call.at.split('.')[1] ?? '')]) {
    const name = `${call.at}.${member}`;
    const found = member === 'id' || isWanted(call.paths, name) ? callVariable(pass, frame, name) : UNKNOWN;
    if (found.kind !== 'unknown') setOwn(values, name, found.kind === 'text' ? found.text : null);
  }
  return values;
}

function listCalls(pass: Pass, frame: Frame, paths: readonly string[]): Values {
  const calls = ['steps', 'tasks'].flatMap((prefix) =>
    callsIn(frame, prefix, paths).map((call) => listCall(pass, frame, { at: `${prefix}.${call}`, paths })),
  );
  return Object.assign({}, ...calls) as Values;
}

/** `steps.<s>.…` and `tasks.<t>.…` inside a boundary. Found by name: the size of the workflow does not matter. */
export function callSource(pass: Pass, frame: Frame): Source {
  return {
    lookup: (name) => callVariable(pass, frame, name),
    list: (paths) => listCalls(pass, frame, paths),
  };
}
