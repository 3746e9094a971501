import { describe, expect, it } from 'vitest';
import { instant, type Instant } from '@argosy/std';
import { applyMergePatch, createTwoWayMergePatch } from '@argosy/kube/merge';
import type { KubeObject } from '@argosy/kube/meta';
import { DEFAULT_RESOURCE_SETTINGS, readResourceSettings } from '../settings/index.ts';
import { listActions, runAction, type ActionParams } from './index.ts';

const NOW: Instant = instant(Date.UTC(2026, 0, 2, 3, 4, 5));
type Json = { readonly [field: string]: unknown };

function make(groupKind: string, { metadata, ...parts }: Json): KubeObject {
  const [group = '', kind = ''] = groupKind.split('/');
  return {
    apiVersion: `${group}/v1`,
    kind,
    metadata: { name: 'x', namespace: 'n', uid: 'u', ...(metadata as Json) },
    ...parts,
  };
}

/** `name` when it may be run, `!name` when it is disabled. */
function offers(object: KubeObject, settings = DEFAULT_RESOURCE_SETTINGS): string {
  const found = listActions(object, settings, NOW);
  if (!found.ok) return found.error;
  return found.value.map(({ name, disabled }) => `${disabled ? '!' : ''}${name}`).join(' ');
}

function patchOf(object: KubeObject, name: string, params: ActionParams = {}): unknown {
  const result = runAction(name, { object, params, now: NOW }, DEFAULT_RESOURCE_SETTINGS);
  if (!result.ok) return result.error;
  const [impact] = result.value;
  if (impact?.operation !== 'patch') return impact;
  const patch = createTwoWayMergePatch(undefined, object, impact.object);
  expect(applyMergePatch(object, patch)).toEqual(impact.object);
  return patch;
}

const restartedAt = '2026-01-02T03:04:05Z';

describe('listActions', () => {
  const cases: readonly [string, Json, string][] = [
    ['apps/Deployment', { spec: {} }, 'pause restart !resume scale'],
    ['apps/Deployment', { spec: { paused: true } }, '!pause restart resume scale'],
    ['apps/DaemonSet', {}, 'restart'],
    ['batch/CronJob', { spec: { suspend: true } }, 'create-job resume'],
    ['batch/Job', { spec: {}, status: {} }, 'suspend terminate'],
    ['batch/Job', { spec: {}, status: { conditions: [{ type: 'Complete', status: 'True' }] } }, ''],
    [
      'argoproj.io/Rollout',
      {
        spec: { strategy: { canary: { steps: [{}] } } },
        status: { currentPodHash: 'a', stableRS: 'b', currentStepIndex: 0 },
      },
      'abort pause promote-full restart !resume !retry skip-current-step',
    ],
    [
      'argoproj.io/Rollout',
      { spec: { strategy: {} }, status: { currentPodHash: 'a', stableRS: 'a' } },
      '!abort pause !promote-full restart !resume !retry !skip-current-step',
    ],
    ['kustomize.toolkit.fluxcd.io/Kustomization', { spec: { suspend: true } }, '!reconcile resume !suspend'],
    [
      'keda.sh/ScaledObject',
      { metadata: { annotations: { 'autoscaling.keda.sh/paused': 'true' } } },
      '!pause !paused-replicas resume',
    ],
    ['external-secrets.io/ExternalSecret', { spec: { refreshInterval: '0s' } }, '!refresh'],
    ['numaflow.numaproj.io/Pipeline', { spec: {} }, '!force-promote pause !unpause-fast !unpause-gradual'],
    ['example.com/Widget', {}, ''],
  ];
  it.each(cases)('%s %j', (groupKind, parts, expected) => {
    expect(offers(make(groupKind, parts))).toBe(expected);
  });
});

