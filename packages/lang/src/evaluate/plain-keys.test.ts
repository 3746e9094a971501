import { describe, expect, it } from 'vitest';
import { evaluateLanguage } from './index.ts';

/** Names that mean something to JavaScript's objects, and nothing to any of the languages. */
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'valueOf', '__defineGetter__'];

/** What the prototype of all objects has: nothing may be added. */
const OWN_NAMES = Object.getOwnPropertyNames(Object.prototype);

/** An object with one own member, whatever its name. */
const having = (name: string, value: unknown): unknown =>
  JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`);

interface Case {
  readonly language: string;
  /** Reads the name, where `#` stands for it. */
  readonly read: string;
  /** Where the member is looked for. */
  readonly vars: (members: unknown) => unknown;
  /** What reading gives when the member is missing; an error's message may be told by a pattern. */
  readonly missing: unknown;
  readonly found: unknown;
  /** Writes the name as a key of a new map. */
  readonly write?: string;
  readonly written?: (name: string) => unknown;
}

const health = (message: string): unknown => ({ status: 'Healthy', message });
const members = (value: unknown): unknown => ({ o: value });
const input = (value: unknown): unknown => value;

const CASES: readonly Case[] = [
  { language: 'cel', read: '"#" in o', vars: members, missing: false, found: true, write: '{"#": 7}' },
  { language: 'expr', read: 'o["#"]', vars: members, missing: null, found: 7, write: '{"#": 7}' },
  { language: 'expr', read: 'get(o, "#")', vars: members, missing: null, found: 7 },
  { language: 'expr', read: 'fromJSON("{\\"#\\": 7}")["#"]', vars: members, missing: 7, found: 7 },
  { language: 'when', read: '[#] == 7', vars: input, missing: /^No parameter '.*' found\.$/, found: true },
  { language: 'tags', read: '<{{#}}>', vars: input, missing: /^<\{\{.*\}\}>$/, found: '<7>' },
  {
    language: 'gotemplate',
    read: '{{ .o.# }}',
    vars: members,
    missing: '<no value>',
    found: '7',
    write: '{{ dict "#" 7 | toJson }}',
    written: (name) => `{"${name}":7}`,
  },
  {
    language: 'gotemplate',
    read: '{{ hasKey .o "#" }}{{ get .o "#" }}',
    vars: members,
    missing: 'false',
    found: 'true7',
    write: '{{ $d := dict }}{{ $_ := set $d "#" 7 }}{{ merge $d (dict "#" 8) | toJson }}',
    written: (name) => `{"${name}":7}`,
  },
  {
    language: 'lua',
    read: 'return { status = "Healthy", message = tostring(obj["#"]) }',
    vars: (value) => ({ obj: value }),
    missing: health('nil'),
    found: health('7'),
    write: 'local t = {} t["#"] = 7 return { status = "Healthy", message = next(t) .. t["#"] }',
    written: (name) => health(`${name}7`),
  },
  {
    language: 'jq',
    read: '.["#"]',
    vars: input,
    missing: [null],
    found: [7],
    write: '{a: 1} | .["#"] = 7 | del(.a) | with_entries(.)',
    written: (name) => [having(name, 7)],
  },
  { language: 'jq', read: 'has("#"), (keys | length)', vars: input, missing: [false, 0], found: [true, 1] },
  { language: 'jsonpath', read: '<{.#}>', vars: input, missing: '<>', found: '<7>' },
  { language: 'jsonpath', read: "<{['#']}>", vars: input, missing: '<>', found: '<7>' },
  {
    language: 'jsonnet',
    read: 'std.objectHas(std.parseJson(\'{"x": 1}\'), "#")',
    vars: input,
    missing: false,
    found: false,
    write: '{ a:: 1 } + { ["#"]: 7 } + { "#"+: 0 }',
  },
  {
    language: 'yaml',
    read: '"#": 7',
    vars: input,
    missing: /./,
    found: /./,
    write: 'base: &b {"#": 7}\nuse:\n  <<: *b',
    written: (name) => ({ base: having(name, 7), use: having(name, 7) }),
  },
];

function resultOf(language: string, source: string, vars: unknown): unknown {
  const got = evaluateLanguage(language, source, { vars });
  const value = got.ok ? got.value : got.error.message;
  const text = JSON.stringify(value ?? null, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item));
  return JSON.parse(text);
}

function expectIs(found: unknown, wanted: unknown, reason: string): void {
  if (wanted instanceof RegExp)
    expect(typeof found === 'string' ? found : JSON.stringify(found), reason).toMatch(wanted);
  else expect(found, reason).toEqual(wanted);
}

describe.each(NAMES)('%s is a plain key', (name) => {
  it.each(CASES)('$language: $read', ({ language, read, vars, missing, found, write, written }) => {
    const source = read.replaceAll('#', name);
    expectIs(resultOf(language, source, vars({})), missing, 'missing');
    expectIs(resultOf(language, source, vars(having(name, 7))), found, 'there');
    if (write !== undefined) {
      const wanted = written === undefined ? having(name, 7) : written(name);
      const got = resultOf(language, write.replaceAll('#', name), vars({}));
      expect(JSON.stringify(got)).toBe(JSON.stringify(wanted));
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(OWN_NAMES);
  });
});

describe('names of objects as variables', () => {
  it.each([
    ['expr', '__proto__', /unknown name __proto__/],
    ['expr', 'constructor', /unknown name constructor/],
    ['cel', 'constructor', /undeclared|unknown|undefined|no such/],
    ['jq', '$__proto__', /variable not defined/],
    ['jsonnet', 'constructor', /Unknown variable/],
    ['lua', 'return { status = "Healthy", message = tostring(constructor) }', { status: 'Healthy', message: 'nil' }],
    ['gotemplate', '{{ constructor }}', /function "constructor" not defined/],
    ['tags', '{{toString}}', '{{toString}}'],
  ])('%s: %s', (language, source, wanted) => {
    expectIs(resultOf(language, source, {}), wanted, source);
  });
});
