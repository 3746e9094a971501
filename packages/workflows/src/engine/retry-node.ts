import type { NodeStatus, RetryStrategy } from '@argosy/api/workflows';
import { lenient, substitute } from '@argosy/lang/tags';
import { after, formatTime, isObject, milliseconds, parseTime, type DurationMs, type Instant } from '@argosy/std';

import { hasRoomIn } from './boundary-room.ts';
import { humanDuration, parseDuration } from './duration.ts';
import { firstAttempt, startRun, type TemplateRun } from './execute-template.ts';
import { isFailedOrError, isFulfilled } from './node-memory.ts';
import { attemptNodeName, callNameOf } from './node-names.ts';
import { changeNode, childrenOf, clearMessage, endNode } from './nodes.ts';
import { parameterText } from './parameter-text.ts';
import { isStopped, scopeOfNode, templateOf, waitUntil, workflowDeadline, type Pass } from './pass.ts';
import { evaluateCondition, globalSource, inputsSource, scopeOf } from './scope.ts';
import { fixedSource } from './sources.ts';
import type { CompiledTemplate } from './compiled.ts';
import { definedMembers } from './defined-members.ts';

/** Longest wait between attempts; an exponential backoff cannot grow beyond it. */
export const MAX_BACKOFF = milliseconds(365 * 86_400_000);

interface Attempts {
  readonly list: readonly NodeStatus[];
  readonly last: NodeStatus;
}

type Verdict =
  | { readonly kind: 'again' }
  | { readonly kind: 'wait'; readonly until: Instant; readonly message: string }
  | { readonly kind: 'over'; readonly message: string | undefined };

function over(message: string | undefined): Verdict {
  return { kind: 'over', message };
}

/** Attempts after the first; without a limit there is no end. */
function limitOf(strategy: RetryStrategy): number {
  if (strategy.limit === undefined || strategy.limit === '') return Infinity;
  const limit = Number(strategy.limit);
  return Number.isNaN(limit) ? 0 : limit;
}

const TRANSIENT = /connection (refused|reset|timed out)|i\/o timeout|TLS handshake timeout|EOF|too many requests/i;

function policyOf(strategy: RetryStrategy): string {
  const { retryPolicy = '', expression = '' } = strategy;
  return retryPolicy === '' && expression !== '' ? 'Always' : retryPolicy;
}

function policyAllows(strategy: RetryStrategy, last: NodeStatus): boolean {
  switch (policyOf(strategy)) {
    case 'Always':
      return true;
    case 'OnError':
      return last.phase === 'Error';
    case 'OnTransientError':
      return TRANSIENT.test(last.message ?? '');
    default:
      return last.phase === 'Failed';
  }
}

function duration(value: string | number | boolean | undefined): DurationMs | undefined {
  return value === undefined || parameterText(value) === '' ? undefined : parseDuration(parameterText(value));
}

/** duration × factor^(attempts − 1), with an integer factor, at most `cap` and `MAX_BACKOFF`. */
function backoffSpan(strategy: RetryStrategy, attempts: number): DurationMs {
  const base = duration(strategy.backoff?.duration) ?? 0;
  const factor = strategy.backoff?.factor === undefined ? 1 : Math.trunc(Number(strategy.backoff.factor));
  const cap = Math.min(duration(strategy.backoff?.cap) ?? MAX_BACKOFF, MAX_BACKOFF);
  const grown = factor > 1 ? base * factor ** (attempts - 1) : base;
  return milliseconds(Math.min(cap, grown));
}

/** When trying must be over, counted from the first attempt's start. */
function latestEnd(pass: Pass, strategy: RetryStrategy, attempts: Attempts): number {
  const most = duration(strategy.backoff?.maxDuration);
  const firstStart = parseTime(attempts.list[0]?.startedAt ?? '') ?? pass.env.now;
  return most === undefined ? Infinity : after(firstStart, most);
}

