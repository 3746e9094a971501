import { hasReason, type KubeObject } from '@argosy/kube/meta';
import type { ClusterApi } from '@argosy/kube/port';
import { versionOf } from './kill-model.ts';

const configMaps = { group: '', version: 'v1', resource: 'configmaps' };

/** A watch that goes on through the deaths of its server. */
export interface Replay {
  /** What a client knows that applied every event to the first list. */
  readonly known: ReadonlyMap<string, KubeObject>;
  /** The last version that was told. */
  version(): number;
  /** Watches on from the last version; resolves when the stream ends, `expired` when that version is too old. */
  follow(api: ClusterApi, signal?: AbortSignal): Promise<'ended' | 'expired'>;
  /** Begins again with a list. */
  reset(items: readonly KubeObject[], version: number): void;
  /** Resolves once an object was told with this version. */
  until(version: number): Promise<void>;
  /** Events whose version was not above the one before. */
  readonly disorder: readonly string[];
  count(): number;
}

/** Builds a replay that knows nothing. */
export function createReplay(): Replay {
  const known = new Map<string, KubeObject>();
  const disorder: string[] = [];
  const waiting = new Map<number, () => void>();
  const place = { version: 0, count: 0 };
  const take = (type: string, object: KubeObject): void => {
    const version = versionOf(object);
    if (version <= place.version) disorder.push(`${type} ${object.metadata.name} ${version} after ${place.version}`);
    place.version = version;
    place.count += 1;
    if (type === 'DELETED') known.delete(object.metadata.name);
    else known.set(object.metadata.name, object);
    waiting.get(version)?.();
    waiting.delete(version);
  };
  return {
    known,
    disorder,
    version: () => place.version,
    count: () => place.count,
    follow: async (api, signal) => {
      const from = { resource: configMaps, namespace: 'default', resourceVersion: String(place.version) };
      const request = signal === undefined ? from : { ...from, signal };
      try {
        for await (const event of api.watch(request)) take(event.type, event.object);
        return 'ended';
      } catch (error) {
        // The death of the server ends the stream in whatever way the connection ends.
        return hasReason(error, 'Expired', 'Gone') ? 'expired' : 'ended';
      }
    },
    reset: (items, version) => {
      known.clear();
      for (const item of items) known.set(item.metadata.name, item);
      place.version = version;
    },
    until: (version) =>
      new Promise((resolve) => {
        if (place.version >= version) resolve();
        else waiting.set(version, resolve);
      }),
  };
}
