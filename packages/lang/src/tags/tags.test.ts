import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compileTags,
  evaluateTags,
  expandNames,
  lenient,
  renderJsonTags,
  renderTags,
  scopeOf,
  strictReferences,
  substitute,
  substituteText,
  SUBSTITUTE_LIMIT_DEPTH,
  TAGS_LIMIT_CHARACTERS,
  TAGS_LIMIT_NESTING,
  TAGS_LIMIT_OUTPUT_CHARACTERS,
  tagsIn,
  type Lookup,
  type RenderOptions,
} from './index.ts';

const vars = {
  a: '1',
  which: 'a',
  tag: '{{a}}',
  quote: '","x":"',
  lines: 'x\n"y"\\',
  'workflow.name': 'demo',
  'inputs.parameters.n': '5',
  'inputs.parameters.my-param': 'dash',
  'inputs.parameters.list': '[1,2]',
  'steps.gen.outputs.result': 'ok',
  workflow: 'dropped',
};

describe('evaluateTags', () => {
  it.each([
    { text: 'x{{a}}y{{ a }}', expected: 'x1y1', reason: 'blanks inside tags do not matter' },
    { text: '{{nope}}', expected: '{{nope}}', reason: 'what nobody knows stays' },
    { text: '{{{{which}}}}', expected: '1', reason: 'a tag inside a tag is resolved first' },
    { text: '{{x.{{which}}}}', expected: '{{x.{{which}}}}', reason: 'a tag around another stays whole' },
    { text: '{{tag}} {{{{which}}}}', expected: '{{a}} 1', reason: 'what comes in is not searched again' },
    { text: '{"x":{"y":{{a}}}}', expected: '{"x":{"y":1}}', reason: 'braces of JSON are plain text' },
    { text: '}} {{a}}', expected: '}} 1', reason: 'a closing brace alone is plain text' },
    { text: '{{=1 + 1}}', expected: '2', reason: 'an expression' },
    { text: '{{= workflow.name + "!" }}', expected: 'demo!', reason: 'dotted names are nested maps' },
    { text: '{{=inputs.parameters["my-param"]}}', expected: 'dash', reason: 'names with a dash are indexed' },
    { text: '{{=asInt(inputs.parameters.n) * 2}}', expected: '10', reason: 'parameters are texts' },
    { text: '{{=inputs.parameters.n > 1}}', expected: '{{=inputs.parameters.n > 1}}', reason: 'a failure stays' },
    { text: '{{=toJson({a: [1.5, true]})}}', expected: '{"a":[1.5,true]}', reason: 'a text comes in as it is' },
    { text: '{{={a: [1, "<"]}}}', expected: '{"a":[1,"\\u003c"]}}', reason: 'the first two braces close the tag' },
    { text: '{{=[1, "b"]}}', expected: '[1,"b"]', reason: 'what is no text is written as JSON' },
    { text: '{{=steps.gen?.outputs?.nope ?? "d"}}', expected: 'd', reason: 'a default for what is missing' },
    { text: '{{=steps.gen.outputs.nope}}', expected: '{{=steps.gen.outputs.nope}}', reason: 'nil is not known yet' },
    { text: '{{=item ?? "x"}}', expected: '{{=item ?? "x"}}', reason: 'late names wait for a later pass' },
    { text: '{{=string(retries)}}', expected: '{{=string(retries)}}', reason: 'late names wait for a later pass' },
    { text: '{{=lastRetry?.exitCode ?? 0}}', expected: '{{=lastRetry?.exitCode ?? 0}}', reason: 'late names wait' },
    { text: '{{ =1 + 1}}', expected: '{{ =1 + 1}}', reason: 'an expression begins right behind the braces' },
    { text: "{{=upper('{{a}}')}}", expected: "{{=upper('{{a}}')}}", reason: 'no text becomes part of an expression' },
    { text: '{{constructor}} {{__proto__}}', expected: '{{constructor}} {{__proto__}}', reason: 'plain names' },
  ])('$text → $expected ($reason)', ({ text, expected }) => {
    // An expression within which a tag stands cannot be read, which the command line reports.
    const found =
      text.startsWith('{{=upper') || text.startsWith('{{={')
        ? renderTags(compileTags(text), scopeOf(vars), { mode: 'lenient' })
        : evaluateTags(text, vars);
    expect(found).toEqual({ ok: true, value: text.startsWith('{{={') ? text : expected });
  });

  it.each([
    { text: 'a {{b', message: 'Cannot find end tag="}}" starting from "{{b"', line: 1, column: 3 },
    { text: 'x\n {{=1 +}}', message: 'unexpected token EOF (1:3)\n | 1 +\n | ..^', line: 2, column: 2 },
  ])('refuses $text', ({ text, message, line, column }) => {
    expect(evaluateTags(text, vars)).toEqual({ ok: false, error: { message, line, column } });
  });
});