function backoffVerdict(pass: Pass, strategy: RetryStrategy, attempts: Attempts): Verdict | undefined {
  if (strategy.backoff === undefined) return undefined;
  const latest = latestEnd(pass, strategy, attempts);
  if (pass.env.now > latest) return over('Max duration limit exceeded');
  if (attempts.list.length > limitOf(strategy)) return undefined;
  const lastEnd = parseTime(attempts.last.finishedAt ?? '') ?? pass.env.now;
  const until = after(lastEnd, backoffSpan(strategy, attempts.list.length));
  if (until > latest) return over('Backoff would exceed max duration limit');
  if (until <= pass.env.now) return undefined;
  return { kind: 'wait', until, message: `Backoff for ${humanDuration(milliseconds(until - lastEnd))}` };
}

function stoppedVerdict(pass: Pass): Verdict {
  const cause = pass.stopping?.cause ?? '';
  const deadline = workflowDeadline(pass) ?? pass.env.now;
  if (cause === 'deadline') return over(`retry exceeded workflow deadline ${formatTime(deadline)}`);
  return over(`Stopped with strategy '${cause}'`);
}

function judge(pass: Pass, strategy: RetryStrategy, attempts: Attempts): Verdict {
  const waiting = backoffVerdict(pass, strategy, attempts);
  if (waiting?.kind === 'over') return waiting;
  if (!policyAllows(strategy, attempts.last)) return over(attempts.last.message);
  if (waiting !== undefined) return waiting;
  if (attempts.list.length > limitOf(strategy)) return over('No more retries left');
  return expressionVerdict(pass, strategy, attempts) ?? { kind: 'again' };
}

/** What `retryStrategy.expression` says; undefined when it lets the node try again. */
function expressionVerdict(pass: Pass, strategy: RetryStrategy, attempts: Attempts): Verdict | undefined {
  const { expression = '' } = strategy;
  if (expression === '') return undefined;
  const variables = { ...attemptVariables(attempts), retries: String(attempts.list.length - 1) };
  const scope = scopeOf(pass, fixedSource(variables), inputsSource(attempts.last.inputs), globalSource(pass));
  const holds = evaluateCondition(expression, scope);
  if (!holds.ok) return over(`failed to evaluate retryStrategy.expression: ${holds.error}`);
  return holds.value ? undefined : over('retryStrategy.expression evaluated to false');
}

/** The strategy with its tags replaced; what cannot be replaced stays and is no number. */
function strategyOf(pass: Pass, node: NodeStatus, compiled: CompiledTemplate): RetryStrategy {
  const given = compiled.template.retryStrategy ?? {};
  const scope = scopeOf(pass, inputsSource(node.inputs), globalSource(pass));
  const resolved = substitute(given, scope, lenient);
  return resolved.ok ? resolved.value : given;
}

function attemptVariables(attempts: Attempts | undefined): { readonly [name: string]: string } {
  if (attempts === undefined) return firstAttempt;
  const { last } = attempts;
  const [start, end] = [parseTime(last.startedAt ?? ''), parseTime(last.finishedAt ?? '')];
  const took = start === undefined || end === undefined ? 0 : Math.round((end - start) / 1000);
  return {
    retries: String(attempts.list.length),
    'lastRetry.exitCode': last.outputs?.exitCode ?? '-1',
    'lastRetry.duration': String(took),
    'lastRetry.status': last.phase ?? '',
    'lastRetry.message': last.message ?? '',
  };
}

/** The variables of an attempt that has begun; those of a first attempt for every other node. */
export function attemptOf(pass: Pass, node: NodeStatus): { readonly [name: string]: string } {
  const retry = node.nodeFlag?.retried === true ? pass.draft.byName(node.name.replace(/\(\d+\)$/, '')) : undefined;
  if (retry === undefined) return firstAttempt;
  const list = childrenOf(pass, retry.id).filter((child) => child.nodeFlag?.retried === true);
  const before = list.slice(
    0,
    Math.max(
      0,
      list.findIndex((child) => child.id === node.id),
    ),
  );
  const last = before.at(-1);
  return attemptVariables(last === undefined ? undefined : { list: before, last });
}

/** With `affinity.nodeAntiAffinity`: the machines on which attempts failed. */
function avoidance(compiled: CompiledTemplate, attempts: Attempts | undefined): { avoidHosts?: readonly string[] } {
  const affinity = compiled.template.retryStrategy?.affinity;
  if (!isObject(affinity) || !isObject(affinity['nodeAntiAffinity'])) return {};
  const hosts = (attempts?.list ?? []).map((node) => node.hostNodeName).filter((host) => host !== undefined);
  return { avoidHosts: hosts };
}

