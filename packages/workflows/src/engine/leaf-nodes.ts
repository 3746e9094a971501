import type { NodeStatus, Outputs } from '@argosy/api/workflows';
import { err, ok, parseTime, type Result } from '@argosy/std';

import type { CompiledTemplate } from './compiled.ts';
import { callerSource, suspendedUntil } from './execute-template.ts';
import { isLockWaiting } from './locks.ts';
import { isFulfilled } from './node-memory.ts';
import { followWaiting } from './plan-locks.ts';
import { endNode } from './nodes.ts';
import { isStopped, requestWork, templateOf, waitUntil, type Pass } from './pass.ts';
import { followPod, stopMessage } from './pod-nodes.ts';
import type { TemplateOrder } from './pod-spec.ts';
import { followResource } from './resource-nodes.ts';
import { attemptOf, runOfNode } from './retry-node.ts';

/** Outputs of a Suspend node that nobody supplied: their defaults. */
export function suppliedDefaults(node: NodeStatus): Result<Outputs | undefined, string> {
  const declared = node.outputs?.parameters;
  if (declared === undefined) return ok(undefined);
  const parameters = [];
  for (const item of declared) {
    const value = item.value ?? item.valueFrom?.default ?? item.default;
    if (value === undefined) {
      return err(`raw output parameter '${item.name}' has not been set and does not have a default value`);
    }
    parameters.push({ ...item, value });
  }
  return ok({ ...node.outputs, parameters });
}

function resume(pass: Pass, node: NodeStatus): void {
  const outputs = suppliedDefaults(node);
  if (!outputs.ok) endNode(pass, node, { phase: 'Failed', message: outputs.error });
  else endNode(pass, node, { phase: 'Succeeded', ...(outputs.value === undefined ? {} : { outputs: outputs.value }) });
}

function followSuspend(pass: Pass, node: NodeStatus): void {
  if (isStopped(pass, node.name)) {
    const cause = pass.stopping?.cause;
    const message = cause === 'deadline' ? stopMessage(pass) : `Stopped with strategy '${cause ?? ''}'`;
    endNode(pass, node, { phase: 'Failed', message });
    return;
  }
  const until = suspendedUntil(pass, node, parseTime(node.startedAt ?? '') ?? pass.env.now);
  if (until === undefined) return;
  if (typeof until === 'string') endNode(pass, node, { phase: 'Error', message: until });
  else if (until <= pass.env.now) resume(pass, node);
  else waitUntil(pass, node.id, until);
}

function orderFor(pass: Pass, node: NodeStatus, compiled: CompiledTemplate): TemplateOrder {
  const run = { ...runOfNode(pass, node, compiled), attempt: attemptOf(pass, node) };
  const templateName = run.templateName ?? run.templateRef?.template;
  return {
    name: node.name,
    template: compiled.template,
    templateName,
    inputs: run.inputs,
    locals: callerSource(run),
  };
}

function followWork(pass: Pass, node: NodeStatus): void {
  const compiled = templateOf(pass, node);
  if (compiled?.kind !== 'resource') followPod(pass, node);
  else followResource(pass, node, () => orderFor(pass, node, compiled));
}

/** Looks at a node whose surroundings changed or whose time has come. */
export function followNode(pass: Pass, node: NodeStatus): void {
  if (isFulfilled(node)) return;
  if (isLockWaiting(node)) {
    followWaiting(pass, node);
    return;
  }
  switch (node.type) {
    case 'Pod':
      followWork(pass, node);
      return;
    case 'Suspend':
      followSuspend(pass, node);
      return;
    case 'Retry':
    case 'Steps':
    case 'DAG':
      requestWork(pass, node.id);
      return;
    default:
  }
}
