import { getPath, isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { byCondition, type HealthTable, type Step } from '../table.ts';
import { conditionNames, conditionOf, conditionsOf, numberAt, textAt, verdict, type HealthRule } from '../verdict.ts';

/** Strimzi kinds: NotReady or Ready, whichever comes first. */
const strimzi = (waiting: string): readonly Step[] => [
  {
    conditions: [
      ['NotReady=True', 'Degraded'],
      ['Ready=True', 'Healthy', ''],
    ],
  },
  ['Progressing', waiting],
];

/** A Kafka cluster that is only being created is not ready, and that is no failure. */
const strimziKafka: HealthRule = (object) => {
  const told = conditionsOf(object).find(
    (item) =>
      item['status'] === 'True' &&
      (item['type'] === 'Ready' || (item['type'] === 'NotReady' && item['reason'] !== 'Creating')),
  );
  if (told === undefined) return undefined;
  return told['type'] === 'Ready' ? verdict('Healthy') : verdict('Degraded', textAt(told, ['message']));
};

const confluent = (kind: string): readonly Step[] => [
  {
    at: 'status.phase',
    is: { RUNNING: ['Healthy', `${kind} running`], PROVISIONING: ['Progressing', `${kind} provisioning`] },
  },
  ['Progressing', `Waiting for ${kind}`],
];

const confluentConnector: HealthRule = (object) => {
  const status = object['status'];
  if (!isObject(status) || status['state'] === undefined) return undefined;
  const failedTasks = status['failedTasksCount'];
  if (status['state'] === 'CREATED' && status['connectorState'] === 'RUNNING' && failedTasks === undefined) {
    return verdict('Healthy', 'Connector running');
  }
  if (status['state'] === 'ERROR') {
    const [first] = conditionsOf(object);
    return verdict('Degraded', first === undefined ? 'No conditions available' : textAt(first, ['message']));
  }
  const failed = typeof failedTasks === 'number' && failedTasks > 0;
  return failed ? verdict('Degraded', 'Connector has failed tasks') : undefined;
};

/** Objects of the RabbitMQ topology operator. */
const rabbit = (what: string): readonly Step[] => [
  {
    conditions: [
      ['Ready=True:SuccessfulCreateOrUpdate', 'Healthy', `RabbitMQ ${what} ready`],
      ['Ready=False:FailedCreateOrUpdate', 'Degraded', `RabbitMQ ${what} failed to be created or updated`],
    ],
  },
  ['Unknown', `RabbitMQ ${what} status is unknown`],
];

const reasonOf = (object: KubeObject, type: string): string => textAt(conditionOf(object, type), ['reason']);

const rabbitCluster: HealthRule = (object) => {
  const names = conditionNames(object);
  if (names.has('ClusterAvailable=Unknown') || names.has('AllReplicasReady=Unknown')) {
    return verdict('Progressing', 'Waiting for RabbitMQ cluster readiness (conditions unknown)');
  }
  const scaled = names.has('AllReplicasReady=False') && reasonOf(object, 'AllReplicasReady') === 'ScaledToZero';
  if (scaled && numberAt(object, ['spec', 'replicas'], -1) === 0) {
    return verdict('Suspended', 'RabbitmqCluster is scaled to 0 replicas');
  }
  if (names.has('ClusterAvailable=False')) return verdict('Progressing', 'Waiting for RabbitMQ cluster formation');
  if (names.has('AllReplicasReady=False')) return verdict('Progressing', 'Waiting for RabbitMQ instances ready');
  const ready = names.has('ClusterAvailable=True') && names.has('AllReplicasReady=True');
  return ready ? verdict('Healthy', 'RabbitMQ cluster ready') : undefined;
};

/** flink.apache.org/FlinkDeployment. */
const flink: HealthRule = (object) => {
  const reconciled = getPath(object, ['status', 'reconciliationStatus']);
  if (!isObject(reconciled)) return undefined;
  if (reconciled['success'] === true || reconciled['state'] === 'DEPLOYED') return verdict('Healthy');
  switch (textAt(object, ['status', 'jobManagerDeploymentStatus'])) {
    case 'DEPLOYED_NOT_READY':
    case 'DEPLOYING':
      return verdict('Progressing', 'Waiting for deploying');
    case 'ERROR':
      return verdict('Degraded', textAt(reconciled, ['error']));
    default:
      return undefined;
  }
};

const SUCCEEDING =
  'The driver pod has been completed successfully. The executor pods terminate and are cleaned up. ' +
  'Under this circumstances, we assume the executor pod are completed.';

/** sparkoperator.k8s.io/SparkApplication runs once every executor does. */
const sparkRunning: HealthRule = (object) => {
  if (textAt(object, ['status', 'applicationState', 'state']) !== 'RUNNING') return undefined;
  const executors = getPath(object, ['status', 'executorState']);
  if (!isObject(executors)) return undefined;
  const running = Object.values(executors).filter((state) => state === 'RUNNING').length;
  const all = getPath(object, ['spec', 'executor', 'instances']) === running;
  return all ? verdict('Healthy', 'SparkApplication is Running') : undefined;
};

const SPARK_ERROR = '{status.applicationState.errorMessage}';

/** Message brokers, streams and what runs on them. */
export const MESSAGING: HealthTable = {
  'kafka.strimzi.io/Kafka': [strimziKafka, ['Progressing', 'Waiting for Kafka Cluster']],
  'kafka.strimzi.io/KafkaBridge': strimzi('Waiting for KafkaBridge'),
  'kafka.strimzi.io/KafkaConnect': strimzi('Waiting for Kafka Connect'),
  'kafka.strimzi.io/KafkaConnector': strimzi('Waiting for KafkaConnector'),
  'kafka.strimzi.io/KafkaTopic': strimzi('Waiting for Kafka Topic'),
  'kafka.strimzi.io/KafkaUser': strimzi('Waiting for Kafka User'),
  'platform.confluent.io/Connect': confluent('Connect'),
  'platform.confluent.io/ControlCenter': confluent('ControlCenter'),
  'platform.confluent.io/Kafka': confluent('Kafka'),
  'platform.confluent.io/KsqlDB': confluent('KsqlDB'),
  'platform.confluent.io/SchemaRegistry': confluent('SchemaRegistry'),
  'platform.confluent.io/Zookeeper': confluent('Zookeeper'),
  'platform.confluent.io/Connector': [confluentConnector, ['Progressing', 'Waiting for Kafka Connector']],
  'rabbitmq.com/RabbitmqCluster': [
    { conditions: [['ReconcileSuccess=False', 'Degraded']] },
    rabbitCluster,
    ['Progressing', 'Waiting for RabbitMQ Operator'],
  ],
  'rabbitmq.com/Binding': rabbit('binding'),
  'rabbitmq.com/Exchange': rabbit('exchange'),
  'rabbitmq.com/Permission': rabbit('permission'),
  'rabbitmq.com/Policy': rabbit('policy'),
  'rabbitmq.com/Queue': rabbit('queue'),
  'rabbitmq.com/Shovel': rabbit('shovel'),
  'rabbitmq.com/User': rabbit('user'),
  'rabbitmq.com/Vhost': rabbit('vhost'),
  'flink.apache.org/FlinkDeployment': [flink, ['Progressing', 'Waiting for Flink operator']],
  'sparkoperator.k8s.io/SparkApplication': [
    sparkRunning,
    {
      at: 'status.applicationState.state',
      is: {
        '': ['Progressing', 'SparkApplication was added, enqueuing it for submission'],
        SUBMITTED: ['Progressing', 'SparkApplication was submitted successfully'],
        COMPLETED: ['Healthy', 'SparkApplication was Completed'],
        FAILED: ['Degraded', SPARK_ERROR],
        SUBMISSION_FAILED: ['Degraded', SPARK_ERROR],
        PENDING_RERUN: ['Progressing', 'SparkApplication is Pending Rerun'],
        INVALIDATING: ['Missing', 'SparkApplication is in InvalidatingState'],
        SUCCEEDING: ['Progressing', SUCCEEDING],
        FAILING: ['Degraded', SPARK_ERROR],
        UNKNOWN: [
          'Progressing',
          'SparkApplication is in UnknownState because either driver pod or one or all executor pods in unknown state  ',
        ],
      },
    },
    ['Progressing', 'Waiting for Executor pods'],
  ],
  'camel.apache.org/Integration': byCondition('Ready', 'Waiting for Integration'),
};