function callerOf(pass: Pass, node: NodeStatus) {
  const boundary = node.boundaryID === undefined ? undefined : pass.draft.get(node.boundaryID);
  const name = boundary === undefined ? undefined : callNameOf(node.name, boundary.name);
  if (name === undefined) return {};
  return { caller: { kind: boundary?.type === 'DAG' ? ('tasks' as const) : ('steps' as const), name } };
}

/** The run of a node that was filed before it could begin. */
export function runOfNode(pass: Pass, node: NodeStatus, compiled: CompiledTemplate): Omit<TemplateRun, 'attempt'> {
  return {
    name: node.name,
    compiled,
    inputs: node.inputs ?? {},
    parents: [],
    ...callerOf(pass, node),
    ...definedMembers({
      flag: node.nodeFlag,
      templateName: node.templateName,
      templateRef: node.templateRef,
      scope: scopeOfNode(node),
      boundaryId: node.boundaryID,
    }),
  };
}

function startAttempt(pass: Pass, node: NodeStatus, work: { compiled: CompiledTemplate; attempts?: Attempts }): void {
  const { compiled, attempts } = work;
  if (!hasRoomIn(pass, node.boundaryID)) {
    pass.blocked.add(node.id);
    return;
  }
  const started = startRun(pass, {
    name: attemptNodeName(node.name, attempts?.list.length ?? 0),
    compiled,
    inputs: node.inputs ?? {},
    parents: [node.id],
    flag: { ...(node.nodeFlag?.hooked === true ? { hooked: true } : {}), retried: true },
    attempt: attemptVariables(attempts),
    ...avoidance(compiled, attempts),
    ...callerOf(pass, node),
    ...definedMembers({
      templateName: node.templateName,
      templateRef: node.templateRef,
      scope: scopeOfNode(node),
      boundaryId: node.boundaryID,
    }),
  });
  if (started === undefined) pass.blocked.add(node.id);
}

function obey(pass: Pass, node: NodeStatus, work: { compiled: CompiledTemplate; attempts: Attempts }): void {
  const { attempts, compiled } = work;
  const verdict = isStopped(pass, node.name)
    ? stoppedVerdict(pass)
    : judge(pass, strategyOf(pass, node, compiled), attempts);
  if (verdict.kind === 'over') {
    const { phase = 'Error', outputs } = attempts.last;
    endNode(pass, node, { phase, ...definedMembers({ message: verdict.message, outputs }) });
  } else if (verdict.kind === 'wait') {
    waitUntil(pass, node.id, verdict.until);
    if (node.message !== verdict.message) changeNode(pass, node, { message: verdict.message });
  } else if (!pass.suspended) {
    pass.waits.delete(node.id);
    startAttempt(pass, clearMessage(pass, node), work);
  }
}

/** Looks at a Retry node: takes over the last attempt's success, or decides about another one. */
export function advanceRetry(pass: Pass, node: NodeStatus): void {
  if (isFulfilled(node)) return;
  const compiled = templateOf(pass, node);
  if (compiled === undefined) {
    endNode(pass, node, { phase: 'Error', message: `template name '${node.templateName ?? ''}' undefined` });
    return;
  }
  const list = childrenOf(pass, node.id).filter((child) => child.nodeFlag?.retried === true);
  const last = list.at(-1);
  if (last === undefined) firstAttemptOf(pass, node, compiled);
  else if (isFulfilled(last)) followAttempt(pass, node, { compiled, attempts: { list, last } });
}

/** A Retry node whose first attempt had to wait for a free pod. */
function firstAttemptOf(pass: Pass, node: NodeStatus, compiled: CompiledTemplate): void {
  if (isStopped(pass, node.name)) {
    endNode(pass, node, { phase: 'Failed', message: `Stopped with strategy '${pass.stopping?.cause ?? ''}'` });
  } else if (!pass.suspended) startAttempt(pass, node, { compiled });
}

function followAttempt(pass: Pass, node: NodeStatus, work: { compiled: CompiledTemplate; attempts: Attempts }): void {
  const { phase = 'Succeeded', outputs } = work.attempts.last;
  if (isFailedOrError(work.attempts.last)) obey(pass, node, work);
  else endNode(pass, node, { phase, ...definedMembers({ outputs }) });
}