describe('runAction', () => {
  const cases: readonly [string, string, Json, unknown, ActionParams?][] = [
    [
      'apps/StatefulSet',
      'restart',
      { spec: {} },
      { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': restartedAt } } } } },
    ],
    ['apps/Deployment', 'scale', { spec: { replicas: 1 } }, { spec: { replicas: 4 } }, { replicas: '4' }],
    ['apps/Deployment', 'scale', { spec: {} }, 'replicas parameter is required'],
    ['apps/Deployment', 'scale', { spec: {} }, 'invalid number: -1 (must be >= 0)', { replicas: '-1' }],
    ['apps/Deployment', 'resume', { spec: {} }, 'action "resume" is disabled in the present state'],
    [
      'apps/Deployment',
      'explode',
      { spec: {} },
      'action "explode" is not available; available are: pause, restart, resume, scale',
    ],
    [
      'argoproj.io/Rollout',
      'resume',
      { spec: { paused: true }, status: { pauseConditions: [{ reason: 'Pause' }] } },
      { spec: { paused: false }, status: { pauseConditions: null } },
    ],
    [
      'argoproj.io/Rollout',
      'retry',
      { spec: {}, status: { abort: true, currentPodHash: 'a', stableRS: 'b' } },
      { status: { abort: null } },
    ],
    [
      'argoproj.io/Rollout',
      'skip-current-step',
      { spec: { strategy: { canary: { steps: [{}, {}] } } }, status: { currentStepIndex: 0, pauseConditions: [{}] } },
      { status: { currentStepIndex: 1, pauseConditions: null } },
    ],
    [
      'argoproj.io/Application',
      'toggle-auto-sync',
      { spec: { syncPolicy: { automated: {} } } },
      { spec: { syncPolicy: { automated: { enabled: false } } } },
    ],
    [
      'argoproj.io/Application',
      'toggle-auto-sync',
      { spec: {} },
      { spec: { syncPolicy: { automated: { enabled: true } } } },
    ],
    [
      'source.toolkit.fluxcd.io/GitRepository',
      'reconcile',
      { spec: {} },
      { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'By Argo CD at: 2026-01-02T03:04:05' } } },
    ],
    [
      'postgresql.cnpg.io/Cluster',
      'promote',
      { status: { currentPrimary: 'x-2', instancesStatus: { healthy: ['x-1', 'x-2'] } } },
      { status: { targetPrimary: 'x-1', targetPrimaryTimestamp: restartedAt } },
    ],
    [
      'numaplane.numaproj.io/PipelineRollout',
      'pause',
      { spec: { pipeline: { spec: {} } } },
      { spec: { pipeline: { spec: { lifecycle: { desiredPhase: 'Paused' } } } } },
    ],
  ];
  it.each(cases)('%s %s', (...[groupKind, name, parts, expected, params]) => {
    expect(patchOf(make(groupKind, parts), name, params)).toEqual(expected);
  });

  it('makes a Job of a CronJob', () => {
    const template = {
      metadata: { labels: { a: 'b' } },
      spec: { template: { spec: { securityContext: {}, containers: [] } } },
    };
    expect(patchOf(make('batch/CronJob', { spec: { jobTemplate: template } }), 'create-job')).toEqual({
      operation: 'create',
      object: {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: {
          name: 'x-2601020304',
          namespace: 'n',
          labels: { a: 'b' },
          annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
          ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'x', uid: 'u', controller: true }],
        },
        spec: { template: { spec: { containers: [] } } },
      },
    });
  });
});

describe('actions of the settings', () => {
  const actions = (merge: boolean): string =>
    JSON.stringify({
      mergeBuiltinActions: merge,
      'discovery.lua':
        'return {restart = {displayName = "Mine"}, make = {params = {{name = "size"}}}, off = {disabled = true}}',
      definitions: [
        { name: 'restart', 'action.lua': 'obj.metadata.labels = {at = os.date("!%Y")}\nreturn obj' },
        {
          name: 'make',
          'action.lua': 'return {{operation = "create", resource = {kind = "ConfigMap", size = actionParams["size"]}}}',
        },
        { name: 'off', 'action.lua': 'return obj' },
      ],
    });
  const settingsOf = (merge: boolean) =>
    readResourceSettings({ 'resource.customizations.actions.apps_Deployment': actions(merge) }, () => NOW).settings;
  const deployment = make('apps/Deployment', { spec: { selector: {}, template: { spec: { volumes: [] } } } });
  const run = (name: string, params: ActionParams = {}) =>
    runAction(name, { object: deployment, params, now: NOW }, settingsOf(true));

  it('replace the built-in ones, or come before them', () => {
    expect(offers(deployment, settingsOf(false))).toBe('make !off restart');
    expect(offers(deployment, settingsOf(true))).toBe('make !off pause restart !resume scale');
  });

  it('change the object and keep its empty maps, or make others', () => {
    const changed = run('restart');
    expect(changed.ok && changed.value[0]?.object).toEqual({
      ...deployment,
      metadata: { ...deployment.metadata, labels: { at: '2026' } },
    });
    const made = run('make', { size: '3' });
    expect(made.ok && made.value).toEqual([{ operation: 'create', object: { kind: 'ConfigMap', size: '3' } }]);
    expect(run('off').ok).toBe(false);
    expect(run('pause').ok).toBe(true);
  });
});
