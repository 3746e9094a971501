import { getPath, isObject } from '@argosy/std';
import type { HealthStatusCode } from '@argosy/api/cd';
import type { HealthTable, Says, Step } from '../table.ts';
import { conditionOf, conditionsOf, listAt, numberAt, textAt, verdict, type HealthRule } from '../verdict.ts';

const ANNOTATION = 'cnpg.io/reconciliationLoop';

/** Phases of postgresql.cnpg.io/Cluster by what they mean; the phase is told, not a code. */
const CNPG_PHASES: { readonly [phase: string]: HealthStatusCode } = {
  'Cluster in healthy state': 'Healthy',
  'Setting up primary': 'Progressing',
  'Creating a new replica': 'Progressing',
  'Upgrading cluster': 'Progressing',
  'Waiting for the instances to become active': 'Progressing',
  'Promoting to primary cluster': 'Progressing',
  'Switchover in progress': 'Degraded',
  'Failing over': 'Degraded',
  'Upgrading Postgres major version': 'Degraded',
  'Cluster upgrade delayed': 'Degraded',
  'Waiting for user action': 'Degraded',
  'Primary instance is being restarted in-place': 'Degraded',
  'Primary instance is being restarted without a switchover': 'Degraded',
  'Cluster cannot execute instance online upgrade due to missing architecture binary': 'Degraded',
  'Online upgrade in progress': 'Degraded',
  'Applying configuration': 'Degraded',
  'Unable to create required cluster objects': 'Suspended',
  'Cluster cannot proceed to reconciliation due to an unknown plugin being required': 'Suspended',
  'Cluster has incomplete or invalid image catalog': 'Suspended',
  'Cluster is unrecoverable and needs manual intervention': 'Suspended',
};

const cnpgCluster: HealthRule = (object) => {
  const annotations = object.metadata.annotations ?? {};
  if (annotations[ANNOTATION] === 'disabled' || annotations['cnpg.io/reconciliation'] === 'disabled') {
    return verdict('Suspended', 'Cluster reconciliation is suspended');
  }
  const reason = textAt(object, ['status', 'phaseReason']);
  if (!Array.isArray(getPath(object, ['status', 'conditions']))) return verdict('Progressing', reason);
  const asleep = conditionOf(object, 'cnpg.io/hibernation');
  if (asleep !== undefined) {
    return verdict(asleep['status'] === 'True' ? 'Suspended' : 'Degraded', textAt(asleep, ['message']));
  }
  const phase = textAt(object, ['status', 'phase']);
  return verdict(Object.hasOwn(CNPG_PHASES, phase) ? (CNPG_PHASES[phase] ?? 'Unknown') : 'Unknown', reason);
};

const cnpgDatabase: HealthRule = (object) => {
  const { generation } = object.metadata;
  const seen = generation === undefined || getPath(object, ['status', 'observedGeneration']) === generation;
  const applied = getPath(object, ['status', 'applied']);
  const message = textAt(object, ['status', 'message']);
  if (applied === true && seen) return verdict('Healthy', message);
  if (applied === false && seen) return verdict('Degraded', message || 'CloudNativePG failed to apply the Database');
  return verdict('Progressing', message || 'Waiting for CloudNativePG to reconcile Database');
};

/** MariaDB kinds: all conditions must hold; `isFailure` tells which false one is past waiting for. */
function everyCondition(
  isFailure: (reason: string, message: string) => boolean,
  tell: (reason: string, message: string) => string,
): readonly Step[] {
  const rule: HealthRule = (object) => {
    const conditions = conditionsOf(object);
    const told = conditions.find((item) => item['status'] === 'False') ?? conditions.at(-1);
    if (told === undefined) return undefined;
    const [reason, message] = [textAt(told, ['reason']), textAt(told, ['message'])];
    if (told['status'] !== 'False') return verdict('Healthy', tell(reason, message));
    return verdict(isFailure(reason, message) ? 'Degraded' : 'Progressing', tell(reason, message));
  };
  return [rule, ['Progressing', 'No status info available']];
}

/** MariaDB kinds with one Ready condition; until it comes the newest message is told. */
const mariaReady: readonly Step[] = [
  (object) => {
    const ready = conditionOf(object, 'Ready');
    const told = ready ?? conditionsOf(object).at(-1);
    if (told === undefined) return undefined;
    const status = ready === undefined ? 'Progressing' : ready['status'] === 'True' ? 'Healthy' : 'Degraded';
    return verdict(status, textAt(told, ['message']));
  },
  ['Progressing', 'No status info available'],
];

const JOB_MESSAGE = '{reason} {message}';

