import { describe, expect, it } from 'vitest';
import type { Instant } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { diffObjects } from '../diff.ts';
import { healthOf } from '../health/index.ts';
import { ignoreRulesOf } from '../ignore-differences.ts';
import { resourceKeyOf } from '../resource-key.ts';
import { readResourceSettings } from './index.ts';

const read = (data: { readonly [key: string]: string }) => readResourceSettings(data, () => 0 as Instant);
const widget = (status: unknown = {}): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  status,
});

describe('health scripts of argocd-cm', () => {
  const script = (status: string): string => `return {status = "${status}", message = obj.kind}`;
  const verdictOf = (data: { readonly [key: string]: string }, object = widget()) =>
    healthOf(object, read(data).settings.health);

  it('takes the split key of the kind before a pattern, and a pattern before the rules here', () => {
    const wild = { 'resource.customizations.health.example.com_*': script('Suspended') };
    expect(verdictOf(wild)).toEqual({ status: 'Suspended', message: 'Widget' });
    const exact = { ...wild, 'resource.customizations.health.example.com_Widget': script('Degraded') };
    expect(verdictOf(exact)?.status).toBe('Degraded');
    const claim: KubeObject = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c' } };
    const core = { 'resource.customizations.health.PersistentVolumeClaim': script('Healthy') };
    expect(verdictOf(core, claim)?.status).toBe('Healthy');
    expect(verdictOf({}, claim)?.status).toBe('Unknown');
  });

  it('reads the map of old', () => {
    const map = JSON.stringify({ 'example.com/*': { 'health.lua': script('Healthy') } });
    expect(verdictOf({ 'resource.customizations': map })?.status).toBe('Healthy');
  });

  it('gives string and math only to scripts that ask for them', () => {
    const key = 'resource.customizations.health.example.com_Widget';
    const lua = 'return {status = "Healthy", message = string.upper("a")}';
    expect(verdictOf({ [key]: lua })?.status).toBe('Unknown');
    const open = { [key]: lua, 'resource.customizations.useOpenLibs.example.com_Widget': 'true' };
    expect(verdictOf(open)).toEqual({ status: 'Healthy', message: 'A' });
  });

  it('tells a failing, endless or unreadable script as Unknown with an error, and an empty table as no health', () => {
    const key = 'resource.customizations.health.example.com_Widget';
    for (const lua of ['error("no")', 'while true do end', 'return 7', 'this is not lua']) {
      const health = verdictOf({ [key]: lua });
      expect(health?.status, lua).toBe('Unknown');
      expect(health?.error, lua).toMatch(/^error setting app health: /);
    }
    expect(verdictOf({ [key]: 'return {}' })).toBeUndefined();
    expect(read({ [key]: 'this is not lua' }).problems[0]).toContain('example.com/Widget');
  });
});

describe('readResourceSettings', () => {
  it('merges rules of the system, for a kind and for all kinds', () => {
    const { settings, problems } = read({
      'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers: [/spec/replicas]',
      'resource.customizations.ignoreDifferences.all': 'managedFieldsManagers: [autoscaler]',
    });
    const key = { group: 'apps', kind: 'Deployment', namespace: 'n', name: 'd' };
    expect(ignoreRulesOf(settings.ignoreDifferences, key)).toMatchObject({
      jsonPointers: ['/spec/replicas'],
      managers: ['autoscaler'],
    });
    expect(ignoreRulesOf(settings.ignoreDifferences, { ...key, kind: 'Other' }).jsonPointers).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('leaves the rules of an aggregated role to the cluster when asked', () => {
    const role = (rules: unknown): KubeObject => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'r' },
      aggregationRule: { clusterRoleSelectors: [] },
      rules,
    });
    const { settings } = read({ 'resource.compareoptions': 'ignoreAggregatedRoles: true' });
    const live = role([{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]);
    const rules = ignoreRulesOf(settings.ignoreDifferences, resourceKeyOf(live));
    expect(diffObjects(role([]), live, { rules }).modified).toBe(false);
    expect(diffObjects(role([]), live).modified).toBe(true);
  });

  it('keeps kinds out: always, by exclusion, and by what is not included', () => {
    const { settings } = read({
      'resource.exclusions':
        '- {apiGroups: ["cilium.io"], kinds: ["*"]}\n- {kinds: ["Pod"], clusters: ["https://far"]}',
    });
    expect(settings.isExcluded('', 'Event')).toBe(true);
    expect(settings.isExcluded('cilium.io', 'CiliumIdentity')).toBe(true);
    expect(settings.isExcluded('', 'Pod')).toBe(false);
    const only = read({ 'resource.inclusions': '- {apiGroups: ["apps"]}' }).settings;
    expect([only.isExcluded('apps', 'Deployment'), only.isExcluded('batch', 'Job')]).toEqual([false, true]);
  });

  it('names the key of every setting that cannot be used', () => {
    const { settings, problems } = read({
      'application.resourceTrackingMethod': 'label',
      installationID: 'x',
      'timeout.reconciliation': 'soon',
      'timeout.hard.reconciliation': '1h',
      'resource.exclusions': '{',
      'resource.customizations.health.a_b_c': 'return {}',
      'resource.customizations.colour.Pod': 'red',
      'resource.customizations.knownTypeFields.example.com_Widget': '[]',
      'resource.customizations': 'Pod: {size: 1}',
    });
    for (const key of [
      'resourceTrackingMethod',
      'installationID',
      'timeout.reconciliation',
      'timeout.hard',
      'resource.exclusions',
      'health.a_b_c',
      'colour',
      'knownTypeFields',
      '"size"',
    ]) {
      expect(
        problems.some((text) => text.includes(key)),
        key,
      ).toBe(true);
    }
    expect(settings.pollIntervalMs).toBeUndefined();
  });

  it('reads spans and the instance label', () => {
    const { settings } = read({
      'timeout.reconciliation': '1d',
      'timeout.reconciliation.jitter': '5s',
      'application.resourceTrackingMethod': 'annotation+label',
      'application.instanceLabelKey': 'example.com/app',
    });
    expect(settings).toMatchObject({
      pollIntervalMs: 86_400_000,
      pollJitterMs: 5000,
      instanceLabel: 'example.com/app',
    });
  });
});