describe('renderTags', () => {
  const strict: RenderOptions = { mode: 'strict' };
  const only: RenderOptions = { mode: 'strict', strict: strictReferences.strict };

  it.each([
    { text: '{{nope}}', options: strict, message: 'failed to resolve {{nope}}' },
    { text: '{{nope}}', options: only, message: undefined },
    { text: '{{steps.x.outputs.result}}', options: only, message: 'failed to resolve {{steps.x.outputs.result}}' },
    { text: '{{steps.x.outputs.artifacts.y}}', options: only, message: undefined },
    {
      text: '{{=steps.x.outputs.result}}',
      options: only,
      message: 'failed to evaluate expression: steps.x.outputs.result is missing',
    },
    { text: '{{=steps.x?.outputs ?? "d"}}', options: only, message: undefined },
    { text: '{{=inputs.nope}}', options: only, message: undefined },
    {
      text: '{{=int(steps.gen.outputs.result)}}',
      options: only,
      message: 'failed to evaluate expression: invalid operation: int(ok) (1:1)',
    },
    { text: '{{=nil}}', options: only, message: 'failed to evaluate expression "nil"' },
    { text: '{{absent}}', options: only, message: 'unable to substitute {{absent}}: output is an absent optional' },
    { text: '{{x.{{absent}}}}', options: only, message: 'unable to substitute {{absent}}' },
    { text: '{{=absent ?? "fallback"}}', options: strict, message: undefined },
  ])('strict: $text', ({ text, options, message }) => {
    const found = renderTags(compileTags(text), scopeOf({ ...vars, absent: null }), options);
    if (message === undefined) expect(found.ok).toBe(true);
    else expect(found.ok ? '' : found.error.message).toContain(message);
  });

  it('can leave expressions alone', () => {
    const found = renderTags(compileTags('{{=1}} {{a}}'), scopeOf(vars), { mode: 'lenient', expressions: false });
    expect(found).toEqual({ ok: true, value: '{{=1}} 1' });
  });

  it('drops a name that is the start of a longer one', () => {
    expect(expandNames({ a: '1', 'a.b': '2', 'a.b.c': '3', d: null })).toEqual({ a: { b: { c: '3' } }, d: null });
    expect(Object.hasOwn(expandNames(JSON.parse('{"__proto__.x": "1"}')), '__proto__')).toBe(true);
  });
});

