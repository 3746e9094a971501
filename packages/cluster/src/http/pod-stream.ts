import type { IncomingMessage } from 'node:http';
import { kubeError } from '@argosy/kube/meta';
import type { UserInfo } from '@argosy/kube/port';
import type { PodStreamRequest } from '../apiserver/index.ts';
import { acceptKey, socketTransport, tunnelTransport, WebSocketConnection, type SpdyLimits } from '../streams/index.ts';
import type { HandlerContext } from './handle-request.ts';
import type { HttpLimits } from './limits.ts';
import type { ResourceRoute } from './route.ts';
import { readSessionOptions } from './session-options.ts';
import { PORT_FORWARD_PROTOCOL, serveSpdyPortForward, TUNNEL_PROTOCOL } from './spdy-port-forward.ts';
import { SPDY_SESSION_PROTOCOLS, spdySession } from './spdy-session.ts';
import type { UpgradeConnection } from './upgrade.ts';
import { chooseChannels, offeredProtocols } from './websocket-channels.ts';
import { readPorts, serveWebSocketPortForward } from './websocket-port-forward.ts';
import { webSocketSession, type SessionSkin } from './websocket-session.ts';

/** A stream that a user asks for. */
export interface PodStreamInput {
  readonly route: ResourceRoute;
  readonly user: UserInfo;
  readonly request: PodStreamRequest;
}

type Serve = () => Promise<void>;

/** Which protocol the connection becomes: its name for the answer. */
type Upgrade =
  | { readonly kind: 'websocket'; readonly key: string; readonly offered: readonly string[] }
  | { readonly kind: 'spdy'; readonly offered: readonly string[] };

function readWebSocket(request: IncomingMessage): Upgrade {
  const key = request.headers['sec-websocket-key'] ?? '';
  const version = request.headers['sec-websocket-version'];
  if (request.method !== 'GET') throw kubeError('BadRequest', 'a WebSocket is opened by GET');
  if (version !== '13')
    throw kubeError('BadRequest', `Sec-WebSocket-Version must be 13, found ${JSON.stringify(version)}`);
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) throw kubeError('BadRequest', 'Sec-WebSocket-Key must be 16 bytes in base64');
  return { kind: 'websocket', key, offered: offeredProtocols(request.headers['sec-websocket-protocol']) };
}

function readUpgrade(request: IncomingMessage): Upgrade {
  const wanted = (request.headers.upgrade ?? '').toLowerCase();
  if (wanted === 'websocket') return readWebSocket(request);
  if (wanted === 'spdy/3.1') {
    const header = request.headers['x-stream-protocol-version'];
    return { kind: 'spdy', offered: offeredProtocols(Array.isArray(header) ? header.join(',') : header) };
  }
  throw kubeError(
    'BadRequest',
    `unable to upgrade: unsupported protocol ${JSON.stringify(wanted)}; allowed are websocket, SPDY/3.1`,
  );
}

