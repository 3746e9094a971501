import { getPath } from '@argosy/std';
import type { HealthTable, Step } from '../table.ts';
import { conditionsOf, textAt, verdict, type Condition, type HealthRule } from '../verdict.ts';

/** How the conditions of one Flux kind are counted. */
interface Counting {
  /** Conditions that must be True besides Ready for the object to count as done, and how many successes that takes. */
  readonly also: readonly string[];
  readonly successes: number;
  /** The status of Ready that means work is going on; with Reconciling it makes Progressing. */
  readonly waiting: 'Unknown' | 'False';
  /** Reasons of Reconciling that count; any when absent. */
  readonly reasons?: readonly string[];
}

const suspended: HealthRule = (object) =>
  getPath(object, ['spec', 'suspend']) === true ? verdict('Suspended', `${object.kind} is suspended`) : undefined;

function isReconciling(condition: Condition, { reasons }: Counting): boolean {
  const counts = reasons === undefined || reasons.includes(textAt(condition, ['reason']));
  return condition['type'] === 'Reconciling' && condition['status'] === 'True' && counts;
}

const isTrue = (condition: Condition, types: readonly string[]): boolean =>
  condition['status'] === 'True' && types.includes(textAt(condition, ['type']));

/** The reason of Ready, followed by that of an artifact that is out of date. */
function reasonText(conditions: readonly Condition[]): string {
  const ready = conditions.filter((item) => item['type'] === 'Ready').map((item) => textAt(item, ['reason']));
  const outdated = conditions.filter((item) => isTrue(item, ['ArtifactOutdated']));
  return [ready.at(-1) ?? '', ...outdated.map((item) => textAt(item, ['reason']))].join(' ').trim();
}

function counted(counting: Counting): HealthRule {
  return (object) => {
    const conditions = conditionsOf(object);
    if (!Array.isArray(getPath(object, ['status', 'conditions']))) return undefined;
    const waits = conditions.filter((item) => item['type'] === 'Ready' && item['status'] === counting.waiting).length;
    const works = conditions.filter((item) => isReconciling(item, counting)).length;
    const done = conditions.filter((item) => isTrue(item, ['Ready', ...counting.also])).length;
    const message = reasonText(conditions);
    if (waits + works === 2) return verdict('Progressing', message);
    return verdict(done === counting.successes ? 'Healthy' : 'Degraded', message);
  };
}

const unknown: Step = ['Progressing', 'Status unknown'];

const plain = [suspended, counted({ also: [], successes: 1, waiting: 'Unknown' }), unknown];
const source = [suspended, counted({ also: ['ArtifactInStorage'], successes: 2, waiting: 'Unknown' }), unknown];

/** notification.toolkit.fluxcd.io/Receiver has no state between: it serves or it does not. */
const receiver: HealthRule = (object) => {
  const ready = conditionsOf(object).findLast((item) => item['type'] === 'Ready');
  if (!Array.isArray(getPath(object, ['status', 'conditions']))) return undefined;
  return verdict(ready?.['status'] === 'True' ? 'Healthy' : 'Degraded', textAt(ready, ['reason']));
};

const scanning = ['NewGeneration', 'Scanning'];
const applying = ['NewGeneration', 'AccessingRepository', 'ApplyingPolicy'];

/** The kinds of Flux. */
export const FLUX: HealthTable = {
  'kustomize.toolkit.fluxcd.io/Kustomization': plain,
  'helm.toolkit.fluxcd.io/HelmRelease': [
    suspended,
    counted({ also: ['Released', 'TestSuccess'], successes: 2, waiting: 'Unknown' }),
    unknown,
  ],
  'source.toolkit.fluxcd.io/GitRepository': source,
  'source.toolkit.fluxcd.io/Bucket': source,
  'source.toolkit.fluxcd.io/HelmChart': source,
  'source.toolkit.fluxcd.io/OCIRepository': source,
  'source.toolkit.fluxcd.io/HelmRepository': [
    suspended,
    {
      at: 'spec.type',
      is: { oci: ['Healthy', "Helm repositories of type 'oci' do not contain any information in the status."] },
    },
    ...source.slice(1),
  ],
  'image.toolkit.fluxcd.io/ImageRepository': [
    suspended,
    counted({ also: [], successes: 1, waiting: 'False', reasons: scanning }),
    unknown,
  ],
  'image.toolkit.fluxcd.io/ImagePolicy': [
    counted({ also: [], successes: 1, waiting: 'False', reasons: applying }),
    unknown,
  ],
  'image.toolkit.fluxcd.io/ImageUpdateAutomation': plain,
  'notification.toolkit.fluxcd.io/Receiver': [receiver, unknown],
};
