import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { compareVersions } from './custom-resources.ts';
import { tableOf } from './tables/table.ts';
import { at, refusal, testServer, widgetDefinition, widgetVersion } from './test-server.ts';

const definitions = at('apiextensions.k8s.io/v1', 'customresourcedefinitions');
const widgets = at('example.org/v1', 'widgets');
const widget = (name: string, spec: object = {}): KubeObject => ({
  apiVersion: 'example.org/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
});
const withWidgets = (): ReturnType<typeof testServer> => {
  const server = testServer();
  server.create(definitions, widgetDefinition());
  return server;
};

describe('CustomResourceDefinitions', () => {
  it('establishes at once and shows up in discovery', () => {
    const server = testServer();
    const before = server.state.registry.revision();
    const made = server.create(definitions, widgetDefinition());
    expect(made).toMatchObject({
      metadata: { finalizers: ['customresourcecleanup.apiextensions.k8s.io'], generation: 1 },
      spec: { names: { singular: 'widget', listKind: 'WidgetList' }, conversion: { strategy: 'None' } },
      status: {
        acceptedNames: { plural: 'widgets' },
        storedVersions: ['v1'],
        conditions: [
          { type: 'NamesAccepted', status: 'True' },
          { type: 'Established', status: 'True' },
        ],
      },
    });
    expect(server.state.registry.revision()).toBeGreaterThan(before);
    expect(server.state.registry.find(widgets)).toMatchObject({ kind: 'Widget', shortNames: ['wd'], namespaced: true });
  });

  const bad: readonly { reason: string; change: (crd: Record<string, unknown>) => unknown; says: RegExp }[] = [
    {
      reason: 'a name that is not plural.group',
      change: (crd) => ({ ...crd, metadata: { name: 'x.example.org' } }),
      says: /must be spec.names.plural\+"."\+spec.group/,
    },
    {
      reason: 'two storage versions',
      change: () => widgetDefinition([widgetVersion('v1', true), widgetVersion('v2', true)]),
      says: /must have exactly one version marked as storage version/,
    },
    {
      reason: 'two versions of one name',
      change: () => widgetDefinition([widgetVersion('v1', true), widgetVersion('v1', false)]),
      says: /Duplicate value: "v1"/,
    },
    {
      reason: 'no schema',
      change: () => widgetDefinition([widgetVersion('v1', true, { schema: undefined })]),
      says: /openAPIV3Schema: Required value: schemas are required/,
    },
    {
      reason: 'an unknown scope',
      change: (crd) => ({ ...crd, spec: { ...(crd['spec'] as object), scope: 'Global' } }),
      says: /supported values: "Cluster", "Namespaced"/,
    },
  ];
  it.each(bad)('refuses $reason', ({ change, says }) => {
    const server = testServer();
    const crd = change(widgetDefinition() as unknown as Record<string, unknown>);
    expect(refusal(() => server.create(definitions, crd))).toMatchObject({
      code: 422,
      message: expect.stringMatching(says),
    });
  });

  it('does not establish a definition whose names are taken', () => {
    const server = withWidgets();
    const rival = widgetDefinition() as unknown as { spec: { names: object } };
    const spec = { ...rival.spec, names: { plural: 'gadgets', kind: 'Widget' } };
    const made = server.create(definitions, { ...rival, metadata: { name: 'gadgets.example.org' }, spec });
    expect(made).toMatchObject({
      status: {
        conditions: [
          { type: 'NamesAccepted', status: 'False' },
          { type: 'Established', status: 'False' },
        ],
      },
    });
    expect(server.state.registry.find(at('example.org/v1', 'gadgets'))).toBeUndefined();
  });

  it('keeps a version that objects are stored in', () => {
    const server = withWidgets();
    const spec = (widgetDefinition([widgetVersion('v2', true)]) as unknown as { spec: object }).spec;
    const answer = refusal(() => server.patch(definitions, 'widgets.example.org', { patch: { spec } }));
    expect(answer.message).toMatch(/v1 was previously a storage version/);
  });

  it('deletes the instances with the definition, and waits for those that are held', () => {
    const server = withWidgets();
    server.create(widgets, widget('free'));
    server.create(widgets, { ...widget('held'), metadata: { name: 'held', finalizers: ['x.org/hold'] } });
    server.remove(definitions, 'widgets.example.org');
    expect(server.names(widgets)).toEqual(['held']);
    expect(refusal(() => server.create(widgets, widget('late')))).toMatchObject({ code: 403 });
    expect(server.get(definitions, 'widgets.example.org')).toMatchObject({
      status: {
        conditions: expect.arrayContaining([expect.objectContaining({ type: 'Terminating', status: 'True' })]),
      },
    });
    server.patch(widgets, 'held', { patch: { metadata: { finalizers: null } } });
    expect(server.names(definitions)).toEqual([]);
    expect(refusal(() => server.names(widgets)).code).toBe(404);
  });
});

