import type { NodeStatus } from '@argosy/api/workflows';

import { isFulfilled } from './node-memory.ts';
import { podName } from './node-names.ts';
import { endDaemon } from './nodes.ts';
import type { Pass } from './pass.ts';

function endOne(pass: Pass, node: NodeStatus): void {
  const name = podName(pass.name, node.name, node.templateName ?? node.templateRef?.template);
  pass.actions.push({ kind: 'terminate-pod', podName: name });
  endDaemon(pass, node, { phase: 'Succeeded' });
}

/** True once the steps or the DAG around a daemon are through, or there is nothing around it. */
function isAlone(pass: Pass, node: NodeStatus): boolean {
  const boundary = node.boundaryID === undefined ? undefined : pass.draft.get(node.boundaryID);
  return boundary === undefined || isFulfilled(boundary);
}

/** Files daemons that ended by themselves, which they must not. */
export function followDaemons(pass: Pass): void {
  for (const node of pass.draft.daemons()) {
    const pod = pass.pods.get(node.id);
    if (pod?.phase === 'Succeeded' || pod?.phase === 'Failed') {
      endDaemon(pass, node, { phase: 'Failed', message: pod.message ?? '' });
    }
  }
}

/** Ends the daemons whose surroundings are through. */
export function endDaemons(pass: Pass): void {
  for (const node of pass.draft.daemons()) if (isAlone(pass, node)) endOne(pass, node);
}
