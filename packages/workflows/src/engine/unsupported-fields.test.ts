import type { Workflow, WorkflowSpec } from '@argosy/api/workflows';
import { isObject } from '@argosy/std';
import { describe, expect, it } from 'vitest';

import { compileWorkflow } from './compile-workflow.ts';
import { findUnsupportedFields, UNSUPPORTED_FIELDS, type FieldScope } from './unsupported-fields.ts';

type Json = { readonly [key: string]: unknown };

/** An object with `path` set; `*` becomes a list for names of lists, a member `x` otherwise. */
function withPath(path: string): Json {
  const segments = path.split('.');
  const build = (index: number): unknown => {
    const segment = segments[index];
    if (segment === undefined) return { some: 'value' };
    const inner = build(index + 1);
    if (segment === '*') return isListName(segments[index - 1] ?? '') ? [named(inner)] : { x: inner };
    return { [segment]: inner };
  };
  return build(0) as Json;
}

const isListName = (name: string): boolean => ['parameters', 'artifacts', 'sidecars', 'initContainers'].includes(name);

function named(value: unknown): Json {
  return { name: 'p', ...(isObject(value) ? value : {}) };
}

/** Where the value set by `withPath` is found, as told in problems. */
function shownPath(path: string): string {
  return path
    .split('.')
    .map((segment, index, all) => {
      if (segment !== '*') return `.${segment}`;
      return isListName(all[index - 1] ?? '') ? '[0]' : '.x';
    })
    .join('')
    .slice(1);
}

const SAY = { name: 'say', container: { image: 'a', command: ['x'] } };

function problemsOf(spec: Json): readonly { readonly field: string; readonly message: string }[] {
  const workflow: Workflow = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: { name: 'demo' },
    spec: spec as WorkflowSpec,
  };
  const result = compileWorkflow(workflow);
  return result.ok ? [] : result.error;
}

/** A spec that is valid but for the value, and the field that must be named. */
const PLACES: { readonly [scope in FieldScope]: (value: Json, path: string) => readonly [spec: Json, field: string] } =
  {
    spec: (value, path) => [{ entrypoint: 'say', templates: [SAY], ...value }, `spec.${path}`],
    template: (value, path) => [{ entrypoint: 'say', templates: [{ ...SAY, ...value }] }, `spec.templates.say.${path}`],
    call: (value, path) => [
      { entrypoint: 'main', templates: [SAY, { name: 'main', steps: [[{ name: 'a', template: 'say', ...value }]] }] },
      `spec.templates.main.steps[0].a.${path}`,
    ],
  };

const ROWS = (Object.keys(UNSUPPORTED_FIELDS) as FieldScope[]).flatMap((scope) =>
  UNSUPPORTED_FIELDS[scope].map((path) => ({ scope, path })),
);

describe('unsupported fields', () => {
  it.each(ROWS)('$scope: $path is refused by name', ({ scope, path }) => {
    const [spec, field] = PLACES[scope](withPath(path), shownPath(path));
    const found = problemsOf(spec).find((problem) => problem.field === field);
    expect(found?.message).toContain(`${shownPath(path)} is not supported yet`);
  });

  it('tells all of them at once, also of defaults, tasks and inline templates', () => {
    const inline = { container: { image: 'a' }, metrics: { prometheus: [{ name: 'm' }] } };
    const dag = {
      tasks: [
        { name: 'a', inline },
        { name: 'b', template: 'say', arguments: { parameters: [{ name: 'x', valueFrom: { event: 'e' } }] } },
      ],
    };
    const spec = {
      entrypoint: 'main',
      artifactGC: { strategy: 'Never' },
      templateDefaults: { metrics: { prometheus: [{ name: 'm' }] } },
      templates: [SAY, { name: 'main', dag }],
    };
    expect(problemsOf(spec).map((problem) => problem.field)).toEqual(
      expect.arrayContaining([
        'spec.artifactGC',
        'spec.templateDefaults.metrics',
        'spec.templates.main.dag.tasks[0].inline.metrics',
        'spec.templates.main.dag.tasks.b.arguments.parameters[0].valueFrom.event',
      ]),
    );
  });

  it.each([
    { value: { artifactGC: {}, metrics: {}, hooks: {}, volumeClaimTemplates: [] }, reason: 'they ask for nothing' },
    { value: { fromTheFuture: { x: 1 } }, reason: 'fields that nobody knows are none of ours' },
  ])('accepts $value: $reason', ({ value }) => {
    expect(problemsOf({ entrypoint: 'say', templates: [SAY], ...value })).toEqual([]);
  });

  it.each([
    {
      artifact: { name: 'a', path: '/a', optional: true },
      problems: 0,
      reason: 'nobody passes it and nobody misses it',
    },
    { artifact: { name: 'a', path: '/a', gcs: { key: 'x' } }, problems: 1, reason: 'nobody can read it' },
    {
      artifact: { name: 'a', path: '/a', optional: true, raw: { data: 'x' } },
      problems: 0,
      reason: 'it is there',
    },
  ])('input artifact $artifact: $reason', ({ artifact, problems }) => {
    const templates = [{ ...SAY, inputs: { artifacts: [artifact] } }];
    expect(problemsOf({ entrypoint: 'say', templates })).toHaveLength(problems);
  });

  it('treats names from outside as plain keys', () => {
    const hooks = JSON.parse('{"__proto__": {"mirrorVolumeMounts": true}, "exit": {}}') as unknown;
    expect(findUnsupportedFields({ sidecars: hooks }, 'template')).toEqual(['sidecars.__proto__.mirrorVolumeMounts']);
  });
});

