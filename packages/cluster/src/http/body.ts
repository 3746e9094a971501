import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { isObject } from '@argosy/std';
import { parseYaml } from '@argosy/lang/yaml';
import { kubeError, type KubeObject } from '@argosy/kube/meta';
import type { PatchType } from '@argosy/kube/port';
import type { HttpLimits } from './limits.ts';

/** Reads `application/vnd.kubernetes.protobuf` bytes of a built-in kind. */
export type ProtobufDecoder = (bytes: Uint8Array) => KubeObject;

const PATCH_TYPES: { readonly [mediaType: string]: PatchType } = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
  'application/apply-patch+json': 'apply',
};

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** The media type of a `Content-Type` header, without parameters; JSON when there is none. */
export function mediaType(header: string | undefined): string {
  const type = (header ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return type === '' ? 'application/json' : type;
}

/** The patch dialect of a content type. @throws KubeError UnsupportedMediaType naming the accepted ones. */
export function patchTypeOf(type: string): PatchType {
  const known = Object.hasOwn(PATCH_TYPES, type) ? PATCH_TYPES[type] : undefined;
  if (known !== undefined) return known;
  const accepted = Object.keys(PATCH_TYPES).slice(0, 4).join(', ');
  throw kubeError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  );
}

function tooLarge(limit: number): Error {
  return kubeError('RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);
}

/**
 * Reads a request body whole.
 * @throws KubeError RequestEntityTooLarge above the limit, Timeout when it does not arrive in time.
 */
export async function readBody(stream: Readable, declared: string | undefined, limits: HttpLimits): Promise<Buffer> {
  if (declared !== undefined && Number(declared) > limits.bodyBytes) throw tooLarge(limits.bodyBytes);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(
      () => finish(kubeError('Timeout', `the request body did not arrive within ${limits.bodyTimeoutMs} ms`)),
      limits.bodyTimeoutMs,
    );
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limits.bodyBytes) finish(tooLarge(limits.bodyBytes));
      else chunks.push(chunk);
    };
    const onEnd = (): void => finish();
    const onClose = (): void => finish(kubeError('BadRequest', 'the request body ended early'));
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      stream.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      if (error === undefined)
        resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
      else reject(error);
    };
    stream.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Deepest nesting of JSON text, counted on its bytes without building anything. */
function jsonDepth(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (inString) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) inString = false;
      continue;
    }
    if (byte === QUOTE) inString = true;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return deepest;
}

function tooDeep(limits: HttpLimits): Error {
  return kubeError('BadRequest', `the body is nested deeper than ${limits.bodyDepth} levels`);
}

function parseJson(bytes: Buffer, limits: HttpLimits): unknown {
  if (jsonDepth(bytes) > limits.bodyDepth) throw tooDeep(limits);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw kubeError('BadRequest', `couldn't parse the body as JSON: ${error instanceof Error ? error.message : ''}`);
  }
}

function parseYamlBody(bytes: Buffer, limits: HttpLimits): unknown {
  const parsed = parseYaml(bytes.toString('utf8'), {
    limits: { depth: limits.bodyDepth, nodes: limits.yamlValueCount },
  });
  if (parsed.ok) return parsed.value;
  const { message, line } = parsed.error;
  throw kubeError('BadRequest', `error converting YAML to JSON: yaml: line ${line}: ${message}`);
}

/** What decoding needs beside the bytes. */
export interface DecodeOptions {
  readonly limits: HttpLimits;
  readonly decodeProtobuf: ProtobufDecoder;
}

/** Bytes that are no text would be stored as something else than was sent. */
function demandText(bytes: Buffer): void {
  if (!isUtf8(bytes)) throw kubeError('BadRequest', 'the body is not valid UTF-8');
}

function decodeAs(type: string, bytes: Buffer, options: DecodeOptions): unknown {
  if (type !== PROTOBUF) demandText(bytes);
  if (type === 'application/json') return parseJson(bytes, options.limits);
  if (type === 'application/yaml') return parseYamlBody(bytes, options.limits);
  if (type === PROTOBUF) return options.decodeProtobuf(bytes);
  const accepted = `application/json, application/yaml, ${PROTOBUF}`;
  throw kubeError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  );
}

/**
 * Decodes the body of a create, update or delete; `undefined` for an empty one.
 * @throws KubeError UnsupportedMediaType or BadRequest.
 */
export function decodeBody(
  bytes: Buffer,
  type: string,
  options: DecodeOptions,
): { readonly [field: string]: unknown } | undefined {
  if (bytes.length === 0) return undefined;
  const value = decodeAs(type, bytes, options);
  if (!isObject(value)) throw kubeError('BadRequest', 'the body must be an object');
  return value;
}

/** Decodes a patch body. @throws KubeError BadRequest when it is not what its dialect needs. */
export function decodePatch(
  bytes: Buffer,
  type: string,
  options: DecodeOptions,
): { patchType: PatchType; patch: unknown } {
  const patchType = patchTypeOf(type);
  demandText(bytes);
  const patch =
    type === 'application/apply-patch+yaml' ? parseYamlOrJson(bytes, options.limits) : parseJson(bytes, options.limits);
  const fits = patchType === 'json' ? Array.isArray(patch) : isObject(patch);
  if (!fits) throw kubeError('BadRequest', `a ${type} body must be ${patchType === 'json' ? 'a list' : 'an object'}`);
  return { patchType, patch };
}

/** Apply patches are YAML by name, and JSON from every client that matters: JSON is tried first because it is cheap. */
function parseYamlOrJson(bytes: Buffer, limits: HttpLimits): unknown {
  const first = bytes.find((byte) => byte > 0x20);
  if (first !== 0x7b) return parseYamlBody(bytes, limits);
  try {
    return parseJson(bytes, limits);
  } catch {
    return parseYamlBody(bytes, limits);
  }
}
