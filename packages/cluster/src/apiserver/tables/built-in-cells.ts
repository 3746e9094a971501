import { part, parts, textAt, type Draft } from '../draft.ts';
import {
  ageCell,
  at,
  cell,
  conditionsOf,
  containerCells,
  count,
  createdCell,
  nameCell,
  numberOf,
  orNone,
  selectorCell,
  selectorText,
  textOf,
  wide,
  type Cell,
} from './cells.ts';
import { podCells } from './pod-cells.ts';

import {
  TEMPLATE,
  sizeOf,
  addressesText,
  servicePorts,
  endpointsText,
  jobStatus,
  jobCompletions,
  jobDuration,
  since,
  nodeStatus,
  nodeRoles,
  nodeAddress,
  eventObject,
  eventAge,
  eventSource,
  accessModes,
  subjectsOf,
  hostsText,
  balancerAddresses,
  scalerTargets,
  orNotAvailable,
  status,
  text,
} from './cell-texts.ts';
const bindingCells: readonly Cell[] = [
  nameCell,
  cell('Role', (binding) => `${textOf(binding, 'roleRef', 'kind')}/${textOf(binding, 'roleRef', 'name')}`),
  ageCell,
  wide('Users', subjectsOf('User')),
  wide('Groups', subjectsOf('Group')),
  wide('ServiceAccounts', subjectsOf('ServiceAccount')),
];

const webhookCells: readonly Cell[] = [
  nameCell,
  count('Webhooks', (object) => parts(object, 'webhooks').length),
  ageCell,
];

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

const classCells: readonly Cell[] = [
  cell('Name', (object) => {
    const name = textOf(object, 'metadata', 'name');
    return textOf(object, 'metadata', 'annotations', DEFAULT_CLASS) === 'true' ? `${name} (default)` : name;
  }),
  cell('Provisioner', text('provisioner')),
  cell('ReclaimPolicy', text('reclaimPolicy')),
  cell('VolumeBindingMode', text('volumeBindingMode')),
  cell('AllowVolumeExpansion', (object) => at(object, 'allowVolumeExpansion') === true, { type: 'boolean' }),
  ageCell,
];

const claimCells: readonly Cell[] = [
  nameCell,
  cell('Status', (object) =>
    at(object, 'metadata', 'deletionTimestamp') === undefined ? textOf(object, 'status', 'phase') : 'Terminating',
  ),
  cell('Volume', text('spec', 'volumeName')),
  cell('Capacity', text('status', 'capacity', 'storage')),
  cell('Access Modes', accessModes('status', 'accessModes')),
  cell('StorageClass', text('spec', 'storageClassName')),
  cell('VolumeAttributesClass', (object) => textOf(object, 'spec', 'volumeAttributesClassName') || '<unset>'),
  ageCell,
  wide('VolumeMode', (object) => textOf(object, 'spec', 'volumeMode') || '<unset>'),
];

const volumeCells: readonly Cell[] = [
  nameCell,
  cell('Capacity', text('spec', 'capacity', 'storage')),
  cell('Access Modes', accessModes('spec', 'accessModes')),
  cell('Reclaim Policy', text('spec', 'persistentVolumeReclaimPolicy')),
  cell('Status', text('status', 'phase')),
  cell('Claim', (object) => {
    const claim = at(object, 'spec', 'claimRef') as Draft | undefined;
    return claim === undefined ? '' : `${textAt(claim, 'namespace')}/${textAt(claim, 'name')}`;
  }),
  cell('StorageClass', text('spec', 'storageClassName')),
  cell('VolumeAttributesClass', (object) => textOf(object, 'spec', 'volumeAttributesClassName') || '<unset>'),
  cell('Reason', text('status', 'reason')),
  ageCell,
  wide('VolumeMode', (object) => textOf(object, 'spec', 'volumeMode') || '<unset>'),
];

const eventCells: readonly Cell[] = [
  cell('Last Seen', eventAge('lastTimestamp', 'eventTime', 'firstTimestamp')),
  cell('Type', text('type')),
  cell('Reason', text('reason')),
  cell('Object', eventObject),
  wide('Subobject', text('involvedObject', 'fieldPath')),
  wide('Source', eventSource),
  cell('Message', (event) => textOf(event, 'message').trim()),
  wide('First Seen', eventAge('firstTimestamp', 'eventTime')),
  wide('Count', (event) => String(numberOf(event, 'count') || 1)),
  wide('Name', text('metadata', 'name')),
];

