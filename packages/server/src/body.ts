import { after, milliseconds, type Clock } from '@argosy/std';
import { RestError } from '@argosy/api/rest';
import { headerOf, type Exchange } from './exchange.ts';
import { HttpError } from './errors.ts';
import type { ServerLimits } from './limits.ts';

/** A body as it came, and decoded when it was JSON. */
export interface Body {
  readonly raw: Uint8Array;
  readonly json: unknown;
}

/**
 * Reads a whole body within the limits. Rejects with HttpError 413 (too large, too deep), 408 (too slow) or
 * RestError InvalidArgument (not JSON though it says so).
 */
export async function readBody(exchange: Exchange, limits: ServerLimits, clock: Clock): Promise<Body> {
  const declared = Number(headerOf(exchange, 'content-length') ?? '0');
  if (declared > limits.bodyBytes) throw tooLarge(limits);
  const raw = await readBytes(exchange, limits, clock);
  if (raw.length === 0 || !isJson(exchange)) return { raw, json: undefined };
  const text = decodeText(raw);
  const depth = depthOf(text);
  if (depth > limits.bodyDepth) {
    throw new HttpError(413, 'InvalidArgument', `body nests deeper than ${limits.bodyDepth}`);
  }
  try {
    return { raw, json: JSON.parse(text) as unknown };
  } catch (error) {
    throw new RestError('InvalidArgument', `body is not JSON: ${positionOf(error)}`);
  }
}

/** True for the media type application/json, whatever its parameters. */
export function isJson(exchange: Exchange): boolean {
  const type = headerOf(exchange, 'content-type') ?? '';
  return type.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}

function tooLarge(limits: ServerLimits): HttpError {
  return new HttpError(413, 'ResourceExhausted', `body is larger than ${limits.bodyBytes} bytes`);
}

function decodeText(raw: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    throw new RestError('InvalidArgument', 'body is not UTF-8');
  }
}

/** The parser's words without the quoted part of the body, which may hold a secret. */
function positionOf(error: unknown): string {
  return /at position \d+/.exec(String(error))?.[0] ?? 'it ends too early or has a wrong character';
}

function readBytes(exchange: Exchange, limits: ServerLimits, clock: Clock): Promise<Uint8Array> {
  const { incoming, abort } = exchange;
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    const finish = (settle: () => void): void => {
      timer.cancel();
      abort.signal.removeEventListener('abort', onAbort);
      incoming.removeAllListeners('data');
      settle();
    };
    const fail = (error: Error): void => finish(() => reject(error));
    const onAbort = (): void => fail(new RestError('Unavailable', 'the request was given up'));
    const timer = clock.schedule(after(clock.now(), milliseconds(limits.bodyTimeoutMs)), () =>
      fail(new HttpError(408, 'DeadlineExceeded', `body took longer than ${limits.bodyTimeoutMs} ms`)),
    );
    abort.signal.addEventListener('abort', onAbort);
    incoming.on('data', (chunk: Uint8Array) => {
      sizeBytes += chunk.length;
      if (sizeBytes > limits.bodyBytes) fail(tooLarge(limits));
      else chunks.push(chunk);
    });
    incoming.on('end', () => finish(() => resolve(Buffer.concat(chunks))));
    incoming.on('error', fail);
  });
}

/** How deep the brackets of a JSON text nest; counted before parsing, so that a bomb costs one pass. */
export function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isText = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isText) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) isText = false;
    } else if (code === 0x22) isText = true;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return deepest;
}
