import { request as httpRequest } from 'node:http';
import { outgoing } from './forward-headers.ts';
import type { Exchange, Forward, ProxyContext } from './exchange.ts';
import type { Place } from './router.ts';

/**
 * Sends a copy of a request whose answer nobody reads. A copy never holds the request back: it is given up when it
 * falls behind, and not made at all when too many are on their way.
 */
export function startMirror(
  context: Pick<ProxyContext, 'agent' | 'limits' | 'mirrors'>,
  exchange: Exchange,
  given: { readonly forward: Forward; readonly place: Place },
): void {
  const { limits, mirrors } = context;
  if (mirrors.inFlight >= limits.mirrors) return;
  mirrors.inFlight += 1;
  const { request } = exchange;
  const { forwarding } = given.forward;
  const copy = httpRequest({
    ...given.place,
    method: request.method ?? 'GET',
    path: forwarding.path,
    headers: outgoing(forwarding.headers),
    agent: context.agent,
  });
  copy.on('error', () => copy.destroy());
  copy.on('response', (answer) => answer.resume());
  copy.once('close', () => {
    mirrors.inFlight -= 1;
  });
  request.on('data', (chunk: Buffer) => {
    if (copy.destroyed) return;
    copy.write(chunk);
    if (copy.writableLength > limits.mirrorBytes) copy.destroy();
  });
  request.on('end', () => copy.end());
  request.on('close', () => {
    if (!request.readableEnded) copy.destroy();
  });
}
