import { getPath } from '@argosy/std';
import type { HealthStatusCode } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import type { HealthTable, Step } from '../table.ts';
import {
  conditionNames,
  conditionOf,
  conditionsOf,
  textAt,
  verdict,
  type Condition,
  type Health,
  type HealthRule,
} from '../verdict.ts';

const PROGRESSIVE_RESULT = 'numaplane.numaproj.io/progressive-result-state';

const isSeen = (object: KubeObject): boolean =>
  object.metadata.generation === getPath(object, ['status', 'observedGeneration']);

/** How one kind of Numaflow tells that something below it is unwell, and which phases mean paused. */
interface Vertex {
  readonly tells: 'Subresources are unhealthy' | undefined;
  readonly paused: readonly string[];
}

function numaflow(kind: string, { tells, paused }: Vertex): readonly Step[] {
  const rule: HealthRule = (object) => {
    if (!isSeen(object) || object['status'] === undefined) return undefined;
    const phase = textAt(object, ['status', 'phase']);
    const unwell = conditionsOf(object).findLast((item) => item['status'] === 'False');
    if (phase === 'Failed') return verdict('Degraded', textAt(object, ['status', 'message']));
    if (object.metadata.labels?.[PROGRESSIVE_RESULT] === 'failed') {
      return verdict('Degraded', 'Failed progressive upgrade');
    }
    if (unwell !== undefined) return verdict('Degraded', tells ?? textAt(unwell, ['message']));
    if (paused.includes(phase)) return verdict('Healthy', `${kind} is paused`);
    return phase === 'Running' ? verdict('Healthy', `${kind} is healthy`) : undefined;
  };
  return [rule, ['Progressing', `Waiting for ${kind} status`]];
}

const upgrading = (object: KubeObject): boolean => textAt(object, ['status', 'upgradeInProgress']) !== '';

const childrenOf = (object: KubeObject): Condition | undefined =>
  conditionsOf(object).findLast((item) => item['type'] === 'ChildResourcesHealthy');

function rolloutProgress(object: KubeObject): Health | undefined {
  if (object['status'] === undefined || !isSeen(object)) return verdict('Progressing', 'Not yet reconciled');
  const failed = conditionOf(object, 'ProgressiveUpgradeSucceeded')?.['status'] === 'False';
  if ((upgrading(object) || textAt(object, ['status', 'phase']) === 'Pending') && !failed) {
    return verdict('Progressing', 'Update in progress');
  }
  const children = childrenOf(object);
  const going = children?.['status'] === 'False' && children['reason'] === 'Progressing';
  return going ? verdict('Progressing', 'Child Progressing') : undefined;
}

const phaseFailure = (object: KubeObject): Health | undefined =>
  textAt(object, ['status', 'phase']) === 'Failed'
    ? verdict('Degraded', textAt(object, ['status', 'message']))
    : undefined;

/** What the children's condition means: its `Status:Reason`, or its status alone, by table. */
function childrenHealth(
  object: KubeObject,
  meanings: { readonly [name: string]: HealthStatusCode },
): Health | undefined {
  const children = childrenOf(object);
  const [status, reason] = [textAt(children, ['status']), textAt(children, ['reason'])];
  const meaning = meanings[`${status}:${reason}`] ?? meanings[status];
  return meaning === undefined ? undefined : verdict(meaning, textAt(children, ['message']));
}

/** Rollouts of Numaplane: progressing first, then degraded, paused, healthy. */
function numaplane(what: string, words: { readonly failed: string; readonly paused: string }): HealthRule {
  return (object) => {
    const told =
      rolloutProgress(object) ??
      phaseFailure(object) ??
      childrenHealth(object, { [`False:${words.failed}`]: 'Degraded' });
    if (told !== undefined) return told;
    const names = conditionNames(object);
    if (names.has('ProgressiveUpgradeSucceeded=False')) return verdict('Degraded', 'Progressive upgrade failed');
    if (names.has(`${words.paused}=True`)) {
      return verdict('Healthy', textAt(conditionOf(object, words.paused), ['message']));
    }
    return names.has('ChildResourcesHealthy=True')
      ? verdict('Healthy', 'Healthy')
      : verdict('Unknown', `Unknown ${what} status`);
  };
}

const numaflowController: HealthRule = (object) => {
  if (object['status'] === undefined || !isSeen(object)) return verdict('Progressing', 'Not yet reconciled');
  const phase = textAt(object, ['status', 'phase']);
  if (phase === 'Pending') return verdict('Progressing', 'Phase=Pending');
  if (upgrading(object)) return verdict('Progressing', 'Update in progress');
  const deployed: { readonly [name: string]: HealthStatusCode } = phase === 'Deployed' ? { True: 'Healthy' } : {};
  return (
    phaseFailure(object) ??
    childrenHealth(object, { 'False:Degraded': 'Degraded', 'False:Progressing': 'Progressing', ...deployed }) ??
    verdict('Unknown', 'Unknown NumaflowController status')
  );
};

/** Numaflow and Numaplane. */
export const NUMAPROJ: HealthTable = {
  'numaflow.numaproj.io/Pipeline': numaflow('Pipeline', {
    tells: 'Subresources are unhealthy',
    paused: ['Paused', 'Pausing'],
  }),
  'numaflow.numaproj.io/MonoVertex': numaflow('MonoVertex', {
    tells: 'Subresources are unhealthy',
    paused: ['Paused'],
  }),
  'numaflow.numaproj.io/Vertex': numaflow('Vertex', { tells: undefined, paused: ['Paused'] }),
  'numaflow.numaproj.io/InterStepBufferService': numaflow('InterStepBufferService', { tells: undefined, paused: [] }),
  'numaplane.numaproj.io/PipelineRollout': [
    numaplane('Pipeline', { failed: 'PipelineFailed', paused: 'PipelinePausingOrPaused' }),
  ],
  'numaplane.numaproj.io/MonoVertexRollout': [
    numaplane('MonoVertex', { failed: 'MonoVertexFailed', paused: 'MonoVertexPausingOrPaused' }),
  ],
  'numaplane.numaproj.io/ISBServiceRollout': [numaplane('ISBService', { failed: 'ISBSvcFailed', paused: '' })],
  'numaplane.numaproj.io/NumaflowControllerRollout': [numaflowController],
};
