import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { kubeError, type KubeStatus } from '@argosy/kube/meta';
import type { AuditFacts } from './audit.ts';
import { authenticateArrival, readRoute, tellAudit, type HandlerContext } from './handle-request.ts';
import { readImpersonation } from './impersonate.ts';
import { openPodStream } from './pod-stream.ts';
import { statusOf } from './respond.ts';
import type { ResourceRoute } from './route.ts';

/** A connection that asks to become another protocol. */
export interface UpgradeConnection {
  readonly request: IncomingMessage;
  readonly socket: TLSSocket;
  /** Bytes that arrived behind the headers. */
  readonly head: Buffer;
}

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

/** The pod's subresource that is asked for. @throws KubeError when it is none that streams. */
function streamRoute(
  context: HandlerContext,
  request: IncomingMessage,
): { route: ResourceRoute; verb: 'get' | 'create' } {
  const route = readRoute(context, request);
  if (route?.kind !== 'resource' || !isPodStream(route)) {
    throw kubeError('BadRequest', 'an upgrade is possible only for exec, attach and portforward of pods');
  }
  const { verb } = route;
  if (verb === 'get' || verb === 'create') return { route, verb };
  throw kubeError('MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

function isPodStream({ resource, subresource }: ResourceRoute): boolean {
  const { group, version } = resource;
  return group === '' && version === 'v1' && resource.resource === 'pods' && STREAMING.includes(subresource);
}

/** Finds out who asks for what, and gives the way to serve it: nothing was sent yet. */
async function openStream(
  context: HandlerContext,
  connection: UpgradeConnection,
  facts: AuditFacts,
): Promise<() => Promise<void>> {
  const { request, socket } = connection;
  const user = await authenticateArrival(context, { request, socket });
  if (user === undefined) throw kubeError('Unauthorized', 'Unauthorized');
  facts.user = user;
  const { route, verb } = streamRoute(context, request);
  facts.route = route;
  const impersonate = readImpersonation(request.rawHeaders);
  if (impersonate !== undefined) facts.impersonated = impersonate;
  const key = { namespace: route.namespace, name: route.name };
  return openPodStream(context, connection, {
    route,
    user,
    request: { verb, key, ...(impersonate === undefined ? {} : { impersonate }) },
  });
}

/** Answers a request for another protocol: serves it until its end, or refuses it with a Status. */
export async function handleUpgrade(context: HandlerContext, connection: UpgradeConnection): Promise<void> {
  const auditId = randomUUID();
  const receivedAt = context.now();
  const facts: AuditFacts = {};
  const tell = (): void => tellAudit(context, connection, { auditId, receivedAt, facts });
  const { socket } = connection;
  socket.on('error', () => socket.destroy());
  let leave: () => void = () => undefined;
  try {
    leave = context.gate.enter('long');
    const serve = await openStream(context, connection, facts);
    // Told when it begins: a stream may last for hours.
    facts.code = 101;
    tell();
    const end = (): void => void socket.destroy();
    context.resources.openStreams.add(end);
    socket.setTimeout(context.limits.streamIdleMs, end);
    await serve().finally(() => context.resources.openStreams.delete(end));
  } catch (error) {
    const status = statusOf(error, auditId);
    if (facts.code === undefined) {
      Object.assign(facts, { code: status.code, reason: status.reason, message: status.message });
      tell();
    }
    if (status.code >= 500) context.logger.warn('upgrade refused', { auditId, code: status.code });
    refuse(socket, status, auditId);
  } finally {
    leave();
  }
}
