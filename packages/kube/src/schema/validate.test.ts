import { describe, expect, it } from 'vitest';

import { builtinSchema } from './builtin-schema.ts';
import { MAX_DEPTH } from './depth.ts';
import { fieldErrorText, MAX_FIELD_ERRORS } from './field-error.ts';
import { compileSchema } from './open-api.ts';
import { validateObject } from './validate.ts';

const custom = (spec: object): ReturnType<typeof compileSchema> =>
  compileSchema({ type: 'object', properties: { spec } });
const object = (properties: object, more: object = {}): object => ({ type: 'object', properties, ...more });
const texts = (schema: object, spec: unknown): readonly string[] =>
  validateObject(custom(schema), { spec }).map(fieldErrorText);

const rules: readonly { reason: string; schema: object; value: unknown; want: readonly string[] }[] = [
  {
    reason: 'a required member is absent',
    schema: object({ x: { type: 'string' } }, { required: ['x'] }),
    value: {},
    want: ['spec.x: Required value'],
  },
  {
    reason: 'a text where an integer belongs',
    schema: object({ y: { type: 'integer' } }),
    value: { y: 'one' },
    want: ['spec.y: Invalid value: "string": spec.y in body must be of type integer: "string"'],
  },
  {
    reason: 'a fraction is a number, not an integer',
    schema: object({ y: { type: 'integer' } }),
    value: { y: 1.5 },
    want: ['spec.y: Invalid value: "number": spec.y in body must be of type integer: "number"'],
  },
  { reason: 'an integer is a number', schema: object({ y: { type: 'number' } }), value: { y: 1 }, want: [] },
  {
    reason: 'null where it is not allowed',
    schema: object({ y: { type: 'string' } }),
    value: { y: null },
    want: ['spec.y: Invalid value: "null": spec.y in body must be of type string: "null"'],
  },
  {
    reason: 'null where it is allowed',
    schema: object({ y: { type: 'string', nullable: true } }),
    value: { y: null },
    want: [],
  },
  {
    reason: 'an unsupported value names the supported ones',
    schema: object({ y: { type: 'string', enum: ['A', 'B'] } }),
    value: { y: 'C' },
    want: ['spec.y: Unsupported value: "C": supported values: "A", "B"'],
  },
  {
    reason: 'a pattern',
    schema: object({ y: { type: 'string', pattern: '^[a-z]+$' } }),
    value: { y: 'A1' },
    want: [`spec.y: Invalid value: "A1": spec.y in body should match '^[a-z]+$'`],
  },
  {
    reason: 'a minimum',
    schema: object({ y: { type: 'integer', minimum: 1 } }),
    value: { y: 0 },
    want: ['spec.y: Invalid value: 0: spec.y in body should be greater than or equal to 1'],
  },
  {
    reason: 'an exclusive maximum',
    schema: object({ y: { type: 'integer', maximum: 5, exclusiveMaximum: true } }),
    value: { y: 5 },
    want: ['spec.y: Invalid value: 5: spec.y in body should be less than 5'],
  },
  {
    reason: 'a multiple, also of a fraction',
    schema: object({ y: { type: 'number', multipleOf: 0.1 }, z: { type: 'integer', multipleOf: 2 } }),
    value: { y: 0.3, z: 3 },
    want: ['spec.z: Invalid value: 3: spec.z in body should be a multiple of 2'],
  },
  {
    reason: 'lengths count code points',
    schema: object({ y: { type: 'string', maxLength: 2 }, z: { type: 'string', minLength: 2 } }),
    value: { y: '😀😀😀', z: '😀' },
    want: [
      'spec.y: Too long: may not be more than 2 bytes',
      'spec.z: Invalid value: "😀": spec.z in body should be at least 2 chars long',
    ],
  },
  {
    reason: 'numbers of items',
    schema: object({ y: { type: 'array', maxItems: 1, items: { type: 'integer' } } }),
    value: { y: [1, 2] },
    want: ['spec.y: Too many: 2: must have at most 1 items'],
  },
  {
    reason: 'a format',
    schema: object({ y: { type: 'string', format: 'date-time' } }),
    value: { y: 'yesterday' },
    want: ['spec.y: Invalid value: "yesterday": spec.y in body must be of type date-time: "yesterday"'],
  },
  {
    reason: 'sets hold each value once',
    schema: object({ y: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } } }),
    value: { y: ['a', 'b', 'a'] },
    want: ['spec.y[2]: Duplicate value: "a"'],
  },
  {
    reason: 'keyed lists hold each key once, a defaulted key counts',
    schema: object({
      y: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port', 'protocol'],
        items: object({ port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' } }),
      },
    }),
    value: { y: [{ port: 1 }, { port: 1, protocol: 'TCP' }, { port: 1, protocol: 'UDP' }] },
    want: ['spec.y[1]: Duplicate value: map[string]interface {}{"port":1, "protocol":"TCP"}'],
  },
  {
    reason: 'int-or-string takes both and nothing else',
    schema: object({ y: { type: 'array', items: { 'x-kubernetes-int-or-string': true } } }),
    value: { y: [1, '25%', true] },
    want: ['spec.y[2]: Invalid value: "boolean": spec.y[2] in body must be of type integer,string: "boolean"'],
  },
  {
    reason: 'exactly one of several',
    schema: object(
      { a: { type: 'string' }, b: { type: 'string' } },
      { oneOf: [{ required: ['a'] }, { required: ['b'] }] },
    ),
    value: { a: '1', b: '2' },
    want: ['spec: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  },
  {
    reason: 'at least one of several',
    schema: object({ a: { type: 'string' } }, { anyOf: [{ required: ['a'] }, { required: ['b'] }] }),
    value: {},
    want: ['spec: Invalid value: "": "spec" must validate at least one schema (anyOf)'],
  },
  {
    reason: 'none of something',
    schema: object({ a: { type: 'string' } }, { not: { required: ['a'] } }),
    value: { a: '' },
    want: ['spec: Invalid value: "": "spec" must not validate the schema (not)'],
  },
  {
    reason: 'all of several, with nested limits',
    schema: object({ a: { type: 'integer' } }, { allOf: [{ properties: { a: { minimum: 3 } } }] }),
    value: { a: 1 },
    want: ['spec.a: Invalid value: 1: spec.a in body should be greater than or equal to 3'],
  },
  {
    reason: 'map values are checked under their key',
    schema: { type: 'object', additionalProperties: { type: 'integer' } },
    value: { k: 'x' },
    want: ['spec.k: Invalid value: "string": spec.k in body must be of type integer: "string"'],
  },
  {
    reason: 'an embedded resource names its kind',
    schema: object({
      r: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    }),
    value: { r: { kind: 'Pod' } },
    want: ['spec.r.apiVersion: Required value: must not be empty'],
  },
  { reason: 'unknown members are no matter of validation', schema: object({}), value: { z: 1 }, want: [] },
];

describe('validateObject of custom resources', () => {
  it.each(rules)('$reason', ({ schema, value, want }) => {
    expect(texts(schema, value)).toEqual(want);
  });

  it('checks metadata as the built-in type it is', () => {
    const errors = validateObject(custom(object({})), { metadata: { labels: { a: 1 } } });
    expect(errors.map(fieldErrorText)).toEqual([
      'metadata.labels[a]: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ]);
  });

  it('reports a limited number of errors', () => {
    const list = { type: 'array', items: { type: 'string' } };
    expect(
      texts(
        list,
        Array.from({ length: MAX_FIELD_ERRORS * 2 }, () => 1),
      ),
    ).toHaveLength(MAX_FIELD_ERRORS);
  });

  it.each([
    { reason: 'nested quantifiers', pattern: '^(a+)+$' },
    { reason: 'overlapping alternatives', pattern: '^(a|a|aa)*$' },
    { reason: 'many optional parts', pattern: `^${'a?'.repeat(40)}${'a'.repeat(40)}$` },
  ])('matches hostile patterns in time that grows with the text only: $reason', ({ pattern }) => {
    const started = performance.now();
    const schema = object({ y: { type: 'string', pattern } });
    expect(texts(schema, { y: `${'a'.repeat(5000)}!` })).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('reads patterns as Go does', () => {
    const schema = object({ y: { type: 'string', pattern: '^(?i)[[:alpha:]]\\z' } });
    expect(texts(schema, { y: 'Q' })).toEqual([]);
    expect(texts(schema, { y: '1' })).toHaveLength(1);
  });

  it('refuses endless nesting', () => {
    const deep: unknown = JSON.parse('['.repeat(MAX_DEPTH + 2) + ']'.repeat(MAX_DEPTH + 2));
    expect(() => texts({ type: 'array', items: {} }, deep)).toThrow('nested too deeply');
  });
});

const deployment = builtinSchema({ group: 'apps', version: 'v1', kind: 'Deployment' });
const pod = (container: object): object => ({
  spec: { template: { spec: { containers: [{ name: 'c', ...container }] } } },
});

const decoding: readonly { reason: string; value: object; want: string }[] = [
  {
    reason: 'a text where an integer belongs',
    value: { spec: { replicas: 'two' } },
    want: 'spec.replicas: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  },
  {
    reason: 'integers have a width',
    value: { spec: { replicas: 3_000_000_000 } },
    want: 'spec.replicas: json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32',
  },
  {
    reason: 'a map where a list belongs',
    value: pod({ ports: {} }),
    want:
      'spec.template.spec.containers[0].ports: json: cannot unmarshal object into Go struct field ' +
      'Container.spec.template.spec.containers.ports of type []v1.ContainerPort',
  },
  {
    reason: 'an unquoted label value',
    value: { metadata: { labels: { a: true } } },
    want: 'metadata.labels[a]: json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
  },
  {
    reason: 'a malformed quantity',
    value: pod({ resources: { limits: { cpu: 'much' } } }),
    want:
      'spec.template.spec.containers[0].resources.limits[cpu]: quantities must match the regular expression ' +
      `'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
  },
];

describe('validateObject of built-in kinds', () => {
  it.each(decoding)('$reason', ({ value, want }) => {
    expect(deployment === undefined ? [] : validateObject(deployment, value).map(fieldErrorText)).toEqual([want]);
  });

  it('takes null everywhere: it is the zero value', () => {
    expect(
      deployment === undefined ? undefined : validateObject(deployment, { spec: { replicas: null, template: null } }),
    ).toEqual([]);
  });
});