function accept(connection: UpgradeConnection, upgrade: Upgrade, protocol: string): void {
  const lines =
    upgrade.kind === 'websocket'
      ? [
          'Upgrade: websocket',
          `Sec-WebSocket-Accept: ${acceptKey(upgrade.key)}`,
          ...(protocol === '' ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
        ]
      : ['Upgrade: SPDY/3.1', `X-Stream-Protocol-Version: ${protocol}`];
  connection.socket.write(['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', ...lines, '', ''].join('\r\n'));
}

function unsupported(offered: readonly string[], spoken: readonly string[]): Error {
  const message = `none of the offered protocols [${offered.join(', ')}] is spoken here; allowed are ${spoken.join(', ')}`;
  return kubeError('Forbidden', message);
}

function choose(offered: readonly string[], spoken: readonly string[]): string {
  const found = offered.find((name) => spoken.includes(name));
  if (found === undefined) throw unsupported(offered, spoken);
  return found;
}

function spdyLimits(limits: HttpLimits): SpdyLimits {
  const { streamFrameBytes, streamHeaderBytes, streamsPerConnection } = limits;
  return { frameBytes: streamFrameBytes, headerBytes: streamHeaderBytes, streams: streamsPerConnection };
}

/** Ready to be a stream: the answer's protocol, and how it is served once that is sent. */
interface Prepared<Result> {
  readonly protocol: string;
  readonly make: () => Result;
}

function prepareSession(
  context: HandlerContext,
  connection: UpgradeConnection,
  given: { readonly input: PodStreamInput; readonly upgrade: Upgrade },
): Prepared<SessionSkin> {
  const { limits } = context;
  const { route } = given.input;
  const { subresource } = route;
  const options = readSessionOptions(route.query);
  const transport = socketTransport(connection.socket, connection.head);
  const { upgrade } = given;
  if (upgrade.kind === 'spdy') {
    const protocol = choose(
      upgrade.offered.length === 0 ? ['channel.k8s.io'] : upgrade.offered,
      SPDY_SESSION_PROTOCOLS,
    );
    const openMs = limits.streamOpenMs;
    const session = { transport, limits: spdyLimits(limits), openMs, protocol, options, subresource };
    return { protocol, make: () => spdySession(session) };
  }
  const channels = chooseChannels(upgrade.offered);
  if (channels === undefined)
    throw unsupported(upgrade.offered, ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io']);
  const socket = new WebSocketConnection(transport, limits.streamFrameBytes);
  return { protocol: channels.name, make: () => webSocketSession(socket, channels, { ...options, subresource }) };
}

async function openSession(
  context: HandlerContext,
  connection: UpgradeConnection,
  input: PodStreamInput,
): Promise<Serve> {
  const upgrade = readUpgrade(connection.request);
  const { protocol, make } = prepareSession(context, connection, { input, upgrade });
  const options = readSessionOptions(input.route.query);
  const { plane } = context.resources;
  const request = { ...input.request, container: options.container };
  const skin = make();
  // Output may come before the answer has left: it waits for it.
  let isAccepted: () => void = () => undefined;
  const accepted = new Promise<void>((resolve) => {
    isAccepted = resolve;
  });
  const order = {
    ...options,
    take: async (stream: 'stdout' | 'stderr', bytes: Uint8Array) => {
      await accepted;
      await skin.take(stream, bytes);
    },
  };
  const session =
    input.route.subresource === 'exec'
      ? await plane.exec(input.user, request, order)
      : await plane.attach(input.user, request, order);
  return () => {
    accept(connection, upgrade, protocol);
    isAccepted();
    return skin.serve(session);
  };
}

async function openForward(
  context: HandlerContext,
  connection: UpgradeConnection,
  input: PodStreamInput,
): Promise<Serve> {
  const upgrade = readUpgrade(connection.request);
  const { limits } = context;
  const transport = socketTransport(connection.socket, connection.head);
  const forward = { limits: spdyLimits(limits), openMs: limits.streamOpenMs };
  if (upgrade.kind === 'spdy') {
    const protocol = choose(upgrade.offered, [PORT_FORWARD_PROTOCOL]);
    const dial = await context.resources.plane.forward(input.user, input.request);
    return () => {
      accept(connection, upgrade, protocol);
      return serveSpdyPortForward({ ...forward, transport, dial });
    };
  }
  const socket = new WebSocketConnection(transport, limits.streamFrameBytes);
  if (upgrade.offered.includes(TUNNEL_PROTOCOL)) {
    const dial = await context.resources.plane.forward(input.user, input.request);
    return () => {
      accept(connection, upgrade, TUNNEL_PROTOCOL);
      return serveSpdyPortForward({ ...forward, transport: tunnelTransport(socket, transport), dial });
    };
  }
  const channels = chooseChannels(upgrade.offered);
  if (channels === undefined) throw unsupported(upgrade.offered, [TUNNEL_PROTOCOL, 'v4.channel.k8s.io']);
  const ports = readPorts(input.route.query, limits.forwardedPorts);
  const dial = await context.resources.plane.forward(input.user, input.request);
  return () => {
    accept(connection, upgrade, channels.name);
    return serveWebSocketPortForward(socket, channels, { ports, dial });
  };
}

/**
 * Opens exec, attach or portforward for a user, and gives the way to serve it on the connection. Until that is called
 * nothing was sent, so that a refusal can be a Status.
 * @throws KubeError for every refusal.
 */
export function openPodStream(
  context: HandlerContext,
  connection: UpgradeConnection,
  input: PodStreamInput,
): Promise<Serve> {
  const isForward = input.route.subresource === 'portforward';
  return isForward ? openForward(context, connection, input) : openSession(context, connection, input);
}
