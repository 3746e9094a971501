import type { LifecycleHook, NodeStatus, WorkflowStep } from '@argosy/api/workflows';
import { ok, type Result } from '@argosy/std';

import { hasRoomIn } from './boundary-room.ts';
import { calleeOf, callScope, passing, type Call } from './call-scope.ts';
import { startTemplate, type TemplateCall } from './execute-template.ts';
import { passArguments } from './inputs.ts';
import { isFulfilled } from './node-memory.ts';
import { createErrorNode } from './nodes.ts';
import { isStopped, type Pass } from './pass.ts';
import { evaluateCondition, type Frame } from './scope.ts';
import { fixedSource, type Source } from './sources.ts';

/** A call and one of its nodes: the node of the call itself, or of one turn of its loop. */
export interface HookedCall {
  readonly call: Call;
  readonly node: NodeStatus;
}

interface Hook {
  readonly name: string;
  readonly hook: LifecycleHook;
}

/** What runs when a call has ended; undefined when nothing does. `onExit` counts before `hooks.exit`. */
function exitHookOf(step: WorkflowStep): LifecycleHook | undefined {
  return (step.onExit ?? '') === '' ? step.hooks?.['exit'] : { template: step.onExit ?? '' };
}

/** True when something besides the call itself may run for it. */
export function hasHooks(step: WorkflowStep): boolean {
  return exitHookOf(step) !== undefined || hasRunningHooks(step);
}

/** True when something may run while the call itself still runs. */
export function hasRunningHooks(step: WorkflowStep): boolean {
  return Object.keys(step.hooks ?? {}).some((key) => key !== 'exit');
}

/** The node as its own hooks see it: of a loop, the turn and not the whole. */
function ownSource(work: HookedCall): Source {
  const { call, node } = work;
  const at = `${call.kind}.${call.name}`;
  const { exitCode, result } = node.outputs ?? {};
  const values = {
    [`${at}.id`]: node.id,
    [`${at}.status`]: node.phase,
    [`${at}.exitCode`]: exitCode,
    [`${at}.outputs.result`]: result,
  };
  return fixedSource(
    Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  );
}

function hookCall(pass: Pass, work: HookedCall, at: { frame: Frame; hook: Hook }): Result<TemplateCall, string> {
  const { frame, hook } = at;
  const scope = callScope(pass, frame, [ownSource(work)]);
  const callee = calleeOf(pass, hook.hook, { frame, scope });
  if (!callee.ok) return callee;
  const passed = passArguments(hook.hook.arguments, passing(pass, scope, frame));
  if (!passed.ok) return passed;
  return ok({
    name: hook.name,
    ...callee.value,
    passed: passed.value,
    boundaryId: frame.node.id,
    caller: { kind: work.call.kind, name: work.call.name },
    parents: [work.node.id],
    flag: { hooked: true },
  });
}

function holds(pass: Pass, work: HookedCall, at: { frame: Frame; hook: Hook }): Result<boolean, string> {
  const { expression = '' } = at.hook.hook;
  if (expression === '') return ok(true);
  return evaluateCondition(expression, callScope(pass, at.frame, [ownSource(work)]));
}

/** Starts a hook whose time has come; true when there is nothing (more) to wait for. */
function ensureHook(pass: Pass, work: HookedCall, at: { frame: Frame; hook: Hook }): boolean {
  const { frame, hook } = at;
  const existing = pass.draft.byName(hook.name);
  if (existing !== undefined) return isFulfilled(existing);
  if (isStopped(pass, hook.name)) return true;
  const wanted = holds(pass, work, at);
  if (wanted.ok && !wanted.value) return true;
  const ready = wanted.ok ? hookCall(pass, work, at) : wanted;
  if (!ready.ok) {
    const failed = { name: hook.name, boundaryId: frame.node.id, parents: [work.node.id], flag: { hooked: true } };
    createErrorNode(pass, failed, ready.error);
    return true;
  }
  const started = hasRoomIn(pass, frame.node.id) ? startTemplate(pass, ready.value) : undefined;
  if (started === undefined) pass.blocked.add(frame.node.id);
  return started !== undefined && isFulfilled(started);
}

function hooksOf(work: HookedCall): readonly Hook[] {
  const { call, node } = work;
  const running = Object.entries(call.step.hooks ?? {}).filter(([key]) => key !== 'exit');
  const hooks = running.map(([key, hook]) => ({ name: `${node.name}.hooks.${key}`, hook }));
  const exit = isFulfilled(node) ? exitHookOf(call.step) : undefined;
  return exit === undefined ? hooks : [...hooks, { name: `${node.name}.onExit`, hook: exit }];
}

/**
 * Runs what hangs on a call: hooks whose expression holds, whenever it is looked at, and its exit handler after it.
 * What was skipped has none. `done` when there is nothing to wait for.
 */
export function ensureHooks(pass: Pass, work: HookedCall, frame: Frame): 'done' | 'running' {
  if (work.node.type === 'Skipped' || !hasHooks(work.call.step)) return 'done';
  let complete = true;
  for (const hook of hooksOf(work)) if (!ensureHook(pass, work, { frame, hook })) complete = false;
  return complete ? 'done' : 'running';
}
