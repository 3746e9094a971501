import { getPath } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { HealthTable, Step } from '../table.ts';
import { conditionOf, conditionsOf, listAt, textAt, verdict, type Condition, type HealthRule } from '../verdict.ts';

const UNREPORTED = verdict('Progressing', 'Waiting for the status to be reported');

function failingNames(object: KubeObject, list: string, name: readonly string[]): readonly string[] {
  return listAt(object, ['status', list])
    .filter((entry) => entry['compliant'] !== 'Compliant')
    .map((entry) => textAt(entry, name));
}

/** What a policy says of its clusters (a root policy) or of its templates (a replicated one). */
function complianceText(object: KubeObject): string {
  const has = (field: string): boolean => Array.isArray(getPath(object, ['status', field]));
  const root = has('status');
  if (!root && !has('details')) return '';
  const failing = root
    ? failingNames(object, 'status', ['clustername'])
    : failingNames(object, 'details', ['templateMeta', 'name']);
  const what = root ? 'clusters' : 'templates';
  return failing.length === 0 ? `All ${what} are compliant` : `NonCompliant ${what}: ${failing.join(', ')}`;
}

const ocmPolicy: HealthRule = (object) => {
  if (getPath(object, ['spec', 'disabled']) === true) return verdict('Healthy', 'Policy is disabled');
  const compliant = getPath(object, ['status', 'compliant']);
  if (compliant === undefined) {
    const unused =
      getPath(object, ['status', 'status']) === undefined && listAt(object, ['status', 'placement']).length > 0;
    return unused ? verdict('Healthy', 'No clusters match this policy') : UNREPORTED;
  }
  return verdict(compliant === 'Compliant' ? 'Healthy' : 'Degraded', complianceText(object));
};

const ocmConfigurationPolicy: HealthRule = (object) => {
  const compliant = getPath(object, ['status', 'compliant']);
  if (compliant === undefined) return UNREPORTED;
  if (getPath(object, ['status', 'lastEvaluatedGeneration']) !== object.metadata.generation) {
    return verdict('Progressing', 'Waiting for the status to be updated');
  }
  if (!Array.isArray(getPath(object, ['status', 'compliancyDetails']))) {
    return verdict('Progressing', 'Waiting for compliance');
  }
  const told = listAt(object, ['status', 'compliancyDetails'])
    .flatMap((detail) => listAt(detail, ['conditions']))
    .filter((item) => item['type'] !== undefined && item['message'] !== undefined)
    .map((item) => `${textAt(item, ['type'])} - ${textAt(item, ['message'])}`);
  return verdict(compliant === 'Compliant' ? 'Healthy' : 'Degraded', told.join('; '));
};

const ocmOperatorPolicy: HealthRule = (object) => {
  const seen = getPath(object, ['status', 'observedGeneration']);
  if (!Array.isArray(getPath(object, ['status', 'conditions']))) return UNREPORTED;
  if (seen !== undefined && seen !== object.metadata.generation) {
    return verdict('Progressing', 'Waiting for the status to be updated');
  }
  const compliant = conditionOf(object, 'Compliant');
  if (compliant === undefined) return verdict('Progressing', 'Waiting for the compliance condition');
  return verdict(compliant['status'] === 'True' ? 'Healthy' : 'Degraded', textAt(compliant, ['message']));
};

const reasonAndMessage = (item: Condition): string =>
  [textAt(item, ['reason']), textAt(item, ['message'])].filter((text) => text !== '').join(': ');

const NETWORK_STATES: { readonly [type: string]: 'Healthy' | 'Degraded' | 'Progressing' | 'Suspended' } = {
  Available: 'Healthy',
  Degraded: 'Degraded',
  Failing: 'Degraded',
  Progressing: 'Progressing',
  Pending: 'Progressing',
  Ignored: 'Suspended',
  Aborted: 'Suspended',
};

/** nmstate.io: the first condition that holds; failing while it goes on is a retry. */
function nmstate(types: readonly string[], waiting: string): readonly Step[] {
  const rule: HealthRule = (object) => {
    const holding = conditionsOf(object).filter(
      (item) => item['status'] === 'True' && types.includes(textAt(item, ['type'])),
    );
    const failing = holding.find((item) => item['type'] === 'Failing');
    if (failing !== undefined && holding.some((item) => item['type'] === 'Progressing')) {
      return verdict('Progressing', reasonAndMessage(failing));
    }
    const [first] = holding;
    const state = first === undefined ? undefined : NETWORK_STATES[textAt(first, ['type'])];
    return first === undefined || state === undefined ? undefined : verdict(state, reasonAndMessage(first));
  };
  return [rule, ['Progressing', waiting]];
}

