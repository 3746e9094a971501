import { getPath, isObject } from '@argosy/std';
import type { ConditionRow, HealthTable, Step } from '../table.ts';
import { conditionOf, textAt, verdict, type HealthRule } from '../verdict.ts';

/** The kinds of 3scale: a condition that holds, and what it means for that kind. */
function threeScale(kind: string, ready: string, rows: readonly ConditionRow[]): readonly Step[] {
  const good: ConditionRow = [`${ready}=True`, 'Healthy', `3scale ${kind} is ${ready.toLowerCase()}`];
  return [{ conditions: [good, ...rows] }, ['Progressing', `Waiting for 3scale ${kind} status...`]];
}

const invalid = (kind: string): ConditionRow => [
  'Invalid=True',
  'Degraded',
  `{message|3scale ${kind} configuration is invalid}`,
];
const orphan = (kind: string): ConditionRow => [
  'Orphan=True',
  'Degraded',
  `{message|3scale ${kind} references non-existing resources}`,
];
const failed = (kind: string, how = 'synchronization failed'): ConditionRow => [
  'Failed=True',
  'Degraded',
  `{message|3scale ${kind} ${how}}`,
];

const isId = (value: unknown): boolean => typeof value === 'number' && value > 0;

const scaleApplication: HealthRule = (object) => {
  if (getPath(object, ['status', 'state']) === 'suspended') {
    return verdict('Suspended', '3scale Application is suspended');
  }
  const ready = conditionOf(object, 'Ready');
  if (ready?.['status'] === 'True') return verdict('Healthy', '3scale Application is ready');
  if (ready === undefined || isId(getPath(object, ['status', 'adminId']))) return undefined;
  return verdict('Degraded', textAt(ready, ['message']) || '3scale Application is not ready');
};

const scaleTenant: HealthRule = (object) => {
  const ready = conditionOf(object, 'Ready');
  const ids = ['tenantId', 'adminId'].every((field) => isId(getPath(object, ['status', field])));
  if (ready?.['status'] === 'True') return ids ? verdict('Healthy', '3scale Tenant is ready') : undefined;
  if (ready === undefined) return undefined;
  return verdict('Degraded', textAt(ready, ['message']) || '3scale Tenant is degraded');
};

const scaleManager: HealthRule = (object) => {
  const deployments = getPath(object, ['status', 'deployments']);
  const counts = isObject(deployments) ? deployments : {};
  const settled = counts['starting'] === undefined && counts['stopped'] === undefined;
  if (counts['ready'] !== undefined && settled) return verdict('Healthy', '3scale APIManager is available');
  const available = conditionOf(object, 'Available');
  if (available?.['status'] === 'True') return verdict('Healthy', '3scale APIManager is available');
  const reason = textAt(available, ['reason']);
  return reason === '' ? undefined : verdict('Degraded', `3scale APIManager is degraded: ${reason}`);
};

/** 3scale API Management. */
export const THREE_SCALE: HealthTable = {
  'apps.3scale.net/APIManager': [scaleManager, ['Progressing', 'Waiting for 3scale APIManager status...']],
  'capabilities.3scale.net/ActiveDoc': threeScale('ActiveDoc', 'Ready', [
    invalid('ActiveDoc'),
    orphan('ActiveDoc'),
    failed('ActiveDoc'),
  ]),
  'capabilities.3scale.net/Application': [
    scaleApplication,
    ['Progressing', 'Waiting for 3scale Application status...'],
  ],
  'capabilities.3scale.net/ApplicationAuth': threeScale('ApplicationAuth', 'Ready', [
    failed('ApplicationAuth', 'failed'),
  ]),
  'capabilities.3scale.net/Backend': threeScale('Backend', 'Synced', [invalid('Backend'), failed('Backend')]),
  'capabilities.3scale.net/CustomPolicyDefinition': threeScale('CustomPolicyDefinition', 'Ready', [
    invalid('CustomPolicyDefinition'),
    failed('CustomPolicyDefinition'),
  ]),
  'capabilities.3scale.net/DeveloperAccount': threeScale('DeveloperAccount', 'Ready', [
    invalid('DeveloperAccount'),
    failed('DeveloperAccount'),
    ['Waiting=True', 'Suspended', '{message|3scale DeveloperAccount is waiting for approval}'],
  ]),
  'capabilities.3scale.net/DeveloperUser': [
    {
      at: 'status.developerUserState',
      is: { suspended: ['Suspended', '3scale Developer user is waiting for admin approval'] },
    },
    ...threeScale('DeveloperUser', 'Ready', [
      invalid('DeveloperUser'),
      orphan('DeveloperUser'),
      failed('DeveloperUser'),
    ]),
  ],
  'capabilities.3scale.net/OpenAPI': threeScale('OpenAPI', 'Ready', [
    invalid('OpenAPI'),
    failed('OpenAPI', 'reconciliation failed'),
  ]),
  'capabilities.3scale.net/Product': threeScale('Product', 'Synced', [
    invalid('Product'),
    orphan('Product'),
    failed('Product'),
  ]),
  'capabilities.3scale.net/ProxyConfigPromote': threeScale('ProxyConfigPromote', 'Ready', [
    ['In-progress=True', 'Progressing', '{message|3scale ProxyConfigPromote is in progress}'],
    ['Failed=True', 'Degraded', '{message|3cale ProxyConfigPromote failed}'],
  ]),
  'capabilities.3scale.net/Tenant': [scaleTenant, ['Progressing', 'Waiting for 3scale Tenant status...']],
};
