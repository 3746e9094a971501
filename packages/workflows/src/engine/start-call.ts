import type { NodeStatus, WorkflowStep } from '@argosy/api/workflows';
import { strictReferences, substitute, substituteText, type TagScope } from '@argosy/lang/tags';
import { evaluateArgoWhen } from '@argosy/lang/when';
import { ok, type Result } from '@argosy/std';

import { hasRoomIn, isFailingFast } from './boundary-room.ts';
import { ensureHooks } from './call-hooks.ts';
import { calleeOf, callScope, passing, type Call } from './call-scope.ts';
import { startTemplate, type TemplateCall } from './execute-template.ts';
import { expandItems, isLoop } from './expand-items.ts';
import { passArguments } from './inputs.ts';
import { isFailedOrError } from './node-memory.ts';
import { loopNodeName } from './node-names.ts';
import { createErrorNode, createNode } from './nodes.ts';
import { isStopped, type Pass } from './pass.ts';
import { itemSource, type Frame } from './scope.ts';

/** One turn of a call: the call itself, or one item of its loop. */
export interface Turn {
  readonly nodeName: string;
  readonly item?: { readonly value: unknown };
}

/** What becomes of a call: nothing (`when` is false), its turns, or a problem. */
export type Expansion =
  | { readonly kind: 'skip'; readonly message: string }
  | { readonly kind: 'turns'; readonly turns: readonly Turn[]; readonly isLoop: boolean }
  | { readonly kind: 'problem'; readonly message: string };

function turnScope(pass: Pass, frame: Frame, turn?: Turn): TagScope {
  return callScope(pass, frame, turn?.item === undefined ? [] : [itemSource(turn.item.value)]);
}

function evaluate(when: string, scope: TagScope): Result<{ readonly holds: boolean; readonly text: string }, string> {
  const text = substituteText(when, scope, strictReferences);
  if (!text.ok) return text;
  const holds = evaluateArgoWhen(text.value);
  return holds.ok ? ok({ holds: holds.value, text: text.value }) : holds;
}

function usesItem(text: string): boolean {
  return /\{\{\s*(item\b|=[^}]*\bitem\b)/.test(text);
}

/** Decides about a call before any of its nodes exist: `when`, then the items of its loop. */
export function expandCall(pass: Pass, frame: Frame, call: Call): Expansion {
  const { when = '' } = call.step;
  const scope = callScope(pass, frame);
  if (when !== '' && !usesItem(when)) {
    const verdict = evaluate(when, scope);
    if (!verdict.ok) return { kind: 'problem', message: verdict.error };
    if (!verdict.value.holds) return { kind: 'skip', message: `when '${verdict.value.text}' evaluated false` };
  }
  if (!isLoop(call.step)) return { kind: 'turns', turns: [{ nodeName: call.nodeName }], isLoop: false };
  const { withItems, withParam, withSequence } = call.step;
  const loop = substitute({ withItems, withParam, withSequence }, scope, strictReferences);
  const items = loop.ok ? expandItems(withoutUndefined(loop.value)) : loop;
  if (!items.ok) return { kind: 'problem', message: items.error };
  const turns = items.value.map((value, index) => ({
    nodeName: loopNodeName(call.nodeName, index, value),
    item: { value },
  }));
  return { kind: 'turns', turns, isLoop: true };
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** Where a turn's node goes. */
export interface Placement {
  readonly frame: Frame;
  readonly parents: readonly string[];
}

/** Files a turn that does not run. */
export function skipTurn(pass: Pass, turn: { nodeName: string; message: string }, at: Placement): NodeStatus {
  return createNode(pass, {
    name: turn.nodeName,
    type: 'Skipped',
    phase: 'Skipped',
    message: turn.message,
    boundaryId: at.frame.node.id,
    parents: at.parents,
  });
}

function turnCall(pass: Pass, work: { call: Call; turn: Turn }, at: Placement): Result<TemplateCall, string> {
  const { call, turn } = work;
  const scope = turnScope(pass, at.frame, turn);
  const { inline } = call;
  const home = at.frame.compiled.scope;
  const callee =
    inline === undefined
      ? calleeOf(pass, call.step, { frame: at.frame, scope })
      : ok({ compiled: inline, scope: home });
  if (!callee.ok) return callee;
  const passed = passArguments(call.step.arguments, passing(pass, scope, at.frame));
  if (!passed.ok) return passed;
  return ok({
    name: turn.nodeName,
    ...callee.value,
    passed: passed.value,
    boundaryId: at.frame.node.id,
    caller: { kind: call.kind, name: call.name },
    parents: at.parents,
  });
}

/** Files a turn whose own `when` is false or cannot be read. */
function refuseTurn(pass: Pass, work: { call: Call; turn: Turn }, at: Placement): NodeStatus | undefined {
  const { when = '' } = work.call.step;
  const { nodeName, item } = work.turn;
  if (item === undefined || !usesItem(when)) return undefined;
  const verdict = evaluate(when, turnScope(pass, at.frame, work.turn));
  if (!verdict.ok) return failTurn(pass, { nodeName, message: verdict.error }, at);
  if (verdict.value.holds) return undefined;
  return skipTurn(pass, { nodeName, message: `when '${verdict.value.text}' evaluated false` }, at);
}

/**
 * Makes sure that a turn's node exists. `undefined` when it may not start now: the workflow is suspended or stopped,
 * its template fails fast, or there is no room for it (then the boundary is looked at again when there is).
 */
export function ensureTurn(pass: Pass, work: { call: Call; turn: Turn }, at: Placement): NodeStatus | undefined {
  const { turn } = work;
  const existing = pass.draft.byName(turn.nodeName);
  if (existing !== undefined) return existing;
  if (pass.suspended || isStopped(pass, turn.nodeName)) return undefined;
  const refused = refuseTurn(pass, work, at);
  if (refused !== undefined) return refused;
  if (isFailingFast(pass, at.frame)) return undefined;
  if (!hasRoomIn(pass, at.frame.node.id)) {
    pass.blocked.add(at.frame.node.id);
    return undefined;
  }
  const ready = turnCall(pass, work, at);
  if (!ready.ok) return failTurn(pass, { nodeName: turn.nodeName, message: ready.error }, at);
  const started = startTemplate(pass, ready.value);
  if (started === undefined) pass.blocked.add(at.frame.node.id);
  return started;
}

/** Makes sure that all turns exist; true when they do and none of their exit handlers runs. */
export function ensureTurns(pass: Pass, work: { call: Call; turns: readonly Turn[] }, at: Placement): boolean {
  const { call } = work;
  let complete = true;
  for (const turn of work.turns) {
    const node = ensureTurn(pass, { call, turn }, at);
    if (node === undefined || ensureHooks(pass, { call, node }, at.frame) === 'running') complete = false;
  }
  return complete;
}

/** Files a turn that could not start. */
export function failTurn(pass: Pass, turn: { nodeName: string; message: string }, at: Placement): NodeStatus {
  const { nodeName, message } = turn;
  return createErrorNode(pass, { name: nodeName, boundaryId: at.frame.node.id, parents: at.parents }, message);
}

/** True when a node's failure must not fail its parent. */
export function isTolerated(step: WorkflowStep, node: NodeStatus): boolean {
  if (!isFailedOrError(node)) return true;
  return node.phase === 'Failed' ? step.continueOn?.failed === true : step.continueOn?.error === true;
}
