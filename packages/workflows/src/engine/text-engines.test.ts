import {
  lenient,
  SUBSTITUTE_LIMIT_DEPTH,
  TAGS_LIMIT_OUTPUT_CHARACTERS,
  TAGS_LIMIT_NESTING,
  strictReferences,
  substitute,
  substituteText,
  type Lookup,
} from '@argosy/lang/tags';
import { evaluateArgoWhen, WHEN_LIMIT_CHARACTERS, WHEN_LIMIT_DEPTH } from '@argosy/lang/when';
import { milliseconds } from '@argosy/std';
import { describe, expect, it } from 'vitest';

import { evaluateDepends, MAX_DEPENDS_DEPTH, MAX_DEPENDS_LENGTH, parseDepends, tasksOf } from './depends.ts';
import { humanDuration, parseDuration, parseGoDuration } from './duration.ts';
import { expandItems, MAX_LOOP_ITEMS } from './expand-items.ts';
import { attemptNodeName, callNameOf, displayName, loopIndex, loopNodeName, nodeId, podName } from './node-names.ts';
import { parameterText } from './parameter-text.ts';

describe('node names', () => {
  it.each([
    { name: 'demo', id: 'demo', template: 'any', pod: 'demo', reason: 'the root’s pod has the workflow’s name' },
    { name: 'demo[0]', id: 'demo-3919527336', template: 'say', pod: 'demo-say-3919527336', reason: 'a step group' },
    { name: 'demo[0].hello', id: 'demo-2266062650', template: 'say', pod: 'demo-say-2266062650', reason: 'a step' },
    {
      name: 'demo[1].gen(0:a)',
      id: 'demo-3751271603',
      template: 'say',
      pod: 'demo-say-3751271603',
      reason: 'a turn of a loop',
    },
    { name: 'demo.A', id: 'demo-743953323', template: 'echo', pod: 'demo-echo-743953323', reason: 'a task' },
    {
      name: 'demo.A(0:key:value)',
      id: 'demo-3192741736',
      template: 'echo',
      pod: 'demo-echo-3192741736',
      reason: 'a turn over a mapping',
    },
    { name: 'demo.A(1)', id: 'demo-4208478627', template: 'echo', pod: 'demo-echo-4208478627', reason: 'an attempt' },
    {
      name: 'demo.onExit',
      id: 'demo-1599854481',
      template: 'exit',
      pod: 'demo-exit-1599854481',
      reason: 'the exit handler',
    },
    {
      name: 'demo[0].inner[0].leaf',
      id: 'demo-4150019642',
      template: 'say',
      pod: 'demo-say-4150019642',
      reason: 'a nested step',
    },
    {
      name: 'demo.A',
      id: 'demo-743953323',
      template: undefined,
      pod: 'demo-743953323',
      reason: 'an inline template adds no second dash',
    },
  ])('$name → $id, $pod: $reason', ({ name, id, template, pod }) => {
    expect(nodeId('demo', name)).toBe(id);
    expect(podName('demo', name, template)).toBe(pod);
  });

  it('cuts long pod names before the hash', () => {
    const name = podName('w'.repeat(63), 'x', 't'.repeat(200));
    expect(name.length).toBe(253);
    expect(name).toMatch(/-\d+$/);
  });

  it('describes items as Go prints them, without parentheses', () => {
    expect(loopNodeName('a', 0, { b: [1, true], a: '(x)' })).toBe('a(0:a:x,b:[1 true])');
    expect(loopNodeName('a', 3, 1.5)).toBe('a(3:1.5)');
    expect(attemptNodeName('a', 2)).toBe('a(2)');
    expect(loopIndex('demo.L(12:x)')).toBe(12);
    expect(displayName('demo[0].inner', 'demo')).toBe('inner');
    expect(displayName('demo[0]', 'demo')).toBe('[0]');
    expect(callNameOf('demo[0].L(1:x)(2)', 'demo')).toBe('L');
    expect(callNameOf('demo.A.onExit', 'demo')).toBe('A');
  });
});

