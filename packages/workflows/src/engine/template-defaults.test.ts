import type { Template, WorkflowSpec } from '@argosy/api/workflows';
import { describe, expect, it } from 'vitest';

import { resolveTemplate } from './template-defaults.ts';
import { MAX_INLINE_DEPTH } from './template-kinds.ts';

interface Row {
  readonly reason: string;
  readonly spec: WorkflowSpec;
  readonly own: Template;
  readonly expected: Template;
}

const ROWS: readonly Row[] = [
  { reason: 'nothing to add', spec: {}, own: { name: 'a', suspend: {} }, expected: { name: 'a', suspend: {} } },
  {
    reason: 'maps are merged, what the template says wins',
    spec: { templateDefaults: { nodeSelector: { a: '1', b: '1' }, serviceAccountName: 'x' } },
    own: { name: 'a', script: { image: 'i' }, nodeSelector: { b: '2' } },
    expected: {
      name: 'a',
      script: { image: 'i' },
      nodeSelector: { a: '1', b: '2' },
      serviceAccountName: 'x',
    },
  },
  {
    reason: 'only the defaults of its own type reach a template',
    spec: { templateDefaults: { container: { image: 'i', env: [{ name: 'A', value: '1' }] }, script: { image: 's' } } },
    own: { name: 'a', container: { command: ['x'], env: [{ name: 'B' }, { name: 'A', value: '2' }] } },
    expected: {
      name: 'a',
      container: { image: 'i', command: ['x'], env: [{ name: 'A', value: '2' }, { name: 'B' }] },
    },
  },
  {
    reason: 'items with names are merged, other lists are replaced',
    spec: {
      templateDefaults: {
        name: 'never',
        inputs: { parameters: [{ name: 'p', default: 'd' }, { name: 'q' }] },
        tolerations: [{ key: 'x' }],
      },
    },
    own: { name: 'a', suspend: {}, inputs: { parameters: [{ name: 'p', value: 'v' }] }, tolerations: [] },
    expected: {
      name: 'a',
      suspend: {},
      inputs: { parameters: [{ name: 'p', default: 'd', value: 'v' }, { name: 'q' }] },
      tolerations: [],
    },
  },
  {
    reason: 'a time limit is for templates with a pod, parallelism for those that call others',
    spec: { templateDefaults: { timeout: '30s', parallelism: 2, failFast: true } },
    own: { name: 'a', steps: [[{ name: 's', inline: { container: { image: 'i' } } }]] },
    expected: {
      name: 'a',
      parallelism: 2,
      failFast: true,
      steps: [[{ name: 's', inline: { timeout: '30s', container: { image: 'i' } } }]],
    },
  },
  {
    reason: 'own retryStrategy over the defaults over the spec, inline templates too',
    spec: { retryStrategy: { limit: 1 } },
    own: { name: 'a', retryStrategy: { limit: 3 }, dag: { tasks: [{ name: 't', inline: { suspend: {} } }] } },
    expected: {
      name: 'a',
      retryStrategy: { limit: 3 },
      dag: { tasks: [{ name: 't', inline: { suspend: {}, retryStrategy: { limit: 1 } } }] },
    },
  },
];

describe('resolveTemplate', () => {
  it.each(ROWS)('$reason', ({ spec, own, expected }) => {
    expect(resolveTemplate(own, spec)).toEqual(expected);
  });

  it('stops where inline templates are refused', () => {
    let own: Template = { name: 'deepest', suspend: {} };
    for (let depth = 0; depth < MAX_INLINE_DEPTH + 5; depth += 1) own = { steps: [[{ name: 's', inline: own }]] };
    const text = JSON.stringify(resolveTemplate(own, { templateDefaults: { serviceAccountName: 'x' } }));
    expect(text.split('"x"').length - 1).toBe(MAX_INLINE_DEPTH + 1);
  });

  it('treats names from outside as plain keys', () => {
    const own = JSON.parse('{"suspend": {}, "nodeSelector": {"__proto__": "a"}}') as Template;
    const merged = resolveTemplate(own, { templateDefaults: { nodeSelector: { constructor: 'b' } } as Template });
    expect(JSON.stringify(merged.nodeSelector)).toBe('{"constructor":"b","__proto__":"a"}');
  });
});
