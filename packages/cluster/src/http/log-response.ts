import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { LogRequest, UserInfo } from '@argosy/kube/port';
import type { ControlPlane } from '../apiserver/index.ts';
import { beginStream, type Exchange } from './respond.ts';

/** A followed log that says nothing gets its headers after this long, so that clients do not take it for a hang. */
const HEADERS_AFTER_MS = 500;

async function writeChunk(out: Writable, chunk: Uint8Array, signal: AbortSignal): Promise<void> {
  if (out.write(chunk)) return;
  await once(out, 'drain', { signal });
}

/**
 * Streams a container's log as plain text.
 * @throws KubeError when the log cannot be read; nothing was sent then.
 */
export async function streamLog(
  plane: ControlPlane,
  exchange: Exchange,
  input: { readonly user: UserInfo; readonly request: LogRequest; readonly signal: AbortSignal },
): Promise<void> {
  const chunks = plane.logs(input.user, input.request)[Symbol.asyncIterator]();
  const begin = (): Writable => beginStream(exchange, 'text/plain');
  let timer: NodeJS.Timeout | undefined;
  try {
    let next = chunks.next();
    const quiet = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), HEADERS_AFTER_MS);
    });
    let first = await Promise.race([next, quiet]);
    const out = begin();
    first ??= await next;
    for (let item = first; item.done !== true; item = await next) {
      await writeChunk(out, item.value, input.signal);
      next = chunks.next();
    }
    out.end();
  } finally {
    clearTimeout(timer);
    await chunks.return?.();
  }
}
