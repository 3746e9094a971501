import type { WorkflowSpec } from '@argosy/api/workflows';
import { parseYaml } from '@argosy/lang/yaml';
import { getPath, must } from '@argosy/std';
import { describe, expect, it } from 'vitest';

import { avoidHosts, MAX_POD_SPEC_PATCH_LENGTH } from './pod-patch.ts';
import { nodeNamed, openWorld, runWorld, settleWorld, specOf, type World } from './scenario-world.ts';

function specFrom(yaml: string): WorkflowSpec {
  const parsed = parseYaml(yaml);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return specOf(parsed.value);
}

function begin(yaml: string): World {
  const world = openWorld(specFrom(yaml));
  settleWorld(world);
  return world;
}

const podOf = (world: World, name: string): unknown => must(world.pods.get(name), name).object;

describe('podSpecPatch', () => {
  it('is laid over the pod, the template’s over the workflow’s, tags replaced', () => {
    const world = begin(`
entrypoint: a
arguments: { parameters: [{ name: cpu, value: 2 }] }
podSpecPatch: '{"terminationGracePeriodSeconds": 5, "hostNetwork": true}'
templates:
  - name: a
    podSpecPatch: |
      terminationGracePeriodSeconds: 9
      containers:
        - name: main
          resources: { limits: { cpu: "{{workflow.parameters.cpu}}" } }
    container: { image: a, command: [x] }`);
    const spec = getPath(podOf(world, 'demo'), ['spec']);
    expect(spec).toMatchObject({ terminationGracePeriodSeconds: 9, hostNetwork: true });
    expect(getPath(spec, ['containers'])).toEqual([
      expect.objectContaining({ name: 'main', image: 'a', resources: { limits: { cpu: '2' } } }),
    ]);
  });

  it.each([
    { patch: '[1]', text: 'podSpecPatch must be an object' },
    { patch: 'a: [', text: 'podSpecPatch cannot be read' },
    { patch: 'containers: [{ image: b }]', text: 'Error applying PodSpecPatch' },
    { patch: 'x'.repeat(MAX_POD_SPEC_PATCH_LENGTH + 1), text: `at most ${MAX_POD_SPEC_PATCH_LENGTH} are allowed` },
  ])('that cannot be applied is the node’s error: $text', ({ patch, text }) => {
    const world = begin(`{ entrypoint: a, templates: [{ name: a, container: { image: a, command: [x] } }] }`);
    const spec = { ...world.workflow.spec, podSpecPatch: patch };
    const next = runWorld(openWorld(spec));
    expect(next.workflow.status?.phase).toBe('Error');
    expect(nodeNamed(next, 'demo')?.message).toContain(text);
  });
});

describe('retryStrategy.affinity', () => {
  it('adds to what is asked of machines already', () => {
    const term = { matchExpressions: [{ key: 'gpu', operator: 'Exists' }] };
    const given = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } };
    expect(avoidHosts(given, ['b', 'a', 'b'])).toEqual({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: 'gpu', operator: 'Exists' },
                { key: 'kubernetes.io/hostname', operator: 'NotIn', values: ['a', 'b'] },
              ],
            },
          ],
        },
      },
    });
    expect(avoidHosts(given, [])).toBe(given);
  });
});

describe('volume claims and disruption budgets', () => {
  const spec = (more: string, exit = 0): string => `
entrypoint: a
volumeClaimTemplates: [{ metadata: { name: work }, spec: { accessModes: [ReadWriteOnce] } }]
podDisruptionBudget: { minAvailable: 1 }
${more}
templates:
  - { name: a, container: { image: a, command: [x], args: ["exit=${exit}"], volumeMounts: [{ name: work, mountPath: /work }] } }`;

  it('are there before the first pod, which mounts the claim', () => {
    const world = begin(spec(''));
    expect([...world.objects]).toEqual(['PersistentVolumeClaim demo-work', 'PodDisruptionBudget demo']);
    expect(getPath(podOf(world, 'demo'), ['spec', 'volumes'])).toContainEqual({
      name: 'work',
      persistentVolumeClaim: { claimName: 'demo-work' },
    });
    expect(world.workflow.status?.persistentVolumeClaims).toHaveLength(1);
  });

  it.each([
    { more: '', exit: 0, left: [], reason: 'it succeeded' },
    { more: '', exit: 1, left: ['PersistentVolumeClaim demo-work'], reason: 'it failed and may be retried' },
    { more: 'volumeClaimGC: { strategy: OnWorkflowCompletion }', exit: 1, left: [], reason: 'it is over' },
  ])('$left are left as $reason', ({ more, exit, left }) => {
    const world = runWorld(openWorld(specFrom(spec(more, exit))));
    expect([...world.objects]).toEqual(left);
    expect(world.workflow.status?.persistentVolumeClaims).toHaveLength(left.length);
  });
});
