import { resources } from '@argosy/api';
import type { Workflow } from '@argosy/api/workflows';
import { hasReason, keyOf, keyText, type KubeObject, type ObjectKey } from '@argosy/kube/meta';
import { getObjectOrUndefined, type ClusterApi } from '@argosy/kube/port';

import { createLockManager, readLocks, type LockFacts, type LockManager } from '../engine/index.ts';

/** How long the limit of a semaphore that was read is used again. */
export const LIMIT_AGE_MS = 10_000;

interface ConfigMap extends KubeObject {
  readonly data?: { readonly [key: string]: string };
}

/** The locks of all workflows that this controller follows. */
export interface WorkflowLocks {
  /** Takes in a workflow as it is recorded; the others that must be looked at because of it. */
  recorded(workflow: Workflow): readonly ObjectKey[];
  /** A workflow is gone. */
  gone(key: ObjectKey): readonly ObjectKey[];
  /** What a workflow's next round must know; undefined for one that has to do with no lock. */
  factsFor(workflow: Workflow, nowMs: number): Promise<LockFacts | undefined>;
}

function limitIn(map: ConfigMap | undefined, at: { readonly name: string; readonly key: string }): number | string {
  const { name, key } = at;
  if (map === undefined) return `failed to get semaphore limit: ConfigMap '${name}' does not exist`;
  const text = map.data !== undefined && Object.hasOwn(map.data, key) ? map.data[key]?.trim() : undefined;
  if (text === undefined) return `failed to get semaphore limit: ConfigMap '${name}' has no key '${key}'`;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  return `failed to get semaphore limit: key '${key}' of ConfigMap '${name}' is no whole number`;
}

async function limitOf(api: ClusterApi, lock: string): Promise<number | string> {
  const [namespace = '', , name = '', key = ''] = lock.split('/');
  try {
    const target = { resource: resources.configMaps, key: { namespace, name } };
    return limitIn(await getObjectOrUndefined<ConfigMap>(api, target), { name, key });
  } catch (error) {
    if (!hasReason(error, 'Forbidden') || !(error instanceof Error)) throw error;
    return `failed to get semaphore limit: ${error.message}`;
  }
}

function isOver(workflow: Workflow): boolean {
  return ['Succeeded', 'Failed', 'Error'].includes(workflow.status?.phase ?? '');
}

function parse(text: string): ObjectKey {
  const [namespace = '', name = ''] = text.split('/');
  return { namespace, name };
}

function report(manager: LockManager, workflow: Workflow): void {
  const key = keyText(keyOf(workflow));
  if (isOver(workflow)) {
    manager.forget(key);
    return;
  }
  const { priority = 0 } = workflow.status?.storedWorkflowTemplateSpec ?? workflow.spec;
  const createdAt = workflow.metadata.creationTimestamp ?? '';
  manager.report({ key, priority, createdAt }, readLocks(workflow.status?.synchronization));
}

/**
 * Follows who holds and waits for locks. Filled from the statuses of live workflows on first use, so that a new
 * controller knows what an old one granted.
 */
export function createWorkflowLocks(api: ClusterApi, live: () => readonly Workflow[]): WorkflowLocks {
  const manager = createLockManager();
  const readAt = new Map<string, number>();
  let isFilled = false;
  const fill = (): void => {
    if (isFilled) return;
    isFilled = true;
    for (const workflow of live()) report(manager, workflow);
  };
  const grantOthers = (): readonly ObjectKey[] => manager.grant().map(parse);
  return {
    recorded: (workflow) => {
      fill();
      report(manager, workflow);
      return grantOthers();
    },
    gone: (key) => {
      manager.forget(keyText(key));
      return grantOthers();
    },
    factsFor: async (workflow, nowMs) => {
      fill();
      const key = keyText(keyOf(workflow));
      for (const lock of manager.semaphoresOf(key)) {
        if (nowMs - (readAt.get(lock) ?? -LIMIT_AGE_MS) < LIMIT_AGE_MS) continue;
        manager.setLimit(lock, await limitOf(api, lock));
        readAt.set(lock, nowMs);
      }
      if (workflow.status?.synchronization === undefined) return undefined;
      manager.grant();
      return manager.factsFor(key);
    },
  };
}