describe('custom resources', () => {
  it('prunes, defaults and validates by the schema', () => {
    const server = withWidgets();
    const made = server.create(widgets, widget('w', { bogus: 1, free: { any: { thing: 1 } } }));
    expect(made['spec']).toEqual({ replicas: 1, free: { any: { thing: 1 } } });
    expect(refusal(() => server.create(widgets, widget('x', { colour: 'green' }))).message).toMatch(
      /Unsupported value: "green": supported values: "red", "blue"/,
    );
    expect(refusal(() => server.create(widgets, widget('x', { replicas: -1 }))).message).toMatch(
      /greater than or equal to 0/,
    );
    expect(refusal(() => server.create(widgets, { ...widget('x'), spec: undefined })).message).toMatch(
      /spec: Required value/,
    );
  });

  it('demands a resourceVersion of a PUT', () => {
    const server = withWidgets();
    const made = server.create(widgets, widget('w'));
    const { resourceVersion: _version, ...metadata } = made.metadata;
    const answer = refusal(() => server.update(widgets, { ...made, metadata }));
    expect(answer).toMatchObject({
      code: 422,
      message: expect.stringMatching(/metadata.resourceVersion: Invalid value: 0x0: must be specified for an update/),
    });
  });

  it('keeps status and spec apart', () => {
    const server = withWidgets();
    const made = server.create(widgets, { ...widget('w'), status: { early: true } });
    expect(made['status']).toBeUndefined();
    const ignored = server.patch(widgets, 'w', { patch: { status: { phase: 'x' } } });
    expect(ignored.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    const status = server.patch(widgets, 'w', {
      patch: { status: { phase: 'x' }, spec: { replicas: 9 } },
      subresource: 'status',
    });
    expect(status).toMatchObject({ metadata: { generation: 1 }, spec: { replicas: 1 }, status: { phase: 'x' } });
    expect(server.patch(widgets, 'w', { patch: { spec: { replicas: 2 } } }).metadata.generation).toBe(2);
  });

  it('counts every change outside metadata when there is no status subresource', () => {
    const server = testServer();
    server.create(definitions, widgetDefinition([widgetVersion('v1', true, { subresources: {} })]));
    server.create(widgets, widget('w'));
    expect(server.patch(widgets, 'w', { patch: { status: { phase: 'x' } } }).metadata.generation).toBe(2);
    expect(server.patch(widgets, 'w', { patch: { metadata: { labels: { a: 'b' } } } }).metadata.generation).toBe(2);
    expect(refusal(() => server.patch(widgets, 'w', { patch: {}, subresource: 'status' })).code).toBe(404);
  });

  it('scales by the paths of the definition', () => {
    const server = withWidgets();
    server.create(widgets, widget('w'));
    server.patch(widgets, 'w', { patch: { status: { replicas: 1, selector: 'a=b' } }, subresource: 'status' });
    const scale = server.patch(widgets, 'w', { patch: { spec: { replicas: 4 } }, subresource: 'scale' });
    expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 4 }, status: { replicas: 1, selector: 'a=b' } });
    expect(server.get(widgets, 'w')['spec']).toEqual({ replicas: 4 });
  });

  it('serves one object in every served version', () => {
    const server = testServer();
    server.create(definitions, widgetDefinition([widgetVersion('v1alpha1', false), widgetVersion('v1', true)]));
    server.create(at('example.org/v1alpha1', 'widgets'), { ...widget('w'), apiVersion: 'example.org/v1alpha1' });
    expect(server.get(widgets, 'w').apiVersion).toBe('example.org/v1');
    expect(server.get(at('example.org/v1alpha1', 'widgets'), 'w').apiVersion).toBe('example.org/v1alpha1');
    expect(server.state.registry.findKind('example.org', 'Widget')?.version).toBe('v1');
  });

  it('refuses strategic merge patches', () => {
    const server = withWidgets();
    server.create(widgets, widget('w'));
    expect(refusal(() => server.patch(widgets, 'w', { type: 'strategic', patch: {} })).code).toBe(415);
  });

  it('selects by the fields that the definition names', () => {
    const server = withWidgets();
    server.create(widgets, widget('r', { colour: 'red' }));
    server.create(widgets, widget('b', { colour: 'blue' }));
    const list = (fieldSelector: string): unknown =>
      server.ask({ verb: 'list', resource: widgets, namespace: '', fieldSelector }).object['items'];
    expect(list('spec.colour=red')).toMatchObject([{ metadata: { name: 'r' } }]);
    expect(refusal(() => list('spec.size=1'))).toMatchObject({
      code: 400,
      message: 'field label not supported: spec.size',
    });
  });

  it('prints the columns of the definition', () => {
    const server = withWidgets();
    server.create(widgets, widget('w', { replicas: 3 }));
    const resource = server.state.registry.find(widgets);
    const table = resource && tableOf(resource, [server.get(widgets, 'w')], server.now);
    expect(table?.columnDefinitions.map((column) => column.name)).toEqual(['Name', 'Replicas', 'Since']);
    expect(table?.rows[0]?.cells).toEqual(['w', 3, '<none>']);
  });
});

it('orders versions as upstream prefers them', () => {
  const versions = ['v1alpha1', 'foo', 'v2beta1', 'v1', 'v11', 'v2', 'v1beta2', 'bar'];
  expect([...versions].sort(compareVersions)).toEqual([
    'v11',
    'v2',
    'v1',
    'v2beta1',
    'v1beta2',
    'v1alpha1',
    'bar',
    'foo',
  ]);
});
