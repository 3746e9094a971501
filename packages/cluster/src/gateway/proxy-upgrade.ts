import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { outgoing } from './forward-headers.ts';
import { factsOf, type Forward, type ProxyContext } from './exchange.ts';

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function headOf(request: IncomingMessage, forward: Forward): string {
  const { forwarding } = forward;
  const headers = outgoing({
    ...forwarding.headers,
    ...(forwarding.host === undefined ? {} : { host: forwarding.host }),
    connection: 'Upgrade',
    upgrade: request.headers.upgrade,
  });
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((each) => `${name}: ${each}`),
  );
  return `${request.method ?? 'GET'} ${forwarding.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

function join(socket: Duplex, upstream: Socket): void {
  socket.on('error', () => upstream.destroy());
  socket.on('close', () => upstream.destroy());
  upstream.on('close', () => socket.destroy());
  socket.pipe(upstream);
  upstream.pipe(socket);
}

/** Passes a connection that becomes another protocol (WebSocket) on to the backend that its route names. */
export function proxyUpgrade(
  context: ProxyContext,
  given: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
): void {
  const { request, socket, head } = given;
  socket.on('error', () => socket.destroy());
  const arrival = context.arrival();
  const { facts, search } = factsOf(request, arrival);
  const routing = context.router.route(facts, { search, arrival });
  if (routing.kind !== 'forward') return refuse(socket, '404 Not Found');
  const upstream = connect(routing.place);
  upstream.setTimeout(context.limits.connectMs, () => upstream.destroy(new Error('connection timed out')));
  upstream.once('connect', () => {
    upstream.setTimeout(0);
    upstream.write(headOf(request, routing));
    if (head.length > 0) upstream.write(head);
    join(socket, upstream);
  });
  upstream.on('error', () => refuse(socket, '503 Service Unavailable'));
}
