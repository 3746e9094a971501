import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { compileSchema } from './open-api.ts';
import { fieldErrorText } from './field-error.ts';
import { MAX_RULE_STEPS, ruleErrors } from './rule-evaluation.ts';
import { structuralErrors } from './structural-errors.ts';
import { MAX_NODE_RULES } from './validation-rule-errors.ts';
import { validateObject } from './validate.ts';

type Raw = { readonly [key: string]: unknown };

const rule = (text: string, more: Raw = {}): Raw => ({ 'x-kubernetes-validations': [{ rule: text, ...more }] });
const crd = (spec: Raw, root: Raw = {}): Raw => ({
  type: 'object',
  properties: { spec: { type: 'object', ...spec } },
  ...root,
});
const fields: Raw = {
  properties: {
    min: { type: 'integer' },
    max: { type: 'integer' },
    ratio: { type: 'number' },
    from: { type: 'string', format: 'date-time' },
    wait: { type: 'string', format: 'duration' },
    'a-b': { type: 'string' },
    namespace: { type: 'string' },
    size: { 'x-kubernetes-int-or-string': true },
    tags: { type: 'array', items: { type: 'string' } },
    free: { type: 'object', additionalProperties: { type: 'string' } },
  },
};
const says = (schema: Raw, object: unknown, old?: unknown): readonly string[] =>
  ruleErrors(compileSchema(schema), object, old).map(fieldErrorText);

const passing: readonly { reason: string; rule: string; spec: Raw }[] = [
  { reason: 'numbers compare', rule: 'self.min <= self.max', spec: { min: 1, max: 2 } },
  { reason: 'a whole number of type number is a double', rule: 'self.ratio * 2.0 == 6.0', spec: { ratio: 3 } },
  {
    reason: 'date-time is a timestamp',
    rule: 'self.from.getFullYear() == 2026',
    spec: { from: '2026-02-03T04:05:06Z' },
  },
  { reason: 'duration is a duration', rule: "self.wait < duration('1h')", spec: { wait: '90s' } },
  { reason: 'dashes are escaped', rule: "self.a__dash__b == 'x'", spec: { 'a-b': 'x' } },
  { reason: 'keywords are escaped', rule: "self.__namespace__ == 'x'", spec: { namespace: 'x' } },
  {
    reason: 'int-or-string is either',
    rule: "type(self.size) == int ? self.size > 1 : self.size == '50%'",
    spec: { size: '50%' },
  },
  {
    reason: 'macros',
    rule: "self.tags.all(t, t.startsWith('a')) && self.tags.isSorted()",
    spec: { tags: ['a', 'ab'] },
  },
  { reason: 'maps', rule: 'self.free.all(k, k != self.free[k])', spec: { free: { a: 'b' } } },
  {
    reason: 'quantities, addresses, links',
    rule: "quantity('1Gi').isGreaterThan(quantity('1G')) && cidr('10.0.0.0/8').containsIP('10.1.1.1') && url('https://a/b').getHost() == 'a' && ip('::1').family() == 6",
    spec: {},
  },
  { reason: 'sets', rule: "sets.contains(self.tags, ['a'])", spec: { tags: ['a', 'b'] } },
  {
    reason: 'the forms that Argo Workflows writes',
    rule: "(has(self.min) ? 1 : 0) + (has(self.max) ? 1 : 0) <= 1 && !(has(self.min) && has(self.max)) && (!has(self.ratio) || !has(self.wait)) && !self.namespace.matches('^[0-9]') && self.tags.all(t, t != '')",
    spec: { min: 1, namespace: 'a', tags: ['x'] },
  },
  { reason: 'absent fields are not there', rule: '!has(self.min)', spec: {} },
];

