import { Agent, ProxyAgent, request, type Dispatcher } from 'undici';
import { after, milliseconds, type Clock } from '@argosy/std';
import type { RepositoryAccess } from './access.ts';
import { displayUrl, RepositoryError, type RepositoryErrorKind } from './errors.ts';

/** Redirects that are followed for one request. */
export const REDIRECT_LIMIT = 5;

/** One GET. */
export interface HttpAsk {
  readonly url: string;
  readonly maxBytes: number;
  readonly headers?: { readonly [name: string]: string };
  /** Sent to the origin of `url` only, never to one that it redirects to. */
  readonly authorization?: string | undefined;
}

/** An answer, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** The value of a header; `''` when it was not sent. */
  header(name: string): string;
}

const TLS_CODES = /^(UNABLE_TO_|CERT_|DEPTH_ZERO_SELF|SELF_SIGNED|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/;

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = 'code' in error ? String(error.code) : '';
  return code === '' || code === 'undefined' ? codeOf(error.cause) : code;
}

/** Reads what the HTTP client complains about; its own words stay here, since they may hold addresses. */
function classify(url: string, error: unknown): RepositoryError {
  if (error instanceof RepositoryError) return error;
  const code = codeOf(error);
  const shown = displayUrl(url);
  if (TLS_CODES.test(code)) {
    return new RepositoryError('CertificateUntrusted', `the certificate of the repository is not trusted: ${shown}`);
  }
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET') {
    return new RepositoryError('DisappearedMidFetch', `the repository went away in the middle of an answer: ${shown}`);
  }
  return new RepositoryError('HostUnreachable', `the host of the repository cannot be reached: ${shown} (${code})`);
}

/** True when `noProxy` names the host, a domain above it, or everything. */
export function bypassesProxy(host: string, noProxy: string): boolean {
  const rules = noProxy.split(',').map((rule) =>
    rule
      .trim()
      .toLowerCase()
      .replace(/^\*?\./, ''),
  );
  return rules.some((rule) => rule === '*' || (rule !== '' && (host === rule || host.endsWith(`.${rule}`))));
}

function dispatcherFor(access: RepositoryAccess, url: URL, isOwn: boolean): Dispatcher {
  const { tlsClientCertificate: cert, tlsClientKey: key, proxy, noProxy = '' } = access;
  const certificate = isOwn && cert !== undefined && key !== undefined ? { cert, key } : {};
  const connect = { rejectUnauthorized: !access.insecure, timeout: 20_000, ...certificate };
  if (proxy === undefined || bypassesProxy(url.hostname, noProxy)) return new Agent({ connect });
  return new ProxyAgent({ uri: proxy, requestTls: connect });
}

async function readBody(body: Dispatcher.ResponseData['body'], ask: HttpAsk): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ask.maxBytes) {
      throw new RepositoryError('TooLarge', `${displayUrl(ask.url)} is larger than ${ask.maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseHttpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new RepositoryError('InvalidRequest', `${displayUrl(text)} is not an http or https address`);
  }
  url.username = '';
  url.password = '';
  return url;
}

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/** Bounded GETs: in bytes, in time, in redirects. Credentials and client certificates stay with their origin. */
export class HttpFetcher {
  readonly #clock: Clock;
  readonly #timeoutMs: number;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws RepositoryError when there is no answer, or too much of one; any status is an answer. */
  async get(access: RepositoryAccess, ask: HttpAsk): Promise<HttpAnswer> {
    const first = parseHttpUrl(ask.url);
    let url = first;
    for (let hop = 0; hop <= REDIRECT_LIMIT; hop += 1) {
      const answer = await this.#once(access, { ...ask, url: url.href }, url.origin === first.origin);
      if (!isRedirect(answer.status)) return answer;
      const next = parseHttpUrl(new URL(answer.header('location'), url).href);
      if (url.protocol === 'https:' && next.protocol === 'http:') {
        throw new RepositoryError('InvalidRequest', `${displayUrl(ask.url)} redirects from https to http`);
      }
      url = next;
    }
    throw new RepositoryError('InvalidRequest', `${displayUrl(ask.url)} redirects more than ${REDIRECT_LIMIT} times`);
  }

  async #once(access: RepositoryAccess, ask: HttpAsk, isOwn: boolean): Promise<HttpAnswer> {
    const stop = new AbortController();
    const late = new RepositoryError('Timeout', `${displayUrl(ask.url)} did not answer within ${this.#timeoutMs} ms`);
    const timer = this.#clock.schedule(after(this.#clock.now(), milliseconds(this.#timeoutMs)), () => stop.abort(late));
    const dispatcher = dispatcherFor(access, new URL(ask.url), isOwn);
    const authorization = isOwn && ask.authorization !== undefined ? { authorization: ask.authorization } : {};
    try {
      const headers = { 'user-agent': 'argosy', ...ask.headers, ...authorization };
      const answer = await request(ask.url, { dispatcher, headers, signal: stop.signal });
      const body = await readBody(answer.body, ask);
      const header = (name: string): string => [answer.headers[name] ?? ''].flat().join(', ');
      return { status: answer.statusCode, body, header };
    } catch (error) {
      throw stop.signal.aborted ? late : classify(ask.url, error);
    } finally {
      timer.cancel();
      void dispatcher.destroy().catch(() => undefined);
    }
  }
}

const REFUSALS: { readonly [status: number]: readonly [RepositoryErrorKind, string] } = {
  401: ['AuthenticationRequired', 'authentication required: credentials are missing or not accepted'],
  403: ['AuthenticationRequired', 'access denied'],
  404: ['NotFound', 'not found'],
};

/** The answer's error for any status but 200. */
export function refusalOf(url: string, status: number): RepositoryError {
  const [kind, words] = REFUSALS[status] ?? (['Unknown', `answered with status ${status}`] as const);
  return new RepositoryError(kind, `${words}: ${displayUrl(url)}`);
}

/** The Authorization header that a repository's own credentials make; `undefined` without any. */
export function authorizationOf(access: RepositoryAccess): string | undefined {
  if (access.bearerToken !== undefined) return `Bearer ${access.bearerToken}`;
  if (access.password === undefined) return undefined;
  return `Basic ${Buffer.from(`${access.username ?? ''}:${access.password}`).toString('base64')}`;
}
