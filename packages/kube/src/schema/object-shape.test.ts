import { describe, expect, it } from 'vitest';

import { cloneJson } from '@argosy/std';

import { builtinSchema } from './builtin-schema.ts';
import { defaultObject } from './default-object.ts';
import { normalizeObject } from './normalize-object.ts';
import { compileSchema } from './open-api.ts';
import { pruneObject } from './prune-object.ts';
import { openApiComponents, openApiOf } from './publish.ts';
import { structuralErrors } from './structural-errors.ts';
import { fieldErrorText } from './field-error.ts';
import { MAX_FIELD_ERRORS } from './field-error.ts';
import { MAX_SCHEMA_DEPTH } from './open-api.ts';
import { MAX_UNKNOWN_FIELDS } from './prune-object.ts';
import { ANY_SCHEMA, type TypeSchema } from './type-schema.ts';

const builtin = (group: string, kind: string): TypeSchema =>
  builtinSchema({ group, version: 'v1', kind }) ?? ANY_SCHEMA;
const custom = (spec: object): TypeSchema => compileSchema({ type: 'object', properties: { spec } });

describe('defaultObject', () => {
  const cases: readonly { reason: string; spec: object; given: object; want: object }[] = [
    {
      reason: 'an absent member gets its default',
      spec: { type: 'object', properties: { a: { type: 'integer', default: 3 } } },
      given: { spec: {} },
      want: { spec: { a: 3 } },
    },
    {
      reason: 'a default applies only where the parent exists',
      spec: { type: 'object', properties: { a: { type: 'integer', default: 3 } } },
      given: {},
      want: {},
    },
    {
      reason: 'the default of a map is completed by the defaults below it',
      spec: {
        type: 'object',
        default: { b: 1 },
        properties: { a: { type: 'integer', default: 3 }, b: { type: 'integer' } },
      },
      given: {},
      want: { spec: { b: 1, a: 3 } },
    },
    {
      reason: 'null becomes the default where null is not allowed, and stays where it is',
      spec: {
        type: 'object',
        properties: { a: { type: 'string', default: 'x' }, b: { type: 'string', default: 'x', nullable: true } },
      },
      given: { spec: { a: null, b: null } },
      want: { spec: { a: 'x', b: null } },
    },
    {
      reason: 'items and map values are completed too',
      spec: {
        type: 'object',
        additionalProperties: {
          type: 'array',
          items: { type: 'object', properties: { p: { type: 'string', default: 'TCP' } } },
        },
      },
      given: { spec: { m: [{}, { p: 'UDP' }] } },
      want: { spec: { m: [{ p: 'TCP' }, { p: 'UDP' }] } },
    },
  ];

  it.each(cases)('$reason', ({ spec, given, want }) => {
    const before = cloneJson(given);
    const once = defaultObject(custom(spec), given);
    expect(once).toEqual(want);
    expect(given).toEqual(before);
    expect(defaultObject(custom(spec), once)).toBe(once);
  });

  it('fills in the fixed defaults of built-in kinds, below structs held by value too', () => {
    const object = defaultObject(builtin('apps', 'Deployment'), {
      spec: {
        template: {
          spec: {
            containers: [{ name: 'c', ports: [{ containerPort: 80 }], livenessProbe: { httpGet: { port: 80 } } }],
          },
        },
      },
    });
    expect(object.spec).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate' },
      template: {
        spec: {
          restartPolicy: 'Always',
          securityContext: {},
          containers: [
            {
              terminationMessagePath: '/dev/termination-log',
              ports: [{ containerPort: 80, protocol: 'TCP' }],
              livenessProbe: { httpGet: { port: 80, scheme: 'HTTP', path: '/' }, periodSeconds: 10 },
            },
          ],
        },
      },
    });
  });
});

