import type { UserInfo } from '@argosy/kube/port';
import type { ControlPlane } from '../apiserver/index.ts';
import { hashOf, type OpenApi } from './openapi.ts';
import { jsonDocument, type DiscoveryIndex, type Document } from './discovery.ts';
import { OPENAPI_V2_PROTOBUF, openApiV2, wantsOpenApiV2Protobuf } from './openapi-v2.ts';
import { contentTypeOf, negotiate, type Negotiated } from './negotiate.ts';
import { sendPayload, sendText, type Exchange } from './respond.ts';
import type { PathRoute } from './route.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

/** The version that is told to clients: charts and kubectl decide by it. */
export const SERVER_VERSION = Object.freeze({
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.5',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2025-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: 'linux/amd64',
});

/** What the endpoints that are no resources are answered from. */
export interface PathContext {
  readonly plane: ControlPlane;
  readonly discovery: { current(): DiscoveryIndex };
  readonly openApi: OpenApi;
  readonly tokens: ServiceAccountTokens;
  /** Prometheus text; `/metrics` is served when it is given. */
  readonly metrics?: () => Promise<string>;
}

/** A path request of a user. */
export interface PathInput {
  readonly route: PathRoute;
  readonly user: UserInfo;
  readonly accept: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

const HEALTH = ['/healthz', '/livez', '/readyz'];

/** True for the paths that need no login. */
export function isPublicPath(path: string): boolean {
  return path === '/version' || HEALTH.includes(path);
}

function sendDocument(
  exchange: Exchange,
  document: Document,
  more: { negotiated: Negotiated; input: PathInput },
): void {
  const headers = { etag: document.etag, vary: 'Accept' };
  const contentType = contentTypeOf(more.negotiated);
  const known = more.input.ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known?.includes(document.etag) === true) {
    sendPayload(exchange, { code: 304, contentType, body: '', headers });
    return;
  }
  sendPayload(exchange, { contentType, body: document.bytes, headers });
}

function sendHealth(exchange: Exchange, context: PathContext, route: PathRoute): void {
  const { ready, message } = context.plane.health();
  const alive = route.path !== '/readyz' || ready;
  const mark = (good: boolean, name: string, why: string): string =>
    good ? `[+]${name} ok` : `[-]${name} failed: ${why}`;
  if (alive && !route.query.has('verbose')) {
    sendText(exchange, 200, 'ok');
    return;
  }
  const name = route.path.slice(1);
  const lines = [mark(true, 'ping', ''), mark(ready || route.path !== '/readyz', 'storage', message)];
  const verdict = alive ? `${name} check passed` : `${name} check failed`;
  sendText(exchange, alive ? 200 : 500, `${lines.join('\n')}\n${verdict}\n`);
}

function discoveryDocument(
  context: PathContext,
  input: PathInput,
): { document: Document; negotiated: Negotiated } | undefined {
  const { path } = input.route;
  const index = context.discovery.current();
  if (path !== '/api' && path !== '/apis') {
    const document = index.legacy(path);
    return document === undefined ? undefined : { document, negotiated: negotiate(input.accept, ['none']) };
  }
  const negotiated = negotiate(input.accept, ['none', 'discovery']);
  const legacy = index.legacy(path);
  if (negotiated.transform === 'discovery') return { document: index.aggregated(path), negotiated };
  return legacy === undefined ? undefined : { document: legacy, negotiated };
}

const JSON_ONLY: Negotiated = { format: 'json', transform: 'none' };

function sendOpenApiV2(exchange: Exchange, input: PathInput): void {
  const { json, protobuf } = openApiV2(SERVER_VERSION.gitVersion);
  const headers = { vary: 'Accept' };
  if (wantsOpenApiV2Protobuf(input.accept)) {
    sendPayload(exchange, { contentType: OPENAPI_V2_PROTOBUF, body: protobuf, headers });
  } else {
    sendPayload(exchange, { contentType: 'application/json', body: JSON.stringify(json), headers });
  }
}

function sendOpenApi(exchange: Exchange, context: PathContext, input: PathInput): boolean {
  const { path, query } = input.route;
  if (path === '/openapi/v2') {
    sendOpenApiV2(exchange, input);
    return true;
  }
  if (path === '/openapi/v3') {
    sendDocument(exchange, context.openApi.index(), { negotiated: JSON_ONLY, input });
    return true;
  }
  const inner = path.startsWith('/openapi/v3/') ? path.slice('/openapi/v3/'.length) : '';
  const document = inner === '' ? undefined : context.openApi.document(inner);
  if (document === undefined) return false;
  const asked = query.get('hash');
  if (asked !== null && asked !== hashOf(document)) {
    const location = `${path}?hash=${hashOf(document)}`;
    sendPayload(exchange, { code: 301, contentType: 'text/plain', body: '', headers: { location } });
    return true;
  }
  sendDocument(exchange, document, { negotiated: JSON_ONLY, input });
  return true;
}

function issuerDocument(tokens: ServiceAccountTokens): Document {
  return jsonDocument({
    issuer: tokens.issuer,
    jwks_uri: `${tokens.issuer}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  });
}

async function sendOther(exchange: Exchange, context: PathContext, input: PathInput): Promise<boolean> {
  switch (input.route.path) {
    case '/.well-known/openid-configuration':
      sendDocument(exchange, issuerDocument(context.tokens), { negotiated: JSON_ONLY, input });
      return true;
    case '/openid/v1/jwks':
      sendDocument(exchange, jsonDocument(context.tokens.keySet()), { negotiated: JSON_ONLY, input });
      return true;
    case '/metrics':
      if (context.metrics === undefined) return false;
      sendText(exchange, 200, await context.metrics());
      return true;
    default:
      return false;
  }
}

/** Paths that are told, for `/`. */
const ROOTS = ['/api', '/apis', '/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version'];

/**
 * Answers a request that names no resource. Everything but the public paths must be allowed to the user.
 * @throws KubeError Forbidden, NotAcceptable.
 */
export async function answerPath(context: PathContext, exchange: Exchange, input: PathInput): Promise<void> {
  const { route, user } = input;
  const { path, verb } = route;
  if (!isPublicPath(path) || verb !== 'get') {
    context.plane.demand(user, { verb, path, group: '', resource: '', subresource: '', namespace: '', name: '' });
  }
  if (verb !== 'get') return sendText(exchange, 405, 'method not allowed');
  if (HEALTH.includes(path)) return sendHealth(exchange, context, route);
  if (path === '/version') {
    return sendPayload(exchange, { contentType: 'application/json', body: JSON.stringify(SERVER_VERSION) });
  }
  if (path === '/')
    return sendPayload(exchange, { contentType: 'application/json', body: JSON.stringify({ paths: ROOTS }) });
  const found = discoveryDocument(context, input);
  if (found !== undefined) return sendDocument(exchange, found.document, { negotiated: found.negotiated, input });
  if (sendOpenApi(exchange, context, input) || (await sendOther(exchange, context, input))) return undefined;
  return sendText(exchange, 404, '404 page not found\n');
}
