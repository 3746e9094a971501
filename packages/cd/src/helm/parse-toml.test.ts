import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatToml } from './toml.ts';
import { parseToml, TOML_LIMIT_DEPTH } from './parse-toml.ts';
import { toJsonValue, toPlainJson } from './to-json.ts';

const read = (text: string): unknown => {
  const parsed = parseToml(text);
  return parsed.ok ? toPlainJson(toJsonValue(parsed.value)) : parsed.error;
};

describe('parseToml', () => {
  it.each<[string, unknown]>([
    ['a = 1\nb.c = "x"\n', { a: 1, b: { c: 'x' } }],
    ["a = 'raw\\n' # note\n", { a: 'raw\\n' }],
    ['a = """\none \\\n   two"""\nb = """q""""\n', { a: 'one two', b: 'q"' }],
    ["a = '''\nx'''", { a: 'x' }],
    ['a = [1, [2.5, "x"], {y = true}, ]\n', { a: [1, [2.5, 'x'], { y: true }] }],
    ['[a]\nb = 1\n[a.c]\nd = 2\n', { a: { b: 1, c: { d: 2 } } }],
    ['[[a]]\nb = 1\n[[a]]\n[a.c]\nd = 2\n', { a: [{ b: 1 }, { c: { d: 2 } }] }],
    ['"a b"."\\u00e9" = 0x1F\n', { 'a b': { é: 31 } }],
    ['a = 1979-05-27\nb = 1979-05-27 07:32:00Z\n', { a: '1979-05-27T00:00:00Z', b: '1979-05-27T07:32:00Z' }],
    ['__proto__ = 1\nconstructor = 2\n', JSON.parse('{"__proto__": 1, "constructor": 2}')],
    ['a = 1\r\nb = 1_000\r\n', { a: 1, b: 1000 }],
    ['a = \n', 'toml: line 1: expected a value'],
    ['a = 1\na = 2\n', 'toml: line 2: key "a" is defined twice'],
    ['[a]\n[a]\n', 'toml: line 2: table "a" is defined twice'],
    ['a = "x\n', 'toml: line 1: the text has no end'],
    ['a = 01\n', 'toml: line 1: expected a value, found "01"'],
    ['a = 1 b = 2\n', 'toml: line 1: expected the end of the line'],
    ['a = "\\q"\n', 'toml: line 1: invalid escape'],
    ['[a\n', 'toml: line 1: expected "]", found "\\n"'],
    [`a = ${'['.repeat(TOML_LIMIT_DEPTH + 1)}`, `toml: line 1: nested deeper than ${TOML_LIMIT_DEPTH}`],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('never throws', () => {
    const pieces = fc.constantFrom('a', '.', '=', '[', ']', '{', '}', '"', "'", '"""', '\n', '1', ',', '#', '\\', ' ');
    fc.assert(fc.property(fc.array(pieces), (parts) => typeof parseToml(parts.join('')).ok === 'boolean'));
  });

  it('reads what toToml writes', () => {
    const scalar = fc.oneof(fc.string(), fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const table = fc.dictionary(
      fc.string(),
      fc.oneof(scalar, fc.array(scalar, { minLength: 1 }), fc.dictionary(fc.string(), scalar)),
    );
    fc.assert(
      fc.property(table, (value) => {
        const plain = (each: unknown): unknown => JSON.parse(JSON.stringify(each));
        expect(plain(read(formatToml(value)))).toEqual(plain(value));
      }),
    );
  });
});