describe('pruneObject', () => {
  it('names what it drops and keeps what the schema lets live', () => {
    const schema = custom({
      type: 'object',
      properties: {
        known: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
        free: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: { typed: { type: 'object' } },
        },
        map: { type: 'object', additionalProperties: { type: 'object' } },
        resource: { type: 'object', 'x-kubernetes-embedded-resource': true },
      },
    });
    const given = {
      apiVersion: 'x/v1',
      kind: 'X',
      metadata: { name: 'n', odd: 1 },
      extra: true,
      spec: {
        known: [{ a: '1' }, { a: '2', b: 1 }],
        free: { anything: { goes: 1 }, typed: { not: 'here' } },
        map: { k: { gone: 1 } },
        resource: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', labels: {}, x: 1 }, spec: {} },
        foo: 1,
      },
    };
    const { object, unknown } = pruneObject(schema, given);
    expect(unknown).toEqual([
      'unknown field "metadata.odd"',
      'unknown field "extra"',
      'unknown field "spec.known[1].b"',
      'unknown field "spec.free.typed.not"',
      'unknown field "spec.map.k.gone"',
      'unknown field "spec.resource.metadata.x"',
      'unknown field "spec.resource.spec"',
      'unknown field "spec.foo"',
    ]);
    expect(object).toEqual({
      apiVersion: 'x/v1',
      kind: 'X',
      metadata: { name: 'n' },
      spec: {
        known: [{ a: '1' }, { a: '2' }],
        free: { anything: { goes: 1 }, typed: {} },
        map: { k: {} },
        resource: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', labels: {} } },
      },
    });
    expect(pruneObject(schema, object).object).toBe(object);
  });

  it('treats __proto__ as a plain member', () => {
    const given: unknown = JSON.parse('{"spec":{"__proto__":{"a":1}}}');
    expect(pruneObject(builtin('apps', 'Deployment'), given).unknown).toEqual(['unknown field "spec.__proto__"']);
    const free = custom({
      type: 'object',
      additionalProperties: { type: 'object', properties: { b: { default: 1, type: 'integer' } } },
    });
    expect(JSON.stringify(defaultObject(free, given))).toBe('{"spec":{"__proto__":{"a":1,"b":1}}}');
  });
});

describe('normalizeObject', () => {
  it('gives what Go would have written', () => {
    const object = normalizeObject(builtin('', 'Pod'), {
      metadata: { name: 'p', labels: {}, creationTimestamp: null },
      spec: {
        hostNetwork: false,
        terminationGracePeriodSeconds: 0,
        nodeName: '',
        volumes: [{ name: 'v', emptyDir: {} }],
        containers: [
          {
            name: 'c',
            args: [],
            env: [{ name: 'E', value: '' }],
            resources: { limits: { cpu: 0.5, memory: '1024Mi' } },
          },
          { name: 'd', stdin: false, resources: { requests: { cpu: '0.0001' } } },
        ],
      },
    });
    expect(object).toEqual({
      metadata: { name: 'p' },
      spec: {
        terminationGracePeriodSeconds: 0,
        volumes: [{ name: 'v', emptyDir: {} }],
        containers: [
          { name: 'c', env: [{ name: 'E' }], resources: { limits: { cpu: '500m', memory: '1Gi' } } },
          { name: 'd', resources: { requests: { cpu: '1m' } } },
        ],
      },
      status: {},
    });
    expect(normalizeObject(builtin('', 'Pod'), object)).toBe(object);
  });

  it('writes times in UTC and base64 without line breaks', () => {
    const secret = { metadata: { creationTimestamp: '2026-01-02T05:04:05+02:00' }, data: { a: 'YW\nE=' } };
    expect(normalizeObject(builtin('', 'Secret'), secret)).toEqual({
      metadata: { creationTimestamp: '2026-01-02T03:04:05Z' },
      data: { a: 'YWE=' },
    });
  });
});

