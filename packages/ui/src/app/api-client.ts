import { createStreamParser, textAt } from '../model/index.ts';

/** A stream that is silent for so long is taken as broken; the server sends a heartbeat each 15 s. */
export const SILENCE_LIMIT_MS = 40_000;

/** A refusal of the API, or a connection that failed (status 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Query parameters; undefined and empty ones are left out. */
export type Query = { readonly [name: string]: string | undefined };

/** The API as the page uses it. */
export interface ApiClient {
  get(path: string, query?: Query, signal?: AbortSignal): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  remove(path: string): Promise<unknown>;
  /** `undefined` when the stream is open, then its `result`s. Ends when the server ends it; throws ApiError for errors, silence and lost lines. */
  stream(path: string, query: Query, signal: AbortSignal): AsyncIterable<unknown>;
}

/** Creates the client; `onLoggedOut` is called when the session is over. */
export function createApiClient(onLoggedOut: () => void): ApiClient {
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(path, { credentials: 'same-origin', ...init }).catch((error: unknown) => {
      if (init.signal?.aborted === true) throw error;
      throw new ApiError(0, 'the server cannot be reached');
    });
    if (answer.ok) return answer;
    if (answer.status === 401 && !path.startsWith('/api/v1/session')) onLoggedOut();
    throw new ApiError(answer.status, await messageOf(answer));
  };
  const send = async (method: string, path: string, body: unknown): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await call(path, { method, headers, body: JSON.stringify(body) });
    return answer.json() as Promise<unknown>;
  };
  return {
    async get(path, query = {}, signal) {
      const answer = await call(path + queryText(query), signal === undefined ? {} : { signal });
      return answer.json() as Promise<unknown>;
    },
    post: (path, body) => send('POST', path, body),
    remove: (path) => send('DELETE', path, {}),
    stream: (path, query, signal) => readStream(call, path + queryText(query), signal),
  };
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') parameters.set(name, value);
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

async function messageOf(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => undefined);
  return textAt(body, 'message') || `the server answered ${answer.status}`;
}

async function* readStream(
  call: (path: string, init: RequestInit) => Promise<Response>,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  const silence = new AbortController();
  const both = AbortSignal.any([signal, silence.signal]);
  let timer = setTimeout(() => silence.abort(), SILENCE_LIMIT_MS);
  try {
    const answer = await call(path, { signal: both, headers: { accept: 'text/event-stream' } });
    yield undefined;
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    const parser = createStreamParser();
    for (;;) {
      const piece = await reader?.read();
      if (piece === undefined || piece.done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_LIMIT_MS);
      for (const item of parser.push(piece.value)) yield resultOf(item);
    }
  } catch (error) {
    throw streamFailure(error, silence.signal);
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function streamFailure(error: unknown, silence: AbortSignal): unknown {
  if (error instanceof ApiError) return error;
  if (silence.aborted) return new ApiError(0, 'the server went silent');
  return new ApiError(0, 'the connection was lost');
}

function resultOf(item: unknown): unknown {
  const failure = textAt(item, 'error', 'message');
  if (failure !== '')
    throw new ApiError(Number((item as { error: { http_code?: number } }).error.http_code ?? 500), failure);
  return (item as { readonly result?: unknown }).result;
}
