import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { CUSTOM_KINDS } from './index.ts';
import { healthOf } from '../index.ts';

type Json = { readonly [field: string]: unknown };

/** `group/Kind`, the parts beside metadata, and the verdict as `Status message`. */
type Case = [groupKind: string, parts: Json, verdict: string];

function make(groupKind: string, { metadata, ...parts }: Json): KubeObject {
  const [group = '', kind = ''] = groupKind.split('/');
  return { apiVersion: `${group}/v1`, kind, metadata: { name: 'x', generation: 2, ...(metadata as Json) }, ...parts };
}

/** Conditions from `Type=Status:Reason message`. */
const when = (...texts: readonly string[]): readonly Json[] =>
  texts.map((text) => {
    const [, type, status, reason, message] = /^([^=]+)=(\w+)(?::(\S+))?(?: (.*))?$/.exec(text) ?? [];
    return { type, status, ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) };
  });

const cond = (...texts: readonly string[]): Json => ({ status: { conditions: when(...texts) } });
const phase = (text: string): Json => ({ status: { phase: text } });
const seen = { observedGeneration: 2 };

const ARGO: readonly Case[] = [
  ['argoproj.io/Rollout', {}, 'Progressing Waiting for rollout spec update to be observed'],
  ['argoproj.io/Rollout', { status: { ...seen, phase: 'Paused', message: 'step 1' } }, 'Suspended step 1'],
  ['argoproj.io/Rollout', { status: { observedGeneration: 'abc', phase: 'Healthy' } }, 'Healthy'],
  [
    'argoproj.io/Rollout',
    { status: { ...seen, conditions: when('Progressing=False:RolloutAborted gone') } },
    'Degraded gone',
  ],
  [
    'argoproj.io/Rollout',
    {
      metadata: { annotations: { 'rollout.argoproj.io/workload-generation': '3' } },
      spec: { workloadRef: {} },
      status: { ...seen, phase: 'Healthy', workloadObservedGeneration: '2' },
    },
    'Progressing Waiting for rollout spec update to be observed',
  ],
  [
    'argoproj.io/Rollout',
    {
      spec: { replicas: 1, strategy: { blueGreen: {} } },
      status: { ...seen, currentPodHash: 'h', updatedReplicas: 1, availableReplicas: 1 },
    },
    'Progressing active service cutover pending',
  ],
  ['argoproj.io/AnalysisRun', phase('Failed'), 'Degraded Analysis run failed'],
  ['argoproj.io/AnalysisRun', { status: { phase: 'Successful', message: 'fine' } }, 'Healthy fine'],
  ['argoproj.io/Experiment', phase('Running'), 'Progressing Experiment is running'],
  ['argoproj.io/ApplicationSet', cond('ResourcesUpToDate=True up', 'ErrorOccurred=True bad'), 'Degraded bad'],
  ['argoproj.io/ApplicationSet', cond('RolloutProgressing=True step 1'), 'Progressing step 1'],
  ['argoproj.io/ApplicationSet', {}, 'Progressing Waiting for the status to be reported'],
  ['argoproj.io/CronWorkflow', cond('SubmissionError=True no'), 'Degraded no'],
  ['argoproj.io/CronWorkflow', {}, 'Healthy CronWorkflow is healthy.'],
  ['argoproj.io/EventBus', cond('Deployed=False:NoPods'), 'Degraded NoPods'],
];