/** Every field of a spec and of a template that upstream's API has, in its order. */
const UPSTREAM: { readonly [scope in 'spec' | 'template']: string } = {
  spec: `templates entrypoint arguments serviceAccountName automountServiceAccountToken executor volumes
    volumeClaimTemplates volumeClaimGC parallelism priority suspend shutdown activeDeadlineSeconds ttlStrategy podGC
    retryStrategy artifactRepositoryRef artifactGC nodeSelector affinity tolerations schedulerName podPriorityClassName
    imagePullSecrets hostAliases hostNetwork dnsPolicy dnsConfig securityContext podSpecPatch podMetadata
    workflowMetadata podDisruptionBudget metrics onExit hooks templateDefaults archiveLogs synchronization
    workflowTemplateRef executorPlugins podResources resourceClaims`,
  template: `name inputs outputs metadata annotations container containerSet script resource steps dag suspend data http
    plugin nodeSelector affinity tolerations schedulerName priorityClassName serviceAccountName
    automountServiceAccountToken executor hostAliases securityContext volumes initContainers sidecars archiveLocation
    podSpecPatch podResources resourceClaims activeDeadlineSeconds timeout pendingTimeout daemon retryStrategy
    parallelism failFast metrics synchronization memoize`,
};

/** Fields that the engine reads, at least in part; template types that do not run are refused by their own check. */
const READ: { readonly [scope in 'spec' | 'template']: string } = {
  spec: `templates entrypoint arguments serviceAccountName automountServiceAccountToken volumes parallelism priority
    suspend shutdown activeDeadlineSeconds ttlStrategy podGC retryStrategy nodeSelector affinity tolerations
    schedulerName podPriorityClassName imagePullSecrets hostAliases hostNetwork dnsPolicy dnsConfig securityContext
    podMetadata workflowMetadata onExit hooks templateDefaults workflowTemplateRef podSpecPatch podDisruptionBudget volumeClaimTemplates volumeClaimGC
    synchronization archiveLogs`,
  template: `name inputs outputs metadata annotations container containerSet script resource steps dag suspend data http
    plugin nodeSelector affinity tolerations schedulerName priorityClassName serviceAccountName archiveLocation
    automountServiceAccountToken hostAliases securityContext volumes initContainers sidecars activeDeadlineSeconds
    timeout pendingTimeout daemon retryStrategy parallelism failFast podSpecPatch
    synchronization memoize`,
};

const words = (text: string): readonly string[] => text.split(/\s+/);

describe.each(['spec', 'template'] as const)('fields of a %s', (scope) => {
  it('are read or refused, every one', () => {
    const whole = new Set<string>(UNSUPPORTED_FIELDS[scope].map((path) => path.replace(/\.\*$/, '')));
    const read = new Set(words(READ[scope]));
    const unknown = words(UPSTREAM[scope]).filter((field) => read.has(field) === whole.has(field));
    expect(unknown).toEqual([]);
  });
});
