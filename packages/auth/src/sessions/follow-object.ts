import { after, milliseconds, type Clock, type Logger } from '@argosy/std';
import type { KubeObject, ObjectKey, ResourceRef } from '@argosy/kube/meta';
import { listObjects, type ClusterApi } from '@argosy/kube/port';

/** The wait before a broken watch is opened again; doubled at each failure in a row. */
export const FIRST_RETRY_MS = 200;

/** The longest such wait. */
export const MAX_RETRY_MS = 10_000;

/** What following needs. */
export interface FollowOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the following. */
  readonly signal: AbortSignal;
  readonly resource: ResourceRef;
  readonly key: ObjectKey;
  /** Called with each state of the object, in order; `undefined` when it does not exist. Must not throw. */
  readonly onState: (object: KubeObject | undefined) => void;
}

/**
 * Keeps a caller informed of one object. Resolves after the first state was told; goes on until `signal` aborts.
 * Rejects when the first read fails.
 */
export async function followObject(options: FollowOptions): Promise<void> {
  const version = await readState(options);
  void keepWatching(options, version);
}

const selectorOf = (key: ObjectKey): string => `metadata.name=${key.name}`;

async function readState(options: FollowOptions): Promise<string> {
  const { api, resource, key, signal } = options;
  const list = await listObjects(
    api,
    { resource, namespace: key.namespace },
    { fieldSelector: selectorOf(key), signal },
  );
  options.onState(list.items.find((item) => item.metadata.name === key.name));
  return list.metadata.resourceVersion ?? '';
}

async function keepWatching(options: FollowOptions, firstVersion: string): Promise<void> {
  let version: string | undefined = firstVersion;
  let failures = 0;
  while (!options.signal.aborted) {
    try {
      version ??= await readState(options);
      if (await watchOnce(options, version)) failures = 0;
    } catch (error) {
      if (options.signal.aborted) return;
      options.logger.warn('watch broke', { object: options.key.name, error: String(error) });
    }
    version = undefined;
    if (!options.signal.aborted) await wait(options, Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures));
    failures = Math.min(failures + 1, 10);
  }
}

/** Tells every change; true when at least one came. */
async function watchOnce(options: FollowOptions, resourceVersion: string): Promise<boolean> {
  const { api, resource, key, signal } = options;
  let came = false;
  const events = api.watch({
    resource,
    namespace: key.namespace,
    fieldSelector: selectorOf(key),
    resourceVersion,
    signal,
  });
  for await (const event of events) {
    if (event.type === 'BOOKMARK' || event.object.metadata.name !== key.name) continue;
    came = true;
    options.onState(event.type === 'DELETED' ? undefined : event.object);
  }
  return came;
}

function wait(options: FollowOptions, spanMs: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      timer.cancel();
      options.signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = options.clock.schedule(after(options.clock.now(), milliseconds(spanMs)), finish);
    options.signal.addEventListener('abort', finish);
  });
}
