import { ANY_SHAPE, type CelShape } from '@argosy/lang/cel';

import type { TypeSchema } from './type-schema.ts';

const SCALARS: { readonly [scalar: string]: CelShape } = {
  string: { kind: 'scalar', name: 'string' },
  integer: { kind: 'scalar', name: 'int' },
  number: { kind: 'double', name: 'double' },
  boolean: { kind: 'scalar', name: 'bool' },
};

/** Formats that rules see as another type than text. */
const FORMATS: { readonly [format: string]: CelShape } = {
  'date-time': { kind: 'timestamp', name: 'timestamp' },
  date: { kind: 'timestamp', name: 'timestamp' },
  duration: { kind: 'duration', name: 'duration' },
  byte: { kind: 'bytes', name: 'bytes' },
};

const STRING: CelShape = { kind: 'scalar', name: 'string' };

/** Of metadata, rules see the name and what it was generated from. */
const METADATA: CelShape = {
  kind: 'struct',
  name: 'object',
  field: (name) => (name === 'name' || name === 'generateName' ? STRING : undefined),
};

function scalarShape(schema: TypeSchema): CelShape {
  const format = schema.source?.['format'];
  if (schema.scalar === 'string' && typeof format === 'string' && Object.hasOwn(FORMATS, format)) {
    return FORMATS[format] ?? ANY_SHAPE;
  }
  return SCALARS[schema.scalar ?? ''] ?? ANY_SHAPE;
}

function fieldShape(schema: TypeSchema, name: string): CelShape | undefined {
  const field = schema.fields.get(name);
  return field === undefined ? undefined : celShapeOf(field);
}

function shapeOf(schema: TypeSchema): CelShape {
  if (schema.name === 'ObjectMeta') return METADATA;
  const element = (): CelShape => (schema.element === undefined ? ANY_SHAPE : celShapeOf(schema.element));
  switch (schema.shape) {
    case 'list':
      return { kind: 'list', name: 'list', element };
    case 'map':
      return { kind: 'map', name: 'map', element };
    case 'struct':
      return { kind: 'struct', name: 'object', field: (name) => fieldShape(schema, name) };
    case 'scalar':
      return scalarShape(schema);
    default:
      return ANY_SHAPE;
  }
}

const SHAPES = new WeakMap<TypeSchema, CelShape>();

/** How rules see values of a node: its fields and no others, times as timestamps, numbers as doubles. */
export function celShapeOf(schema: TypeSchema): CelShape {
  const known = SHAPES.get(schema);
  if (known !== undefined) return known;
  const shape = shapeOf(schema);
  SHAPES.set(schema, shape);
  return shape;
}
