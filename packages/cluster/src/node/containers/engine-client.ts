import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isObject, type JsonObject } from '@argosy/std';
import type { EngineLimits } from './limits.ts';

/** The oldest version of the Docker Engine API with everything that is used here. */
const API_VERSION = 'v1.40';

/** An engine refused a request; `status` is that of HTTP, 0 when the engine could not be reached. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** One request to an engine. */
export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Without version, e.g. `/containers/json`. */
  readonly path: string;
  readonly query?: { readonly [name: string]: string };
  readonly body?: JsonObject | Buffer;
  readonly headers?: { readonly [name: string]: string };
  /** Ends the call early. */
  readonly signal?: AbortSignal;
}

/** An upgraded connection: raw bytes both ways. `head` is what came with the answer. */
export interface Hijacked {
  readonly socket: Duplex;
  readonly head: Buffer;
}

interface Encoded {
  readonly bytes: Buffer | undefined;
  readonly type: string;
}

function encode(body: EngineCall['body']): Encoded {
  if (body === undefined) return { bytes: undefined, type: 'application/json' };
  if (Buffer.isBuffer(body)) return { bytes: body, type: 'application/x-tar' };
  return { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json' };
}

/** The sentence in an engine's error answer. */
function faultText(text: string, status: number): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON: some engines answer plain text.
    value = undefined;
  }
  const words = isObject(value) ? [value['message'], value['error'], value['cause']] : [];
  const word = words.find((item) => typeof item === 'string' && item !== '');
  if (typeof word === 'string') return word;
  return text.trim() === '' ? `the container engine answered ${status}` : text.trim();
}

/** Talks to a container engine (Docker or Podman) by the Docker Engine API over a unix socket. */
export class EngineClient {
  readonly socketPath: string;
  readonly limits: EngineLimits;
  readonly #agent: Agent;

  constructor(socketPath: string, limits: EngineLimits) {
    this.socketPath = socketPath;
    this.limits = limits;
    this.#agent = new Agent({ keepAlive: true, maxFreeSockets: 8 });
  }

  /** Sends a request and reads its JSON answer; `undefined` for an empty one. @throws EngineError */
  async call(call: EngineCall): Promise<unknown> {
    const text = await this.#text(call, { timeoutMs: this.limits.requestMs });
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Like `call` for a request that answers when something has happened, however long that takes. @throws EngineError */
  async waitFor(call: EngineCall): Promise<unknown> {
    const text = await this.#text(call, {});
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Sends a request and tells every JSON value of its answer as it comes (pull and load). @throws EngineError */
  async values(call: EngineCall, onValue: (value: JsonObject) => void): Promise<void> {
    const response = await this.#send(call, { idleMs: this.limits.pullIdleMs });
    let rest = '';
    for await (const chunk of response as AsyncIterable<Buffer>) {
      rest += chunk.toString('utf8');
      if (rest.length > this.limits.answerBytes) throw new EngineError(0, 'a line of the engine is over the limit');
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) tellValue(line, onValue);
    }
    tellValue(rest, onValue);
  }

  /** Sends a request and hands out its answer as a stream of bytes. @throws EngineError */
  stream(call: EngineCall): Promise<IncomingMessage> {
    return this.#send(call, {});
  }

  /** Sends a request that turns the connection into a raw one (attach, exec). @throws EngineError */
  hijack(call: EngineCall): Promise<Hijacked> {
    const request = this.#request({ ...call, headers: { ...call.headers, Connection: 'Upgrade', Upgrade: 'tcp' } });
    return new Promise((resolve, reject) => {
      request.on('error', (error) => reject(new EngineError(0, error.message)));
      request.on('upgrade', (_response, socket, head) => resolve({ socket, head }));
      request.on('response', (response) => {
        void readText(response, this.limits.answerBytes).then(
          (text) => reject(new EngineError(response.statusCode ?? 0, faultText(text, response.statusCode ?? 0))),
          reject,
        );
      });
      request.end(encode(call.body).bytes);
    });
  }

  /** Closes idle connections. */
  close(): void {
    this.#agent.destroy();
  }

  async #text(call: EngineCall, times: { readonly timeoutMs?: number }): Promise<string> {
    const { timeoutMs } = times;
    const response = await this.#send(call, timeoutMs === undefined ? {} : { idleMs: timeoutMs });
    return readText(response, this.limits.answerBytes);
  }

  #send(call: EngineCall, times: { readonly idleMs?: number }): Promise<IncomingMessage> {
    const request = this.#request(call);
    return new Promise((resolve, reject) => {
      request.on('error', (error) => reject(new EngineError(0, this.#unreachable(error))));
      if (times.idleMs !== undefined) {
        const words = `the container engine did not answer ${call.path} within ${times.idleMs / 1000} s`;
        request.setTimeout(times.idleMs, () => request.destroy(new EngineError(0, words)));
      }
      request.on('response', (response) => {
        const status = response.statusCode ?? 0;
        if (status < 400) resolve(response);
        else {
          void readText(response, this.limits.answerBytes).then(
            (text) => reject(new EngineError(status, faultText(text, status))),
            reject,
          );
        }
      });
      request.end(encode(call.body).bytes);
    });
  }

  #request(call: EngineCall): ClientRequest {
    const { bytes, type } = encode(call.body);
    const query = new URLSearchParams({ ...call.query }).toString();
    return httpRequest({
      socketPath: this.socketPath,
      agent: this.#agent,
      method: call.method,
      path: `/${API_VERSION}${call.path}${query === '' ? '' : `?${query}`}`,
      headers: {
        Host: 'engine',
        ...(bytes === undefined ? {} : { 'Content-Type': type }),
        'Content-Length': String(bytes?.length ?? 0),
        ...call.headers,
      },
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  }

  #unreachable(error: Error): string {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
    return error instanceof EngineError ? error.message : `container engine at ${this.socketPath}: ${code}`;
  }
}

function tellValue(line: string, onValue: (value: JsonObject) => void): void {
  if (line.trim() === '') return;
  const value: unknown = JSON.parse(line);
  if (isObject(value)) onValue(value as JsonObject);
}

async function readText(response: IncomingMessage, limitBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limitBytes) throw new EngineError(0, `an answer of the engine is over ${limitBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** True for an EngineError with one of these statuses. */
export function hasStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof EngineError && statuses.includes(error.status);
}
