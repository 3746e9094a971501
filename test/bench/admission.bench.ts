// Measures what admission adds to a write: `npx tsx test/bench/admission.bench.ts`. Prints a table.
import { randomUUID } from 'node:crypto';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import type { ControlPlane } from '@argosy/cluster/apiserver';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import type { UserInfo } from '@argosy/kube/port';
import { systemClock } from '@argosy/kube/runtime';

type Members = { readonly [field: string]: unknown };

const user: UserInfo = { name: 'bench', groups: ['system:masters'] };
const at = (group: string, resource: string, version = 'v1'): ResourceRef => ({ group, version, resource });
const widgets = at('bench.example', 'widgets');
const pods = at('', 'pods');

const RULES = [
  'self.min <= self.max',
  "self.tags.all(t, t.matches('^[a-z]+$'))",
  "!has(self.image) || self.image.startsWith('registry/')",
  'self.tags.size() <= 20',
];

const definition = (rules: readonly string[]): Members => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.bench.example' },
  spec: {
    group: 'bench.example',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules.map((rule) => ({ rule })) }),
                properties: {
                  min: { type: 'integer' },
                  max: { type: 'integer' },
                  image: { type: 'string' },
                  tags: { type: 'array', items: { type: 'string' } },
                },
              },
            },
          },
        },
      },
    ],
  },
});
const tags = Array.from({ length: 20 }, (_, index) => 'abcdefghij'.slice(index % 5));
const widget = (name: string): Members => ({
  apiVersion: 'bench.example/v1',
  kind: 'Widget',
  metadata: { name },
  spec: { min: 1, max: 2, image: 'registry/a', tags },
});
const resources = { requests: { cpu: '1m', memory: '1Ki' }, limits: { cpu: '1m', memory: '1Ki' } };
const pod = (name: string): Members => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'main', image: 'example/a:1', resources }] },
});

const policy: Members = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'p' },
  spec: {
    matchConstraints: {
      resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE'], resources: ['*'] }],
    },
    variables: [{ name: 'named', expression: 'object.metadata.name' }],
    validations: [{ expression: "variables.named.startsWith('w') && size(variables.named) < 60" }],
  },
};
const binding: Members = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: 'b' },
  spec: { policyName: 'p', validationActions: ['Deny'] },
};
const quota: Members = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'q' },
  spec: { hard: { pods: '1M', 'requests.cpu': '1M', 'limits.memory': '1Ti' } },
};

async function withPlane(
  work: (create: (ref: ResourceRef, object: Members) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const authorizer = { authorize: () => ({ allowed: true, reason: '' }) };
  const plane: ControlPlane = await openControlPlane({
    log: inMemoryCommitLog(),
    clock: systemClock,
    authorizer,
    newUid: randomUUID,
  });
  const cluster = (ref: ResourceRef): boolean =>
    plane.discovery().find((item) => item.resource === ref.resource)?.namespaced === false;
  await work((resource, object) =>
    plane.send(user, {
      verb: 'create',
      resource,
      namespace: cluster(resource) ? '' : 'default',
      object: object as unknown as KubeObject,
    }),
  );
  await plane.close();
}

const ROUNDS = 3000;

/** Microseconds a create, the best of three stretches. */
async function microseconds(create: (index: number) => Promise<unknown>): Promise<string> {
  let best = Infinity;
  for (let stretch = 0; stretch < 3; stretch += 1) {
    const started = performance.now();
    for (let index = 0; index < ROUNDS; index += 1) await create(stretch * ROUNDS + index);
    best = Math.min(best, ((performance.now() - started) / ROUNDS) * 1000);
  }
  return `${best.toFixed(1)} µs`;
}

const print = (label: string, value: string): void =>
  void process.stdout.write(`${label.padEnd(56)}${value.padStart(12)}\n`);

for (const rules of [[], RULES]) {
  await withPlane(async (create) => {
    await create(at('apiextensions.k8s.io', 'customresourcedefinitions'), definition(rules));
    const cost = await microseconds((index) => create(widgets, widget(`w-${index}`)));
    print(`create a custom resource, ${rules.length} CEL rules (20 items)`, cost);
    if (rules.length > 0) return;
    await create(at('admissionregistration.k8s.io', 'validatingadmissionpolicies'), policy);
    await create(at('admissionregistration.k8s.io', 'validatingadmissionpolicybindings'), binding);
    print('… and a ValidatingAdmissionPolicy', await microseconds((index) => create(widgets, widget(`wp-${index}`))));
  });
}
await withPlane(async (create) => {
  print('create a pod', await microseconds((index) => create(pods, pod(`w-${index}`))));
  await create(at('', 'resourcequotas'), quota);
  print(
    '… charged to a ResourceQuota of three amounts',
    await microseconds((index) => create(pods, pod(`wq-${index}`))),
  );
});
