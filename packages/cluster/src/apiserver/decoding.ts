import { kubeError, parseApiVersion } from '@argosy/kube/meta';
import type { FieldValidation } from '@argosy/kube/port';
import { isObject } from '@argosy/std';
import { convertObject } from './convert.ts';
import { draftOf, ensurePart, textAt, type Draft } from './draft.ts';
import { rulesOf } from './kinds/index.ts';
import type { ServedResource } from './resource.ts';
import { applySchema } from './schemas.ts';

function checkType(draft: Draft, resource: ServedResource): void {
  const apiVersion = textAt(draft, 'apiVersion');
  if (apiVersion !== '' && apiVersion !== resource.apiVersion) {
    throw kubeError(
      'BadRequest',
      `the API version in the data (${apiVersion}) does not match the expected API version (${resource.apiVersion})`,
    );
  }
  const kind = textAt(draft, 'kind');
  if (kind !== '' && kind !== resource.kind) {
    const { version } = parseApiVersion(apiVersion === '' ? resource.apiVersion : apiVersion);
    throw kubeError(
      'BadRequest',
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${resource.kind}: no kind ` +
        `${JSON.stringify(resource.kind)} is registered for the given kind ${JSON.stringify(kind)}`,
    );
  }
}

/** How a body from outside is turned into a draft. */
export interface DecodeOptions {
  readonly fieldValidation: FieldValidation;
  readonly warnings: string[];
}

function reportUnknown(resource: ServedResource, unknown: readonly string[], options: DecodeOptions): void {
  if (unknown.length === 0 || options.fieldValidation === 'Ignore') return;
  if (options.fieldValidation === 'Warn') {
    options.warnings.push(...unknown);
    return;
  }
  throw kubeError(
    'BadRequest',
    `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: ` +
      `strict decoding error: ${unknown.join(', ')}`,
  );
}

/**
 * Decodes a body for storage: private copy, type check, conversion to the stored version, pruning, defaults.
 * @throws KubeError BadRequest for another kind or, when strict, for unknown fields.
 */
export function decodeBody(body: unknown, resource: ServedResource, options: DecodeOptions): Draft {
  if (!isObject(body)) throw kubeError('BadRequest', `the body must be a JSON object, found ${typeof body}`);
  const copy = draftOf(body, !resource.custom);
  checkType(copy, resource);
  // These three come first in the stored JSON, as in every manifest.
  const draft: Draft = { apiVersion: '', kind: '', metadata: {}, ...copy };
  draft['apiVersion'] = resource.apiVersion;
  draft['kind'] = resource.kind;
  ensurePart(draft, 'metadata');
  const { object, unknown } = applySchema(resource, draft);
  reportUnknown(resource, unknown, options);
  // Where a webhook converts, all work is done in the version of the request, and converted when it is stored.
  const plainly = resource.converts && resource.conversion === undefined;
  const stored = (
    plainly ? draftOf(convertObject(object as never, resource.storedApiVersion), false) : object
  ) as Draft;
  rulesOf(resource.storage).defaults?.(stored);
  return stored;
}
