import { parseApiVersion, type KubeObject } from '@argosy/kube/meta';
import { matchesGlob } from '../../glob.ts';
import { judgeBySteps, type HealthTable, type Step } from '../table.ts';
import type { Health } from '../verdict.ts';
import { ARGO } from './argo.ts';
import { CLOUDS } from './clouds.ts';
import { CLUSTER_API } from './cluster-api.ts';
import { DATABASES } from './databases.ts';
import { FLUX } from './flux.ts';
import { GATEWAY_API } from './gateway-api.ts';
import { GATEWAYS } from './gateways.ts';
import { KUBERNETES } from './kubernetes.ts';
import { MESSAGING } from './messaging.ts';
import { NUMAPROJ } from './numaproj.ts';
import { OBSERVABILITY } from './observability.ts';
import { POLICIES } from './policies.ts';
import { PROMOTER } from './promoter.ts';
import { SECRETS } from './secrets.ts';
import { SERVING } from './serving.ts';
import { STORAGE } from './storage.ts';
import { THREE_SCALE } from './three-scale.ts';
import { WORKLOADS } from './workloads.ts';

const TABLES: readonly HealthTable[] = [
  ARGO,
  CLOUDS,
  CLUSTER_API,
  DATABASES,
  FLUX,
  GATEWAY_API,
  GATEWAYS,
  KUBERNETES,
  MESSAGING,
  NUMAPROJ,
  OBSERVABILITY,
  POLICIES,
  PROMOTER,
  SECRETS,
  SERVING,
  STORAGE,
  THREE_SCALE,
  WORKLOADS,
];

const ENTRIES = TABLES.flatMap((table) => Object.entries(table));
const EXACT: ReadonlyMap<string, readonly Step[]> = new Map(ENTRIES.filter(([key]) => !key.includes('*')));
const WILD = ENTRIES.filter(([key]) => key.includes('*'));

/** The kinds that have a rule here, as `group/Kind`; `*` stands for any text. */
export const CUSTOM_KINDS: readonly string[] = ENTRIES.map(([key]) => key).sort();

function stepsOf(groupKind: string): readonly Step[] | undefined {
  return EXACT.get(groupKind) ?? WILD.find(([pattern]) => matchesGlob(pattern, groupKind))?.[1];
}

/** The verdict on a well-known custom kind; `undefined` when it has no rule here. */
export function customHealth(object: KubeObject): Health | undefined {
  const { group } = parseApiVersion(object.apiVersion);
  const steps = stepsOf(`${group}/${object.kind}`);
  return steps === undefined ? undefined : judgeBySteps(steps, object);
}