const byTime = (a: Condition, b: Condition): number => {
  const [left, right] = [textAt(a, ['lastTransitionTime']), textAt(b, ['lastTransitionTime'])];
  if (left === right) return 0;
  if (left === '') return 1;
  return right !== '' && left > right ? 1 : -1;
};

/** k8s.keycloak.org/Keycloak: the oldest condition that means something decides. */
const keycloak: HealthRule = (object) => {
  if (!Array.isArray(getPath(object, ['status', 'conditions']))) return undefined;
  for (const item of [...conditionsOf(object)].sort(byTime)) {
    if (item['status'] !== 'True') continue;
    if (item['type'] === 'Ready') return verdict('Healthy');
    if (item['type'] === 'HasErrors') return verdict('Degraded', `Has Errors: ${textAt(item, ['message'])}`);
  }
  return verdict('Progressing');
};

/** work.karmada.io/ResourceBinding: every cluster must have told of the work. */
const karmada: HealthRule = (object) => {
  const clusters = listAt(object, ['spec', 'clusters']).length;
  const told = listAt(object, ['status', 'aggregatedStatus']);
  if (clusters === 0 || told.length !== clusters) {
    return verdict('Progressing', 'Current resource status is insufficient');
  }
  const bad = told.some(
    (item) => item['health'] === 'Unhealthy' || (item['health'] === 'Unknown' && item['applied'] !== true),
  );
  return bad ? verdict('Degraded', 'Current resource status is unhealthy') : verdict('Healthy');
};

const ansibleJob: HealthRule = (object) => {
  const result = textAt(object, ['status', 'ansibleJobResult', 'status']);
  if (result === 'pending') return verdict('Progressing', 'Job is running');
  if (getPath(object, ['status', 'isFinished']) !== true) return undefined;
  if (result === 'successful') return verdict('Healthy', 'Done');
  return result === 'error' ? verdict('Degraded', 'Failed') : undefined;
};

/** Policies, identity, and what manages other clusters. */
export const POLICIES: HealthTable = {
  'kyverno.io/ClusterPolicy': [
    {
      conditions: [
        ['Ready=True', 'Healthy'],
        ['Ready=*', 'Degraded'],
      ],
    },
    ['Progressing', 'Waiting for ClusterPolicy to become ready'],
  ],
  'kyverno.io/Policy': [
    (object) => {
      const ready = conditionsOf(object).some(
        (item) =>
          item['type'] === 'Ready' &&
          item['status'] === 'True' &&
          item['reason'] === 'Succeeded' &&
          item['message'] === 'Ready',
      );
      return ready ? verdict('Healthy', 'Policy is ready') : undefined;
    },
    ['Progressing', 'Waiting for Policy to be ready'],
  ],
  'policy.open-cluster-management.io/Policy': [ocmPolicy],
  'policy.open-cluster-management.io/ConfigurationPolicy': [ocmConfigurationPolicy],
  'policy.open-cluster-management.io/OperatorPolicy': [ocmOperatorPolicy],
  'policy.open-cluster-management.io/CertificatePolicy': [
    {
      at: 'status.compliant',
      is: { Compliant: ['Healthy', 'All certificates found comply with the policy'] },
      other: ['Degraded', 'At least once certificate does not comply with the policy'],
    },
    () => UNREPORTED,
  ],
  'nmstate.io/NodeNetworkConfigurationPolicy': nmstate(
    ['Available', 'Degraded', 'Progressing', 'Ignored'],
    'Waiting for policy to be applied',
  ),
  'nmstate.io/NodeNetworkConfigurationEnactment': nmstate(
    ['Available', 'Failing', 'Progressing', 'Pending', 'Aborted'],
    'Waiting for enactment to be applied',
  ),
  'k8s.keycloak.org/Keycloak': [keycloak, ['Progressing', 'Waiting for Keycloak status conditions to exist']],
  'work.karmada.io/ResourceBinding': [karmada],
  'tower.ansible.com/AnsibleJob': [ansibleJob, ['Progressing', 'No status available']],
};
