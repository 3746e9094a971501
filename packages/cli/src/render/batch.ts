import { isObject } from '@argosy/std';
import type * as Rendering from '@argosy/cd/renderer';
import type { LocalRequest } from '@argosy/cd/renderer';

/** What a batch needs of the renderer: loaded when the command runs, so that other commands start without it. */
export type LocalRendering = Pick<typeof Rendering, 'LOCAL_TOOLS' | 'LocalTreeError' | 'RenderError' | 'renderLocal'>;

class RequestError extends Error {
  override readonly name = 'RequestError';
}

type Members = { readonly [key: string]: unknown };

function text(request: Members, key: string): string | undefined {
  const value = request[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new RequestError(`${key} must be a text`);
}

function flag(request: Members, key: string): boolean {
  const value = request[key] ?? false;
  if (typeof value === 'boolean') return value;
  throw new RequestError(`${key} must be true or false`);
}

function list(request: Members, key: string): readonly unknown[] {
  const value = request[key] ?? [];
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new RequestError(`${key} must be a list`);
}

function texts(request: Members, key: string): readonly string[] {
  return list(request, key).map((item) => {
    if (typeof item === 'string') return item;
    throw new RequestError(`${key} must be a list of texts`);
  });
}

function valuesOf(request: Members): NonNullable<LocalRequest['values']> {
  return list(request, 'values').map((item) => {
    if (typeof item === 'string' || isObject(item)) return item;
    throw new RequestError('values must be a list of files or objects');
  });
}

function readRequest(request: Members, rendering: LocalRendering): LocalRequest {
  const tool = text(request, 'tool') ?? 'auto';
  const known = rendering.LOCAL_TOOLS.find((name) => name === tool);
  if (known === undefined) {
    throw new RequestError(`tool: found ${JSON.stringify(tool)}, allowed are ${rendering.LOCAL_TOOLS.join(', ')}`);
  }
  const directory = text(request, 'dir');
  if (directory === undefined) throw new RequestError('dir must be a text');
  const optional = (key: string): string | undefined => text(request, key);
  const [name, namespace, kubeVersion] = [optional('name'), optional('namespace'), optional('kubeVersion')];
  return {
    directory,
    tool: known,
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(kubeVersion === undefined ? {} : { kubeVersion }),
    values: valuesOf(request),
    sets: texts(request, 'set').map((set) => ({ kind: 'set' as const, text: set })),
    apiVersions: texts(request, 'apiVersions'),
    includeCrds: flag(request, 'includeCRDs'),
    recurse: flag(request, 'recurse'),
  };
}

/** What went wrong, for whoever asked; a bug of ours is not hidden as an answer. */
export function rejectionText(error: unknown, rendering: LocalRendering): string | undefined {
  const known = [RequestError, rendering.LocalTreeError, rendering.RenderError];
  return error instanceof Error && known.some((type) => error instanceof type) ? error.message : undefined;
}

function parseLine(line: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new RequestError(`malformed line: ${error instanceof Error ? error.message : 'not JSON'}`);
  }
  if (isObject(value)) return value;
  throw new RequestError('malformed line: expected a JSON object');
}

/** Answers one line of a batch: `{"id","objects"}`, or `{"id","error"}`. */
export async function answerLine(line: string | undefined, rendering: LocalRendering): Promise<string> {
  let id: unknown = null;
  try {
    if (line === undefined) throw new RequestError('the line is too long');
    const request = parseLine(line);
    id = request['id'] ?? null;
    return JSON.stringify({ id, objects: await rendering.renderLocal(readRequest(request, rendering)) });
  } catch (error) {
    const message = rejectionText(error, rendering);
    if (message === undefined) throw error;
    return JSON.stringify({ id, error: message });
  }
}
