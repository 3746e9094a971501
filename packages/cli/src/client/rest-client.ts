import { Agent, request, type Dispatcher } from 'undici';
import { isObject } from '@argosy/std';
import { CommandError } from '../command/index.ts';

/** The exit code of every refusal by a server, as upstream's command line has it. */
export const REMOTE_ERROR_EXIT_CODE = 20;

/** The largest answer that is read into memory. */
const ANSWER_LIMIT_BYTES = 256 * 1024 * 1024;

/** Where a server is and how to be let in. */
export interface Connection {
  readonly url: string;
  /** PEM of the authority that signed the server's certificate; the system's when absent. */
  readonly caPem?: string;
  readonly insecure?: boolean;
  /** Gives a session token; `renew` after the last one was refused. */
  readonly token: (renew: boolean) => Promise<string>;
}

/** One call. `query` values that are undefined are left out. */
export interface RestCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: { readonly [name: string]: string | readonly string[] | undefined };
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** The server said no. `code` is the HTTP status. */
export class RemoteError extends CommandError {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message, REMOTE_ERROR_EXIT_CODE);
    this.code = code;
  }
}

/** A client of the REST API; one connection pool for its life. */
export interface RestClient {
  /** The server's address, without a slash at the end. */
  readonly url: string;
  /** One answer as JSON. */
  call(call: RestCall): Promise<unknown>;
  /** The items of a stream, unwrapped from `{"result":…}`; an error item is thrown. */
  stream(call: RestCall): AsyncIterable<unknown>;
  /** The bytes of a download. */
  bytes(call: RestCall): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

function queryText(query: RestCall['query']): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const item of typeof value === 'string' ? [value] : (value ?? [])) params.append(name, item);
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

function errorMessage(body: unknown, fallback: string): string {
  if (isObject(body)) {
    const message = body['message'] ?? body['error'];
    if (typeof message === 'string' && message !== '') return message;
  }
  return fallback;
}

async function readJson(body: Dispatcher.ResponseData['body']): Promise<unknown> {
  const text = await body.text();
  if (text.length > ANSWER_LIMIT_BYTES) throw new CommandError(`the answer is larger than ${ANSWER_LIMIT_BYTES} bytes`);
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return text;
  }
}

function unreachable(url: string, error: unknown): CommandError {
  const cause = error instanceof Error && error.message !== '' ? error.message : 'the connection failed';
  return new CommandError(`cannot reach ${url}: ${cause}. Is "argosy up" running?`, REMOTE_ERROR_EXIT_CODE);
}

/** Lines of a byte stream, whole across chunk borders. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (line.trim() !== '') yield line;
  }
  if (rest.trim() !== '') yield rest;
}

function unwrap(line: string): unknown {
  const item: unknown = JSON.parse(line.startsWith('data:') ? line.slice(5) : line);
  if (!isObject(item)) return item;
  if (item['error'] !== undefined) {
    const code = isObject(item['error']) ? Number(item['error']['http_code'] ?? 500) : 500;
    throw new RemoteError(code, errorMessage(item['error'], JSON.stringify(item['error'])));
  }
  return Object.hasOwn(item, 'result') ? item['result'] : item;
}

/** Opens a client. Nothing is sent before the first call. */
export function createRestClient(connection: Connection): RestClient {
  const connect = {
    ...(connection.caPem === undefined ? {} : { ca: connection.caPem }),
    ...(connection.insecure === true ? { rejectUnauthorized: false } : {}),
  };
  const agent = new Agent({ connect, bodyTimeout: 0 });

  const send = async (call: RestCall, renew: boolean): Promise<Dispatcher.ResponseData> => {
    const token = await connection.token(renew);
    const answer = await request(`${connection.url}${call.path}${queryText(call.query)}`, {
      method: call.method,
      dispatcher: agent,
      headers: {
        authorization: `Bearer ${token}`,
        // Changes must say what they are made of, also when there is nothing to say: that keeps forms of other sites out.
        ...(call.method === 'GET' ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    }).catch((error: unknown) => {
      throw call.signal?.aborted === true ? error : unreachable(connection.url, error);
    });
    if (answer.statusCode === 401 && !renew) {
      await answer.body.dump();
      return send(call, true);
    }
    if (answer.statusCode < 400) return answer;
    const body = await readJson(answer.body);
    throw new RemoteError(answer.statusCode, errorMessage(body, `the server answered ${answer.statusCode}`));
  };

  return {
    url: connection.url,
    call: async (call) => readJson((await send(call, false)).body),
    async *stream(call) {
      const answer = await send(call, false);
      for await (const line of linesOf(answer.body)) yield unwrap(line);
    },
    async *bytes(call) {
      yield* (await send(call, false)).body as AsyncIterable<Uint8Array>;
    },
    close: () => agent.close(),
  };
}
