import { describe, expect, it } from 'vitest';
import { instant } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { isIgnoredUpdate } from './ignore-updates.ts';
import { readResourceSettings } from './settings/index.ts';

const deployment = (version: string, parts: object): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace: 'prod', resourceVersion: version, generation: 1 },
  spec: { replicas: 1 },
  ...parts,
});
const ready = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
const before = deployment('1', { status: { ...ready, conditions: [{ type: 'Available', lastUpdateTime: '1' }] } });
const busy = deployment('2', { status: { ...ready, conditions: [{ type: 'Available', lastUpdateTime: '2' }] } });

const judge = (after: KubeObject, data: { readonly [key: string]: string }): boolean =>
  isIgnoredUpdate(before, after, readResourceSettings(data, () => instant(0)).settings);
const STATUS = { 'resource.customizations.ignoreResourceUpdates.all': 'jsonPointers: [/status]' };

describe('isIgnoredUpdate', () => {
  it('is an update of nothing but what is ignored', () => {
    expect(judge(busy, STATUS)).toBe(true);
    expect(judge({ ...busy, spec: { replicas: 2 } }, STATUS)).toBe(false);
  });

  it('is never a change of health', () => {
    expect(judge(deployment('2', { status: { ...ready, availableReplicas: 0 } }), STATUS)).toBe(false);
  });

  it('needs rules, and that they are enabled', () => {
    expect(judge(busy, {})).toBe(false);
    expect(judge(busy, { ...STATUS, 'resource.ignoreResourceUpdatesEnabled': 'false' })).toBe(false);
  });

  it('takes the rules of differences along, unless told not to', () => {
    const data = { ...STATUS, 'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers: [/spec]' };
    const scaled = { ...busy, spec: { replicas: 2, paused: false } };
    const settled = judge(
      { ...scaled, status: { ...ready, updatedReplicas: 2, replicas: 2, availableReplicas: 2 } },
      data,
    );
    expect(settled).toBe(true);
    expect(judge(scaled, { ...data, 'resource.compareoptions': 'ignoreDifferencesOnResourceUpdates: false' })).toBe(
      false,
    );
  });
});
