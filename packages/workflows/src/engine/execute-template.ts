import type { Inputs, NodeStatus, NodeType, Outputs, Parameter, TemplateRef } from '@argosy/api/workflows';
import { substituteText } from '@argosy/lang/tags';
import { after, type Instant } from '@argosy/std';

import { hasRoomForPod, hasRoomIn } from './boundary-room.ts';
import type { CompiledTemplate } from './compiled.ts';
import { definedMembers } from './defined-members.ts';
import { parseDuration } from './duration.ts';
import { processInputs, type PassedArguments } from './inputs.ts';
import { fileWaiting, templateLocks } from './plan-locks.ts';
import { lookUpMemo, memoPlace, type MemoPlace } from './memoize.ts';
import { attemptNodeName } from './node-names.ts';
import { createErrorNode, createNode, endNode, type NewNode } from './nodes.ts';
import { parameterText } from './parameter-text.ts';
import { needsResult, requestWork, startOfSecond, templateOf, waitUntil, type Pass } from './pass.ts';
import { loadsOf } from './pod-artifacts.ts';
import { buildPod } from './pod-spec.ts';
import { globalSource, inputsSource, scopeOf } from './scope.ts';
import { fixedSource, type Source } from './sources.ts';

/** Deepest nesting of templates that call templates. */
export const MAX_RECURSION_DEPTH = 100;

/** A template about to run under a node name. */
export interface TemplateCall {
  readonly name: string;
  readonly compiled: CompiledTemplate;
  /** Absent for inline templates and for those of other objects. */
  readonly templateName?: string;
  /** The template of another object. */
  readonly templateRef?: TemplateRef;
  /** Where the template's name is looked up. @default the workflow itself */
  readonly scope?: string;
  readonly passed: PassedArguments;
  readonly boundaryId?: string;
  /** The step or task that calls. */
  readonly caller?: { readonly kind: 'steps' | 'tasks'; readonly name: string };
  readonly parents: readonly string[];
  readonly flag?: { readonly hooked?: boolean };
}

/** One run of a template, its inputs known: the whole call, or one attempt of it. */
export interface TemplateRun extends Omit<TemplateCall, 'passed' | 'flag'> {
  readonly inputs: Inputs;
  readonly flag?: { readonly hooked?: boolean; readonly retried?: boolean };
  /** `retries` and `lastRetry.*`, for templates that are retried. */
  readonly attempt: { readonly [name: string]: string };
  /** Where its outputs will be remembered. */
  readonly memo?: NewNode['memo'];
  /** Machines on which other attempts failed and this one must not run. */
  readonly avoidHosts?: readonly string[];
}

/** What `retries` and `lastRetry.*` are before anything was tried. */
export const firstAttempt: { readonly [name: string]: string } = Object.freeze({
  retries: '0',
  'lastRetry.exitCode': '0',
  'lastRetry.duration': '0',
  'lastRetry.status': '',
  'lastRetry.message': '',
});

function depthOf(pass: Pass, boundaryId: string | undefined): number {
  let depth = 0;
  for (let id = boundaryId; id !== undefined; id = pass.draft.get(id)?.boundaryID) {
    depth += 1;
    if (depth > MAX_RECURSION_DEPTH) break;
  }
  return depth;
}

function newNode(run: Omit<TemplateRun, 'attempt'>): Omit<NewNode, 'type' | 'phase'> {
  return {
    name: run.name,
    template: run.compiled,
    inputs: run.inputs,
    parents: run.parents,
    ...definedMembers({
      templateName: run.templateName,
      templateRef: run.templateRef,
      scope: run.scope,
      boundaryId: run.boundaryId,
      flag: run.flag,
      memo: run.memo,
    }),
  };
}

/** Variables that only one attempt of one call has. */
export function callerSource(run: Pick<TemplateRun, 'caller' | 'attempt'>): Source {
  const caller = run.caller === undefined ? {} : { [`${run.caller.kind}.name`]: run.caller.name };
  return fixedSource({ ...caller, ...run.attempt });
}

