import { randomUUID } from 'node:crypto';
import { Agent, request, type RequestOptions } from 'node:https';
import { isObject } from '@argosy/std';
import type { WebhookCall, WebhookClient, WebhookReply } from '../apiserver/index.ts';

/** Largest answer of a webhook, in bytes. */
export const MAX_WEBHOOK_ANSWER_BYTES = 3 * 1024 * 1024;

/** Idle connections to one webhook that are kept. */
const IDLE_CONNECTIONS = 8;

/** Finds what serves a Service: the address and port to dial. @throws an error whose message says why there is none. */
export type ResolveService = (
  service: NonNullable<WebhookClient['service']>,
) => Promise<{ readonly host: string; readonly port: number }>;

/** Settings of `createWebhookCaller`. */
export interface WebhookCallerOptions {
  readonly resolveService: ResolveService;
}

/** A caller of webhooks; `close` ends its connections. */
export interface WebhookConnections {
  readonly call: (call: WebhookCall, signal: AbortSignal | undefined) => Promise<WebhookReply>;
  readonly close: () => void;
}

interface Target {
  /** As messages show it. */
  readonly url: URL;
  readonly options: RequestOptions;
}

function pem(caBundle: string | undefined): { readonly ca?: string } {
  return caBundle === undefined ? {} : { ca: Buffer.from(caBundle, 'base64').toString('utf8') };
}

/** Where to go for a call: a Service is dialled at its endpoint, but named (and verified) as `name.namespace.svc`. */
async function targetOf(call: WebhookCall, resolveService: ResolveService): Promise<Target> {
  const { client, timeoutSeconds } = call;
  const { service, caBundle } = client;
  const trust = pem(caBundle);
  if (service === undefined) {
    const url = new URL(client.url ?? '');
    if (url.protocol !== 'https:') throw new Error(`webhooks are called over https, found ${url.protocol}`);
    url.searchParams.set('timeout', `${timeoutSeconds}s`);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    return {
      url,
      options: { ...trust, host, port: url.port === '' ? 443 : Number(url.port), servername: nameFor(host) },
    };
  }
  const name = `${service.name}.${service.namespace}.svc`;
  const url = new URL(`https://${name}:${service.port}${service.path === '' ? '/' : service.path}`);
  url.searchParams.set('timeout', `${timeoutSeconds}s`);
  return { url, options: { ...trust, ...(await resolveService(service)), servername: name } };
}

/** Addresses are no server names: TLS sends none for them. */
function nameFor(host: string): string {
  return /^[\d.]+$|:/.test(host) ? '' : host;
}

interface Answered {
  readonly status: number;
  readonly body: string;
}

function post(target: Target, body: string, given: { agent: Agent; signal: AbortSignal }): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { url, options } = target;
    const headers = {
      host: url.host,
      'content-type': 'application/json',
      accept: 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const path = `${url.pathname}${url.search}`;
    const outgoing = request(
      { ...options, ...given, method: 'POST', path, headers, minVersion: 'TLSv1.2' },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.byteLength;
          if (size > MAX_WEBHOOK_ANSWER_BYTES) {
            answer.destroy(new Error(`the answer has more than ${MAX_WEBHOOK_ANSWER_BYTES} bytes`));
            return;
          }
          chunks.push(chunk);
        });
        answer.on('error', reject);
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
        });
      },
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(isStale ? new StaleConnection() : error);
    });
    outgoing.end(body);
  });
}

/** A kept connection that the other side had closed meanwhile: nothing was read of the question. */
class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

/** Posts on a kept connection, and once more on a fresh one when that turns out to be closed. */
async function postFresh(
  target: Target,
  body: string,
  given: { agent: Agent; signal: AbortSignal },
): Promise<Answered> {
  try {
    return await post(target, body, given);
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error;
    return post(target, body, { agent: new Agent(), signal: given.signal });
  }
}

const VERSIONS = { AdmissionReview: 'admission.k8s.io/v1', ConversionReview: 'apiextensions.k8s.io/v1' } as const;

function failure(message: string): WebhookReply {
  return { ok: false, message };
}

/** The response of a review. */
function readReview(call: WebhookCall, uid: string, text: string): WebhookReply {
  let review: unknown;
  try {
    review = JSON.parse(text);
  } catch {
    return failure('the answer is not JSON');
  }
  const wanted = `${VERSIONS[call.kind]}, Kind=${call.kind}`;
  const object = isObject(review) ? review : {};
  const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
  const found = `${textOf(object['apiVersion'])}, Kind=${textOf(object['kind'])}`;
  if (found !== wanted) return failure(`expected webhook response of ${wanted}, got ${found}`);
  const response = object['response'];
  if (!isObject(response)) return failure('webhook response is absent');
  if (response['uid'] !== uid) {
    return failure(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`);
  }
  return { ok: true, response };
}

const WORDS: { readonly [code: string]: string } = {
  ECONNREFUSED: 'connect: connection refused',
  ENOTFOUND: 'no such host',
  ECONNRESET: 'connection reset by peer',
};

/** What went wrong, in the words that people search for where there are such. */
function troubleText(error: unknown, timedOut: boolean): string {
  if (timedOut) return 'context deadline exceeded';
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const words = code === undefined ? undefined : WORDS[code];
  if (words !== undefined) return `dial tcp: ${words}`;
  const isTrust = code !== undefined && /CERT|SIGNED|ISSUER|ALTNAME|VERIFY/.test(code);
  return isTrust ? `tls: failed to verify certificate: x509: ${error.message}` : error.message;
}

async function callOnce(
  connections: { readonly agent: Agent; readonly resolveService: ResolveService },
  call: WebhookCall,
  given: AbortSignal | undefined,
): Promise<WebhookReply> {
  const timeout = AbortSignal.timeout(call.timeoutSeconds * 1000);
  const signal = given === undefined ? timeout : AbortSignal.any([given, timeout]);
  const uid = randomUUID();
  const review = { kind: call.kind, apiVersion: VERSIONS[call.kind], request: { uid, ...call.request } };
  let at = call.client.url ?? 'service';
  try {
    const target = await targetOf(call, connections.resolveService);
    at = target.url.href;
    const { status, body } = await postFresh(target, JSON.stringify(review), { agent: connections.agent, signal });
    if (status === 200) return readReview(call, uid, body);
    return failure(`failed to call webhook: Post ${JSON.stringify(at)}: the server answered with status ${status}`);
  } catch (error) {
    given?.throwIfAborted();
    return failure(`failed to call webhook: Post ${JSON.stringify(at)}: ${troubleText(error, timeout.aborted)}`);
  }
}

/**
 * Calls webhooks over HTTPS: the certificate must be signed by the caBundle of the configuration (by a well-known
 * authority without one), redirects are not followed, connections are kept.
 */
export function createWebhookCaller(options: WebhookCallerOptions): WebhookConnections {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: IDLE_CONNECTIONS });
  const connections = { agent, resolveService: options.resolveService };
  return {
    call: (call, signal) => callOnce(connections, call, signal),
    close: () => agent.destroy(),
  };
}
