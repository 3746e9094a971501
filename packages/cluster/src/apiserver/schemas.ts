import { kubeError, type KubeObject } from '@argosy/kube/meta';
import {
  builtinSchema,
  compileSchema,
  defaultObject,
  normalizeObject,
  pruneObject,
  ruleErrors,
  UNCHECKED_RULES,
  validateObject,
  type FieldError,
  type FieldErrorReason,
  type TypeSchema,
} from '@argosy/kube/schema';
import type { Draft } from './draft.ts';
import type { ServedResource } from './resource.ts';

/** The schema of a built-in kind, when there is one. */
export const builtInSchema: typeof builtinSchema = builtinSchema;

/** Compiles the openAPIV3Schema of a CustomResourceDefinition version; `undefined` when it has none. */
export function compileCustomSchema(openApi: unknown): TypeSchema | undefined {
  return openApi === undefined ? undefined : compileSchema(openApi);
}

/** What the schema made of a body. `unknown` are texts such as `unknown field "spec.foo"`. */
export interface SchemaResult {
  readonly object: Draft;
  readonly unknown: readonly string[];
}

/** A body that the typed decoder of a built-in kind cannot read is a bad request, not an invalid object. */
function demandDecodable(resource: ServedResource, schema: TypeSchema, object: Draft): void {
  const [error] = validateObject(schema, object);
  if (error === undefined) return;
  throw kubeError(
    'BadRequest',
    `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: ` +
      error.message,
  );
}

/** Prunes what the schema does not know, brings built-in kinds into their canonical form, and fills defaults. */
export function applySchema(resource: ServedResource, draft: Draft): SchemaResult {
  const schema = resource.schema();
  if (schema === undefined) return { object: draft, unknown: [] };
  const { object, unknown } = pruneObject(schema, draft);
  if (resource.custom) return { object: defaultObject(schema, object), unknown };
  demandDecodable(resource, schema, object);
  return { object: defaultObject(schema, normalizeObject(schema, object)), unknown };
}

/** Errors of form: while there are any, the rules of the schema are not asked. */
const BLOCKING: readonly FieldErrorReason[] = [
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
];

/**
 * What a custom resource's schema and its rules say against the object; built-in kinds have rules of their own. On an
 * update what did not change is tolerated.
 */
export function schemaErrors(resource: ServedResource, draft: Draft, live?: KubeObject): readonly FieldError[] {
  const schema = resource.custom ? resource.schema() : undefined;
  if (schema === undefined) return [];
  const errors = validateObject(schema, draft as unknown as KubeObject, live);
  if (!schema.hasValidations) return errors;
  const blocked = errors.some((error) => BLOCKING.includes(error.reason));
  return [...errors, ...(blocked ? [UNCHECKED_RULES] : ruleErrors(schema, draft, live))];
}