function startPod(pass: Pass, run: TemplateRun): NodeStatus | undefined {
  if (!hasRoomForPod(pass, run.name)) return undefined;
  const node = createNode(pass, { ...newNode(run), type: 'Pod', phase: 'Pending' });
  const pod = buildPod(pass, {
    name: run.name,
    template: run.compiled.template,
    templateName: run.templateName ?? run.templateRef?.template,
    inputs: run.inputs,
    locals: callerSource(run),
    captureResult: needsResult(pass, node),
    ...definedMembers({ avoidHosts: run.avoidHosts }),
  });
  if (!pod.ok) return endNode(pass, node, { phase: 'Error', message: pod.error });
  pass.actions.push({ kind: 'create-pod', nodeId: node.id, object: pod.value, loads: loadsOf(run.inputs) });
  return node;
}

/** A resource template runs in no pod of ours, but it counts as one, as upstream. Its order is given in a later round. */
function startResource(pass: Pass, run: TemplateRun): NodeStatus | undefined {
  if (!hasRoomForPod(pass, run.name)) return undefined;
  const node = createNode(pass, { ...newNode(run), type: 'Pod', phase: 'Pending' });
  waitUntil(pass, node.id, pass.env.now);
  return node;
}

/** When a Suspend node resumes by itself; `undefined` when a person must. */
export function suspendedUntil(pass: Pass, node: NodeStatus, startedAt: Instant): Instant | string | undefined {
  const raw = templateOf(pass, node)?.template.suspend?.duration;
  if (raw === undefined || parameterText(raw) === '') return undefined;
  const scope = scopeOf(pass, inputsSource(node.inputs), globalSource(pass));
  const text = substituteText(parameterText(raw), scope, { strict: () => false });
  const span = text.ok ? parseDuration(text.value) : undefined;
  if (span === undefined) return `suspend.duration '${text.ok ? text.value : parameterText(raw)}' is not a duration`;
  return after(startedAt, span);
}

function suppliedOutputs(run: TemplateRun): Outputs | undefined {
  const parameters = run.compiled.template.outputs?.parameters;
  return parameters === undefined ? undefined : { parameters };
}

/** Input parameters that hold `{"enum": […]}` offer a choice: the list and its first item become enum and default. */
function offeredInputs(inputs: Inputs): Inputs {
  if (inputs.parameters === undefined) return inputs;
  return { ...inputs, parameters: inputs.parameters.map(offeredParameter) };
}

function offeredParameter(item: Parameter): Parameter {
  const text = item.value === undefined ? '' : parameterText(item.value);
  if (!text.startsWith('{')) return item;
  try {
    const value = JSON.parse(text) as { readonly enum?: unknown };
    const choices = Array.isArray(value.enum) ? value.enum.map((choice: unknown) => String(choice)) : [];
    const first = choices[0];
    return first === undefined ? item : { ...item, enum: choices, default: first };
  } catch {
    return item;
  }
}

function startSuspend(pass: Pass, run: TemplateRun): NodeStatus {
  const outputs = suppliedOutputs(run);
  const node = createNode(pass, {
    ...newNode(run),
    inputs: offeredInputs(run.inputs),
    type: 'Suspend',
    phase: 'Running',
    ...(outputs === undefined ? {} : { outputs }),
  });
  const until = suspendedUntil(pass, node, startOfSecond(pass.env.now));
  if (typeof until === 'number') waitUntil(pass, node.id, until);
  return node;
}

/** Runs a template's body once. `undefined` when no pod may start now. */
export function startRun(pass: Pass, run: TemplateRun): NodeStatus | undefined {
  switch (run.compiled.kind) {
    case 'container':
    case 'script':
      return startPod(pass, run);
    case 'resource':
      return startResource(pass, run);
    case 'suspend':
      return startSuspend(pass, run);
    default: {
      const type = run.compiled.kind === 'dag' ? 'DAG' : 'Steps';
      const node = createNode(pass, { ...newNode(run), type, phase: 'Running' });
      requestWork(pass, node.id);
      return node;
    }
  }
}

