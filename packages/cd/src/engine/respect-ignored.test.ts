import { describe, expect, it } from 'vitest';
import type { ResourceIgnoreDifferences } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { ignoreRulesOf } from './ignore-differences.ts';
import { resourceKeyOf } from './resource-key.ts';
import { respectIgnored } from './respect-ignored.ts';

const object = (spec: object, more: object = {}): KubeObject =>
  ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' }, spec, ...more }) as unknown as KubeObject;

const respected = (desired: KubeObject, live: KubeObject, rule: Omit<ResourceIgnoreDifferences, 'kind'>): unknown =>
  respectIgnored(desired, live, ignoreRulesOf([{ group: 'apps', kind: 'Deployment', ...rule }], resourceKeyOf(live)))[
    'spec'
  ];

const containers = (...list: readonly object[]): object => ({ template: { spec: { containers: list } } });

describe('respectIgnored', () => {
  it('keeps the live value of what is ignored', () => {
    const rule = { jsonPointers: ['/spec/replicas'] };
    expect(respected(object({ replicas: 1, paused: true }), object({ replicas: 9 }), rule)).toEqual({
      replicas: 9,
      paused: true,
    });
    // The live object has none: it is not ours to set.
    expect(respected(object({ replicas: 1 }), object({}), rule)).toEqual({});
  });

  it('keeps it inside the items of lists, and applies what stands beside it', () => {
    const rule = { jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "a") | .image'] };
    const desired = object(containers({ name: 'a', image: '1', tty: true }, { name: 'b', image: '1' }));
    const live = object(containers({ name: 'b', image: '0' }, { name: 'a', image: '7' }, { name: 'injected' }));
    expect(respected(desired, live, rule)).toEqual(
      containers({ name: 'a', image: '7', tty: true }, { name: 'b', image: '1' }),
    );
  });

  it('keeps a whole subtree that is only live', () => {
    const rule = { jsonPointers: ['/spec/strategy/rollingUpdate'] };
    expect(respected(object({}), object({ strategy: { type: 'X', rollingUpdate: { a: 1 } } }), rule)).toEqual({
      strategy: { rollingUpdate: { a: 1 } },
    });
  });

  it('keeps what another manager owns, and never a status', () => {
    const managedFields = [
      { manager: 'hpa', operation: 'Update', apiVersion: 'apps/v1', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
    ];
    const live = object({ replicas: 4 }, { metadata: { name: 'x', managedFields }, status: { replicas: 4 } });
    const rules = ignoreRulesOf(
      [{ group: 'apps', kind: 'Deployment', managedFieldsManagers: ['hpa'], jsonPointers: ['/status'] }],
      resourceKeyOf(live),
    );
    const applied = respectIgnored(object({ replicas: 1 }), live, rules);
    expect(applied['spec']).toEqual({ replicas: 4 });
    expect(applied['status']).toBeUndefined();
    expect(applied.metadata.managedFields).toBeUndefined();
  });
});
