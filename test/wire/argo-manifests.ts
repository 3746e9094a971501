import type { KubeObject } from '@argosy/kube/meta';
import { cdCrds } from '@argosy/api/cd';
import { workflowCrds } from '@argosy/api/workflows';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
}

interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly spec: object;
  readonly columns?: readonly Column[];
  /** `spec.replicas` and `status.replicas` are the scale. */
  readonly scales?: boolean;
}

const open = (description: string): object => ({
  type: 'object',
  description,
  'x-kubernetes-preserve-unknown-fields': true,
});

/** A small structural CRD: the fields that a test speaks of are typed, what lies below the rest is kept as it comes. */
function argoCrd({ kind, plural, shortNames, spec, columns = [], scales = false }: Kind): KubeObject {
  const status = open(`What the controller observed of the ${kind}.`);
  const schema = { type: 'object', required: ['spec'], properties: { spec, status } };
  const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
  const version = {
    name: 'v1alpha1',
    served: true,
    storage: true,
    subresources: { status: {}, ...(scales ? { scale } : {}) },
    additionalPrinterColumns: [...columns, { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
    schema: { openAPIV3Schema: schema },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.argoproj.io` },
    spec: {
      group: 'argoproj.io',
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames },
      versions: [version],
    },
  };
}

const objectOf = (properties: object, required: readonly string[] = []): object => ({
  type: 'object',
  required,
  properties,
});

/** Kinds whose own packages are not here yet, with what the tests need of their schemas. */
const foreignKinds: readonly Kind[] = [
  {
    kind: 'Rollout',
    plural: 'rollouts',
    shortNames: ['ro'],
    scales: true,
    spec: objectOf({
      replicas: { type: 'integer', minimum: 0, description: 'Pods that are wanted.' },
      selector: open('Which pods belong to the Rollout.'),
      template: open('What the pods look like.'),
      strategy: open('How one version gives way to the next.'),
    }),
    columns: [
      { name: 'Desired', type: 'integer', jsonPath: '.spec.replicas' },
      { name: 'Available', type: 'integer', jsonPath: '.status.availableReplicas' },
    ],
  },
  {
    kind: 'AnalysisTemplate',
    plural: 'analysistemplates',
    shortNames: ['at'],
    spec: objectOf({ metrics: { type: 'array', items: open('One measurement.') } }, ['metrics']),
  },
  {
    kind: 'EventBus',
    plural: 'eventbus',
    shortNames: ['eb'],
    spec: open('Which broker carries the events.'),
  },
  {
    kind: 'EventSource',
    plural: 'eventsources',
    shortNames: ['es'],
    spec: open('Where events come from.'),
  },
  {
    kind: 'Sensor',
    plural: 'sensors',
    shortNames: ['sn'],
    spec: objectOf(
      {
        dependencies: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: objectOf(
            { name: { type: 'string' }, eventSourceName: { type: 'string' }, eventName: { type: 'string' } },
            ['name'],
          ),
        },
        triggers: { type: 'array', items: open('What is done.') },
      },
      ['triggers'],
    ),
  },
  {
    kind: 'ApplicationSet',
    plural: 'applicationsets',
    shortNames: ['appset', 'appsets'],
    spec: objectOf({
      generators: { type: 'array', items: open('Where parameters come from.') },
      template: open('What an Application looks like.'),
    }),
  },
];

/** The CustomResourceDefinitions of the four systems: ours where Argosy has the kind, small ones for the rest. */
export function argoCrds(): readonly KubeObject[] {
  return [...cdCrds(), ...workflowCrds(), ...foreignKinds.map(argoCrd)];
}

/** An object of one of the systems, and a change of its spec that a test makes. */
export interface ArgoExample {
  readonly plural: string;
  readonly kind: string;
  readonly name: string;
  readonly spec: object;
  /** A merge patch of the spec, the JSON path that shows it, and what it then says. */
  readonly change: { readonly patch: object; readonly path: string; readonly after: string };
  /** A field that `kubectl explain` is asked for, and what must be said. */
  readonly explain: readonly [field: string, says: RegExp];
  /** Column heads of `kubectl get`. */
  readonly columns: RegExp;
  readonly status?: object;
  /** A spec that the schema refuses, and the field that is named. */
  readonly wrong: readonly [spec: object, says: RegExp];
}

const container = { name: 'main', image: 'example/app:1', command: ['true'] };

/** One object of each kind. */
export const argoExamples: readonly ArgoExample[] = [
  {
    plural: 'applications',
    kind: 'Application',
    name: 'shop',
    spec: {
      project: 'default',
      source: { repoURL: 'https://git.example/shop.git', path: 'deploy', targetRevision: 'main' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
    },
    change: { patch: { source: { targetRevision: 'v2' } }, path: '.spec.source.targetRevision', after: 'v2' },
    explain: ['applications.spec.source.repoURL', /FIELD: repoURL <string>/],
    columns: /^NAME +SYNC STATUS +HEALTH STATUS/,
    wrong: [{ project: 7 }, /spec\.project/],
  },
  {
    plural: 'appprojects',
    kind: 'AppProject',
    name: 'team',
    spec: { description: 'one', sourceRepos: ['*'], destinations: [{ server: '*', namespace: 'team' }] },
    change: { patch: { description: 'two' }, path: '.spec.description', after: 'two' },
    explain: ['appprojects.spec.sourceRepos', /FIELD: sourceRepos <\[\]string>/],
    columns: /^NAME +AGE/,
    wrong: [{ sourceRepos: 'all' }, /spec\.sourceRepos/],
  },
  {
    plural: 'workflows',
    kind: 'Workflow',
    name: 'hello',
    spec: { entrypoint: 'main', templates: [{ name: 'main', container }] },
    change: { patch: { parallelism: 3 }, path: '.spec.parallelism', after: '3' },
    explain: ['workflows.spec.entrypoint', /FIELD: entrypoint <string>/],
    columns: /^NAME +STATUS +AGE/,
    wrong: [{ entrypoint: 7, templates: [] }, /spec\.entrypoint/],
  },
  {
    plural: 'workflowtemplates',
    kind: 'WorkflowTemplate',
    name: 'steps',
    spec: { entrypoint: 'main', templates: [{ name: 'main', container }] },
    change: { patch: { entrypoint: 'other' }, path: '.spec.entrypoint', after: 'other' },
    explain: ['workflowtemplates.spec.entrypoint', /FIELD: entrypoint <string>/],
    columns: /^NAME +AGE/,
    wrong: [{ entrypoint: 7 }, /spec\.entrypoint/],
  },
  {
    plural: 'cronworkflows',
    kind: 'CronWorkflow',
    name: 'nightly',
    spec: { schedules: ['0 3 * * *'], workflowSpec: { entrypoint: 'main', templates: [{ name: 'main', container }] } },
    change: { patch: { suspend: true }, path: '.spec.suspend', after: 'true' },
    explain: ['cronworkflows.spec.suspend', /FIELD: suspend <boolean>/],
    columns: /^NAME +/,
    wrong: [{ schedules: 'daily', workflowSpec: {} }, /spec\.schedules/],
  },
  {
    plural: 'rollouts',
    kind: 'Rollout',
    name: 'web',
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } },
      strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } },
    },
    change: {
      patch: { strategy: { canary: { maxSurge: '50%' } } },
      path: '.spec.strategy.canary.maxSurge',
      after: '50%',
    },
    explain: ['rollouts.spec.replicas', /Pods that are wanted/],
    columns: /^NAME +DESIRED +AVAILABLE +AGE/,
    status: { availableReplicas: 1, replicas: 2 },
    wrong: [{ replicas: -1 }, /spec\.replicas/],
  },
  {
    plural: 'analysistemplates',
    kind: 'AnalysisTemplate',
    name: 'errors',
    spec: { metrics: [{ name: 'errors', interval: '1m', provider: { prometheus: { query: 'up' } } }] },
    change: { patch: { metrics: [{ name: 'latency' }] }, path: '.spec.metrics[0].name', after: 'latency' },
    explain: ['analysistemplates.spec.metrics', /One measurement|FIELD: metrics/],
    columns: /^NAME +AGE/,
    wrong: [{}, /spec\.metrics/],
  },
  {
    plural: 'eventbus',
    kind: 'EventBus',
    name: 'default',
    spec: { jetstream: { version: 'latest', replicas: 3 } },
    change: { patch: { jetstream: { replicas: 5 } }, path: '.spec.jetstream.replicas', after: '5' },
    explain: ['eventbus.spec', /Which broker/],
    columns: /^NAME +AGE/,
    wrong: [[], /spec/],
  },
  {
    plural: 'eventsources',
    kind: 'EventSource',
    name: 'hooks',
    spec: { webhook: { push: { port: '12000', endpoint: '/push', method: 'POST' } } },
    change: { patch: { webhook: { push: { port: '12001' } } }, path: '.spec.webhook.push.port', after: '12001' },
    explain: ['eventsources.spec', /Where events come from/],
    columns: /^NAME +AGE/,
    wrong: ['hook', /spec/] as never,
  },
  {
    plural: 'sensors',
    kind: 'Sensor',
    name: 'deploy',
    spec: {
      dependencies: [{ name: 'push', eventSourceName: 'hooks', eventName: 'push' }],
      triggers: [{ template: { name: 'log', log: {} } }],
    },
    change: { patch: { dependencies: [{ name: 'tag' }] }, path: '.spec.dependencies[0].name', after: 'tag' },
    explain: ['sensors.spec.dependencies.eventName', /FIELD: eventName <string>/],
    columns: /^NAME +AGE/,
    wrong: [{ triggers: [], dependencies: [{ eventName: 'x' }] }, /spec\.dependencies\[0\]\.name/],
  },
  {
    plural: 'applicationsets',
    kind: 'ApplicationSet',
    name: 'tenants',
    spec: { generators: [{ list: { elements: [{ name: 'a' }] } }], template: { metadata: { name: '{{name}}' } } },
    change: { patch: { template: { metadata: { name: 'x' } } }, path: '.spec.template.metadata.name', after: 'x' },
    explain: ['applicationsets.spec.generators', /FIELD: generators/],
    columns: /^NAME +AGE/,
    wrong: [{ generators: {} }, /spec\.generators/],
  },
];
