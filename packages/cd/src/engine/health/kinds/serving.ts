import { getPath } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { HealthTable, Step } from '../table.ts';
import { conditionOf, conditionsOf, listAt, textAt, verdict, type Condition, type HealthRule } from '../verdict.ts';

/** `Ready is False, since Why. What.` */
function shortfall(condition: Condition): string {
  const reason = textAt(condition, ['reason']);
  const message = textAt(condition, ['message']);
  const since = reason === '' ? '' : `, since ${reason}.`;
  return `${textAt(condition, ['type'])} is ${textAt(condition, ['status'])}${since}${message === '' ? '' : ` ${message}`}`;
}

/** Which conditions of a service count, and what it takes. */
interface Serving {
  readonly types: readonly string[];
  /** How many of the types must hold. */
  readonly wanted: (object: KubeObject) => number;
  readonly healthy: string;
}

function serving({ types, wanted, healthy }: Serving): readonly Step[] {
  const rule: HealthRule = (object) => {
    if (!Array.isArray(getPath(object, ['status', 'conditions']))) return undefined;
    // Stopped is the one condition that is well when it is False.
    const counted = conditionsOf(object).filter((item) => item['type'] !== 'Stopped');
    const held = counted.filter((item) => item['status'] === 'True' && types.includes(textAt(item, ['type']))).length;
    const short = counted.filter((item) => item['status'] === 'False' || item['status'] === 'Unknown');
    if (held === wanted(object) && short.length === 0) return verdict('Healthy', healthy);
    const message = short.map((item) => `${shortfall(item)}\n`).join('');
    return verdict(short.some((item) => item['status'] === 'False') ? 'Degraded' : 'Progressing', message);
  };
  return [rule, ['Progressing', 'Waiting for status update.']];
}

const DEPLOYMENT_MODE = 'serving.kserve.io/deploymentMode';

/** How many conditions an inference service has depends on what it is deployed as. */
function inferenceConditions(object: KubeObject): number {
  switch (object.metadata.annotations?.[DEPLOYMENT_MODE]) {
    case 'RawDeployment':
    case 'Standard':
      return 3;
    case 'ModelMesh':
      return 2;
    default:
      return 5;
  }
}

/** All conditions of an object in one text, numbered from 1. */
const listing = (conditions: readonly Condition[]): string =>
  conditions.map((item, index) => `${index + 1}: ${textAt(item, ['type'])} | ${textAt(item, ['status'])}\n`).join('');

function knativeOperator(kind: string): readonly Step[] {
  const rule: HealthRule = (object) => {
    const conditions = conditionsOf(object);
    if (!Array.isArray(getPath(object, ['status', 'conditions']))) return undefined;
    const unsure = conditions.some(
      (item) => item['status'] === 'Unknown' || (item['type'] === 'Ready' && item['status'] === 'False'),
    );
    if (unsure) return verdict('Progressing', listing(conditions));
    const held = conditions.filter(
      (item) => (item['type'] === 'Ready' || item['type'] === 'InstallSucceeded') && item['status'] === 'True',
    ).length;
    return held === 2 ? verdict('Healthy', `${kind} is healthy.`) : verdict('Degraded', listing(conditions));
  };
  return [rule, ['Progressing', `Waiting for ${kind}`]];
}

const PENDING_PLAN = verdict('Progressing', 'An install plan for a subscription is pending installation');

function isSubscriptionTrouble(item: Condition): boolean {
  const type = textAt(item, ['type']);
  if (type === 'InstallPlanMissing') return item['reason'] !== 'ReferencedInstallPlanNotFound';
  const failures = ['CatalogSourcesUnhealthy', 'InstallPlanFailed', 'ResolutionFailed'];
  return failures.includes(type) && item['status'] === 'True';
}

const subscription: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  if (!Array.isArray(getPath(object, ['status', 'conditions']))) return PENDING_PLAN;
  if (conditions.some(isSubscriptionTrouble)) return verdict('Degraded', listing(conditions));
  const pending = conditions.some((item) => item['type'] === 'InstallPlanPending' && item['status'] === 'True');
  return pending ? PENDING_PLAN : verdict('Healthy', listing(conditions));
};

