import type { Workflow } from '@argosy/api/workflows';
import { parseYaml } from '@argosy/lang/yaml';
import { describe, expect, it } from 'vitest';

import { compileWorkflow, MAX_TEMPLATES } from './compile-workflow.ts';
import { specOf } from './scenario-world.ts';
import { MAX_INLINE_DEPTH } from './template-kinds.ts';

function workflow(yaml: string, name = 'demo'): Workflow {
  const parsed = parseYaml(yaml);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name }, spec: specOf(parsed.value) };
}

function problems(yaml: string): readonly string[] {
  const result = compileWorkflow(workflow(yaml));
  return result.ok ? [] : result.error.map((problem) => `${problem.field}: ${problem.message}`);
}

const SAY = '{ name: say, container: { image: a, command: [x] } }';
const main = (template: string): string => `{ entrypoint: main, templates: [{ name: main, ${template} }, ${SAY}] }`;

describe('compileWorkflow', () => {
  it.each([
    { yaml: `{ templates: [${SAY}] }`, expected: ['spec.entrypoint: spec.entrypoint is required'] },
    {
      yaml: `{ entrypoint: x, templates: [${SAY}, ${SAY}] }`,
      expected: [
        "spec.templates[1].name: spec.templates[1].name 'say' is not unique",
        "spec.entrypoint: template name 'x' undefined",
      ],
    },
    {
      yaml: '{ entrypoint: a, templates: [{ name: a }] }',
      expected: [
        'spec.templates.a: templates.a template type unspecified. choose one of: container, containerSet, steps, ' +
          'script, resource, dag, suspend, template, template ref',
      ],
    },
    {
      yaml: main('steps: [[{ name: a, template: nobody }, { name: a, template: say }]]'),
      expected: [
        "spec.templates.main.steps[0].a: templates.main steps[0].name 'a' is not unique",
        // Of two steps with one name the second is looked at further.
      ],
    },
    {
      yaml: main(
        'dag: { tasks: [{ name: A, template: say, dependencies: [B] }, { name: B, template: say, depends: A }] }',
      ),
      expected: [
        "spec.templates.main.dag: templates.main cannot use both 'depends' and 'dependencies' in the same DAG template",
        'spec.templates.main.dag: templates.main dependency cycle detected: A->B->A',
      ],
    },
    {
      yaml: main('dag: { target: Z, tasks: [{ name: A, template: say, dependencies: [C] }] }'),
      expected: [
        "spec.templates.main.dag.tasks.A: templates.main tasks.A dependency 'C' not defined",
        "spec.templates.main.dag.target: templates.main target 'Z' is not defined",
      ],
    },
    {
      yaml: main('steps: [[{ name: a, template: say, withItems: [1], withParam: "[]" }]]'),
      expected: [
        'spec.templates.main.steps[0].a: templates.main steps[0].a only one of withItems, withParam, withSequence ' +
          'can be specified',
      ],
    },
    {
      yaml: main('inputs: { parameters: [{ name: p }] }, steps: [[{ name: a, template: main }]]'),
      expected: [
        'spec.arguments: templates.main inputs.parameters.p was not supplied',
        'spec.templates.main.steps[0].a.arguments: templates.main steps[0].a templates.main inputs.parameters.p was ' +
          'not supplied',
      ],
    },
    {
      yaml: main('container: { image: a, args: ["{{inputs.parameters.q}} {{workflow.parameters.r}} {{mine.x}}"] }'),
      expected: [
        'spec.templates.main: templates.main failed to resolve {{inputs.parameters.q}}',
        'spec.templates.main: templates.main failed to resolve {{workflow.parameters.r}}',
      ],
    },
    {
      yaml: main('retryStrategy: { retryPolicy: Never, backoff: {} }, container: { image: "" }'),
      expected: [
        'spec.templates.main.container.image: templates.main container.image may not be empty',
        'spec.templates.main.retryStrategy.retryPolicy: templates.main Never is not a valid RetryPolicy',
        'spec.templates.main.retryStrategy.backoff.duration: templates.main no base duration specified for retryStrategy',
      ],
    },
    {
      yaml: main('http: { url: "http://x" }'),
      expected: [
        'spec.templates.main.http: templates.main http templates are not supported yet: use container, ' +
          'script, resource, steps, dag, suspend',
      ],
    },
  ])('$expected', ({ yaml, expected }) => {
    expect(problems(yaml)).toEqual(expected);
  });

  it('tells an argument without value when submitting, not when linting', () => {
    const given = workflow(`{ entrypoint: say, arguments: { parameters: [{ name: p }] }, templates: [${SAY}] }`);
    expect(compileWorkflow(given)).toMatchObject({
      error: [{ message: 'spec.arguments.p.value or spec.arguments.p.valueFrom is required' }],
    });
    expect(compileWorkflow(given, { lint: true }).ok).toBe(true);
  });

  it('has limits on names, templates and inline depth', () => {
    const long = 'w'.repeat(64);
    expect(compileWorkflow(workflow(`{ entrypoint: say, templates: [${SAY}] }`, long))).toMatchObject({
      error: [{ message: `workflow name "${long}" must not be more than 63 characters long (currently 64)` }],
    });
    const many = Array.from({ length: MAX_TEMPLATES + 1 }, () => SAY).join(', ');
    expect(problems(`{ entrypoint: say, templates: [${many}] }`)[0]).toContain(`at most ${MAX_TEMPLATES} are allowed`);
    let inline = 'container: { image: a }';
    for (let depth = 0; depth <= MAX_INLINE_DEPTH; depth += 1) inline = `steps: [[{ name: a, inline: { ${inline} } }]]`;
    expect(problems(main(inline)).join()).toContain(`at most ${MAX_INLINE_DEPTH} levels`);
  });

  it('treats names from outside as plain keys', () => {
    expect(problems(main('steps: [[{ name: constructor, template: __proto__ }]]'))).toEqual([
      "spec.templates.main.steps[0].constructor.template: templates.main steps[0].constructor template name '__proto__' undefined",
    ]);
  });
});
