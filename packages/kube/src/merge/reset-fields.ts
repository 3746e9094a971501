import type { TypeSchema } from '../schema/index.ts';
import { EMPTY_SET, pathSet, unionSets, type FieldSet } from './field-set.ts';

/**
 * Fields that an endpoint ignores, so that nobody comes to own them through it. Each is a dotted path; by default the
 * main endpoint of built-in kinds ignores `status`, and `/status` ignores `spec` and `metadata`.
 */
export function resetFieldSet(
  schema: TypeSchema,
  subresource: string,
  fields: readonly string[] | undefined,
): FieldSet {
  if (fields !== undefined)
    return fields.map((path) => pathSet(path.split('.').map((name) => `f:${name}`))).reduce(unionSets, EMPTY_SET);
  if (subresource === 'status') return STATUS_RESET;
  const builtin = schema.shape === 'struct' && schema.source === undefined;
  return subresource === '' && builtin && schema.fields.has('status') ? MAIN_RESET : EMPTY_SET;
}

const MAIN_RESET = pathSet(['f:status']);
const STATUS_RESET = unionSets(pathSet(['f:spec']), pathSet(['f:metadata']));
