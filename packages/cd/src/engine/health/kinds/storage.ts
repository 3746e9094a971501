import { getPath, isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { HealthTable, Step } from '../table.ts';
import { conditionsOf, textAt, verdict, type HealthRule } from '../verdict.ts';

/** ` (one; two)`: the details of Ceph's health, in the order of their names. */
function cephDetails(object: KubeObject): string {
  const details = getPath(object, ['status', 'ceph', 'details']);
  if (!isObject(details)) return '';
  const messages = Object.keys(details)
    .sort()
    .map((name) => textAt(details, [name, 'message']))
    .filter((text) => text !== '');
  return messages.length === 0 ? '' : ` (${messages.join('; ')})`;
}

const CEPH_HEALTH: { readonly [health: string]: 'Healthy' | 'Degraded' } = {
  HEALTH_OK: 'Healthy',
  HEALTH_WARN: 'Degraded',
  HEALTH_ERR: 'Degraded',
};

function cephState(state: string): 'Healthy' | 'Degraded' | 'Progressing' {
  if (state === 'Created' || state === 'Connected') return 'Healthy';
  return state === 'Error' ? 'Degraded' : 'Progressing';
}

const cephCluster: HealthRule = (object) => {
  if (!isObject(object['status'])) return verdict('Progressing', 'Waiting for status to be reported');
  const health = textAt(object, ['status', 'ceph', 'health']);
  const told = (Object.hasOwn(CEPH_HEALTH, health) ? CEPH_HEALTH[health] : undefined) ?? 'Progressing';
  const state = textAt(object, ['status', 'state']);
  // The state of the cluster only counts once Ceph itself is well.
  const counts = told === 'Healthy' && state !== '';
  const parts = [
    health === '' ? '' : `Ceph health is ${health}${cephDetails(object)}`,
    counts ? `Ceph cluster state is ${state}` : '',
    textAt(object, ['status', 'message']),
  ];
  return verdict(counts ? cephState(state) : told, parts.filter((text) => text !== '').join(' - '));
};

const cephObjectStore: HealthRule = (object) => {
  const phase = textAt(object, ['status', 'phase']);
  const endpoint = textAt(object, ['status', 'info', 'endpoint']);
  const told = phase === '' ? 'Waiting for status to be reported' : `Ceph object store phase is ${phase}`;
  const message = `${told}${endpoint === '' ? '' : ` - endpoint: ${endpoint}`}`;
  if (phase === 'Ready') return verdict('Healthy', message);
  return verdict(phase === 'Failure' ? 'Degraded' : 'Progressing', message);
};

const storageCluster: HealthRule = (object) => {
  for (const item of conditionsOf(object)) {
    const message = textAt(item, ['message']);
    switch (`${textAt(item, ['type'])}=${textAt(item, ['status'])}`) {
      case 'Degraded=True':
        return verdict('Degraded', message);
      // compat(cd-0103): not progressing is told as Progressing, as upstream does.
      case 'Progressing=False':
        return verdict('Progressing', message);
      case 'Upgradeable=True':
      case 'Available=True':
        return verdict('Healthy', message);
      default:
    }
  }
  return undefined;
};

const NO_STATUS: Step = ['Progressing', 'No status available'];

const astraBackup: readonly Step[] = [
  {
    at: 'status.state',
    is: { Completed: ['Healthy', '{kind} Completed'], Running: ['Progressing', '{kind} Running'] },
    other: ['Degraded', '{status.state}'],
  },
  NO_STATUS,
];

/** Storage and backup. */
export const STORAGE: HealthTable = {
  'ceph.rook.io/CephCluster': [cephCluster],
  'ceph.rook.io/CephObjectStore': [cephObjectStore],
  'ocs.openshift.io/StorageCluster': [
    storageCluster,
    ['Progressing', 'StorageCluster is still being initialized or is in an unknown state.'],
  ],
  'astra.netapp.io/AppVault': [
    {
      at: 'status.state',
      is: {
        available: ['Healthy', '{kind} Available'],
        Available: ['Healthy', '{kind} Available'],
        failed: ['Degraded', '{kind} Failed'],
        Failed: ['Degraded', '{kind} Failed'],
      },
    },
    NO_STATUS,
  ],
  'astra.netapp.io/Application': [
    {
      conditions: [
        ['Ready=True', 'Healthy', 'Astra Application Ready, protectionState: {status.protectionState}'],
        ['Ready=False', 'Degraded', 'Astra Application Degraded, message: {message}'],
      ],
    },
    NO_STATUS,
  ],
  'astra.netapp.io/Backup': astraBackup,
  'astra.netapp.io/ResourceBackup': astraBackup,
  'astra.netapp.io/ResticVolumeBackup': astraBackup,
  'astra.netapp.io/ExecHook': [
    { at: 'spec.enabled', is: { true: ['Healthy', '{kind} enabled'], false: ['Suspended', '{kind} disabled'] } },
    NO_STATUS,
  ],
  'astra.netapp.io/Schedule': [
    {
      at: 'status.lastScheduleTime',
      is: {},
      other: ['Healthy', 'Protection policy lastScheduleTime: {status.lastScheduleTime}'],
    },
    ['Healthy', 'Protection policy not yet executed'],
  ],
  'trident.netapp.io/TridentOrchestrator': [
    { at: 'status.status', is: { Installed: ['Healthy', '{status.message}'] } },
    ['Progressing', 'Waiting for trident installation'],
  ],
  'trident.netapp.io/TridentBackendConfig': [
    (object) =>
      textAt(object, ['status', 'phase']) === 'Bound' && textAt(object, ['status', 'lastOperationStatus']) === 'Success'
        ? verdict('Healthy', textAt(object, ['status', 'message']))
        : undefined,
    { at: 'status.lastOperationStatus', is: { Failed: ['Degraded', '{status.message}'] } },
    ['Progressing', 'Waiting for backend creation'],
  ],
};