function startRetry(pass: Pass, run: TemplateRun): NodeStatus {
  const node = createNode(pass, { ...newNode(run), type: 'Retry', phase: 'Running' });
  const { memo: _whole, ...body } = run;
  const attempt = startRun(pass, {
    ...body,
    name: attemptNodeName(run.name, 0),
    parents: [node.id],
    flag: { ...run.flag, retried: true },
  });
  if (attempt === undefined) pass.blocked.add(node.id);
  return node;
}

/**
 * Starts a template under a name that has no node yet. `undefined` when no pod may start now; then nothing was
 * filed. A call that cannot start is filed as an Error node.
 */
export function startTemplate(pass: Pass, call: TemplateCall): NodeStatus | undefined {
  const { passed, ...rest } = call;
  const inputs = processInputs(call.compiled.template, passed, {
    globals: scopeOf(pass, globalSource(pass)),
    configMaps: pass.observed.configMaps ?? {},
  });
  const run: TemplateRun = { ...rest, inputs: inputs.ok ? inputs.value : {}, attempt: firstAttempt };
  if (depthOf(pass, call.boundaryId) > MAX_RECURSION_DEPTH) {
    return createErrorNode(pass, newNode(run), 'Maximum recursion depth exceeded.');
  }
  if (!inputs.ok) return createErrorNode(pass, newNode(run), inputs.error);
  const locks = templateLocks(pass, run);
  if (!locks.ok) return createErrorNode(pass, newNode(run), locks.error);
  if (locks.value.length > 0) return fileWaiting(pass, { ...newNode(run), type: typeOf(run.compiled) }, locks.value);
  return startWhole(pass, run);
}

function typeOf(compiled: CompiledTemplate): NodeType {
  if (compiled.template.retryStrategy !== undefined) return 'Retry';
  const types = {
    container: 'Pod',
    script: 'Pod',
    resource: 'Pod',
    steps: 'Steps',
    dag: 'DAG',
    suspend: 'Suspend',
  } as const;
  return types[compiled.kind];
}

/** A node whose outputs are known already. */
function rememberedNode(
  pass: Pass,
  run: TemplateRun,
  memo: { place: MemoPlace; outputs: Outputs | undefined },
): NodeStatus {
  const { cacheName, key } = memo.place;
  const node = createNode(pass, {
    ...newNode(run),
    type: typeOf(run.compiled),
    phase: 'Succeeded',
    memo: { hit: true, cacheName, key },
    ...definedMembers({ outputs: memo.outputs }),
  });
  return node;
}

function startWhole(pass: Pass, given: TemplateRun): NodeStatus | undefined {
  const place = memoPlace(pass, given);
  if (!place.ok) return createErrorNode(pass, newNode(given), place.error);
  if (place.value === undefined) return startBody(pass, given);
  const known = lookUpMemo(pass, place.value);
  if (!known.ok) return createErrorNode(pass, newNode(given), known.error);
  if (known.value !== undefined)
    return rememberedNode(pass, given, { place: place.value, outputs: known.value.outputs });
  const { cacheName, key } = place.value;
  return startBody(pass, { ...given, memo: { hit: false, cacheName, key } });
}

function startBody(pass: Pass, run: TemplateRun): NodeStatus | undefined {
  return run.compiled.template.retryStrategy === undefined ? startRun(pass, run) : startRetry(pass, run);
}

/** Begins a node whose locks are its own now. It goes on waiting when there is no room for a pod. */
export function beginLocked(pass: Pass, node: NodeStatus, run: Omit<TemplateRun, 'attempt'>): void {
  const started = hasRoomIn(pass, node.boundaryID) ? startWhole(pass, { ...run, attempt: firstAttempt }) : undefined;
  if (started === undefined) pass.blocked.add(node.id);
}