const KUBERNETES: readonly Case[] = [
  ['batch/CronJob', { spec: { suspend: true } }, 'Healthy CronJob is Suspended'],
  [
    'batch/CronJob',
    { status: { lastScheduleTime: '2026-01-02T00:00:00Z', lastSuccessfulTime: '2026-01-01T00:00:00Z' } },
    'Degraded CronJob has not completed its last execution successfully',
  ],
  ['batch/CronJob', { status: {} }, 'Healthy CronJob has not been scheduled yet'],
  [
    'apiextensions.k8s.io/CustomResourceDefinition',
    cond('Established=True', 'NamesAccepted=False taken'),
    'Degraded CRD names have not been accepted: taken',
  ],
  [
    'apiextensions.k8s.io/CustomResourceDefinition',
    cond('NamesAccepted=True', 'Established=False:Installing'),
    'Progressing CRD is being installed',
  ],
  ['apiextensions.k8s.io/CustomResourceDefinition', cond('Established=True'), 'Healthy CRD is healthy'],
  [
    'policy/PodDisruptionBudget',
    cond('DisruptionAllowed=False:SyncFailed'),
    'Degraded PodDisruptionBudget has SyncFailed',
  ],
  [
    'policy/PodDisruptionBudget',
    cond('DisruptionAllowed=False:InsufficientPods'),
    'Healthy PodDisruptionBudget has InsufficientPods',
  ],
  ['snapshot.storage.k8s.io/VolumeSnapshot', { status: { error: { message: 'full' } } }, 'Degraded full'],
  ['gateway.networking.k8s.io/Gateway', cond('Accepted=False no class'), 'Degraded no class'],
  [
    'gateway.networking.k8s.io/Gateway',
    { status: { listeners: [{ conditions: when('Programmed=False') }] } },
    'Progressing Listener: Listener is still being programmed',
  ],
  [
    'gateway.networking.k8s.io/HTTPRoute',
    {
      status: {
        parents: [
          { parentRef: { name: 'old' }, conditions: [{ type: 'Accepted', status: 'False', observedGeneration: 1 }] },
          { parentRef: { name: 'new' }, conditions: [{ type: 'Accepted', status: 'True', observedGeneration: 2 }] },
        ],
      },
    },
    'Healthy HTTPRoute is healthy',
  ],
  ['gateway.networking.k8s.io/GRPCRoute', {}, 'Progressing Waiting for GRPCRoute status'],
  [
    'gateway.networking.k8s.io/BackendTLSPolicy',
    {
      status: {
        ancestors: [
          { ancestorRef: { name: 'a' }, conditions: [{ ...when('Accepted=False no')[0], observedGeneration: 2 }] },
        ],
      },
    },
    'Degraded Ancestor a: no',
  ],
  ['microgateway.airlock.com/Engine', {}, 'Healthy Engine is healthy'],
  ['cluster.x-k8s.io/Cluster', { spec: { paused: true } }, 'Suspended Cluster is paused'],
  ['cluster.x-k8s.io/Machine', phase('Running'), 'Healthy Machine is running'],
  [
    'cluster.x-k8s.io/MachinePool',
    { status: { phase: 'Scaling', conditions: when('Ready=False:Waiting') } },
    'Healthy MachinePool is Scaling: Not Ready (Waiting)',
  ],
  [
    'controlplane.cluster.x-k8s.io/KubeadmControlPlane',
    { status: { replicas: 3, updatedReplicas: 2, readyReplicas: 3 } },
    'Progressing Updating: 2/3 updated, 3 ready',
  ],
];

