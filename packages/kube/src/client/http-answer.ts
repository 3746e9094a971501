import type { Dispatcher } from 'undici';
import { isObject } from '@argosy/std';
import { KubeError, kubeError, type KubeObject, type KubeStatus, type StatusReason } from '../meta/index.ts';
import { ConnectionError } from './connection-error.ts';

type Body = Dispatcher.ResponseData['body'];

/** Reads an answer whole. @throws ConnectionError `response-too-large`. */
export async function readAnswer(body: Body, limitBytes: number, server: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) {
      throw new ConnectionError('response-too-large', server, `the answer has more than ${limitBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

const REASONS: { readonly [code: number]: StatusReason } = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** What upstream's clients say for refusals that are no Status. */
const TEXTS: { readonly [code: number]: string } = {
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
};

/** Longest piece of a foreign error body that is repeated. */
const EXCERPT = 200;

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}

function isStatus(value: unknown): value is KubeStatus {
  return isObject(value) && value['kind'] === 'Status' && value['apiVersion'] === 'v1';
}

/** The refusal that an answer with an error code carries. */
export function refusal(code: number, bytes: Uint8Array, retryAfter: string | undefined): KubeError {
  const value = parse(bytes);
  const seconds = Number(retryAfter);
  const wait = retryAfter !== undefined && Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {};
  if (isStatus(value)) {
    const details = { ...wait, ...value.details };
    return new KubeError({
      ...value,
      code: value.code ?? code,
      ...(Object.keys(details).length === 0 ? {} : { details }),
    });
  }
  const excerpt = Buffer.from(bytes.subarray(0, EXCERPT)).toString('utf8').trim();
  const reason = REASONS[code] ?? (code >= 500 ? 'InternalError' : 'Unknown');
  return kubeError(reason, TEXTS[code] ?? (excerpt === '' ? `the server answered ${code}` : excerpt), {
    code,
    details: wait,
  });
}

/** Items of typed lists leave their type out on real servers; it follows from the list's. */
function completeItems(list: { [field: string]: unknown }): void {
  const { kind, apiVersion } = list;
  if (typeof kind !== 'string' || !kind.endsWith('List')) return;
  list['items'] ??= [];
  if (!Array.isArray(list['items'])) return;
  for (const item of list['items'] as { kind?: unknown; apiVersion?: unknown }[]) {
    item.kind ??= kind.slice(0, -'List'.length);
    item.apiVersion ??= apiVersion;
  }
}

/** Decodes a good answer. @throws ConnectionError `bad-response` when it is no Kubernetes object. */
export function decodeAnswer(bytes: Uint8Array, server: string): KubeObject {
  const value = parse(bytes);
  if (!isObject(value)) throw new ConnectionError('bad-response', server, 'the answer is not a JSON object');
  completeItems(value as { [field: string]: unknown });
  return value as KubeObject;
}

/** Decodes one line of a watch. @throws KubeError for ERROR frames. */
export function decodeEvent(line: Uint8Array, server: string): { readonly type: string; readonly object: KubeObject } {
  const value = parse(line);
  if (!isObject(value) || !isObject(value['object'])) {
    throw new ConnectionError('bad-response', server, 'a watch event is not a JSON object');
  }
  if (value['type'] === 'ERROR') {
    throw isStatus(value['object']) ? new KubeError(value['object']) : kubeError('Unknown', 'the watch failed');
  }
  return { type: String(value['type']), object: value['object'] as KubeObject };
}
