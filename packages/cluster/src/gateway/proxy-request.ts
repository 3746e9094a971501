import { request as httpRequest } from 'node:http';
import { pipeline } from 'node:stream';
import { changeResponse } from '../routing/index.ts';
import {
  answerPlainly,
  factsOf,
  type ClientResponse,
  type Exchange,
  type Forward,
  type ProxyContext,
} from './exchange.ts';
import { answeredHeaders, outgoing } from './forward-headers.ts';
import { startMirror } from './mirror.ts';
import { forwardGrpc, isGrpc } from './proxy-grpc.ts';

function fail(context: ProxyContext, response: ClientResponse, error: Error & { readonly code?: string }): void {
  if (response.destroyed) return;
  context.logger.debug('backend failed', { error: error.message });
  const isSilent = error.code === 'ECONNREFUSED' || error.code === 'EHOSTUNREACH';
  answerPlainly(response, isSilent ? 503 : 502, isSilent ? 'the backend is not reachable' : 'the backend failed');
}

/** Ends a request that takes longer than its route allows. */
function limitTime(response: ClientResponse, forward: Forward, abandon: () => void): void {
  if (forward.timeoutMs === undefined) return;
  const timer = setTimeout(() => {
    answerPlainly(response, 504, 'the backend took too long');
    abandon();
  }, forward.timeoutMs);
  response.once('close', () => clearTimeout(timer));
}

function forwardPlain(context: ProxyContext, exchange: Exchange, forward: Forward): void {
  const { request, response } = exchange;
  const { forwarding, place } = forward;
  const headers = outgoing({
    ...forwarding.headers,
    ...(forwarding.host === undefined ? {} : { host: forwarding.host }),
  });
  const upstream = httpRequest({
    ...place,
    method: request.method ?? 'GET',
    path: forwarding.path,
    headers,
    agent: context.agent,
  });
  const connecting = setTimeout(
    () => upstream.destroy(Object.assign(new Error('connection timed out'), { code: 'EHOSTUNREACH' })),
    context.limits.connectMs,
  );
  upstream.once('socket', (socket) => {
    if (!socket.connecting) clearTimeout(connecting);
    else socket.once('connect', () => clearTimeout(connecting));
  });
  upstream.once('close', () => clearTimeout(connecting));
  limitTime(response, forward, () => upstream.destroy());
  upstream.on('error', (error) => fail(context, response, error));
  upstream.on('response', (answer) => {
    const changed = changeResponse(answeredHeaders(answer.headers), forward.filters);
    response.writeHead(answer.statusCode ?? 502, outgoing(changed));
    pipeline(answer, response as NodeJS.WritableStream, () => undefined);
  });
  response.once('close', () => upstream.destroy());
  request.on('error', () => upstream.destroy());
  request.pipe(upstream);
}

/** Routes one request and passes it on; every outcome is an answer. */
export function proxyRequest(context: ProxyContext, exchange: Exchange): void {
  const { request, response } = exchange;
  response.on('error', () => response.destroy());
  const arrival = context.arrival();
  const { facts, search } = factsOf(request, arrival);
  const routing = context.router.route(facts, { search, arrival });
  if (routing.kind === 'refuse') {
    context.logger.debug('not routed', { host: facts.host, path: facts.path, reason: routing.reason });
    request.resume();
    return answerPlainly(response, routing.status, routing.status === 404 ? 'not found' : 'no backend');
  }
  if (routing.kind === 'redirect') {
    request.resume();
    response.writeHead(routing.status, { location: routing.location });
    response.end();
    return;
  }
  for (const place of routing.mirrors) startMirror(context, exchange, { forward: routing, place });
  if (isGrpc(request.headers)) forwardGrpc(context, exchange, routing);
  else forwardPlain(context, exchange, routing);
}