const PLATFORM: readonly Case[] = [
  ['cert-manager.io/Certificate', cond('Ready=True ok', 'Issuing=True again'), 'Progressing again'],
  ['cert-manager.io/Certificate', {}, 'Progressing Waiting for certificate'],
  ['cert-manager.io/CertificateRequest', cond('Ready=False:Pending wait'), 'Progressing wait'],
  ['cert-manager.io/Issuer', cond('Ready=False no account'), 'Degraded no account'],
  ['acme.cert-manager.io/Order', { status: { state: 'invalid' } }, 'Degraded Order is invalid'],
  ['external-secrets.io/ExternalSecret', cond('Ready=True synced'), 'Healthy synced'],
  ['external-secrets.io/ClusterExternalSecret', cond('Ready=True', 'NotReady=True no'), 'Degraded no'],
  ['external-secrets.io/SecretStore', {}, 'Progressing Waiting for SecretStore'],
  ['kubernetes-client.io/ExternalSecret', { status: { status: 'ERROR, denied' } }, 'Degraded denied'],
  ['bitnami.com/SealedSecret', cond('Synced=False no key'), 'Degraded no key'],
  ['s3.aws.crossplane.io/Bucket', cond('Synced=False quota'), 'Degraded quota'],
  ['s3.aws.crossplane.io/Bucket', cond('Synced=True', 'Ready=True'), 'Healthy Resource is up-to-date.'],
  ['s3.aws.crossplane.io/Bucket', cond('Ready=False'), 'Progressing Provisioning ...'],
  ['aws.crossplane.io/ProviderConfig', { status: { users: 2 } }, 'Healthy Resource is in use.'],
  ['ec2.aws.upbound.io/VPC', cond('Ready=True', 'LastAsyncOperation=False late'), 'Degraded late'],
  ['pkg.crossplane.io/Provider', cond('Installed=True:Active', 'Healthy=False:Sick'), 'Degraded Active Sick'],
  ['sql.cnrm.cloud.google.com/SQLInstance', cond('Ready=True:UpToDate done'), 'Healthy done'],
  [
    'sql.cnrm.cloud.google.com/SQLInstance',
    { status: { observedGeneration: 1, conditions: when('Ready=True:UpToDate') } },
    'Progressing Update in progress',
  ],
  ['core.cnrm.cloud.google.com/ConfigConnector', { status: { healthy: true } }, 'Healthy ConfigConnector is healthy'],
  ['rds.services.k8s.aws/DBInstance', cond('ACK.Terminal=True bad engine'), 'Degraded bad engine'],
  ['rds.services.k8s.aws/DBInstance', cond('Ready=True yes'), 'Healthy'],
  ['karpenter.sh/NodeClaim', cond('Registered=True'), 'Progressing Node registered, waiting for initialization'],
  [
    'networking.gke.io/ManagedCertificate',
    { status: { domainStatus: [{ status: 'FailedNotVisible' }] } },
    'Degraded At least one certificate has failed to be provisioned',
  ],
  [
    'core.gardener.cloud/Shoot',
    { metadata: { labels: { 'shoot.gardener.cloud/status': 'healthy' } } },
    'Healthy Component state: Healthy',
  ],
  ['kustomize.toolkit.fluxcd.io/Kustomization', { spec: { suspend: true } }, 'Suspended Kustomization is suspended'],
  [
    'kustomize.toolkit.fluxcd.io/Kustomization',
    { spec: {}, ...cond('Ready=Unknown:Progressing', 'Reconciling=True') },
    'Progressing Progressing',
  ],
  ['helm.toolkit.fluxcd.io/HelmRelease', { spec: {}, ...cond('Ready=True:Done', 'Released=True') }, 'Healthy Done'],
  ['helm.toolkit.fluxcd.io/HelmRelease', { spec: {}, ...cond('Ready=False:Failed') }, 'Degraded Failed'],
  [
    'source.toolkit.fluxcd.io/HelmRepository',
    { spec: { type: 'oci' } },
    "Healthy Helm repositories of type 'oci' do not contain any information in the status.",
  ],
  ['source.toolkit.fluxcd.io/GitRepository', {}, 'Progressing Status unknown'],
];

