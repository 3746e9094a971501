import type { WorkflowSpec } from '@argosy/api/workflows';
import { parseYaml } from '@argosy/lang/yaml';
import { must } from '@argosy/std';
import { describe, expect, it } from 'vitest';

import { compileWorkflow } from './compile-workflow.ts';
import { execSpec, missingSources, overlaySpec } from './exec-spec.ts';
import { nodeNamed, openWorld, runWorld, specOf, type World } from './scenario-world.ts';
import { MAX_TEMPLATE_OBJECTS, storedSources, type TemplateSources } from './template-sources.ts';

function specFrom(yaml: string): WorkflowSpec {
  const parsed = parseYaml(yaml);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return specOf(parsed.value);
}

const SOURCES: TemplateSources = new Map([
  [
    'namespaced/tools',
    specFrom(`
entrypoint: whole
onExit: leaf
arguments: { parameters: [{ name: text, value: base, enum: [base, own] }, { name: kept, value: k }] }
templates:
  - name: whole
    steps: [[{ name: a, template: leaf, arguments: { parameters: [{ name: text, value: "{{workflow.parameters.text}}-{{workflow.parameters.kept}}" }] } }]]
  - name: pair
    inputs: { parameters: [{ name: text }] }
    retryStrategy: { limit: 1 }
    dag:
      tasks:
        - { name: a, template: leaf, arguments: { parameters: [{ name: text, value: "{{inputs.parameters.text}}" }] }, hooks: { exit: { templateRef: { name: shared, template: leaf, clusterScope: true } } } }
        - { name: b, templateRef: { name: shared, template: leaf, clusterScope: true }, dependencies: [a] }
  - name: leaf
    inputs: { parameters: [{ name: text, default: d }] }
    container: { image: a, command: [x], args: ["out={{inputs.parameters.text}}"] }
  - name: unused
    container: { image: a, command: [x] }
`),
  ],
  [
    'cluster/shared',
    specFrom(`templates: [{ name: leaf, container: { image: a, command: [x], args: ["out=shared"] } }]`),
  ],
]);

const USES = `
entrypoint: main
templates:
  - name: main
    steps:
      - - { name: one, templateRef: { name: tools, template: pair }, arguments: { parameters: [{ name: text, value: x }] } }
      - - { name: two, templateRef: { name: tools, template: "{{item}}" }, withItems: [leaf] }
      - - { name: three, template: leaf }
  - name: leaf
    container: { image: a, command: [x], args: ["out={{steps.name}}"] }
`;

const run = (yaml: string, sources = SOURCES): World => runWorld(openWorld(specFrom(yaml)), { sources });

describe('templateRef', () => {
  it('runs templates of other objects, each finding its neighbours in its own object', () => {
    const world = run(USES);
    expect(world.workflow.status?.phase).toBe('Succeeded');
    expect(nodeNamed(world, 'demo[0].one')).toMatchObject({
      type: 'Retry',
      templateScope: 'local/demo',
      templateRef: { name: 'tools', template: 'pair' },
    });
    expect(nodeNamed(world, 'demo[0].one')).not.toHaveProperty('templateName');
    expect(nodeNamed(world, 'demo[0].one(0).a')).toMatchObject({
      templateName: 'leaf',
      templateScope: 'namespaced/tools',
      phase: 'Succeeded',
    });
    expect(nodeNamed(world, 'demo[0].one(0).b')).toMatchObject({
      templateScope: 'namespaced/tools',
      templateRef: { name: 'shared', template: 'leaf', clusterScope: true },
    });
    expect(nodeNamed(world, 'demo[0].one(0).a.onExit')?.phase).toBe('Succeeded');
    expect(world.created.filter((name) => name.startsWith('demo-leaf-'))).toHaveLength(5);
  });

  it('remembers in the status what it may run, and runs from that alone', () => {
    const { status } = run(USES).workflow;
    const keys = Object.keys(status?.storedTemplates ?? {});
    expect(keys).toEqual(
      expect.arrayContaining(['namespaced/tools/pair', 'namespaced/tools/leaf', 'cluster/shared/leaf']),
    );
    const again = compileWorkflow({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: { name: 'demo' },
      spec: specFrom(USES),
      ...(status === undefined ? {} : { status }),
    });
    expect(again.ok).toBe(true);
    expect([...storedSources(status).keys()].toSorted()).toEqual(['cluster/shared', 'namespaced/tools']);
  });

  it.each([
    { ref: '{ name: nobody, template: leaf }', text: 'template reference nobody.leaf not found' },
    { ref: '{ name: tools, template: nothing }', text: 'template reference tools.nothing not found' },
    { ref: '{ template: leaf }', text: 'templateRef resource name is required' },
    { ref: '{ name: tools }', text: 'templateRef template name is required' },
    { ref: '{ name: "{{item}}", template: leaf }', text: "tags in templateRef.name '{{item}}' are not supported yet" },
  ])('$ref is refused: $text', ({ ref, text }) => {
    const world = run(`
entrypoint: main
templates: [{ name: main, steps: [[{ name: a, templateRef: ${ref}, withItems: [x] }]] }]`);
    expect(world.workflow.status?.phase).toBe('Failed');
    expect(world.workflow.status?.message).toContain(`templates.main steps[0].a ${text}`);
  });

  it(`uses at most ${MAX_TEMPLATE_OBJECTS} objects`, () => {
    const names = Array.from({ length: MAX_TEMPLATE_OBJECTS + 1 }, (_, index) => `t${index}`);
    const spec = { templates: [{ name: 'leaf', container: { image: 'a', command: ['x'] } }] };
    const sources = new Map(names.map((name) => [`namespaced/${name}`, spec]));
    const steps = [names.map((name) => ({ name, templateRef: { name, template: 'leaf' } }))];
    const world = runWorld(openWorld({ entrypoint: 'main', templates: [{ name: 'main', steps }] }), { sources });
    expect(world.workflow.status?.message).toContain(
      `refers to ${MAX_TEMPLATE_OBJECTS + 1} workflow templates: at most ${MAX_TEMPLATE_OBJECTS}`,
    );
  });
});