describe('evaluateArgoWhen', () => {
  it.each([
    ['', true, 'no condition holds'],
    ['heads == heads', true, 'bare words are texts'],
    ['"a b" == \'a b\'', true, 'both quotes'],
    ['1 == 1.0', true, 'numbers compare as numbers'],
    ['"1" == 1', false, 'a quoted number is a text'],
    ['2 > 10', false, 'as numbers, not as texts'],
    ['b > a', true, 'texts compare by code unit'],
    ['!(1 < 2) || true && false', false, '&& binds tighter than ||'],
    ['false || !false', true, 'negation'],
    ['"a-b" != "a_b"', true, 'words with dashes need quotes, as upstream'],
  ])('%s is %s: %s', (text, expected) => {
    expect(evaluateArgoWhen(text)).toEqual({ ok: true, value: expected });
  });

  it.each([
    ['1 <', "Invalid 'when' expression '1 <': Unexpected end of expression"],
    ['a b', "Invalid 'when' expression 'a b': Cannot transition token types from VARIABLE [a] to VARIABLE [b]"],
    ['(true', "Invalid 'when' expression '(true': Unbalanced parenthesis"],
    ['heads', "Expected boolean evaluation for 'heads'. Got heads"],
    ['1 < a', "cannot be used with the comparator '<'"],
    ['true && 1', "cannot be used with the logical operator '&&'"],
    ['"open', 'Unclosed string literal'],
    ['a $$ b', 'hint: try wrapping the affected expression in quotes'],
    ['x'.repeat(WHEN_LIMIT_CHARACTERS + 1), `${WHEN_LIMIT_CHARACTERS}`],
    [`${'('.repeat(WHEN_LIMIT_DEPTH + 1)}true${')'.repeat(WHEN_LIMIT_DEPTH + 1)}`, `${WHEN_LIMIT_DEPTH}`],
  ])('%s is refused', (text, message) => {
    const result = evaluateArgoWhen(text);
    expect(result.ok ? '' : result.error).toContain(message);
  });
});

describe('parseDepends', () => {
  it('reads names, results, operators and parentheses', () => {
    const parsed = parseDepends('(A.Succeeded || B-1) && !C.Failed');
    if (!parsed.ok) throw new Error(parsed.error);
    expect(tasksOf(parsed.value)).toEqual(['A', 'B-1', 'C']);
    const asked: string[] = [];
    const holds = evaluateDepends(parsed.value, (task, result) => {
      asked.push(`${task}.${result ?? ''}`);
      return task === 'B-1';
    });
    expect(holds).toBe(true);
    expect(asked).toEqual(['A.Succeeded', 'B-1.', 'C.Failed']);
  });

  it.each([
    ['A.Done', "task result 'Done' for task 'A' is invalid"],
    ['A &&', 'unexpected end'],
    ['A B', "unexpected 'B'"],
    ['(A', "missing ')'"],
    ['A'.repeat(MAX_DEPENDS_LENGTH + 1), `longer than ${MAX_DEPENDS_LENGTH} characters`],
    ['!'.repeat(MAX_DEPENDS_DEPTH + 1) + 'A', `nested deeper than ${MAX_DEPENDS_DEPTH} levels`],
  ])('%s is refused', (text, message) => {
    const result = parseDepends(text);
    expect(result.ok ? '' : result.error).toContain(message);
  });
});

describe('durations', () => {
  it.each([
    ['90', 90_000],
    ['1h2m3.5s', 3_723_500],
    ['100ms', 100],
    ['', undefined],
    ['5', 5000],
    ['1d', undefined],
    ['-1s', undefined],
    ['1s junk', undefined],
    ['1.5.s', undefined],
    ['+5s', 5000],
  ])('%s is %s ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it('keeps bare numbers out where Go does', () => {
    expect(parseGoDuration('5')).toBeUndefined();
    expect(parseGoDuration('0')).toBe(0);
  });

  it('tells people in words', () => {
    expect(humanDuration(milliseconds(65_000))).toBe('1 minute 5 seconds');
    expect(humanDuration(milliseconds(1))).toBe('1 second');
  });
});

