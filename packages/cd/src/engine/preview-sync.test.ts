import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { previewSync, type SyncPreviewInput } from './preview-sync.ts';

type Marks = { readonly [annotation: string]: string };

/** `type` is `apiVersion Kind`, or a kind of v1. */
const object = (type: string, name: string, annotations: Marks = {}): KubeObject => {
  const [kind = '', apiVersion = 'v1'] = type.split(' ').reverse();
  return { apiVersion, kind, metadata: { name, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) } };
};

const wave = (number: number): Marks => ({ 'argocd.argoproj.io/sync-wave': String(number) });
const hook = (type: string): Marks => ({ 'argocd.argoproj.io/hook': type });

const steps = (input: Partial<SyncPreviewInput>): readonly string[] =>
  previewSync({
    targets: [],
    live: [],
    namespace: '',
    prune: false,
    syncOptions: [],
    resources: [],
    ...input,
  }).map((task) => `${task.phase}/${task.wave} ${task.action} ${task.kind} ${task.namespace}/${task.name}`);

describe('previewSync', () => {
  it('orders phases, waves, kinds and names, with hooks told apart', () => {
    const targets = [
      object('apps/v1 Deployment', 'web'),
      object('batch/v1 Job', 'check', hook('PostSync')),
      object('batch/v1 Job', 'migrate', hook('PreSync')),
      object('ConfigMap', 'b'),
      object('ConfigMap', 'a'),
      object('Service', 'late', wave(2)),
      object('Service', 'early', wave(-1)),
      object('rbac.authorization.k8s.io/v1 ClusterRole', 'role'),
      object('batch/v1 Job', 'none', hook('Skip')),
    ];
    expect(steps({ targets, namespace: 'prod' })).toEqual([
      'PreSync/0 hook Job prod/migrate',
      'Sync/-1 apply Service prod/early',
      'Sync/0 apply ConfigMap prod/a',
      'Sync/0 apply ConfigMap prod/b',
      'Sync/0 apply ClusterRole /role',
      'Sync/0 apply Deployment prod/web',
      'Sync/2 apply Service prod/late',
      'PostSync/0 hook Job prod/check',
    ]);
  });

  it('brings namespaces and definitions before what needs them', () => {
    const definition = {
      ...object('apiextensions.k8s.io/v1 CustomResourceDefinition', 'widgets.example.com'),
      spec: { group: 'example.com', names: { kind: 'Widget' }, scope: 'Cluster' },
    } as KubeObject;
    const targets = [object('example.com/v1 Widget', 'w', wave(-3)), definition];
    expect(steps({ targets, namespace: 'prod' })).toEqual([
      'Sync/-3 apply CustomResourceDefinition /widgets.example.com',
      'Sync/-3 apply Widget /w',
    ]);
  });

  it('prunes against the order of creation, only when asked, last when asked', () => {
    const live = [object('ConfigMap', 'first', wave(0)), object('ConfigMap', 'second', wave(1))];
    const targets = [object('ConfigMap', 'kept')];
    expect(steps({ targets, live })).toEqual(['Sync/0 apply ConfigMap /kept']);
    expect(steps({ targets, live, prune: true })).toEqual([
      'Sync/0 apply ConfigMap /kept',
      'Sync/0 prune ConfigMap /second',
      'Sync/1 prune ConfigMap /first',
    ]);
    expect(steps({ targets, live, prune: true, syncOptions: ['PruneLast=true'] }).slice(1)).toEqual([
      'Sync/1 prune ConfigMap /first',
      'Sync/1 prune ConfigMap /second',
    ]);
  });

  it('leaves out what is in sync, or was not selected', () => {
    const live = [object('ConfigMap', 'same'), { ...object('ConfigMap', 'other'), data: { a: '1' } }];
    const targets = [object('ConfigMap', 'same'), { ...object('ConfigMap', 'other'), data: { a: '2' } }];
    expect(steps({ targets, live, syncOptions: ['ApplyOutOfSyncOnly=true'] })).toEqual([
      'Sync/0 apply ConfigMap /other',
    ]);
    expect(steps({ targets, live, resources: [{ kind: 'ConfigMap', name: 'same' }] })).toEqual([
      'Sync/0 apply ConfigMap /same',
    ]);
  });
});
