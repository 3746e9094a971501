import type { Template, WorkflowSpec, WorkflowStep } from '@argosy/api/workflows';
import { isObject, setOwn } from '@argosy/std';

import { MAX_INLINE_DEPTH, templateTypes } from './template-kinds.ts';

type Json = { readonly [key: string]: unknown };

/** Lists whose items are merged one by one, and the member that names an item. Other lists are replaced. */
const ITEM_KEYS: { readonly [list: string]: string } = Object.freeze({
  artifacts: 'name',
  env: 'name',
  hostAliases: 'ip',
  imagePullSecrets: 'name',
  initContainers: 'name',
  parameters: 'name',
  ports: 'containerPort',
  sidecars: 'name',
  templates: 'name',
  volumeDevices: 'devicePath',
  volumeMounts: 'mountPath',
  volumes: 'name',
});

/** Maps whose members are taken whole. */
const WHOLE_MEMBERS = ['hooks', 'labelsFrom'];

/** Defaults that mean nothing to templates without a pod of their own. */
const LEAF_ONLY = ['activeDeadlineSeconds', 'timeout', 'pendingTimeout'];
/** Defaults that mean nothing to templates that call no others. */
const BOUNDARY_ONLY = ['parallelism', 'failFast'];

function mergeItems(defaults: readonly unknown[], own: readonly unknown[], key: string): readonly unknown[] {
  const idOf = (item: unknown): unknown => (isObject(item) ? item[key] : undefined);
  const merged = [...defaults];
  const places = new Map(defaults.map((item, index) => [idOf(item), index]));
  for (const item of own) {
    const place = places.get(idOf(item));
    if (place === undefined) merged.push(item);
    else merged[place] = mergeValue(defaults[place], item, '');
  }
  return merged;
}

function mergeValue(defaults: unknown, own: unknown, name: string): unknown {
  if (own === undefined) return defaults;
  if (isObject(defaults) && isObject(own)) {
    return WHOLE_MEMBERS.includes(name) ? { ...defaults, ...own } : mergeMembers(defaults, own);
  }
  if (!Array.isArray(defaults) || !Array.isArray(own)) return own;
  const key = Object.hasOwn(ITEM_KEYS, name) ? ITEM_KEYS[name] : undefined;
  return key === undefined ? own : mergeItems(defaults, own, key);
}

function mergeMembers(defaults: Json, own: Json): Json {
  const merged: { [key: string]: unknown } = {};
  for (const key of new Set([...Object.keys(defaults), ...Object.keys(own)])) {
    const inOwn = Object.hasOwn(own, key) ? own[key] : undefined;
    setOwn(merged, key, mergeValue(Object.hasOwn(defaults, key) ? defaults[key] : undefined, inOwn, key));
  }
  return merged;
}

/** A spec over another one: what it says itself wins; maps are merged, lists only where items have names. */
export function mergeSpecs(base: WorkflowSpec, over: WorkflowSpec): WorkflowSpec {
  return mergeMembers(base as Json, over as Json) as WorkflowSpec;
}

/** The members of the defaults that may reach a template of this type; a type never comes from defaults. */
function fitting(defaults: Json, own: Json): Json {
  const isLeaf = own['container'] !== undefined || own['script'] !== undefined;
  const isBoundary = own['steps'] !== undefined || own['dag'] !== undefined;
  const foreign = new Set([
    'name',
    ...templateTypes.filter((type) => own[type] === undefined),
    ...(isLeaf ? [] : LEAF_ONLY),
    ...(isBoundary ? [] : BOUNDARY_ONLY),
  ]);
  return Object.fromEntries(Object.entries(defaults).filter(([key]) => !foreign.has(key)));
}

function resolveCall<T extends WorkflowStep>(call: T, spec: WorkflowSpec, depth: number): T {
  if (!isObject(call.inline) || depth >= MAX_INLINE_DEPTH) return call;
  return { ...call, inline: resolveTemplate(call.inline as Template, spec, depth + 1) };
}

function resolveCalls(template: Template, spec: WorkflowSpec, depth: number): Template {
  const { steps, dag } = template;
  if (steps !== undefined) {
    return { ...template, steps: steps.map((group) => group.map((step) => resolveCall(step, spec, depth))) };
  }
  if (dag?.tasks === undefined) return template;
  return { ...template, dag: { ...dag, tasks: dag.tasks.map((task) => resolveCall(task, spec, depth)) } };
}

/**
 * A template as it runs: over the spec's `templateDefaults`, with the spec's retryStrategy when neither has one, and so
 * for the templates inside it. What the template says itself wins; maps are merged, lists only where items have names.
 */
export function resolveTemplate(template: Template, spec: WorkflowSpec, depth = 0): Template {
  const { templateDefaults } = spec;
  const merged: Template =
    templateDefaults === undefined
      ? template
      : mergeMembers(fitting(templateDefaults as Json, template as Json), template as Json);
  const retry = merged.retryStrategy ?? spec.retryStrategy;
  return resolveCalls(retry === undefined ? merged : { ...merged, retryStrategy: retry }, spec, depth);
}
