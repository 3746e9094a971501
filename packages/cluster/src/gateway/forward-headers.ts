import type { IncomingHttpHeaders } from 'node:http';
import type { Arrival, Headers } from '../routing/index.ts';

/** Headers that concern one connection only, and those that tell of a client what only we may tell. */
const DROPPED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
]);

/** Names that a `Connection` header declares to be its own. */
function declared(headers: IncomingHttpHeaders): ReadonlySet<string> {
  return new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
}

/** A request's headers as a backend gets them, before the route's filters. */
export function forwardedHeaders(
  headers: IncomingHttpHeaders,
  given: { readonly client: string; readonly authority: string; readonly arrival: Arrival },
): Headers {
  const own = declared(headers);
  const kept = Object.entries(headers).filter(
    ([name]) => !name.startsWith(':') && !DROPPED.has(name) && !own.has(name),
  );
  return {
    ...Object.fromEntries(kept),
    host: given.authority,
    'x-forwarded-for': given.client,
    'x-forwarded-host': given.authority,
    'x-forwarded-port': String(given.arrival.port),
    'x-forwarded-proto': given.arrival.scheme,
  };
}

/** A response's headers as the client gets them, before the route's filters. */
export function answeredHeaders(headers: IncomingHttpHeaders): Headers {
  const own = declared(headers);
  const hops = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'trailer']);
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith(':') && !hops.has(name) && !own.has(name)),
  );
}

/** Headers in the form that Node's writers take. */
export function outgoing(headers: Headers): { [name: string]: string | string[] } {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string | string[]][] => {
    if (value === undefined) return [];
    return [[name, typeof value === 'string' ? value : [...value]]];
  });
  return Object.fromEntries(entries);
}