describe('x-kubernetes-validations', () => {
  it.each(passing)('holds: $reason', ({ rule: text, spec }) => {
    const schema = crd({ ...fields, ...rule(text) });
    expect(structuralErrors(schema, 'schema')).toEqual([]);
    expect(says(schema, { spec })).toEqual([]);
  });

  const failing: readonly { reason: string; schema: Raw; spec: unknown; says: readonly string[] }[] = [
    {
      reason: 'the message of the rule',
      schema: crd({ ...fields, ...rule('self.min <= self.max', { message: 'min above max' }) }),
      spec: { min: 2, max: 1 },
      says: ['spec: Invalid value: "object": min above max'],
    },
    {
      reason: 'the rule itself without a message',
      schema: crd({ ...fields, ...rule('self.min <= self.max') }),
      spec: { min: 2, max: 1 },
      says: ['spec: Invalid value: "object": failed rule: self.min <= self.max'],
    },
    {
      reason: 'a computed message',
      schema: crd({
        ...fields,
        ...rule('self.min <= 1', { message: 'no', messageExpression: "'got ' + string(self.min)" }),
      }),
      spec: { min: 2 },
      says: ['spec: Invalid value: "object": got 2'],
    },
    {
      reason: 'a computed message that cannot be computed gives way to the fixed one',
      schema: crd({ ...fields, ...rule('self.min <= 1', { message: 'no', messageExpression: 'string(self.max)' }) }),
      spec: { min: 2 },
      says: ['spec: Invalid value: "object": no'],
    },
    {
      reason: 'reason and fieldPath',
      schema: crd({
        ...fields,
        ...rule('has(self.min)', { message: 'say it', reason: 'FieldValueRequired', fieldPath: '.min' }),
      }),
      spec: {},
      says: ['spec.min: Required value: say it'],
    },
    {
      reason: 'a forbidden one',
      schema: crd({ ...fields, ...rule('!has(self.min)', { message: 'never', reason: 'FieldValueForbidden' }) }),
      spec: { min: 1 },
      says: ['spec: Forbidden: never'],
    },
    {
      reason: 'a scalar deep in a list',
      schema: crd({ properties: { a: { type: 'array', items: { type: 'string', ...rule('self.size() < 3') } } } }),
      spec: { a: ['ok', 'long'] },
      says: ['spec.a[1]: Invalid value: "string": failed rule: self.size() < 3'],
    },
    {
      reason: 'a field that is not there',
      schema: crd({ ...fields, ...rule('self.min > 1') }),
      spec: {},
      says: ['spec: Invalid value: "object": no such key: min evaluating rule: self.min > 1'],
    },
    {
      reason: 'types that do not go together',
      schema: crd({ ...fields, ...rule('self.size + 1 == 2') }),
      spec: { size: '1' },
      says: [
        `spec: Invalid value: "object": 'found no matching overload for '_+_' applied to '(string, int)'': call arguments did not match a supported operator, function or macro signature for rule: self.size + 1 == 2`,
      ],
    },
    {
      reason: 'no boolean',
      schema: crd({ ...fields, ...rule('1 + 1') }),
      spec: {},
      says: ['spec: Invalid value: "object": cel expression must evaluate to a bool evaluating rule: 1 + 1'],
    },
  ];
  it.each(failing)('says: $reason', ({ schema, spec, says: expected }) => {
    expect(says(schema, { spec })).toEqual(expected);
  });

  it('sees name, apiVersion and kind at the root, where the path is <nil>', () => {
    const schema = crd({}, rule("self.metadata.name.startsWith('a') && self.kind == 'X'", { message: 'no' }));
    expect(structuralErrors(schema, 'schema')).toEqual([]);
    expect(says(schema, { kind: 'X', metadata: { name: 'b' } })).toEqual(['<nil>: Invalid value: "object": no']);
    expect(says(schema, { kind: 'X', metadata: { name: 'a' } })).toEqual([]);
  });
});

describe('rules about changes', () => {
  const fixed = crd({ properties: { a: { type: 'string', ...rule('self == oldSelf', { message: 'fixed' }) } } });

  it('are asked on updates only, and only of what stood there before', () => {
    expect(says(fixed, { spec: { a: 'x' } })).toEqual([]);
    expect(says(fixed, { spec: { a: 'x' } }, { spec: {} })).toEqual([]);
    expect(says(fixed, { spec: { a: 'x' } }, { spec: { a: 'y' } })).toEqual(['spec.a: Invalid value: "string": fixed']);
  });

  it('follow the keys of a list', () => {
    const item = {
      type: 'object',
      properties: { name: { type: 'string' }, v: { type: 'integer' } },
      required: ['name'],
      ...rule('self.v >= oldSelf.v', { message: 'shrank' }),
    };
    const list = {
      type: 'array',
      items: item,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    };
    const schema = crd({ properties: { list } });
    expect(structuralErrors(schema, 's')).toEqual([]);
    const old = {
      spec: {
        list: [
          { name: 'a', v: 1 },
          { name: 'b', v: 5 },
        ],
      },
    };
    const next = {
      spec: {
        list: [
          { name: 'b', v: 4 },
          { name: 'c', v: 0 },
          { name: 'a', v: 1 },
        ],
      },
    };
    expect(says(schema, next, old)).toEqual(['spec.list[0]: Invalid value: "object": shrank']);
  });

  it('with optionalOldSelf are asked on creates too', () => {
    const text = 'oldSelf.hasValue() ? self == oldSelf.value() : self == 0';
    const schema = crd({
      properties: { n: { type: 'integer', ...rule(text, { optionalOldSelf: true, message: 'no' }) } },
    });
    expect(structuralErrors(schema, 's')).toEqual([]);
    expect(says(schema, { spec: { n: 0 } })).toEqual([]);
    expect(says(schema, { spec: { n: 1 } })).toEqual(['spec.n: Invalid value: "integer": no']);
    expect(says(schema, { spec: { n: 1 } }, { spec: { n: 1 } })).toEqual([]);
  });
});