describe('workflowTemplateRef', () => {
  it('runs the template with the workflow’s arguments over its own, and stores the spec', () => {
    const world = run(
      '{ workflowTemplateRef: { name: tools }, arguments: { parameters: [{ name: text, value: own }] } }',
    );
    expect(world.workflow.status).toMatchObject({
      phase: 'Succeeded',
      storedWorkflowTemplateSpec: { entrypoint: 'whole' },
    });
    expect(nodeNamed(world, 'demo[0].a')?.inputs?.parameters?.[0]?.value).toBe('own-k');
    expect(nodeNamed(world, 'demo.onExit')?.phase).toBe('Succeeded');
  });

  it('takes another entrypoint', () => {
    const world = run('{ workflowTemplateRef: { name: tools }, entrypoint: unused, onExit: unused }');
    expect(nodeNamed(world, 'demo')).toMatchObject({ type: 'Pod', templateName: 'unused' });
  });

  it.each([
    { spec: '{ workflowTemplateRef: { name: nobody } }', text: 'template nobody not found' },
    {
      spec: '{ workflowTemplateRef: { name: tools }, templates: [{ name: x, suspend: {} }] }',
      text: 'Templates is invalid field in spec if workflow referred WorkflowTemplate reference',
    },
    {
      spec: '{ workflowTemplateRef: { name: tools }, arguments: { parameters: [{ name: text, value: odd }] } }',
      text: 'spec.arguments.text.value should be present in spec.arguments.text.enum list',
    },
  ])('$spec: $text', ({ spec, text }) => {
    expect(run(spec).workflow.status).toMatchObject({ phase: 'Failed', message: `invalid spec: ${text}` });
  });

  it('tells which objects are needed, one layer at a time', () => {
    const workflow = openWorld(specFrom('{ workflowTemplateRef: { name: tools }, entrypoint: pair }')).workflow;
    expect(missingSources(workflow, new Map())).toEqual(['namespaced/tools']);
    const known = new Map([['namespaced/tools', must(SOURCES.get('namespaced/tools'), 'tools')]]);
    expect(missingSources(workflow, known)).toEqual(['cluster/shared']);
    expect(missingSources(workflow, SOURCES)).toEqual([]);
  });

  it('lays specs over each other: lists by name, hooks whole, suspend from the workflow alone', () => {
    const base = specFrom(`
suspend: true
podMetadata: { labels: { a: base, b: base } }
hooks: { x: { template: a, expression: e }, z: { template: a, expression: e } }
volumes: [{ name: v, emptyDir: {} }]`);
    const over = specFrom(`
podMetadata: { labels: { b: own } }
hooks: { x: { template: b, expression: f } }
volumes: [{ name: w, emptyDir: {} }]`);
    expect(overlaySpec(base, over)).toMatchObject({
      podMetadata: { labels: { a: 'base', b: 'own' } },
      hooks: { x: { template: 'b', expression: 'f' }, z: { template: 'a', expression: 'e' } },
      volumes: [{ name: 'v' }, { name: 'w' }],
    });
    const workflow = openWorld(specFrom('{ workflowTemplateRef: { name: base } }')).workflow;
    const spec = execSpec(workflow, new Map([['namespaced/base', base]]), { serviceAccountName: 'runner' });
    expect(spec).toMatchObject({ ok: true, value: { serviceAccountName: 'runner' } });
    expect(spec.ok && spec.value.suspend).toBeUndefined();
  });
});