const SERVICES: readonly Case[] = [
  [
    'postgresql.cnpg.io/Cluster',
    { status: { phase: 'Failing over', phaseReason: 'p1', conditions: [] } },
    'Degraded p1',
  ],
  ['k8s.mariadb.com/MariaDB', cond('Ready=False:Failed dead'), 'Degraded dead'],
  ['k8s.mariadb.com/Database', cond('Ready=True made'), 'Healthy made'],
  [
    'psmdb.percona.com/PerconaServerMongoDB',
    { status: { state: 'paused', ready: 0, size: 3 } },
    'Suspended 0/3 node(s) are ready',
  ],
  [
    'elasticsearch.k8s.elastic.co/Elasticsearch',
    { spec: { nodeSets: [{ count: 3 }] }, status: { availableNodes: 2 } },
    'Progressing The desired amount of nodes is 3 but the amount of availableNodes is 2',
  ],
  [
    'elasticsearch.k8s.elastic.co/Elasticsearch',
    { spec: { nodeSets: [{ count: 1 }] }, status: { availableNodes: 1, phase: 'Ready', health: 'green' } },
    'Healthy Elasticsearch Cluster status is Green',
  ],
  ['acid.zalan.do/postgresql', { status: { PostgresClusterStatus: 'SyncFailed' } }, 'Degraded SyncFailed'],
  [
    'cassandra.rook.io/Cluster',
    { status: { racks: { a: { members: 2, readyMembers: 1 } } } },
    'Progressing Waiting for Cassandra Cluster',
  ],
  ['minio.min.io/Tenant', { status: { currentState: 'Provisioning Console' } }, 'Progressing Provisioning Console'],
  ['db.atlasgo.io/AtlasMigration', cond('Ready=False:Reconciling'), 'Progressing Reconciling'],
  [
    'solr.apache.org/SolrCloud',
    { status: { solrNodes: [{ ready: true }, { ready: false }] } },
    'Progressing Not all replicas are ready',
  ],
  [
    'zookeeper.pravega.io/ZookeeperCluster',
    { status: { readyReplicas: 3, replicas: 3 } },
    'Healthy All ZK Nodes have joined the ensemble',
  ],
  ['kafka.strimzi.io/Kafka', cond('NotReady=True:Creating'), 'Progressing Waiting for Kafka Cluster'],
  ['kafka.strimzi.io/KafkaTopic', cond('NotReady=True lost'), 'Degraded lost'],
  ['platform.confluent.io/KsqlDB', phase('RUNNING'), 'Healthy KsqlDB running'],
  [
    'platform.confluent.io/Connector',
    { status: { state: 'CREATED', failedTasksCount: 1 } },
    'Degraded Connector has failed tasks',
  ],
  [
    'rabbitmq.com/RabbitmqCluster',
    cond('ClusterAvailable=True', 'AllReplicasReady=True'),
    'Healthy RabbitMQ cluster ready',
  ],
  [
    'rabbitmq.com/Queue',
    cond('Ready=False:FailedCreateOrUpdate'),
    'Degraded RabbitMQ queue failed to be created or updated',
  ],
  ['flink.apache.org/FlinkDeployment', { status: { reconciliationStatus: { state: 'DEPLOYED' } } }, 'Healthy'],
  [
    'sparkoperator.k8s.io/SparkApplication',
    {
      spec: { executor: { instances: 1 } },
      status: { applicationState: { state: 'RUNNING' }, executorState: { e: 'RUNNING' } },
    },
    'Healthy SparkApplication is Running',
  ],
  [
    'ceph.rook.io/CephCluster',
    {
      status: {
        state: 'Created',
        ceph: { health: 'HEALTH_WARN', details: { B: { message: 'b' }, A: { message: 'a' } } },
      },
    },
    'Degraded Ceph health is HEALTH_WARN (a; b)',
  ],
  [
    'ceph.rook.io/CephCluster',
    { status: { state: 'Created', message: 'done', ceph: { health: 'HEALTH_OK' } } },
    'Healthy Ceph health is HEALTH_OK - Ceph cluster state is Created - done',
  ],
  ['astra.netapp.io/Backup', { status: { state: 'Completed' } }, 'Healthy Backup Completed'],
  [
    'trident.netapp.io/TridentBackendConfig',
    { status: { lastOperationStatus: 'Failed', message: 'no' } },
    'Degraded no',
  ],
  ['monitoring.coreos.com/Prometheus', cond('Available=False:SomePodsNotReady one'), 'Progressing one'],
  [
    'grafana.integreatly.org/GrafanaFolder',
    cond('FolderUIDMismatch=False:Same ok', 'FolderSynchronized=True:Applied ok'),
    'Healthy Same for FolderUIDMismatch because ok, Applied for FolderSynchronized because ok',
  ],
  [
    'opentelemetry.io/OpenTelemetryCollector',
    { status: { scale: { statusReplicas: '1/3' } } },
    'Progressing Replicas are starting up',
  ],
  ['operator.victoriametrics.com/VMCluster', { status: { updateStatus: 'failed', reason: 'why' } }, 'Degraded why'],
  ['datadoghq.com/DatadogMetric', cond('Error=True:NoData nothing'), 'Degraded NoData: nothing'],
  [
    'beat.k8s.elastic.co/Beat',
    { status: { health: 'yellow', availableNodes: 1, expectedNodes: 2 } },
    'Progressing Elastic Beat status is deploying, there is 1 instance(s) on 2 expected',
  ],
];