describe('what was wrong before and did not change', () => {
  const strict = crd({
    properties: {
      a: { type: 'string', maxLength: 2, ...rule('self.size() < 2', { message: 'long' }) },
      b: { type: 'string' },
    },
  });

  it('is tolerated, what changes is not', () => {
    const old = { spec: { a: 'long', b: '1' } };
    const next = { spec: { a: 'long', b: '2' } };
    expect(says(strict, next, old)).toEqual([]);
    expect(validateObject(compileSchema(strict), next, old)).toEqual([]);
    expect(validateObject(compileSchema(strict), { spec: { a: 'other' } }, old)).toHaveLength(1);
    expect(says(strict, { spec: { a: 'other' } }, old)).toHaveLength(1);
  });

  it('property: an update that changes nothing passes rules that are not about changes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const object = { spec: { a, b } };
        expect(says(strict, structuredClone(object), object)).toEqual([]);
        expect(validateObject(compileSchema(strict), structuredClone(object), object)).toEqual([]);
      }),
    );
  });
});

describe('limits of rules', () => {
  it('stops a rule that takes more than a million steps, and all rules after it', () => {
    const costly = 'self.all(a, self.all(b, self.all(c, a + b + c >= 0)))';
    const schema = crd({
      properties: {
        n: { type: 'array', items: { type: 'integer' }, ...rule(costly) },
        z: { type: 'integer', ...rule('self > 5') },
      },
    });
    const spec = { n: Array.from({ length: 200 }, (_, index) => index), z: 1 };
    expect(says(schema, { spec })).toEqual([
      `spec.n: Invalid value: "array": 'cel steps is limited to 1000000': no further validation rules will be run due to call cost exceeds limit for rule: ${costly}`,
    ]);
  });

  it('stops when all rules together took too many steps', () => {
    const costly = 'self.all(a, self.all(b, a + b >= 0))';
    const n = Array.from({ length: 400 }, (_, index) => index);
    const list = { type: 'array', items: { type: 'integer' }, ...rule(costly) };
    const schema = crd({ properties: { many: { type: 'array', items: list } } });
    const errors = says(schema, { spec: { many: Array.from({ length: 40 }, () => n) } });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('validation failed due to running out of cost budget, no further validation rules');
    expect(MAX_RULE_STEPS).toBe(10_000_000);
  });

  it('refuses more rules at one node than allowed', () => {
    const rules = Array.from({ length: MAX_NODE_RULES + 1 }, () => ({ rule: 'true' }));
    const [error] = structuralErrors(crd({ 'x-kubernetes-validations': rules }), 's');
    expect(error?.message).toContain('must have at most 100 rules');
  });
});

describe('rules that a definition may not have', () => {
  const bad: readonly { reason: string; spec: Raw; says: string }[] = [
    {
      reason: 'a field that the schema does not name',
      spec: { ...fields, ...rule('self.nope > 1') },
      says:
        's.properties[spec].x-kubernetes-validations[0].rule: Invalid value: apiextensions.ValidationRule{Rule:"self.nope > 1", ' +
        'Message:"", MessageExpression:"", Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:"", ' +
        "OptionalOldSelf:(*bool)(nil)}: compilation failed: ERROR: <input>:1:5: undefined field 'nope'\n | self.nope > 1\n | ....^",
    },
    {
      reason: 'a field of a scalar in a macro',
      spec: { ...fields, ...rule('self.tags.all(t, t.x == 1)') },
      says: "type 'string' does not support field selection",
    },
    { reason: 'bad syntax', spec: rule('self ='), says: 'Syntax error' },
    { reason: 'an unknown function', spec: rule('nope(self)'), says: "undeclared reference to 'nope'" },
    { reason: 'no rule', spec: rule('  '), says: '.rule: Required value: rule is not specified' },
    {
      reason: 'a message of two lines',
      spec: rule('true', { message: 'a\nb' }),
      says: 'message must not contain line breaks',
    },
    {
      reason: 'a rule of two lines without message',
      spec: rule('true\n||false'),
      says: 'message must be specified if rule',
    },
    { reason: 'a path to nowhere', spec: rule('true', { fieldPath: '.x' }), says: 'fieldPath must be a valid path' },
    { reason: 'an unknown reason', spec: rule('true', { reason: 'X' }), says: 'Unsupported value: "X"' },
    {
      reason: 'optionalOldSelf for nothing',
      spec: rule('true', { optionalOldSelf: true }),
      says: 'may not be set if oldSelf is not used in rule',
    },
    {
      reason: 'oldSelf in a list without keys',
      spec: { properties: { l: { type: 'array', items: { type: 'string', ...rule('self == oldSelf') } } } },
      says: 'oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[spec].properties[l]',
    },
    {
      reason: 'a bad message expression',
      spec: rule('true', { messageExpression: 'x' }),
      says: "undeclared reference to 'x'",
    },
  ];
  it.each(bad)('refuses $reason', ({ spec, says: text }) => {
    const texts = structuralErrors(crd(spec), 's').map(fieldErrorText);
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain(text);
  });
});
