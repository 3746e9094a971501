import type { KubeObject } from '@argosy/kube/meta';
import { byCondition, type HealthTable } from '../table.ts';
import { conditionsOf, listAt, textAt, verdict, type Condition, type Health, type HealthRule } from '../verdict.ts';

/** What the gateway or parent says; `who` stands before its messages. */
interface Part {
  readonly who: string;
  readonly conditions: readonly Condition[];
  /** Said while it is not programmed and gives no reason. */
  readonly programming: string;
}

const messageOr = (condition: Condition, fallback: string): string => textAt(condition, ['message']) || fallback;

function judgePart({ who, conditions, programming }: Part): Health | undefined {
  for (const type of ['ResolvedRefs', 'Accepted']) {
    const failed = conditions.find((item) => item['type'] === type && item['status'] === 'False');
    if (failed !== undefined) return verdict('Degraded', `${who}${messageOr(failed, `Failed condition: ${type}`)}`);
  }
  const waiting = conditions.find((item) => item['type'] === 'Programmed' && item['status'] !== 'True');
  return waiting === undefined ? undefined : verdict('Progressing', `${who}${messageOr(waiting, programming)}`);
}

const gateway: HealthRule = (object) => {
  const own = judgePart({
    who: '',
    conditions: conditionsOf(object),
    programming: 'Gateway is still being programmed',
  });
  if (own !== undefined) return own;
  const listeners = listAt(object, ['status', 'listeners']);
  for (const listener of listeners) {
    const conditions = listAt(listener, ['conditions']);
    const health = judgePart({ who: 'Listener: ', conditions, programming: 'Listener is still being programmed' });
    if (health !== undefined) return health;
  }
  const known = conditionsOf(object).length > 0 || listeners.length > 0;
  return known ? verdict('Healthy', 'Gateway is healthy') : verdict('Progressing', 'Waiting for Gateway status');
};

/** A parent counts once one of its conditions is of the present generation. */
function isCurrent(object: KubeObject, conditions: readonly Condition[]): boolean {
  const { generation } = object.metadata;
  if (generation === undefined) return conditions.length > 0;
  return conditions.some((item) => item['observedGeneration'] === generation);
}

const route: HealthRule = (object) => {
  const parents = listAt(object, ['status', 'parents'])
    .map((parent) => ({ parent, conditions: listAt(parent, ['conditions']) }))
    .filter(({ conditions }) => isCurrent(object, conditions));
  for (const { parent, conditions } of parents) {
    const who = `Parent ${textAt(parent, ['parentRef', 'name'])}: `;
    const health = judgePart({ who, conditions, programming: 'Route is still being programmed' });
    if (health !== undefined) return health;
  }
  return parents.length > 0
    ? verdict('Healthy', `${object.kind} is healthy`)
    : verdict('Progressing', `Waiting for ${object.kind} status`);
};

/** A policy that hangs on ancestors: each must have seen this generation and accept it. */
function policyHealth(object: KubeObject, strict: boolean): Health {
  const ancestors = listAt(object, ['status', 'ancestors']).map((ancestor) => ({
    who: `Ancestor ${textAt(ancestor, ['ancestorRef', 'name'])}`,
    conditions: listAt(ancestor, ['conditions']),
  }));
  const { generation } = object.metadata;
  const stale = ancestors.find(({ conditions }) =>
    conditions.some(({ observedGeneration: seen }) => (strict || seen !== undefined) && seen !== generation),
  );
  if (generation !== undefined && stale !== undefined) {
    return verdict('Progressing', `Waiting for ${stale.who} to update ${object.kind} status`);
  }
  return ancestorsVerdict(object, ancestors, strict);
}

interface Ancestor {
  readonly who: string;
  readonly conditions: readonly Condition[];
}

/** An entry of a controller that has nothing to do with the target. */
const isForeign = ({ conditions }: Ancestor): boolean =>
  conditions.some(
    (item) => item['type'] === 'Accepted' && item['status'] !== 'True' && item['reason'] === 'TargetNotFound',
  );

function ancestorsVerdict(object: KubeObject, ancestors: readonly Ancestor[], strict: boolean): Health {
  const counted = strict ? ancestors : ancestors.filter((item) => !isForeign(item));
  for (const { who, conditions } of counted) {
    const refused = conditions.find(
      (item) => (item['type'] === 'Accepted' || item['type'] === 'ResolvedRefs') && item['status'] !== 'True',
    );
    if (refused !== undefined) return verdict('Degraded', `${who}: ${textAt(refused, ['message'])}`);
  }
  const silent = counted.findLast(({ conditions }) => !conditions.some((item) => item['type'] === 'Accepted'));
  if (strict && silent !== undefined) return verdict('Degraded', `${silent.who}: ${object.kind} is not accepted`);
  const accepted = counted.some(({ conditions }) => conditions.some((item) => item['type'] === 'Accepted'));
  return accepted
    ? verdict('Healthy', `${object.kind} is healthy`)
    : verdict('Progressing', `Waiting for ${object.kind} status`);
}

/** microgateway.airlock.com: only its policies have a status worth judging. */
const airlock: HealthRule = (object) =>
  object.kind.endsWith('Policy') ? policyHealth(object, true) : verdict('Healthy', `${object.kind} is healthy`);

/** The Gateway API, and gateways that follow it. */
export const GATEWAY_API: HealthTable = {
  'gateway.networking.k8s.io/Gateway': [gateway],
  'gateway.networking.k8s.io/GatewayClass': byCondition('Accepted', 'Waiting for GatewayClass status'),
  'gateway.networking.k8s.io/HTTPRoute': [route],
  'gateway.networking.k8s.io/GRPCRoute': [route],
  'gateway.networking.k8s.io/TLSRoute': [route],
  'gateway.networking.k8s.io/BackendTLSPolicy': [(object) => policyHealth(object, false)],
  'microgateway.airlock.com/*': [airlock],
};
