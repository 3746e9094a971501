import type { WorkflowSpec } from '@argosy/api/workflows';
import { parseYaml } from '@argosy/lang/yaml';
import { instant } from '@argosy/std';
import { describe, expect, it } from 'vitest';

import { nodeNamed, openWorld, runWorld, specOf, START, type World } from './scenario-world.ts';

function specFrom(yaml: string): WorkflowSpec {
  const parsed = parseYaml(yaml);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return specOf(parsed.value);
}

const SPEC = (memoize: string, body = 'container: { image: a, command: [x], args: ["out=fresh"] }'): string => `
entrypoint: main
templates:
  - name: main
    steps:
      - - { name: a, template: work, arguments: { parameters: [{ name: text, value: one }] } }
      - - { name: b, template: leaf, arguments: { parameters: [{ name: text, value: "{{steps.a.outputs.result}}" }] } }
  - name: work
    inputs: { parameters: [{ name: text }] }
    memoize: ${memoize}
    ${body}
  - name: leaf
    inputs: { parameters: [{ name: text, default: none }] }
    container: { image: a, command: [x] }`;

const MEMO = '{ key: "k-{{inputs.parameters.text}}", maxAge: 1h, cache: { configMap: { name: memos } } }';

/** The same workflow again, with what is remembered by now. */
function again(before: World, laterMs: number): World {
  const world = openWorld(before.workflow.spec);
  Object.assign(world.caches, before.caches);
  world.now = instant(START + laterMs);
  return runWorld(world);
}

describe('memoize', () => {
  it('remembers outputs, and gives them without a pod', () => {
    const first = runWorld(openWorld(specFrom(SPEC(MEMO))));
    const { id } = nodeNamed(first, 'demo[0].a') ?? {};
    expect(JSON.parse(first.caches['memos']?.['k-one'] ?? '')).toMatchObject({
      nodeID: id,
      outputs: { result: 'fresh', exitCode: '0' },
      creationTimestamp: expect.stringMatching(/^2025-06-15T/) as string,
    });
    const second = again(first, 60_000);
    expect(second.created).toHaveLength(1);
    expect(nodeNamed(second, 'demo[0].a')).toMatchObject({
      type: 'Pod',
      phase: 'Succeeded',
      memoizationStatus: { hit: true, key: 'k-one', cacheName: 'memos' },
      outputs: { result: 'fresh' },
    });
    expect(nodeNamed(second, 'demo[1].b')?.inputs?.parameters?.[0]?.value).toBe('fresh');
    expect(second.workflow.status?.phase).toBe('Succeeded');
  });

  it('finds what ended in the very round in which it is asked for', () => {
    const twice = SPEC(MEMO)
      .replace('name: b, template: leaf', 'name: b, template: work')
      .replace('"{{steps.a.outputs.result}}"', 'one');
    const world = runWorld(openWorld(specFrom(twice)));
    expect(world.created).toHaveLength(1);
    expect(nodeNamed(world, 'demo[1].b')).toMatchObject({
      type: 'Pod',
      memoizationStatus: { hit: true },
    });
  });

  it('forgets what is older than maxAge', () => {
    const first = runWorld(openWorld(specFrom(SPEC(MEMO))));
    expect(again(first, 3_500_000).created).toHaveLength(1);
    expect(again(first, 3_700_000).created).toHaveLength(2);
  });

  it.each([
    { body: 'steps: [[{ name: x, template: leaf }]]', reason: 'steps' },
    { body: 'retryStrategy: { limit: 2 }\n    container: { image: a, command: [x] }', reason: 'a retried template' },
  ])('remembers $reason as a whole', ({ body }) => {
    const first = runWorld(openWorld(specFrom(SPEC(MEMO, body).replace('{{steps.a.outputs.result}}', 'x'))));
    const second = again(first, 60_000);
    expect(Object.keys(first.caches['memos'] ?? {})).toEqual(['k-one']);
    expect(second.created).toHaveLength(1);
    expect(second.workflow.status?.phase).toBe('Succeeded');
  });

  it('remembers no failure', () => {
    const world = runWorld(openWorld(specFrom(SPEC(MEMO, 'container: { image: a, command: [x], args: ["exit=1"] }'))));
    expect(world.caches).toEqual({});
  });

  it('a key that makes no sense is the node’s error', () => {
    const memo = '{ key: "k {{inputs.parameters.text}}", cache: { configMap: { name: memos } } }';
    const world = runWorld(openWorld(specFrom(SPEC(memo))));
    expect(nodeNamed(world, 'demo[0].a')).toMatchObject({
      phase: 'Error',
      message: "memoize.key 'k one' is invalid: allowed are letters, digits and '-'",
    });
  });

  it.each([
    { memo: '{ cache: { configMap: { name: m } } }', text: 'memoize.key is required' },
    { memo: '{ key: k }', text: 'memoize.cache.configMap.name is required' },
    { memo: '{ key: k, cache: { configMap: { name: "{{x}}" } } }', text: 'tags in memoize.cache.configMap.name' },
    {
      memo: '{ key: k, maxAge: 1d, cache: { configMap: { name: m } } }',
      text: "memoize.maxAge '1d' is not a duration",
    },
  ])('$memo is refused', ({ memo, text }) => {
    expect(runWorld(openWorld(specFrom(SPEC(memo)))).workflow.status?.message).toContain(text);
  });
});
