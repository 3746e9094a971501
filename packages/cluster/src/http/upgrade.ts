import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { kubeError, type KubeStatus } from '@argosy/kube/meta';
import type { UserInfo } from '@argosy/kube/port';
import { authenticateArrival, type HandlerContext } from './handle-request.ts';
import { effectiveUser, readImpersonation } from './impersonate.ts';
import { statusOf } from './respond.ts';
import { parseRoute, type ResourceRoute } from './route.ts';

/** A connection that asks to become a stream protocol, with the user already authenticated and allowed. */
export interface UpgradeRequest {
  readonly route: ResourceRoute;
  readonly user: UserInfo;
  readonly request: IncomingMessage;
  readonly socket: TLSSocket;
  /** Bytes that arrived behind the headers. */
  readonly head: Buffer;
}

/** Takes over a connection for exec, attach or portforward. Until it writes, it may throw a KubeError instead. */
export type UpgradeHandler = (upgrade: UpgradeRequest) => Promise<void>;

const STREAMING = ['exec', 'attach', 'portforward'];

function refuse(socket: TLSSocket, status: KubeStatus, auditId: string): void {
  const body = JSON.stringify(status);
  const head = [
    `HTTP/1.1 ${status.code} ${STATUS_CODES[status.code] ?? 'Error'}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `audit-id: ${auditId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

async function openStream(
  context: HandlerContext,
  connection: Pick<UpgradeRequest, 'request' | 'socket' | 'head'>,
  handler: UpgradeHandler | undefined,
): Promise<void> {
  const { request, socket } = connection;
  const asking = await authenticateArrival(context, { request, socket });
  if (asking === undefined) throw kubeError('Unauthorized', 'Unauthorized');
  const route = parseRoute(request.method ?? 'GET', request.url ?? '/');
  if (route?.kind !== 'resource' || !STREAMING.includes(route.subresource)) {
    throw kubeError('BadRequest', 'an upgrade is possible only for exec, attach and portforward');
  }
  const user = effectiveUser(context.resources.plane, asking, readImpersonation(request.rawHeaders));
  const { verb, namespace, name, subresource } = route;
  const { group, resource } = route.resource;
  context.resources.plane.demand(user, { verb, group, resource, subresource, namespace, name });
  if (handler === undefined) {
    throw kubeError('', `NotImplemented: ${subresource} is not available on this server`, { code: 501 });
  }
  await handler({ ...connection, route, user });
}

/** Answers a request for another protocol: hands the connection over, or refuses it with a Status. */
export async function handleUpgrade(
  context: HandlerContext,
  connection: Pick<UpgradeRequest, 'request' | 'socket' | 'head'>,
  handler: UpgradeHandler | undefined,
): Promise<void> {
  const auditId = randomUUID();
  connection.socket.on('error', () => connection.socket.destroy());
  try {
    await openStream(context, connection, handler);
  } catch (error) {
    const status = statusOf(error, auditId);
    if (status.code >= 500) context.logger.warn('upgrade refused', { auditId, code: status.code });
    refuse(connection.socket, status, auditId);
  }
}
