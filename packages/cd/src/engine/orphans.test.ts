import { describe, expect, it } from 'vitest';
import type { AppProjectSpec } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { isOrphan, orphanWarning } from './orphans.ts';

const object = (
  kind: string,
  name: string,
  { type, ...more }: { readonly [field: string]: unknown } = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'prod', ...more },
  ...(type === undefined ? {} : { type }),
});
const spec: AppProjectSpec = {
  sourceRepos: ['*'],
  destinations: [],
  orphanedResources: { ignore: [{ kind: 'ConfigMap', name: 'cache-*' }] },
  namespaceResourceBlacklist: [{ group: '', kind: 'LimitRange' }],
};

describe('isOrphan', () => {
  const cases: readonly [string, KubeObject, boolean][] = [
    ['nobody brought it', object('ConfigMap', 'left'), true],
    [
      'it has an owner',
      object('Pod', 'p', { ownerReferences: [{ kind: 'Job', name: 'j', uid: 'u', apiVersion: 'batch/v1' }] }),
      false,
    ],
    [
      'it is tracked',
      object('ConfigMap', 'a', { annotations: { 'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:prod/a' } }),
      false,
    ],
    ['every namespace has it', object('ConfigMap', 'kube-root-ca.crt'), false],
    ['every namespace has it', object('ServiceAccount', 'default'), false],
    ['it is a token', object('Secret', 't', { type: 'kubernetes.io/service-account-token' }), false],
    ['the project leaves it out', object('ConfigMap', 'cache-1'), false],
    ['the project may not see it', object('LimitRange', 'l'), false],
    ['it is of the cluster', { ...object('Node', 'n'), metadata: { name: 'n' } }, false],
  ];
  it.each(cases)('%s: %j', (_, item, expected) => {
    expect(isOrphan(item, spec)).toBe(expected);
  });

  it('warns unless it is told not to', () => {
    expect(orphanWarning(spec, 2)).toEqual([
      { type: 'OrphanedResourceWarning', message: 'Application has 2 orphaned resources' },
    ]);
    expect(orphanWarning(spec, 0)).toEqual([]);
    expect(orphanWarning({ ...spec, orphanedResources: { warn: false } }, 2)).toEqual([]);
  });
});