const mariaSqlJob: readonly Step[] = [
  {
    conditions: [
      ['*=True:JobComplete', 'Healthy', JOB_MESSAGE],
      ['*=True:JobFailed', 'Degraded', JOB_MESSAGE],
    ],
  },
  (object) => {
    const last = conditionsOf(object).at(-1);
    const message = `${textAt(last, ['reason'])} ${textAt(last, ['message'])}`;
    return last === undefined ? undefined : verdict('Progressing', message);
  },
  ['Progressing', 'No status info available'],
];

const NODES = '{status.ready}/{status.size} node(s) are ready';

/** pxc.percona.com: an error comes as a list of texts. */
const xtradbError: HealthRule = (object) => {
  if (textAt(object, ['status', 'state']) !== 'error') return undefined;
  const messages = getPath(object, ['status', 'message']);
  return verdict('Degraded', `Cluster is on error: ${Array.isArray(messages) ? messages.join(', ') : ''}`);
};

const UNSURE =
  'Ensure your ArgoCD is current and then check for/file a bug report: https://github.com/argoproj/argo-cd/issues';

const UNKNOWN_CLUSTER = verdict('Unknown', `Elasticsearch Cluster status is unknown. ${UNSURE}`);

const elasticsearch: HealthRule = (object) => {
  const available = getPath(object, ['status', 'availableNodes']);
  if (typeof available !== 'number') return UNKNOWN_CLUSTER;
  const wanted = listAt(object, ['spec', 'nodeSets']).reduce((sum, item) => sum + Number(item['count'] ?? 0), 0);
  if (available < wanted) {
    const message = `The desired amount of nodes is ${wanted} but the amount of availableNodes is ${available}`;
    return verdict('Progressing', message);
  }
  return available > wanted ? UNKNOWN_CLUSTER : undefined;
};

const SHARDS = 'Check the status of indices, replicas and shards';

/** By colour, once the phase is Ready. */
const elasticColour: HealthRule = (object) => {
  if (textAt(object, ['status', 'phase']) !== 'Ready') return undefined;
  switch (textAt(object, ['status', 'health'])) {
    case 'green':
      return verdict('Healthy', 'Elasticsearch Cluster status is Green');
    case 'yellow':
      return verdict('Progressing', `Elasticsearch Cluster status is Yellow. ${SHARDS}`);
    case 'red':
      return verdict('Degraded', `Elasticsearch Cluster status is Red. ${SHARDS}`);
    default:
      return undefined;
  }
};

const cassandraRacks: HealthRule = (object) => {
  const racks = getPath(object, ['status', 'racks']);
  if (!isObject(racks)) return undefined;
  const short = Object.values(racks).some(
    (rack) =>
      isObject(rack) &&
      rack['members'] !== undefined &&
      rack['readyMembers'] !== undefined &&
      rack['members'] !== rack['readyMembers'],
  );
  return short ? undefined : verdict('Healthy');
};

const minioProgress: HealthRule = (object) => {
  const state = textAt(object, ['status', 'currentState']);
  const going = ['Provisioning', 'Waiting', 'Updating'].some((word) => state.startsWith(word));
  return going ? verdict('Progressing', state) : undefined;
};

const STATE: Says = ['Degraded', '{status.currentState}'];

const solrNodes: HealthRule = (object) => {
  if (!Array.isArray(getPath(object, ['status', 'solrNodes']))) return undefined;
  const ready = listAt(object, ['status', 'solrNodes']).every((node) => node['ready'] === true);
  return ready ? verdict('Healthy', 'Solr is ready') : verdict('Progressing', 'Not all replicas are ready');
};

const zookeeper: HealthRule = (object) => {
  const ready = numberAt(object, ['status', 'readyReplicas']);
  const all = ready !== 0 && ready === getPath(object, ['status', 'replicas']);
  return all ? verdict('Healthy', 'All ZK Nodes have joined the ensemble') : undefined;
};

const clickhouse = (name: string): readonly Step[] => [
  {
    at: 'status.status',
    is: {
      Completed: ['Healthy', `${name} installation completed successfully`],
      InProgress: ['Progressing', `${name} installation in progress`],
    },
    other: ['Degraded', `${name} status: {status.status}`],
  },
  ['Progressing', `${name} status not yet available`],
];

const atlas = (going: readonly (readonly [string, string])[]): readonly Step[] => [
  (object) => {
    const ready = conditionOf(object, 'Ready');
    if (ready === undefined) return undefined;
    const reason = textAt(ready, ['reason']);
    if (ready['status'] === 'True') return verdict('Healthy', reason);
    const works = going.some(([field, value]) => ready[field] === value);
    return verdict(works ? 'Progressing' : 'Degraded', reason);
  },
  ['Progressing', 'Waiting for Atlas Operator'],
];

const byMessage = (_: string, message: string): string => message;

