import { getPath, isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { whenStale, type HealthTable, type Step } from '../table.ts';
import { conditionOf, conditionsOf, textAt, verdict, type Health, type HealthRule } from '../verdict.ts';

const UP_TO_DATE = verdict('Healthy', 'Resource is up-to-date.');
const PROVISIONING = verdict('Progressing', 'Provisioning ...');

const CROSSPLANE_STATUSLESS: readonly string[] = [
  'Composition',
  'CompositionRevision',
  'DeploymentRuntimeConfig',
  'ClusterProviderConfig',
  'ProviderConfig',
  'ProviderConfigUsage',
  'ControllerConfig',
];
const UPBOUND_STATUSLESS: readonly string[] = ['ClusterProviderConfig', 'ProviderConfig', 'ProviderConfigUsage'];
const CROSSPLANE_READY = new Set(['Ready', 'Healthy', 'Offered', 'Established', 'ValidPipeline', 'RevisionHealthy']);

/** What is said before there are conditions. */
function unconditioned(object: KubeObject, statusless: readonly string[]): Health | undefined {
  const status = object['status'];
  // compat(cd-0100): a resource that has no status at all counts as up to date, whatever its kind.
  if (!isObject(status)) return UP_TO_DATE;
  if (Object.keys(status).length === 0 && statusless.includes(object.kind)) return UP_TO_DATE;
  if (Array.isArray(status['conditions'])) return undefined;
  const used = object.kind.endsWith('ProviderConfig') && status['users'] !== undefined;
  return used ? verdict('Healthy', 'Resource is in use.') : PROVISIONING;
}

const isBroken = (item: { readonly [field: string]: unknown }): boolean =>
  (item['type'] === 'LastAsyncOperation' || item['type'] === 'Synced') && item['status'] === 'False';

/** `*.crossplane.io`: the first condition that means something decides. */
const crossplane: HealthRule = (object) => {
  const early = unconditioned(object, CROSSPLANE_STATUSLESS);
  if (early !== undefined) return early;
  for (const item of conditionsOf(object)) {
    if (isBroken(item)) return verdict('Degraded', textAt(item, ['message']));
    if (CROSSPLANE_READY.has(textAt(item, ['type'])) && item['status'] === 'True') return UP_TO_DATE;
  }
  return PROVISIONING;
};

/** `*.upbound.io`: being ready does not hide a later failure. */
const upbound: HealthRule = (object) => {
  const early = unconditioned(object, UPBOUND_STATUSLESS);
  if (early !== undefined) return early;
  const broken = conditionsOf(object).find(isBroken);
  if (broken !== undefined) return verdict('Degraded', textAt(broken, ['message']));
  return conditionOf(object, 'Ready')?.['status'] === 'True' ? UP_TO_DATE : PROVISIONING;
};

/** pkg.crossplane.io packages: installed and healthy, told by the reasons of both. */
const crossplanePackage: HealthRule = (object) => {
  if (conditionsOf(object).length === 0) return undefined;
  const [installed, healthy] = [conditionOf(object, 'Installed'), conditionOf(object, 'Healthy')];
  const good = installed?.['status'] === 'True' && healthy?.['status'] === 'True';
  const reasons = [textAt(installed, ['reason']), textAt(healthy, ['reason'])].filter((text) => text !== '');
  return verdict(good ? 'Healthy' : 'Degraded', reasons.join(' '));
};

const UPDATING = verdict('Progressing', 'Update in progress');

/** Config Connector itself tells in one flag whether it is healthy. */
const configConnectorFlag: HealthRule = (object) => {
  const healthy = getPath(object, ['status', 'healthy']);
  if (!object.kind.startsWith('ConfigConnector') || healthy === undefined) return undefined;
  return healthy === true
    ? verdict('Healthy', `${object.kind} is healthy`)
    : verdict('Degraded', `${object.kind} is not healthy`);
};

const configConnector: readonly Step[] = [
  whenStale('Progressing', 'Update in progress'),
  configConnectorFlag,
  {
    conditions: [
      ['*=True:UpToDate', 'Healthy'],
      ['*=*:UpdateFailed', 'Degraded'],
      ['*=*:DependencyNotFound', 'Degraded'],
      ['*=*:DependencyNotReady', 'Suspended'],
    ],
  },
  () => UPDATING,
];

const sapService: readonly Step[] = [
  {
    conditions: [
      ['Succeeded=False', 'Degraded'],
      ['Failed=True', 'Degraded'],
    ],
  },
  (object) => (conditionsOf(object).length > 0 ? verdict('Healthy', 'Ready to use') : undefined),
  ['Progressing', 'Waiting for status'],
];

/** networking.gke.io/ManagedCertificate: one domain that cannot be seen fails the whole. */
const managedCertificate: HealthRule = (object) => {
  const domains = getPath(object, ['status', 'domainStatus']);
  const failed = Array.isArray(domains) && domains.some((item) => textAt(item, ['status']) === 'FailedNotVisible');
  return failed ? verdict('Degraded', 'At least one certificate has failed to be provisioned') : undefined;
};

const GARDENER_LABEL = 'shoot.gardener.cloud/status';

/**
 * core.gardener.cloud/Shoot, by its label. Upstream waits a quarter of an hour before it calls an unhealthy shoot
 * degraded; this engine has no clock here and calls it so at once.
 */
const shoot: HealthRule = (object) => {
  switch (object.metadata.labels?.[GARDENER_LABEL]) {
    case 'healthy':
      return verdict('Healthy', 'Component state: Healthy');
    case 'progressing':
      return verdict('Progressing', 'Component state: Update in progress');
    case 'unhealthy': {
      const failing = conditionsOf(object).some((item) => item['status'] !== 'True');
      return verdict('Degraded', `Component state: Unhealthy${failing ? ' (> 15 minutes)' : ''}`);
    }
    case 'unknown':
      return verdict('Unknown', 'Component state: Unknown');
    default:
      return UPDATING;
  }
};

/** What provisions in clouds. */
export const CLOUDS: HealthTable = {
  '*.crossplane.io/*': [crossplane],
  '*.upbound.io/*': [upbound],
  '*.cnrm.cloud.google.com/*': configConnector,
  '*.services.k8s.aws/*': [
    {
      conditions: [
        ['ACK.Terminal=True', 'Degraded'],
        ['Ready=False', 'Progressing'],
        ['Ready=True', 'Healthy', ''],
      ],
    },
    ['Progressing', 'Waiting for resource to be ready'],
  ],
  'pkg.crossplane.io/Provider': [crossplanePackage, ['Progressing', 'Waiting for provider to be installed']],
  'networking.gke.io/ManagedCertificate': [
    managedCertificate,
    { at: 'status.certificateStatus', is: { Active: ['Healthy', 'All certificates are active'] } },
    ['Progressing', 'At least one certificate is still being provisioned'],
  ],
  'services.cloud.sap.com/ServiceBinding': sapService,
  'services.cloud.sap.com/ServiceInstance': sapService,
  'pulumi.com/Stack': [
    {
      conditions: [
        ['Stalled=True', 'Degraded'],
        ['Reconciling=True', 'Progressing'],
        ['Ready=True', 'Healthy'],
      ],
    },
    ['Progressing', 'Waiting for the stack to be reconciled'],
  ],
  'core.gardener.cloud/Shoot': [shoot],
  'karpenter.sh/NodePool': [
    {
      conditions: [
        ['Ready=False', 'Degraded'],
        ['Ready=True', 'Healthy'],
      ],
    },
    { conditions: [['NodeClassReady=False', 'Degraded']] },
    ['Progressing', 'Waiting for NodePool to be ready'],
  ],
  'karpenter.sh/NodeClaim': [
    whenStale('Progressing', 'Waiting for NodeClaim spec to be reconciled'),
    { conditions: [['Disrupting=True', 'Suspended']] },
    {
      conditions: [
        ['Ready=True', 'Healthy'],
        ['Ready=False', 'Degraded'],
      ],
    },
    { conditions: [['Initialized=True', 'Progressing', 'Node initialized, waiting for Ready']] },
    { conditions: [['Registered=True', 'Progressing', 'Node registered, waiting for initialization']] },
    { conditions: [['Launched=True', 'Progressing', 'Node launched, waiting for registration']] },
    ['Progressing', 'Waiting for NodeClaim to be launched'],
  ],
  'karpenter.k8s.aws/EC2NodeClass': [
    {
      conditions: [
        ['Ready=False', 'Degraded'],
        ['Ready=True', 'Healthy', 'EC2NodeClass is ready'],
      ],
    },
    {
      conditions: [
        ['SubnetsReady=False', 'Degraded'],
        ['SecurityGroupsReady=False', 'Degraded'],
        ['ValidationSucceeded=False', 'Degraded'],
      ],
    },
    ['Progressing', 'Waiting for EC2NodeClass to be ready'],
  ],
};
