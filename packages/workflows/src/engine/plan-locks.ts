import type { NodeStatus } from '@argosy/api/workflows';
import { after, milliseconds, ok, parseTime, type Instant, type Result } from '@argosy/std';

import { definedMembers } from './defined-members.ts';
import { parseDuration } from './duration.ts';
import { askedLocks, isLockWaiting, type LockRef } from './locks.ts';
import { changeNode, createNode, endNode, type NewNode } from './nodes.ts';
import { isStopped, requestWork, templateOf, waitUntil, type Pass } from './pass.ts';
import { globalSource, inputsSource, scopeOf } from './scope.ts';

function namespaceOf(pass: Pass): string {
  return pass.workflow.metadata.namespace ?? '';
}

/** True when a holder has everything that it asked for, and that is recorded. */
export function holdsLocks(pass: Pass, holder: string): boolean {
  return pass.locks.holding.has(holder) && !pass.granted.has(holder);
}

/** What a waiter is told: which lock, and how many of how many places are free. */
function waitingText(pass: Pass, locks: readonly LockRef[]): string {
  const [first] = locks;
  if (first === undefined) return '';
  const state = pass.observed.locks?.states[first.name];
  const told = state === undefined ? '' : ` Lock status: ${state.available}/${state.limit}`;
  return `Waiting for ${first.name} lock.${told}`;
}

/**
 * The locks that a template asks for with these inputs. Attempts of a retried template share those of the whole.
 */
export function templateLocks(
  pass: Pass,
  run: {
    readonly compiled: { readonly template: { readonly synchronization?: unknown } };
    readonly inputs: NodeStatus['inputs'];
  },
): Result<readonly LockRef[], string> {
  const { synchronization } = run.compiled.template;
  if (synchronization === undefined) return ok([]);
  const scope = scopeOf(pass, inputsSource(run.inputs), globalSource(pass));
  return askedLocks(synchronization, namespaceOf(pass), scope);
}

/** Files a node that must wait for locks. It begins in a later round, once they are recorded as its own. */
export function fileWaiting(pass: Pass, fresh: Omit<NewNode, 'phase'>, locks: readonly LockRef[]): NodeStatus {
  const waiting = locks[0]?.name ?? '';
  const node = createNode(pass, { ...fresh, phase: 'Pending', message: waitingText(pass, locks), waiting });
  pass.locks.waiting.set(node.id, locks);
  return node;
}

/** The workflow's own locks: true when it may begin. */
export function ensureWorkflowLocks(pass: Pass): boolean {
  const given = pass.compiled.spec.synchronization;
  if (given === undefined || pass.draft.get(pass.name) !== undefined) return true;
  const asked = askedLocks(given, namespaceOf(pass), scopeOf(pass, globalSource(pass)));
  if (!asked.ok || asked.value.length === 0) return true;
  if (holdsLocks(pass, pass.name)) return true;
  if (!pass.locks.holding.has(pass.name)) pass.locks.waiting.set(pass.name, asked.value);
  return false;
}

/** What a workflow that waits for its locks says; undefined when it does not wait. */
export function lockMessage(pass: Pass): string | undefined {
  const waiting = pass.locks.waiting.get(pass.name);
  return waiting === undefined ? undefined : waitingText(pass, waiting);
}

/** Why locks that somebody waits for cannot be had at all. */
function refusalOf(pass: Pass, locks: readonly LockRef[]): string | undefined {
  const states = pass.observed.locks?.states ?? {};
  return locks.map((lock) => states[lock.name]?.refusal).find((text) => text !== undefined);
}

/** Why the workflow's own locks cannot be had; undefined when they can. */
export function lockRefusal(pass: Pass): string | undefined {
  const why = refusalOf(pass, pass.locks.waiting.get(pass.name) ?? []);
  return why === undefined ? undefined : `Failed to acquire the synchronization lock. ${why}`;
}

function takeGrant(pass: Pass, holder: string): void {
  const locks = pass.locks.waiting.get(holder);
  if (locks === undefined) return;
  pass.locks.waiting.delete(holder);
  pass.locks.holding.set(holder, locks);
  pass.granted.add(holder);
  waitUntil(pass, holder, pass.env.now);
}

/** Lets a holder begin whose locks were recorded in an earlier round. */
function beginHolder(pass: Pass, holder: string): void {
  const node = pass.draft.get(holder);
  if (node !== undefined && !isLockWaiting(node)) return;
  pass.waits.delete(holder);
  if (node !== undefined) requestWork(pass, holder);
}

/** Takes what the controller granted: recorded in this round, used in the next one. */
export function takeGrants(pass: Pass): void {
  for (const holder of pass.locks.holding.keys()) beginHolder(pass, holder);
  for (const holder of pass.observed.locks?.granted ?? []) takeGrant(pass, holder);
  for (const holder of pass.locks.waiting.keys()) {
    const node = pass.draft.get(holder);
    if (node !== undefined && isLockWaiting(node)) followWaiting(pass, node);
  }
}

function isTimedOut(pass: Pass, node: NodeStatus): boolean {
  const { pendingTimeout = '', timeout = '' } = templateOf(pass, node)?.template ?? {};
  const spans = [pendingTimeout, timeout].map(parseDuration).filter((span) => span !== undefined && span > 0);
  if (spans.length === 0) return false;
  const started = parseTime(node.startedAt ?? '') ?? pass.env.now;
  const until = after(started, milliseconds(Math.min(...spans.map((span) => span ?? 0))));
  if (pass.env.now >= until) return true;
  waitUntil(pass, node.id, until);
  return false;
}

/** Looks at a node that waits for locks: it may have to stop waiting, or be told something else. */
export function followWaiting(pass: Pass, node: NodeStatus): void {
  const locks = pass.locks.waiting.get(node.id) ?? [];
  const refusal = refusalOf(pass, locks);
  if (isStopped(pass, node.name)) {
    const cause = pass.stopping?.cause ?? '';
    const message = cause === 'deadline' ? 'Step exceeded its deadline' : `Stopped with strategy '${cause}'`;
    endNode(pass, node, { phase: 'Failed', message });
  } else if (refusal !== undefined) endNode(pass, node, { phase: 'Error', message: refusal });
  else if (isTimedOut(pass, node)) endNode(pass, node, { phase: 'Failed', message: 'timeout' });
  else if (locks.length > 0) tell(pass, node, waitingText(pass, locks));
}

function tell(pass: Pass, node: NodeStatus, message: string): void {
  if (node.message !== message) changeNode(pass, node, definedMembers({ message }));
}

/** How often a workflow that waits for semaphores looks whether they have grown. */
export const SEMAPHORE_POLL = milliseconds(10_000);

/** When to look again because somebody waits for a semaphore; undefined when nobody does. */
export function lockPollAt(pass: Pass): Instant | undefined {
  const waits = [...pass.locks.waiting.values()].some((locks) => locks.some((lock) => lock.kind === 'semaphore'));
  return waits ? after(pass.env.now, SEMAPHORE_POLL) : undefined;
}