/** Databases and search engines. */
export const DATABASES: HealthTable = {
  'postgresql.cnpg.io/Cluster': [cnpgCluster],
  'postgresql.cnpg.io/Database': [cnpgDatabase],
  'postgresql.cnpg.io/Backup': [
    {
      at: 'status.phase',
      is: {
        '': ['Progressing', 'Waiting for backup to be processed'],
        completed: ['Healthy', 'Backup completed'],
        failed: ['Degraded', '{status.error|$status.phase}'],
        walArchivingFailing: ['Degraded', '{status.error|$status.phase}'],
        'invalid backup definition': ['Degraded', '{status.error|$status.phase}'],
      },
      other: ['Progressing', '{status.phase}'],
    },
    ['Progressing', 'Waiting for backup to be processed'],
  ],
  'acid.zalan.do/postgresql': [
    {
      at: 'status.PostgresClusterStatus',
      is: {
        Running: ['Healthy', 'Running'],
        Creating: ['Progressing', 'Creating'],
        Updating: ['Progressing', 'Updating'],
      },
      other: ['Degraded', '{status.PostgresClusterStatus}'],
    },
    ['Progressing', 'Waiting for postgres cluster status...'],
  ],
  'k8s.mariadb.com/MariaDB': everyCondition((reason) => reason === 'Failed', byMessage),
  'mariadb.mmontes.io/MariaDB': everyCondition(() => false, byMessage),
  'k8s.mariadb.com/Backup': everyCondition(
    (reason, message) => reason === 'CronJobScheduled' && message === 'Failed',
    (reason, message) => `${reason} ${message}`,
  ),
  'k8s.mariadb.com/Database': mariaReady,
  'k8s.mariadb.com/Grant': mariaReady,
  'k8s.mariadb.com/User': mariaReady,
  'k8s.mariadb.com/SqlJob': mariaSqlJob,
  'psmdb.percona.com/PerconaServerMongoDB': [
    {
      at: 'status.state',
      is: {
        initializing: ['Progressing', NODES],
        ready: ['Healthy', NODES],
        error: ['Degraded', NODES],
        stopping: ['Progressing', NODES],
        paused: ['Suspended', NODES],
      },
      other: ['Unknown', NODES],
    },
    ['Unknown', 'Cluster status is unknown'],
  ],
  'pxc.percona.com/PerconaXtraDBCluster': [
    xtradbError,
    {
      at: 'status.state',
      is: {
        initializing: ['Progressing', NODES],
        ready: ['Healthy', NODES],
        paused: ['Unknown', 'Cluster is paused'],
        stopping: ['Degraded', `Cluster is stopping (${NODES})`],
      },
    },
    ['Unknown', `Cluster status is unknown. ${UNSURE}`],
  ],
  'elasticsearch.k8s.elastic.co/Elasticsearch': [
    elasticsearch,
    elasticColour,
    {
      at: 'status.phase',
      is: {
        ApplyingChanges: ['Progressing', 'Elasticsearch phase is ApplyingChanges'],
        MigratingData: ['Progressing', 'Elasticsearch phase is MigratingData'],
        Invalid: ['Degraded', 'Elasticsearch phase is Invalid'],
      },
    },
    () => UNKNOWN_CLUSTER,
  ],
  'cassandra.rook.io/Cluster': [cassandraRacks, ['Progressing', 'Waiting for Cassandra Cluster']],
  'clickhouse.altinity.com/ClickHouseInstallation': clickhouse('ClickHouse'),
  'clickhouse-keeper.altinity.com/ClickHouseKeeperInstallation': clickhouse('ClickHouseKeeper'),
  'db.atlasgo.io/AtlasSchema': atlas([
    ['message', 'Reconciling'],
    ['message', 'GettingDevDB'],
  ]),
  'db.atlasgo.io/AtlasMigration': atlas([['reason', 'Reconciling']]),
  'minio.min.io/Tenant': [
    minioProgress,
    {
      at: 'status.currentState',
      is: {
        Initialized: ['Healthy', '{status.currentState}'],
        'Statefulset not controlled by operator': STATE,
        'Another MinIO Tenant already exists in the namespace': STATE,
        'Different versions across MinIO Pools': STATE,
      },
      other: ['Unknown', '{status.currentState}'],
    },
    ['Missing', 'No status info available'],
  ],
  'solr.apache.org/SolrCloud': [solrNodes, ['Progressing', 'Waiting for solr to exist']],
  'zookeeper.pravega.io/ZookeeperCluster': [zookeeper, ['Progressing', 'Waiting for ZK Nodes to join the ensemble']],
  'objectbucket.io/ObjectBucketClaim': [
    {
      at: 'status.phase',
      is: {
        Bound: ['Healthy', 'Object bucket claim phase is Bound'],
        Failed: ['Degraded', 'Object bucket claim phase is Failed'],
      },
      other: ['Progressing', 'Object bucket claim phase is {status.phase}'],
    },
    (object) => (isObject(object['status']) ? verdict('Progressing', 'Waiting for phase to be reported') : undefined),
    ['Progressing', 'Waiting for status to be reported'],
  ],
};
