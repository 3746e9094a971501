import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { healthOf } from './index.ts';

const make = (apiVersion: string, kind: string, parts: { readonly [field: string]: unknown }): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'x', generation: 2 },
  ...parts,
});
type Case = [reason: string, object: KubeObject, status: string | undefined, message?: string];
const seen = { observedGeneration: 2 };

describe('healthOf', () => {
  const cases: readonly Case[] = [
    ['paused', make('apps/v1', 'Deployment', { spec: { paused: true } }), 'Suspended', 'Deployment is paused'],
    [
      'behind',
      make('apps/v1', 'Deployment', { spec: {}, status: { observedGeneration: 1 } }),
      'Progressing',
      'Waiting for rollout to finish: observed deployment generation less than desired generation',
    ],
    [
      'late',
      make('apps/v1', 'Deployment', {
        spec: {},
        status: { ...seen, conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }] },
      }),
      'Degraded',
      'Deployment "x" exceeded its progress deadline',
    ],
    [
      'rolling',
      make('apps/v1', 'Deployment', { spec: { replicas: 3 }, status: { ...seen, updatedReplicas: 1 } }),
      'Progressing',
      'Waiting for rollout to finish: 1 out of 3 new replicas have been updated...',
    ],
    [
      'done',
      make('apps/v1', 'Deployment', {
        spec: { replicas: 1 },
        status: { ...seen, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
      }),
      'Healthy',
    ],
    [
      'set not ready',
      make('apps/v1', 'StatefulSet', { spec: { replicas: 2 }, status: { ...seen, readyReplicas: 1 } }),
      'Progressing',
      'Waiting for 1 pods to be ready...',
    ],
    [
      'set ready',
      make('apps/v1', 'StatefulSet', {
        spec: { replicas: 1 },
        status: { ...seen, readyReplicas: 1, currentReplicas: 1, updateRevision: 'r', currentRevision: 'r' },
      }),
      'Healthy',
      'statefulset rolling update complete 1 pods at revision r...',
    ],
    [
      'daemons',
      make('apps/v1', 'DaemonSet', {
        spec: {},
        status: { ...seen, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 },
      }),
      'Progressing',
      'Waiting for daemon set "x" rollout to finish: 1 of 2 updated pods are available...',
    ],
    [
      'replicas failing',
      make('apps/v1', 'ReplicaSet', {
        spec: {},
        status: { ...seen, conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'quota' }] },
      }),
      'Degraded',
      'quota',
    ],
    [
      'pod back-off',
      make('v1', 'Pod', {
        spec: { restartPolicy: 'Always' },
        status: {
          phase: 'Running',
          containerStatuses: [{ name: 'c', state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } } }],
        },
      }),
      'Degraded',
      'back-off',
    ],
    [
      'pod failed',
      make('v1', 'Pod', {
        spec: { restartPolicy: 'Never' },
        status: { phase: 'Failed', containerStatuses: [{ name: 'c', state: { terminated: { exitCode: 3 } } }] },
      }),
      'Degraded',
      'container "c" failed with exit code 3',
    ],
    [
      'pod ready',
      make('v1', 'Pod', {
        spec: { restartPolicy: 'Always' },
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
      }),
      'Healthy',
    ],
    ['service', make('v1', 'Service', { spec: { type: 'ClusterIP' } }), 'Healthy'],
    ['balancer', make('v1', 'Service', { spec: { type: 'LoadBalancer' }, status: {} }), 'Progressing'],
    [
      'ingress',
      make('networking.k8s.io/v1', 'Ingress', { status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } }),
      'Healthy',
    ],
    ['claim', make('v1', 'PersistentVolumeClaim', { status: { phase: 'Lost' } }), 'Degraded'],
    [
      'job failed',
      make('batch/v1', 'Job', { status: { conditions: [{ type: 'Failed', status: 'True', message: 'no' }] } }),
      'Degraded',
      'no',
    ],
    [
      'scaler',
      make('autoscaling/v2', 'HorizontalPodAutoscaler', {
        status: {
          conditions: [{ type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: 'm' }],
        },
      }),
      'Degraded',
      'm',
    ],
    ['scaler new', make('autoscaling/v2', 'HorizontalPodAutoscaler', {}), 'Progressing', 'Waiting to Autoscale'],
    [
      'api',
      make('apiregistration.k8s.io/v1', 'APIService', {
        status: { conditions: [{ type: 'Available', status: 'True', reason: 'Local', message: 'ok' }] },
      }),
      'Healthy',
      'Local: ok',
    ],
    [
      'child',
      make('argoproj.io/v1alpha1', 'Application', { status: { health: { status: 'Degraded', message: 'x' } } }),
      'Degraded',
      'x',
    ],
    [
      'workflow',
      make('argoproj.io/v1alpha1', 'Workflow', { status: { phase: 'Failed', message: 'step' } }),
      'Degraded',
      'step',
    ],
    [
      'going',
      { ...make('v1', 'Service', {}), metadata: { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' } },
      'Progressing',
      'Pending deletion',
    ],
    ['no rule', make('v1', 'ConfigMap', {}), undefined],
  ];
  it.each(cases)('%s', (...[, object, status, message]) => {
    const health = healthOf(object);
    expect(health?.status).toBe(status);
    expect(health?.message).toBe(message);
  });
});
