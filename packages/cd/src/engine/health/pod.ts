import { getPath, isObject } from '@argosy/std';
import { cdNames } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { listAt, textAt, verdict, type Health, type HealthRule } from './verdict.ts';

function allStatuses(object: KubeObject): readonly { readonly [key: string]: unknown }[] {
  return [...listAt(object, ['status', 'initContainerStatuses']), ...listAt(object, ['status', 'containerStatuses'])];
}

function isTrouble(reason: string): boolean {
  return reason.startsWith('Err') || reason.endsWith('Error') || reason.endsWith('BackOff');
}

function waitingTrouble(object: KubeObject): Health | undefined {
  const messages = allStatuses(object)
    .filter((item) => isTrouble(textAt(item, ['state', 'waiting', 'reason'])))
    .map((item) => textAt(item, ['state', 'waiting', 'message']));
  return messages.length === 0 ? undefined : verdict('Degraded', messages.join(', '));
}

function failureMessage(object: KubeObject): string {
  const own = textAt(object, ['status', 'message']);
  if (own !== '') return own;
  for (const item of allStatuses(object)) {
    const terminated = getPath(item, ['state', 'terminated']);
    if (!isObject(terminated)) continue;
    const message = textAt(terminated, ['message']);
    if (message !== '') return message;
    if (terminated['reason'] === 'OOMKilled') return 'OOMKilled';
    const code = terminated['exitCode'];
    if (typeof code === 'number' && code !== 0) {
      return `container ${JSON.stringify(item['name'])} failed with exit code ${code}`;
    }
  }
  return '';
}

function runningHealth(object: KubeObject, message: string): Health {
  if (textAt(object, ['spec', 'restartPolicy']) !== 'Always') return verdict('Progressing', message);
  const ready = listAt(object, ['status', 'conditions']).find((item) => item['type'] === 'Ready');
  if (ready?.['status'] === 'True') return verdict('Healthy', message);
  const restarted = listAt(object, ['status', 'containerStatuses']).some((item) =>
    isObject(getPath(item, ['lastState', 'terminated'])),
  );
  return verdict(restarted ? 'Degraded' : 'Progressing', message);
}

/** v1/Pod: containers in trouble first, then the phase. */
export const podHealth: HealthRule = (object) => {
  const annotations = object.metadata.annotations ?? {};
  const longRunning =
    textAt(object, ['spec', 'restartPolicy']) === 'Always' ||
    (annotations[cdNames.ignoreRestartPolicy] === 'true' && annotations[cdNames.hook] === undefined);
  const trouble = longRunning ? waitingTrouble(object) : undefined;
  if (trouble !== undefined) return trouble;
  const message = textAt(object, ['status', 'message']);
  switch (textAt(object, ['status', 'phase'])) {
    case 'Pending':
      return verdict('Progressing', message);
    case 'Succeeded':
      return verdict('Healthy', message);
    case 'Failed':
      return verdict('Degraded', failureMessage(object));
    case 'Running':
      return runningHealth(object, message);
    default:
      return verdict('Unknown', message);
  }
};
