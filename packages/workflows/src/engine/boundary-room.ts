import type { NodeStatus } from '@argosy/api/workflows';

import { isLockWaiting } from './locks.ts';
import { isFulfilled } from './node-memory.ts';
import { isExitNode, requestWork, templateOf, type Pass } from './pass.ts';
import type { Frame } from './scope.ts';

/** What a boundary says that ended because of `failFast`. */
export const FAIL_FAST_MESSAGE = 'template has failed or errored children and failFast enabled';

/** True when the `parallelism` of a boundary's template lets one more child start. Children of nothing always may. */
export function hasRoomIn(pass: Pass, boundaryId: string | undefined): boolean {
  const boundary = boundaryId === undefined ? undefined : pass.draft.get(boundaryId);
  if (boundary === undefined) return true;
  const limit = templateOf(pass, boundary)?.template.parallelism;
  return limit === undefined || pass.draft.childrenIn(boundary.id).active < limit;
}

/** True when spec.parallelism lets a pod start under this name; exit handlers always may. */
export function hasRoomForPod(pass: Pass, nodeName: string): boolean {
  const limit = pass.compiled.spec.parallelism;
  return limit === undefined || pass.draft.pods().open < limit || isExitNode(nodeName);
}

/** True when a child of a `failFast` template has failed: no further child starts, and what runs is waited for. */
export function isFailingFast(pass: Pass, frame: Frame): boolean {
  return frame.compiled.template.failFast === true && pass.draft.childrenIn(frame.node.id).failed > 0;
}

/** A boundary waits for room inside itself, a Retry node for room around it. */
function mayGoOn(pass: Pass, node: NodeStatus): boolean {
  const isOutside = node.type === 'Retry' || isLockWaiting(node);
  return hasRoomForPod(pass, node.name) && hasRoomIn(pass, isOutside ? node.boundaryID : node.id);
}

/**
 * Asks for a look at whoever waited for room and has it now; the others go on waiting. True when somebody will be
 * looked at.
 */
export function wakeBlocked(pass: Pass, blocked: Iterable<string>): boolean {
  let found = false;
  for (const id of blocked) {
    const node = pass.draft.get(id);
    if (node === undefined || isFulfilled(node)) continue;
    if (!mayGoOn(pass, node)) {
      pass.blocked.add(id);
      continue;
    }
    pass.blocked.delete(id);
    requestWork(pass, id);
    found = true;
  }
  return found;
}