describe('expandItems', () => {
  it.each([
    [{ withItems: [1, 'a'] }, [1, 'a']],
    [{ withParam: '[{"a":1},2]' }, [{ a: 1 }, 2]],
    [{ withSequence: { count: '3' } }, ['0', '1', '2']],
    [{ withSequence: { count: 0 } }, []],
    [{ withSequence: { start: 3, end: 1 } }, ['3', '2', '1']],
    [{ withSequence: { start: 9, count: 2, format: '%03X-%%' } }, ['009-%', '00A-%']],
  ])('%j → %j', (loop, items) => {
    expect(expandItems(loop)).toEqual({ ok: true, value: items });
  });

  it.each([
    [{ withParam: 'x' }, 'withParam value could not be parsed as a JSON list: x'],
    [{ withParam: '{}' }, 'it is no list'],
    [{ withSequence: { count: 'a' } }, "withSequence.count 'a' is not a whole number"],
    [{ withSequence: { count: MAX_LOOP_ITEMS + 1 } }, `at most ${MAX_LOOP_ITEMS} are allowed`],
    [{ withSequence: { count: 1, format: '%s' } }, "verb '%s' is not supported"],
  ])('%j is refused', (loop, message) => {
    const result = expandItems(loop);
    expect(result.ok ? '' : result.error).toContain(message);
  });
});

describe('substitute', () => {
  const lookup: Lookup = (name) => {
    if (name === 'absent') return { kind: 'absent' };
    const values: { readonly [key: string]: string } = { a: '1', which: 'a', tag: '{{a}}', quote: '","x":"' };
    return Object.hasOwn(values, name) ? { kind: 'text', text: values[name] ?? '' } : { kind: 'unknown' };
  };

  it.each([
    ['x{{a}}y{{ a }}', 'x1y1', 'blanks inside tags do not matter'],
    ['{{nope}}', '{{nope}}', 'what nobody knows stays'],
    ['{{{{which}}}}', '1', 'a tag inside a tag is resolved first'],
    ['{{tag}} {{x.{{which}}}}', '{{a}} {{x.{{which}}}}', 'a tag around another is left whole when nobody knows it'],
    ['{{tag}} {{{{which}}}}', '{{a}} 1', 'nor is data searched when tags are nested'],
    ['{"x":{"y":{{a}}}}', '{"x":{"y":1}}', 'braces of JSON are plain text'],
    ['{{a', '{{a', 'an open tag is plain text'],
    ['{{tag}}', '{{a}}', 'what comes in is data and not searched again'],
    ['{{=1+1}}', '{{=1+1}}', 'expressions are left for the expression engine'],
  ])('%s → %s: %s', (text, expected) => {
    expect(substituteText(text, lookup, lenient)).toEqual({ ok: true, value: expected });
  });

  it('cannot change structure, whatever a value holds', () => {
    const value = { list: ['{{quote}}'], '{{a}}': { deep: '{{a}}' }, number: 1 };
    const result = substitute(value, lookup, lenient);
    expect(result).toEqual({ ok: true, value: { list: ['","x":"'], '1': { deep: '1' }, number: 1 } });
  });

  it.each([
    ['{{steps.x.outputs.result}}', 'failed to resolve {{steps.x.outputs.result}}'],
    ['{{absent}}', 'unable to substitute {{absent}}'],
  ])('%s is a failure where it must be known', (text, message) => {
    const result = substituteText(text, lookup, strictReferences);
    expect(result.ok ? '' : result.error).toContain(message);
  });

  it('has limits on size and depth', () => {
    const big: Lookup = () => ({ kind: 'text', text: 'x'.repeat(TAGS_LIMIT_OUTPUT_CHARACTERS) });
    expect(substituteText('{{a}}{{a}}', big, lenient)).toMatchObject({ ok: false });
    const braces = '{{'.repeat(100_000);
    expect(substituteText(braces, lookup, lenient)).toEqual({ ok: true, value: braces });
    const nested = `${'{{'.repeat(TAGS_LIMIT_NESTING + 1)}a${'}}'.repeat(TAGS_LIMIT_NESTING + 1)}`;
    expect(substituteText(nested, lookup, lenient)).toEqual({ ok: true, value: nested });
    let deep: unknown = '{{a}}';
    for (let level = 0; level <= SUBSTITUTE_LIMIT_DEPTH; level += 1) deep = [deep];
    expect(substitute(deep, lookup, lenient)).toMatchObject({ ok: false });
  });
});

describe('parameterText', () => {
  it.each([
    [1, '1'],
    [1.5, '1.5'],
    [1e21, '1000000000000000000000'],
    [true, 'true'],
    ['x', 'x'],
  ])('%s → %s', (value, expected) => {
    expect(parameterText(value)).toBe(expected);
  });
});