const WORKLOADS: readonly Case[] = [
  [
    'apps.kruise.io/CloneSet',
    { spec: { updateStrategy: { paused: true } }, status: seen },
    'Suspended Cloneset is paused',
  ],
  [
    'apps.kruise.io/StatefulSet',
    {
      spec: { updateStrategy: { rollingUpdate: { partition: 0 } } },
      status: { ...seen, updatedAvailableReplicas: 1, replicas: 1 },
    },
    'Healthy All Statefulset workloads are ready and updated',
  ],
  ['apps.kruise.io/DaemonSet', { status: { observedGeneration: 1 } }, 'Progressing Waiting for initialization'],
  [
    'rollouts.kruise.io/Rollout',
    { status: { ...seen, phase: 'Progressing', canaryStatus: { currentStepState: 'StepPaused' } } },
    'Suspended Rollout is Paused need manual intervention',
  ],
  [
    'game.kruise.io/GameServer',
    { status: { currentState: 'Creating', desiredState: 'Ready' } },
    'Progressing State change: Creating → Ready',
  ],
  [
    'apps.openshift.io/DeploymentConfig',
    cond('Available=True', 'Progressing=False'),
    'Progressing replication controller is waiting for pods to run',
  ],
  ['keda.sh/ScaledObject', cond('Ready=True r', 'Paused=True p'), 'Suspended p'],
  ['keda.sh/ScaledObject', cond('Ready=True r', 'Fallback=True f'), 'Degraded f'],
  [
    'flagger.app/Canary',
    { status: { phase: 'Progressing', canaryWeight: 20, conditions: when('Promoted=Unknown going') } },
    'Progressing Progressing --- Canary Weight: 20 % --- going',
  ],
  [
    'kubevirt.io/VirtualMachine',
    { status: { printableStatus: 'Stopped', conditions: when('Ready=False') } },
    'Suspended Stopped',
  ],
  [
    'kubevirt.io/VirtualMachineInstance',
    { status: { phase: 'Running', conditions: when('Ready=True') } },
    'Healthy Running',
  ],
  ['cdi.kubevirt.io/DataVolume', phase('ImportInProgress'), 'Progressing ImportInProgress'],
  [
    'openfaas.com/Function',
    { status: { replicas: 0, conditions: when('Ready=True') } },
    'Suspended No replicas available',
  ],
  [
    'serving.knative.dev/Service',
    cond('ConfigurationsReady=True', 'RoutesReady=True', 'Ready=True'),
    'Healthy Knative Service is healthy.',
  ],
  [
    'serving.knative.dev/Service',
    cond('Ready=False:RevisionFailed no image'),
    'Degraded Ready is False, since RevisionFailed. no image\n',
  ],
  [
    'serving.kserve.io/InferenceService',
    {
      metadata: { annotations: { 'serving.kserve.io/deploymentMode': 'RawDeployment' } },
      ...cond('IngressReady=True', 'PredictorReady=True', 'Ready=True', 'Stopped=False'),
    },
    'Healthy Inference Service is healthy.',
  ],
  [
    'operators.coreos.com/Subscription',
    cond('InstallPlanPending=True'),
    'Progressing An install plan for a subscription is pending installation',
  ],
  [
    'route.openshift.io/Route',
    { status: { ingress: [{ conditions: when('Admitted=False') }] } },
    'Degraded Route is degraded',
  ],
  ['kyverno.io/ClusterPolicy', cond('Ready=False no'), 'Degraded no'],
  [
    'policy.open-cluster-management.io/Policy',
    { spec: {}, status: { compliant: 'NonCompliant', status: [{ clustername: 'a', compliant: 'NonCompliant' }] } },
    'Degraded NonCompliant clusters: a',
  ],
  ['capabilities.3scale.net/Backend', cond('Failed=True'), 'Degraded 3scale Backend synchronization failed'],
  ['nmstate.io/NodeNetworkConfigurationPolicy', cond('Ignored=True:NoMatchingNode'), 'Suspended NoMatchingNode'],
  ['gloo.solo.io/Upstream', { status: { statuses: { ns: { state: 2, reason: 'bad' } } } }, 'Degraded bad'],
  ['install.istio.io/IstioOperator', { status: { status: 3 } }, 'Healthy Component is healthy.'],
  ['k8s.keycloak.org/Keycloak', cond('HasErrors=True oops'), 'Degraded Has Errors: oops'],
  [
    'work.karmada.io/ResourceBinding',
    { spec: { clusters: [{ name: 'a' }] }, status: { aggregatedStatus: [{ health: 'Unknown', applied: false }] } },
    'Degraded Current resource status is unhealthy',
  ],
  ['numaflow.numaproj.io/Pipeline', { status: { ...seen, phase: 'Pausing' } }, 'Healthy Pipeline is paused'],
  [
    'numaplane.numaproj.io/MonoVertexRollout',
    { status: { ...seen, phase: 'Deployed', upgradeInProgress: 'Progressive' } },
    'Progressing Update in progress',
  ],
  [
    'numaplane.numaproj.io/PipelineRollout',
    { status: { ...seen, conditions: when('PipelinePausingOrPaused=True held') } },
    'Healthy held',
  ],
  [
    'promoter.argoproj.io/PullRequest',
    { status: { id: '7', state: 'open', conditions: when('Ready=True') } },
    'Healthy Pull request is open as PR 7',
  ],
  [
    'promoter.argoproj.io/PromotionStrategy',
    {
      status: {
        conditions: when('Ready=True'),
        environments: [
          {
            branch: 'dev',
            active: { dry: { sha: 'aaaaaaaaa' } },
            proposed: { dry: { sha: 'bbbbbbbbb' }, commitStatuses: [{ key: 'ci', phase: 'pending' }] },
          },
        ],
      },
    },
    "Progressing Promotion in progress for environment 'dev' from 'aaaaaaa' to 'bbbbbbb': 1 pending, 0 successful, 0 failed. Pending commit statuses: ci. ",
  ],
];