const nodeCells: readonly Cell[] = [
  nameCell,
  cell('Status', nodeStatus),
  cell('Roles', nodeRoles),
  ageCell,
  cell('Version', text('status', 'nodeInfo', 'kubeletVersion')),
  wide('Internal-IP', nodeAddress('InternalIP')),
  wide('External-IP', nodeAddress('ExternalIP')),
  wide('OS-Image', text('status', 'nodeInfo', 'osImage')),
  wide('Kernel-Version', text('status', 'nodeInfo', 'kernelVersion')),
  wide('Container-Runtime', text('status', 'nodeInfo', 'containerRuntimeVersion')),
];

const scaledCells: readonly Cell[] = [
  nameCell,
  count('Desired', (object) => numberOf(object, 'spec', 'replicas')),
  count('Current', status('replicas')),
  count('Ready', status('readyReplicas')),
  ageCell,
  ...containerCells(...TEMPLATE),
  selectorCell,
];

/** Columns by storage; what is not here shows Name and Created At. */
export const BUILT_IN_CELLS: ReadonlyMap<string, readonly Cell[]> = new Map<string, readonly Cell[]>([
  ['/pods', podCells],
  ['/nodes', nodeCells],
  ['/events', eventCells],
  [
    '/services',
    [
      nameCell,
      cell('Type', text('spec', 'type')),
      cell('Cluster-IP', (object) => orNone(textOf(object, 'spec', 'clusterIP'))),
      cell('External-IP', addressesText),
      cell('Port(s)', servicePorts),
      ageCell,
      wide('Selector', (object) => selectorText(at(object, 'spec', 'selector'))),
    ],
  ],
  ['/endpoints', [nameCell, cell('Endpoints', endpointsText), ageCell]],
  ['/configmaps', [nameCell, cell('Data', (object) => String(sizeOf(object, 'data', 'binaryData'))), ageCell]],
  [
    '/secrets',
    [nameCell, cell('Type', text('type')), cell('Data', (object) => String(sizeOf(object, 'data'))), ageCell],
  ],
  ['/serviceaccounts', [nameCell, cell('Secrets', (object) => String(parts(object, 'secrets').length)), ageCell]],
  ['/namespaces', [nameCell, cell('Status', text('status', 'phase')), ageCell]],
  ['/persistentvolumeclaims', claimCells],
  ['/persistentvolumes', volumeCells],
  ['/replicationcontrollers', scaledCells],
  ['apps/replicasets', scaledCells],
  [
    'apps/deployments',
    [
      nameCell,
      cell(
        'Ready',
        (object) => `${numberOf(object, 'status', 'readyReplicas')}/${numberOf(object, 'spec', 'replicas')}`,
      ),
      count('Up-to-date', status('updatedReplicas')),
      count('Available', status('availableReplicas')),
      ageCell,
      ...containerCells(...TEMPLATE),
      selectorCell,
    ],
  ],
  [
    'apps/statefulsets',
    [
      nameCell,
      cell(
        'Ready',
        (object) => `${numberOf(object, 'status', 'readyReplicas')}/${numberOf(object, 'spec', 'replicas')}`,
      ),
      ageCell,
      ...containerCells(...TEMPLATE),
    ],
  ],
  [
    'apps/daemonsets',
    [
      nameCell,
      count('Desired', status('desiredNumberScheduled')),
      count('Current', status('currentNumberScheduled')),
      count('Ready', status('numberReady')),
      count('Up-to-date', status('updatedNumberScheduled')),
      count('Available', status('numberAvailable')),
      cell('Node Selector', (object) => selectorText(at(object, ...TEMPLATE, 'nodeSelector'))),
      ageCell,
      ...containerCells(...TEMPLATE),
      selectorCell,
    ],
  ],
  [
    'apps/controllerrevisions',
    [
      nameCell,
      cell('Controller', (object) => {
        const owner = parts(part(object, 'metadata'), 'ownerReferences').find((item) => item['controller'] === true);
        return owner === undefined ? '<none>' : `${textAt(owner, 'kind').toLowerCase()}/${textAt(owner, 'name')}`;
      }),
      count('Revision', (object) => numberOf(object, 'revision')),
      ageCell,
    ],
  ],
  [
    'batch/jobs',
    [
      nameCell,
      cell('Status', jobStatus),
      cell('Completions', jobCompletions),
      cell('Duration', jobDuration),
      ageCell,
      ...containerCells(...TEMPLATE),
      selectorCell,
    ],
  ],
  [
    'batch/cronjobs',
    [
      nameCell,
      cell('Schedule', text('spec', 'schedule')),
      cell('Timezone', (object) => orNone(textOf(object, 'spec', 'timeZone'))),
      cell('Suspend', (object) => (at(object, 'spec', 'suspend') === true ? 'True' : 'False'), { type: 'boolean' }),
      count('Active', (object) => parts(part(object, 'status'), 'active').length),
      cell('Last Schedule', since('status', 'lastScheduleTime')),
      ageCell,
      ...containerCells('spec', 'jobTemplate', 'spec', 'template', 'spec'),
    ],
  ],
  [
    'autoscaling/horizontalpodautoscalers',
    [
      nameCell,
      cell(
        'Reference',
        (object) =>
          `${textOf(object, 'spec', 'scaleTargetRef', 'kind')}/${textOf(object, 'spec', 'scaleTargetRef', 'name')}`,
      ),
      cell('Targets', scalerTargets),
      cell('MinPods', (object) => textOf(object, 'spec', 'minReplicas') || '<unset>'),
      count('MaxPods', (object) => numberOf(object, 'spec', 'maxReplicas')),
      count('Replicas', status('currentReplicas')),
      ageCell,
    ],
  ],
  [
    'policy/poddisruptionbudgets',
    [
      nameCell,
      cell('Min Available', orNotAvailable('spec', 'minAvailable')),
      cell('Max Unavailable', orNotAvailable('spec', 'maxUnavailable')),
      count('Allowed Disruptions', status('disruptionsAllowed')),
      ageCell,
    ],
  ],
  [
    'networking.k8s.io/ingresses',
    [
      nameCell,
      cell('Class', (object) => orNone(textOf(object, 'spec', 'ingressClassName'))),
      cell('Hosts', hostsText),
      cell('Address', balancerAddresses),
      cell('Ports', (object) => (parts(part(object, 'spec'), 'tls').length > 0 ? '80, 443' : '80')),
      ageCell,
    ],
  ],
  [
    'networking.k8s.io/networkpolicies',
    [nameCell, cell('Pod-Selector', (object) => selectorText(at(object, 'spec', 'podSelector'))), ageCell],
  ],
  [
    'discovery.k8s.io/endpointslices',
    [
      nameCell,
      cell('AddressType', text('addressType')),
      cell('Ports', (object) =>
        orNone(
          parts(object, 'ports')
            .map((port) => textOf(port, 'port'))
            .join(','),
        ),
      ),
      cell('Endpoints', (object) =>
        orNone(
          parts(object, 'endpoints')
            .flatMap((item) => (item['addresses'] as string[] | undefined) ?? [])
            .join(','),
        ),
      ),
      ageCell,
    ],
  ],
  ['rbac.authorization.k8s.io/rolebindings', bindingCells],
  ['rbac.authorization.k8s.io/clusterrolebindings', bindingCells],
  ['storage.k8s.io/storageclasses', classCells],
  ['coordination.k8s.io/leases', [nameCell, cell('Holder', text('spec', 'holderIdentity')), ageCell]],
  [
    'scheduling.k8s.io/priorityclasses',
    [
      nameCell,
      count('Value', (object) => numberOf(object, 'value')),
      cell('Global-Default', (object) => at(object, 'globalDefault') === true, { type: 'boolean' }),
      ageCell,
    ],
  ],
  ['admissionregistration.k8s.io/mutatingwebhookconfigurations', webhookCells],
  ['admissionregistration.k8s.io/validatingwebhookconfigurations', webhookCells],
  [
    'apiregistration.k8s.io/apiservices',
    [
      nameCell,
      cell('Service', () => 'Local'),
      cell(
        'Available',
        (object) =>
          textAt(
            conditionsOf(object).find((item) => item['type'] === 'Available'),
            'status',
          ) || 'True',
      ),
      ageCell,
    ],
  ],
]);

/** Columns of built-in kinds without columns of their own. */
export const PLAIN_CELLS: readonly Cell[] = [nameCell, createdCell];
