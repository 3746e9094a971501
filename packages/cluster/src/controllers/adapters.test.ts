import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '@argosy/std';
import { keyOf, type KubeObject } from '@argosy/kube/meta';
import { createObject, deleteObject, type ClusterApi } from '@argosy/kube/port';
import {
  createEventRecorder,
  createInformerFactory,
  createMemoryJournal,
  systemClock,
  type ControllerContext,
  type Informer,
} from '@argosy/kube/runtime';
import { admin, openWire, type Wire } from '../../../../test/wire/open-wire.ts';
import { targets, type Pod, type ReplicaSet } from '../workloads/index.ts';
import { startReplicaSetController } from './replica-set-controller.ts';

let close: () => Promise<void> = () => Promise.resolve();
afterEach(() => close());

/** Resolves when the copy satisfies `holds`; driven by its changes alone. */
function until<T extends KubeObject>(informer: Informer<T>, holds: (objects: readonly T[]) => boolean): Promise<void> {
  return new Promise((resolve) => {
    informer.onChange(() => {
      if (holds(informer.lister.list('default'))) resolve();
    });
  });
}

function contextOver(api: ClusterApi, signal: AbortSignal): ControllerContext {
  return {
    api,
    signal,
    clock: systemClock,
    logger: silentLogger,
    seed: 1,
    journal: createMemoryJournal(),
    informers: createInformerFactory({ api, clock: systemClock, logger: silentLogger, signal }),
    events: createEventRecorder({ api, clock: systemClock, component: 'test', host: '' }),
  };
}

const set: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
  },
};

const rows: readonly { readonly adapter: string; readonly open: (wire: Wire) => Promise<ClusterApi> }[] = [
  { adapter: 'in process', open: async (wire) => wire.inProcess(admin) },
  { adapter: 'over HTTPS', open: (wire) => wire.http(admin) },
];

describe('a controller is the same over every adapter', () => {
  for (const { adapter, open } of rows) {
    it(`keeps its replicas ${adapter}`, async () => {
      const wire = await openWire();
      const abort = new AbortController();
      const api = await open(wire);
      const context = contextOver(api, abort.signal);
      const controller = startReplicaSetController(context);
      close = async () => {
        abort.abort();
        await controller.stopped();
        await wire.close();
      };
      const pods = context.informers.informer<Pod>(targets.pods);
      const sets = context.informers.informer<ReplicaSet>(targets.replicaSets);
      await createObject(api, { resource: targets.replicaSets, namespace: 'default', object: set });
      await until(pods, (list) => list.length === 3);
      const [victim] = pods.lister.list('default');
      await deleteObject(api, { resource: targets.pods, key: keyOf(victim as Pod) });
      await until(pods, (list) => list.length === 3 && list.every((pod) => pod.metadata.uid !== victim?.metadata.uid));
      await until(sets, ([only]) => only?.status?.replicas === 3);
      expect(controller.metrics()).toMatchObject({ bugs: 0, errors: 0 });
    });
  }
});
