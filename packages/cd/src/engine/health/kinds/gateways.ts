import { getPath, isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { HealthTable } from '../table.ts';
import { conditionsOf, textAt, verdict, type HealthRule } from '../verdict.ts';

const contourExtension: HealthRule = (object) => {
  const current = conditionsOf(object).find(
    (item) =>
      item['type'] === 'Valid' &&
      item['observedGeneration'] === object.metadata.generation &&
      item['status'] !== 'Unknown',
  );
  if (current === undefined) return undefined;
  return verdict(current['status'] === 'True' ? 'Healthy' : 'Degraded', textAt(current, ['message']));
};

const GLOO_STATES: readonly string[] = ['Pending', 'Accepted', 'Rejected', 'Warning'];

/** gloo: a state as a number or as its name, of the object or per namespace. */
function glooStates(object: KubeObject): readonly { readonly state: number; readonly reason: string }[] {
  const statuses = getPath(object, ['status', 'statuses']);
  const own = getPath(object, ['status', 'state']);
  const list = own !== undefined ? [object['status']] : isObject(statuses) ? Object.values(statuses) : [];
  return list.filter(isObject).map((item) => {
    const state = typeof item['state'] === 'number' ? item['state'] : GLOO_STATES.indexOf(textAt(item, ['state']));
    return { state, reason: textAt(item, ['reason']) };
  });
}

const gloo: HealthRule = (object) => {
  if (!isObject(object['status'])) return verdict('Progressing', 'Empty status field');
  const states = glooStates(object);
  const found = (state: number): string | undefined =>
    states.findLast((item) => item.state === state)?.reason ||
    (states.some((item) => item.state === state) ? 'Unknown' : undefined);
  const bad = found(3) ?? found(2);
  if (bad !== undefined) return verdict('Degraded', bad);
  const pending = found(0);
  if (pending !== undefined) return verdict('Progressing', pending);
  return found(1) === undefined ? verdict('Progressing', 'Unable to determine status') : verdict('Healthy', 'Healthy');
};

const glooGateway: HealthRule = (object) => {
  for (const { state, reason } of glooStates(object)) {
    if (state === 1) return verdict('Healthy', 'The resource has been validated');
    if (state === 0) return verdict('Suspended', 'The resource has not yet been validated');
    if (state === 2 || state === 3) return verdict('Degraded', reason);
  }
  return verdict('Progressing', 'Update in progress');
};

/** Gateways and meshes with an API of their own. */
export const GATEWAYS: HealthTable = {
  'projectcontour.io/HTTPProxy': [
    {
      at: 'status.currentStatus',
      is: { valid: ['Healthy', '{status.description}'], invalid: ['Degraded', '{status.description}'] },
      other: ['Progressing', '{status.description}'],
    },
    ['Progressing', 'Waiting for status'],
  ],
  'projectcontour.io/ExtensionService': [contourExtension, ['Progressing', 'Waiting for status']],
  'gateway.solo.io/VirtualService': [gloo],
  'gateway.solo.io/RouteTable': [gloo],
  'gateway.solo.io/RouteOption': [gloo],
  'gloo.solo.io/Upstream': [gloo],
  'gateway.solo.io/MatchableHttpGateway': [glooGateway],
  'install.istio.io/IstioOperator': [
    {
      at: 'status.status',
      is: Object.fromEntries(
        (
          [
            ['NONE', 'Unknown', 'Component is not present.'],
            ['UPDATING', 'Progressing', 'Component is being updated to a different version.'],
            [
              'RECONCILING',
              'Progressing',
              'Controller has started but not yet completed reconciliation loop for the component.',
            ],
            ['HEALTHY', 'Healthy', 'Component is healthy.'],
            ['ERROR', 'Degraded', 'Component is in an error state.'],
          ] as const
        ).flatMap(([name, status, message], index) => [
          [name, [status, message] as const],
          [String(index), [status, message] as const],
        ]),
      ),
    },
    ['Progressing', 'Waiting for Istio Control Plane'],
  ],
};