const textOf = (object: KubeObject): string => {
  const health = healthOf(object);
  return health === undefined ? '' : `${health.status}${health.message === undefined ? '' : ` ${health.message}`}`;
};

describe('health of well-known custom kinds', () => {
  const cases = [...ARGO, ...KUBERNETES, ...PLATFORM, ...SERVICES, ...WORKLOADS];
  it.each(cases)('%s %j', (groupKind, parts, expected) => {
    expect(textOf(make(groupKind, parts))).toBe(expected);
  });

  it('says something of every kind that is listed, also of an object that is only just made', () => {
    for (const groupKind of CUSTOM_KINDS) {
      const object = make(groupKind.replace('*.', 'sub.').replace('/*', '/Thing'), { spec: {} });
      expect(healthOf(object), groupKind).toBeDefined();
    }
    expect(CUSTOM_KINDS.length).toBeGreaterThan(170);
  });

  it('never fails, whatever the object holds', () => {
    const kinds = fc.constantFrom(...CUSTOM_KINDS.map((kind) => kind.replace('*.', 'sub.').replace('/*', '/Thing')));
    const names = fc.constantFrom('conditions', 'phase', 'state', 'status', 'parents', 'environments', 'replicas');
    const status = fc.dictionary(names, fc.jsonValue(), { maxKeys: 4 });
    const parts = fc.record({ spec: fc.jsonValue(), status: fc.oneof(status, fc.jsonValue()) });
    fc.assert(
      fc.property(kinds, parts, (groupKind, made) => {
        expect(() => healthOf(make(groupKind, made))).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });

  it('holds a deleted object for gone, unless only its hook finalizer keeps it', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    const held = { ...metadata, finalizers: ['argocd.argoproj.io/hook-finalizer'] };
    expect(textOf(make('cert-manager.io/Issuer', { metadata }))).toBe('Progressing Pending deletion');
    expect(textOf(make('cert-manager.io/Issuer', { metadata: held }))).toBe('Progressing Initializing issuer');
  });
});