/** route.openshift.io/Route: every ingress must have admitted it. */
const route: HealthRule = (object) => {
  if (!Array.isArray(getPath(object, ['status', 'ingress']))) return undefined;
  const ingress = listAt(object, ['status', 'ingress']);
  const admitted = ingress
    .flatMap((item) => listAt(item, ['conditions']))
    .filter((item) => item['type'] === 'Admitted')
    .map((item) => item['status']);
  if (admitted.filter((status) => status === 'True').length >= ingress.length) {
    return verdict('Healthy', 'Route is healthy');
  }
  return admitted.includes('False') ? verdict('Degraded', 'Route is degraded') : undefined;
};

/** True when the status, or its summary, is of another generation than the object. */
function isStale(object: KubeObject, ready: Condition | undefined): boolean {
  const { generation } = object.metadata;
  const seen = [getPath(object, ['status', 'observedGeneration']), ready?.['observedGeneration']];
  return generation !== undefined && seen.some((value) => value !== undefined && value !== generation);
}

/** `Type: Status | Reason | Message` of every condition but Ready that does not hold. */
function openConditions(conditions: readonly Condition[]): string {
  return conditions
    .filter((item) => item['type'] !== 'Ready' && item['status'] !== 'True')
    .map((item) => {
      const more = [textAt(item, ['reason']), textAt(item, ['message'])].filter((text) => text !== '');
      return [`${textAt(item, ['type'])}: ${textAt(item, ['status'])}`, ...more].join(' | ');
    })
    .join('; ');
}

/** serving.kserve.io/LLMInferenceService: Ready sums up; the others are told while it does not hold. */
const llmInferenceService: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  if (conditions.length === 0) return undefined;
  const ready = conditionOf(object, 'Ready');
  if (isStale(object, ready)) {
    return verdict('Progressing', 'Waiting for LLMInferenceService reconciliation (generation mismatch)');
  }
  if (conditions.some((item) => item['reason'] === 'Stopped')) {
    return verdict('Suspended', 'LLMInferenceService is Stopped');
  }
  if (ready?.['status'] === 'True') return verdict('Healthy', 'LLMInferenceService is healthy.');
  const message = openConditions(conditions) || textAt(ready, ['message']);
  const waiting = 'Waiting for LLMInferenceService to report status...';
  return verdict(ready?.['status'] === 'False' ? 'Degraded' : 'Progressing', message || waiting);
};

/** What serves: Knative, KServe, OpenShift's routes, operators. */
export const SERVING: HealthTable = {
  'serving.knative.dev/Service': serving({
    types: ['ConfigurationsReady', 'RoutesReady', 'Ready'],
    wanted: () => 3,
    healthy: 'Knative Service is healthy.',
  }),
  'serving.kserve.io/InferenceService': [
    { conditions: [['Stopped=True', 'Suspended', 'InferenceService is Stopped']] },
    ...serving({
      types: ['IngressReady', 'PredictorConfigurationReady', 'PredictorReady', 'PredictorRouteReady', 'Ready'],
      wanted: inferenceConditions,
      healthy: 'Inference Service is healthy.',
    }),
  ],
  'serving.kserve.io/LLMInferenceService': [
    llmInferenceService,
    ['Progressing', 'Waiting for LLMInferenceService to report status...'],
  ],
  'operator.knative.dev/KnativeServing': knativeOperator('KnativeServing'),
  'operator.knative.dev/KnativeEventing': knativeOperator('KnativeEventing'),
  'operators.coreos.com/Subscription': [subscription],
  'route.openshift.io/Route': [route, ['Progressing', 'Route is still getting admitted']],
  'operator.openshift.io/IngressController': [
    {
      conditions: [
        ['Degraded=True', 'Degraded'],
        ['DeploymentReplicasAllAvailable=False', 'Progressing'],
        ['Progressing=True', 'Progressing', '{reason}'],
        ['Available=True', 'Healthy', 'IngressController is available'],
      ],
    },
    ['Progressing', 'Status of IngressController is not known yet'],
  ],
};
