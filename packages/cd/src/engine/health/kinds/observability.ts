import { getPath, isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { whenStale, type HealthTable, type Step } from '../table.ts';
import { conditionOf, conditionsOf, textAt, verdict, type Condition, type HealthRule } from '../verdict.ts';

/** Prometheus and its kin: the last word on Available holds. */
const available: HealthRule = (object) => {
  const told = conditionsOf(object).findLast((item) => item['type'] === 'Available');
  if (told === undefined) return undefined;
  if (told['status'] === 'True') return verdict('Healthy', 'All instances are available');
  const message = textAt(told, ['message']) || textAt(told, ['reason']);
  return verdict(told['reason'] === 'SomePodsNotReady' ? 'Progressing' : 'Degraded', message);
};

const monitoring: readonly Step[] = [available, ['Progressing', 'Waiting for initialization']];

const grafana: HealthRule = (object) => {
  const stage = textAt(object, ['status', 'stage']);
  const stageStatus = getPath(object, ['status', 'stageStatus']);
  if (stageStatus === undefined) return verdict('Progressing', 'Waiting for Grafana status info');
  if (stageStatus === 'failed') return verdict('Degraded', `Failed at stage ${stage}`);
  return stage === 'complete' && stageStatus === 'success' ? verdict('Healthy') : verdict('Progressing', stage);
};

const grafanaDatasource: HealthRule = (object) => {
  if (!isObject(object['status']) || object['status']['uid'] === '') return verdict('Progressing');
  const lost = object['status']['NoMatchingInstances'] === true;
  return lost ? verdict('Degraded', "can't find matching grafana instance") : verdict('Healthy');
};

function reasonFor(condition: Condition): string {
  const [reason, type, message] = ['reason', 'type', 'message'].map((field) => textAt(condition, [field]));
  if (reason === '') return '';
  return `${reason ?? ''} for ${type ?? ''}${message === '' ? '' : ` because ${message ?? ''}`}`;
}

/** What Grafana shows: all conditions are told up to the first that fails. */
const grafanaContent: HealthRule = (object) => {
  const conditions = conditionsOf(object).filter((item) => item['status'] !== undefined);
  // FolderUIDMismatch is well when it is False.
  const fails = (item: Condition): boolean =>
    item['status'] === (item['type'] === 'FolderUIDMismatch' ? 'True' : 'False');
  const at = conditions.findIndex(fails);
  const told = at < 0 ? conditions : conditions.slice(0, at + 1);
  const message = told.map(reasonFor).join(', ');
  if (at >= 0) return verdict('Degraded', message);
  return verdict(told.some((item) => item['status'] === 'True') ? 'Healthy' : 'Progressing', message);
};

/** The share of replicas that are ready, as `2/3`. */
const SCALE = /(\d+)\/(\d+)/;

function collectorScale(object: KubeObject, scale: string): ReturnType<HealthRule> {
  const [, ready, total] = SCALE.exec(scale) ?? [];
  if (ready === undefined || total === undefined) {
    return verdict('Progressing', `Unable to parse replica status: ${scale}`);
  }
  if (Number(ready) === 0) {
    const idle = textAt(object, ['spec', 'mode']) === 'daemonset' && Number(total) === 0;
    return idle
      ? verdict('Healthy', 'DaemonSet has no schedulable nodes (0/0)')
      : verdict('Degraded', 'No replicas are ready');
  }
  return Number(ready) === Number(total)
    ? verdict('Healthy', 'All replicas are ready')
    : verdict('Progressing', 'Replicas are starting up');
}

const collector: HealthRule = (object) => {
  if (!isObject(object['status'])) return undefined;
  const scale = getPath(object, ['status', 'scale', 'statusReplicas']);
  if (typeof scale === 'string') return collectorScale(object, scale);
  return textAt(object, ['spec', 'mode']) === 'sidecar'
    ? verdict('Healthy', 'Collector is running in sidecar mode')
    : verdict('Progressing', 'Scale status not available');
};

const datadogMetric: HealthRule = (object) => {
  const failed = conditionsOf(object).find((item) => item['type'] === 'Error' && item['status'] === 'True');
  if (failed !== undefined) {
    const message = textAt(failed, ['message']) || 'DatadogMetric reported an error';
    const reason = textAt(failed, ['reason']);
    return verdict('Degraded', reason === '' ? message : `${reason}: ${message}`);
  }
  const invalid = conditionOf(object, 'Valid');
  if (invalid?.['status'] !== 'False') return verdict('Healthy', 'DatadogMetric is healthy');
  return verdict('Degraded', textAt(invalid, ['message']) || 'DatadogMetric is not valid');
};

const humio: readonly Step[] = [
  {
    at: 'status.state',
    is: {
      Exists: ['Healthy', 'Component state: Exists.'],
      NotFound: ['Missing', 'Component state: NotFound.'],
      ConfigError: ['Degraded', 'Component state: ConfigError.'],
      Unknown: ['Unknown', 'Component state: Unknown.'],
    },
  },
  ['Progressing', 'Update in progress'],
];

const coralogix: readonly Step[] = [
  {
    conditions: [
      ['RemoteSynced=True', 'Healthy', 'Resource is ready'],
      ['RemoteSynced=False', 'Degraded'],
    ],
  },
  ['Progressing', 'Waiting for status to be updated'],
];

/** Keptn: one field says how it went. */
const keptn = (kind: string, at: string): readonly Step[] => [
  { at, is: { Succeeded: ['Healthy', `${kind} is healthy`], Failed: ['Degraded', `${kind} is degraded`] } },
  ['Progressing', `${kind} is progressing`],
];

const keptnMetric: HealthRule = (object) => {
  const failed = textAt(object, ['status', 'errMsg']) !== '';
  if (failed) return verdict('Degraded', 'KeptnMetric is degraded');
  const known = getPath(object, ['status', 'value']) !== undefined;
  return known ? verdict('Healthy', 'KeptnMetric is healthy') : undefined;
};

const beatColour: HealthRule = (object) => {
  if (textAt(object, ['status', 'health']) !== 'yellow') return undefined;
  const [ready, wanted] = ['availableNodes', 'expectedNodes'].map((field) => getPath(object, ['status', field]));
  if (typeof ready !== 'number' || typeof wanted !== 'number') return undefined;
  const message = `Elastic Beat status is deploying, there is ${ready} instance(s) on ${wanted} expected`;
  return verdict('Progressing', message);
};

const REPORT =
  'Ensure your ArgoCD is current and then check for/file a bug report: https://github.com/argoproj/argo-cd/issues';

/** Monitoring, tracing, dashboards, log collectors. */
export const OBSERVABILITY: HealthTable = {
  'monitoring.coreos.com/Prometheus': monitoring,
  'monitoring.coreos.com/Alertmanager': monitoring,
  'monitoring.coreos.com/ThanosRuler': monitoring,
  'grafana.integreatly.org/Grafana': [grafana],
  'grafana.integreatly.org/GrafanaDatasource': [grafanaDatasource],
  'grafana.integreatly.org/GrafanaDashboard': [grafanaContent],
  'grafana.integreatly.org/GrafanaFolder': [grafanaContent],
  'jaegertracing.io/Jaeger': [
    {
      at: 'status.phase',
      is: { Running: ['Healthy', 'Jaeger is Running'], Failed: ['Degraded', 'Jaeger Failed For Some Reason'] },
    },
    ['Progressing', 'Waiting for Jaeger'],
  ],
  'kiali.io/Kiali': [
    {
      conditions: [
        ['Successful=True', 'Healthy'],
        ['Failure=True', 'Degraded'],
        ['Running=*:Running', 'Progressing'],
      ],
    },
    ['Progressing', 'Waiting for Kiali'],
  ],
  'opentelemetry.io/OpenTelemetryCollector': [collector, ['Progressing', 'Waiting for OpenTelemetry Collector status']],
  'operator.victoriametrics.com/*': [
    (object) =>
      isObject(object['status']) ? undefined : verdict('Progressing', 'Waiting for the operator to reconcile'),
    whenStale('Progressing', 'Waiting for the operator to reconcile'),
    {
      at: 'status.updateStatus',
      is: {
        operational: ['Healthy', 'All components are operational'],
        expanding: ['Progressing', '{status.reason|Reconciliation in progress}'],
        paused: ['Suspended', '{status.reason|Reconciliation is paused}'],
        failed: ['Degraded', '{status.reason|Reconciliation failed}'],
      },
    },
    ['Progressing', 'Waiting for the operator to report status'],
  ],
  'datadoghq.com/DatadogMetric': [datadogMetric],
  'core.humio.com/HumioAction': humio,
  'core.humio.com/HumioIngestToken': humio,
  'core.humio.com/HumioRepository': humio,
  'core.humio.com/HumioView': humio,
  'core.humio.com/HumioCluster': [
    {
      at: 'status.state',
      is: {
        Running: ['Healthy', '{status.message|Cluster is in a healthy running state}'],
        Restarting: ['Progressing', '{status.message|Cluster pods are being restarted}'],
        Upgrading: ['Progressing', '{status.message|Cluster pods are being upgraded}'],
        ConfigError: [
          'Degraded',
          '{status.message|User-provided cluster specification resulted in a configuration error}',
        ],
        Pending: ['Progressing', '{status.message|Cluster is waiting on resources to be provisioned}'],
        Unknown: ['Unknown', '{status.message|Component state: Unknown.}'],
      },
    },
    ['Progressing', 'Update in progress'],
  ],
  'coralogix.com/Alert': coralogix,
  'coralogix.com/RecordingRuleGroupSet': coralogix,
  'lifecycle.keptn.sh/KeptnAppVersion': keptn('KeptnAppVersion', 'status.status'),
  'lifecycle.keptn.sh/KeptnWorkloadInstance': keptn('KeptnWorkloadInstance', 'status.status'),
  'lifecycle.keptn.sh/KeptnWorkloadVersion': keptn('KeptnWorkloadVersion', 'status.status'),
  'lifecycle.keptn.sh/KeptnTask': keptn('KeptnTask', 'status.status'),
  'lifecycle.keptn.sh/KeptnEvaluation': keptn('KeptnEvaluation', 'status.overallStatus'),
  'metrics.keptn.sh/KeptnMetric': [keptnMetric, ['Progressing', 'KeptnMetric is progressing']],
  'metrics.keptn.sh/Analysis': [
    { at: 'status.pass', is: { true: ['Healthy', 'Analysis is healthy'] } },
    { at: 'status.warning', is: { true: ['Healthy', 'Analysis is healthy with warnings'] } },
    { at: 'status.pass', is: { false: ['Degraded', 'Analysis is degraded'] } },
    ['Progressing', 'Analysis is progressing'],
  ],
  'beat.k8s.elastic.co/Beat': [
    beatColour,
    {
      at: 'status.health',
      is: {
        red: ['Degraded', 'Elastic Beat status is Red'],
        green: ['Healthy', 'Elastic Beat status is Green'],
        yellow: ['Progressing', 'Elastic Beat phase is progressing'],
      },
      other: ['Unknown', `Elastic Beat status is unknown. ${REPORT}`],
    },
    { at: 'status.expectedNodes', is: {}, other: ['Progressing', 'Elastic Beat phase is progressing'] },
    ['Unknown', `Elastic Beat status is unknown. ${REPORT}`],
  ],
  'logstash.k8s.elastic.co/Logstash': [
    {
      at: 'status.health',
      is: {
        green: ['Healthy', 'Logstash status is Green'],
        yellow: ['Progressing', 'Logstash status is Yellow'],
        red: ['Degraded', 'Logstash status is Red'],
      },
    },
    ['Unknown', `Logstash status is unknown. ${REPORT}`],
  ],
};
