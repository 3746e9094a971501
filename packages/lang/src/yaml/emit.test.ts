import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { formatYaml, parseYaml } from './index.ts';

const rows: readonly (readonly [unknown, string, string])[] = [
  [{ b: 1, a: [1, { c: 2, d: [3] }] }, 'a:\n- 1\n- c: 2\n  d:\n  - 3\nb: 1\n', 'sorted, sequences not indented'],
  [{ a: [], b: {}, c: null, d: '' }, 'a: []\nb: {}\nc: null\nd: ""\n', 'empty things'],
  [
    { a: 'yes', b: '0777', c: '1e3', d: '2026-01-02T03:04:05Z' },
    'a: "yes"\nb: "0777"\nc: "1e3"\nd: "2026-01-02T03:04:05Z"\n',
    'text that reads as something else',
  ],
  [
    { a: 'a: b', b: '- x', c: '#x', d: '*x', e: ' x' },
    "a: 'a: b'\nb: '- x'\nc: '#x'\nd: '*x'\ne: ' x'\n",
    'indicators get single quotes',
  ],
  [
    { a: 'x\ny\n', b: 'x\ny', c: 'x\n\n' },
    'a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\n',
    'literal blocks with chomping',
  ],
  [[['a', 'b'], ['c']], '- - a\n  - b\n- - c\n', 'nested sequences'],
  [{ a: 'tab\there' }, 'a: "tab\\there"\n', 'control characters'],
  [{ 'a.b/c': 'x', '1': 'y', true: 'z' }, '"1": "y"\na.b/c: x\n"true": z\n', 'keys are text too'],
];

describe('formatYaml', () => {
  it.each(rows)('%j', (value, text, reason) => {
    expect(formatYaml(value), reason).toBe(text);
  });

  it('reads back to the same value', () => {
    // `<<` is written plain, as Helm writes it, and read as a merge: it is the one key that does not come back.
    const values = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('"<<":'));
    fc.assert(
      fc.property(values, (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        const back = parseYaml(formatYaml(plain));
        expect(back.ok ? back.value : back.error.message).toEqual(plain);
      }),
      { numRuns: 1500 },
    );
  });

  it('reads back any text, also as a key', () => {
    const text = fc.string({
      unit: fc.constantFrom('\n', ' ', '\t', ':', '#', '-', 'a', "'", '"', '\\', '~', '0', '.', 'é', '\u2028', '|'),
    });
    fc.assert(
      fc.property(text, text, (key, value) => {
        const back = parseYaml(formatYaml({ [key]: [value] }));
        expect(back.ok ? back.value : back.error.message).toEqual({ [key]: [value] });
      }),
      { numRuns: 2000 },
    );
  });
});
