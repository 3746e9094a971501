import { setOwn } from '@argosy/std';

import type { TypeSchema } from '../schema/index.ts';
import type { Members } from './typed-value.ts';

const emptyObjects = new WeakMap<TypeSchema, Members>();

function zeroScalar(field: TypeSchema): unknown {
  switch (field.scalar) {
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    default:
      return field.scalar === 'string' ? '' : null;
  }
}

function zero(field: TypeSchema): unknown {
  const { shape, go } = field;
  if (shape === 'struct' && go?.pointer === false) return emptyStruct(field);
  if (go?.always !== true) return undefined;
  return shape !== 'scalar' || go.pointer ? null : zeroScalar(field);
}

function emptyStruct(schema: TypeSchema): Members {
  const known = emptyObjects.get(schema);
  if (known !== undefined) return known;
  const object: { [key: string]: unknown } = {};
  for (const [name, field] of schema.fields) {
    const value = name === 'apiVersion' || name === 'kind' ? undefined : zero(field);
    if (value !== undefined) setOwn(object, name, value);
  }
  emptyObjects.set(schema, object);
  return object;
}

const NOTHING: Members = Object.freeze({});

/**
 * What a new object is compared with. For built-in kinds Go's empty struct: its struct fields are there already, so
 * nobody comes to own `spec` or `spec.template` itself by creating an object. For custom resources nothing.
 */
export function emptyObject(schema: TypeSchema): Members {
  return schema.shape === 'struct' && schema.source === undefined ? emptyStruct(schema) : NOTHING;
}