describe('renderJsonTags', () => {
  it('escapes values, and reads expressions unescaped', () => {
    const json = JSON.stringify({ a: '{{lines}}', b: '{{=workflow.name + "\n"}}', c: '{{=[1, "x"]}}', n: '{{nope}}' });
    const found = renderJsonTags(json, scopeOf(vars), { mode: 'lenient' });
    expect(found.ok && JSON.parse(found.value)).toEqual({
      a: vars.lines,
      b: '{{=workflow.name + "\n"}}',
      c: '[1,"x"]',
      n: '{{nope}}',
    });
    const escaped = JSON.stringify({ b: '{{=workflow.name + "\\n" + \'"\'}}' });
    const second = renderJsonTags(escaped, scopeOf(vars), { mode: 'lenient' });
    expect(second.ok && JSON.parse(second.value)).toEqual({ b: 'demo\n"' });
  });

  it('takes and gives JSON only', () => {
    const message = (text: string): string => {
      const found = renderJsonTags(text, scopeOf({ quote: '"', a: 'x' }), { mode: 'lenient' });
      return found.ok ? '' : found.error.message;
    };
    expect(message('{')).toBe('cannot do template replacements with invalid JSON');
    expect(message('{"a":"{{quote}}"}')).toBe('');
  });

  it('cannot be made to change structure', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (value, other) => {
        const json = JSON.stringify({ x: 'a{{v}}b', y: [other.replaceAll('{', '')] });
        const found = renderJsonTags(json, scopeOf({ v: value }), { mode: 'lenient' });
        expect(found.ok && JSON.parse(found.value)).toEqual({
          x: `a${value}b`,
          y: [other.replaceAll('{', '')],
        });
      }),
    );
  });
});

describe('substitute', () => {
  const lookup: Lookup = (name) => {
    if (name === 'absent') return { kind: 'absent' };
    const values: { readonly [key: string]: string } = { a: '1', which: 'a', tag: '{{a}}', quote: '","x":"' };
    return Object.hasOwn(values, name) ? { kind: 'text', text: values[name] ?? '' } : { kind: 'unknown' };
  };

  it('works as the workflow engine expects it', () => {
    expect(substituteText('{{a', lookup, lenient)).toEqual({ ok: true, value: '{{a' });
    expect(substituteText('{{=1+1}}', lookup, lenient)).toEqual({ ok: true, value: '{{=1+1}}' });
    const value = { list: ['{{quote}}'], '{{a}}': { deep: '{{a}}' }, number: 1 };
    expect(substitute(value, lookup, lenient)).toEqual({
      ok: true,
      value: { list: ['","x":"'], '1': { deep: '1' }, number: 1 },
    });
    const failed = substituteText('{{absent}}', lookup, lenient);
    expect(failed.ok ? '' : failed.error).toContain('unable to substitute {{absent}}');
    expect(substituteText('{{=a + "!"}}', scopeOf({ a: 'x' }), lenient)).toEqual({ ok: true, value: 'x!' });
    expect(tagsIn('{{a}} {{b.{{c}}}} {{=d}} {{e')).toEqual(['a', 'c']);
  });

  it('has limits on size, depth and nesting', () => {
    const big: Lookup = () => ({ kind: 'text', text: 'x'.repeat(TAGS_LIMIT_OUTPUT_CHARACTERS) });
    expect(substituteText('{{a}}{{a}}', big, lenient)).toMatchObject({ ok: false });
    const braces = '{{'.repeat(100_000);
    expect(substituteText(braces, lookup, lenient)).toEqual({ ok: true, value: braces });
    const nested = `${'{{'.repeat(TAGS_LIMIT_NESTING + 1)}a${'}}'.repeat(TAGS_LIMIT_NESTING + 1)}`;
    expect(substituteText(nested, lookup, lenient)).toEqual({ ok: true, value: nested });
    let deep: unknown = '{{a}}';
    for (let level = 0; level <= SUBSTITUTE_LIMIT_DEPTH; level += 1) deep = [deep];
    expect(substitute(deep, lookup, lenient)).toMatchObject({ ok: false });
    expect(compileTags('x'.repeat(TAGS_LIMIT_CHARACTERS + 1)).problems[0]?.limit).toBe('tags characters');
  });

  it('answers anything with a text or a diagnostic', () => {
    const piece = fc.constantFrom('{{', '}}', '{', '}', '=', 'a', '.', '"', '\\', ' ', '{{=', '1 +', "'", '\n');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        expect(typeof evaluateTags(text, vars).ok).toBe('boolean');
        expect(substituteText(text, () => ({ kind: 'unknown' }), lenient)).toEqual({ ok: true, value: text });
      }),
    );
  });
});