describe('structuralErrors', () => {
  const cases: readonly { reason: string; schema: unknown; want: readonly string[] }[] = [
    {
      reason: 'the root is an object',
      schema: {},
      want: [
        's.type: Invalid value: "": must be object at the root',
        's.type: Required value: must not be empty for specified object fields',
      ],
    },
    {
      reason: 'a pattern is a regular expression of Go: no lookaround, no backreference',
      schema: {
        type: 'object',
        properties: { a: { type: 'string', pattern: '(?=x)' }, b: { type: 'string', allOf: [{ pattern: '(a)\\1' }] } },
      },
      want: [
        's.properties[a].pattern: Invalid value: "(?=x)": must be a valid regular expression, ' +
          "but isn't: error parsing regexp: invalid or unsupported Perl syntax: `(?=`",
        's.properties[b].allOf[0].pattern: Invalid value: "(a)\\\\1": must be a valid regular expression, ' +
          "but isn't: error parsing regexp: invalid escape sequence: `\\1`",
      ],
    },
    {
      reason: 'every node has a type',
      schema: { type: 'object', properties: { a: {} } },
      want: ['s.properties[a].type: Required value: must not be empty for specified object fields'],
    },
    {
      reason: 'properties and additionalProperties exclude each other',
      schema: { type: 'object', properties: {}, additionalProperties: { type: 'string' } },
      want: ['s.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive'],
    },
    {
      reason: 'validations carry no types',
      schema: { type: 'object', properties: { a: { type: 'string', anyOf: [{ type: 'string' }] } } },
      want: ['s.properties[a].anyOf[0].type: Forbidden: must be empty to be structural'],
    },
    {
      reason: 'except to spell int-or-string',
      schema: {
        type: 'object',
        properties: { a: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] } },
      },
      want: [],
    },
    {
      reason: 'a default obeys its own schema',
      schema: { type: 'object', properties: { a: { type: 'integer', default: 'x' } } },
      want: ['s.properties[a].default: Invalid value: "string": default in body must be of type integer: "string"'],
    },
    {
      reason: 'map keys are properties of the items',
      schema: {
        type: 'object',
        properties: {
          a: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['k'],
            items: { type: 'object', properties: {} },
          },
        },
      },
      want: [
        's.properties[a].x-kubernetes-list-map-keys: Invalid value: []interface {}{"k"}: entries have to be names of properties of the items',
      ],
    },
  ];

  it.each(cases)('$reason', ({ schema, want }) => {
    expect(structuralErrors(schema, 's').map(fieldErrorText)).toEqual(want);
  });
});

describe('openApiOf', () => {
  it('publishes a custom type as written', () => {
    const source = { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-map-type': 'atomic' } } };
    expect(openApiOf(compileSchema(source))['properties']).toMatchObject({
      spec: source.properties.spec,
      kind: { type: 'string' },
    });
  });

  it('publishes built-in kinds with every struct they use', () => {
    const gvk = { group: 'apps', version: 'v1', kind: 'Deployment' };
    const components = openApiComponents([{ gvk, schema: builtin('apps', 'Deployment') }]);
    const text = JSON.stringify(components);
    for (const match of text.matchAll(/#\/components\/schemas\/(\w+)/g))
      expect(Object.keys(components)).toContain(match[1]);
    expect(text).toContain('"x-kubernetes-list-map-keys":["containerPort","protocol"]');
    expect(text).toContain('"x-kubernetes-patch-strategy":"merge,retainKeys"');
  });
});

describe('limits', () => {
  const nested = (depth: number): object => {
    let schema: object = { type: 'string' };
    for (let level = 0; level < depth; level += 1) schema = { type: 'object', properties: { a: schema } };
    return schema;
  };

  it('a schema may be nested only so deep', () => {
    expect(() => compileSchema(nested(MAX_SCHEMA_DEPTH + 1))).toThrow('nested deeper');
    expect(compileSchema(nested(MAX_SCHEMA_DEPTH - 1)).shape).toBe('struct');
    expect(
      structuralErrors(nested(MAX_SCHEMA_DEPTH + 5), 's')
        .map(fieldErrorText)
        .join(),
    ).toContain('nested deeper');
  });

  it('so many unknown fields are named, all are dropped', () => {
    const given = {
      spec: Object.fromEntries(Array.from({ length: MAX_UNKNOWN_FIELDS * 2 }, (_, index) => [`f${index}`, index])),
    };
    const { object, unknown } = pruneObject(custom({ type: 'object' }), given);
    expect([unknown.length, object]).toEqual([MAX_UNKNOWN_FIELDS, { spec: {} }]);
  });

  it('so many structural errors are reported', () => {
    const properties = Object.fromEntries(
      Array.from({ length: MAX_FIELD_ERRORS * 2 }, (_, index) => [`f${index}`, {}]),
    );
    expect(structuralErrors({ type: 'object', properties }, 's')).toHaveLength(MAX_FIELD_ERRORS);
  });
});
