import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  layoutInColumns,
  layoutTree,
  MAX_PLAIN_NODES,
  neighbour,
  nodeValues,
  resourceTree,
  ROOT_ID,
  visiblePart,
  workflowGraph,
  type Graph,
  type Layout,
} from './index.ts';

const graphOf = (ids: readonly string[], edges: readonly (readonly [string, string])[]): Graph => ({
  nodes: ids.map((id) => ({ id, title: id, subtitle: '', state: '', mark: '', isSmall: false })),
  edges: edges.map(([from, to]) => ({ from, to })),
});

const anyGraph = fc.array(fc.tuple(fc.nat(14), fc.nat(14)), { maxLength: 30 }).map((pairs) =>
  graphOf(
    Array.from({ length: 15 }, (_value, index) => `n${index}`),
    pairs.map(([from, to]) => [`n${from}`, `n${to}`] as const),
  ),
);

/** Every box is placed once, inside the plane, and no two boxes cover each other. */
function isSound(graph: Graph, layout: Layout): boolean {
  const inside = layout.nodes.every(
    (box) => box.x >= 0 && box.y >= 0 && box.x + box.width <= layout.width && box.y + box.height <= layout.height,
  );
  const apart = layout.nodes.every((a, index) =>
    layout.nodes
      .slice(index + 1)
      .every((b) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y),
  );
  return layout.nodes.length === graph.nodes.length && inside && apart;
}

describe('layouts', () => {
  it.each([
    { name: 'layoutTree', layout: layoutTree },
    { name: 'layoutInColumns', layout: layoutInColumns },
  ])('$name places every box of any graph, cycles too, without overlap', ({ layout }) => {
    fc.assert(fc.property(anyGraph, (graph) => isSound(graph, layout(graph))));
  });

  it('puts a parent in the middle of its children, a column further left', () => {
    const layout = layoutTree(
      graphOf(
        ['r', 'a', 'b', 'c'],
        [
          ['r', 'a'],
          ['r', 'b'],
          ['r', 'c'],
          ['r', 'gone'],
        ],
      ),
    );
    const at = new Map(layout.nodes.map((box) => [box.node.id, box]));
    expect(at.get('r')?.y).toBe(at.get('b')?.y);
    expect((at.get('r')?.x ?? 0) < (at.get('a')?.x ?? 0)).toBe(true);
    expect(layout.edges).toHaveLength(3);
  });

  it('lays thousands of boxes out in no time, however deep', () => {
    const ids = Array.from({ length: 10_000 }, (_value, index) => `n${index}`);
    const chain = ids.slice(1).map((id, index) => [`n${index}`, id] as const);
    const fan = ids.slice(1).map((id) => ['n0', id] as const);
    const started = performance.now();
    for (const edges of [chain, fan]) {
      expect(layoutTree(graphOf(ids, edges)).nodes).toHaveLength(10_000);
      expect(layoutInColumns(graphOf(ids, edges)).nodes).toHaveLength(10_000);
    }
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('draws of a large graph what is near', () => {
    const ids = Array.from({ length: MAX_PLAIN_NODES + 1 }, (_value, index) => `n${index}`);
    const layout = layoutTree(
      graphOf(
        ids,
        ids.slice(1).map((id) => ['n0', id] as const),
      ),
    );
    const part = visiblePart(layout, { left: 0, top: 0, width: 800, height: 600 });
    expect(part.nodes.length).toBeLessThan(40);
    const small = layoutTree(graphOf(ids.slice(1), []));
    expect(visiblePart(small, { left: 0, top: 0, width: 1, height: 1 }).nodes).toHaveLength(MAX_PLAIN_NODES);
  });

  it('leads by arrow keys to the next box that way', () => {
    const layout = layoutTree(
      graphOf(
        ['r', 'a', 'b'],
        [
          ['r', 'a'],
          ['r', 'b'],
        ],
      ),
    );
    expect(neighbour(layout, 'r', 'right')).toBe('a');
    expect(neighbour(layout, 'a', 'down')).toBe('b');
    expect(neighbour(layout, 'b', 'up')).toBe('a');
    expect(neighbour(layout, 'b', 'left')).toBe('r');
    expect(neighbour(layout, 'r', 'left')).toBe('r');
    expect(neighbour(layout, 'gone', 'left')).toBe('r');
  });
});

describe('resourceTree', () => {
  const application = {
    metadata: { name: 'web' },
    status: {
      health: { status: 'Healthy' },
      resources: [
        { group: 'apps', kind: 'Deployment', namespace: 'n', name: 'd', status: 'OutOfSync' },
        { kind: 'Service', namespace: 'n', name: 's', status: 'OutOfSync' },
      ],
    },
  };
  const tree = {
    nodes: [
      { kind: 'Pod', namespace: 'n', name: 'p', uid: '2', parentRefs: [{ uid: '1' }], health: { status: 'Degraded' } },
      { group: 'apps', kind: 'Deployment', namespace: 'n', name: 'd', uid: '1', health: { status: 'Healthy' } },
    ],
  };

  it('joins what exists with what should exist', () => {
    const { graph, resources } = resourceTree(application, tree);
    expect(graph.nodes.map((node) => [node.title, node.state, node.mark])).toEqual([
      ['web', 'Healthy', 'Unknown'],
      ['d', 'Healthy', 'OutOfSync'],
      ['p', 'Degraded', ''],
      ['s', 'Missing', 'OutOfSync'],
    ]);
    expect(graph.edges).toContainEqual({ from: ROOT_ID, to: '1' });
    expect(graph.edges).toContainEqual({ from: '1', to: '2' });
    expect(resources.get('2')).toMatchObject({ kind: 'Pod', name: 'p', namespace: 'n' });
  });

  it('does not call anything missing while the tree is not known', () => {
    const { graph } = resourceTree(application, undefined);
    expect(graph.nodes.map((node) => node.state)).not.toContain('Missing');
  });
});

describe('workflowGraph', () => {
  const node = (id: string, children: readonly string[], more: object = {}): readonly [string, object] => [
    id,
    { id, displayName: id.toUpperCase(), type: 'Pod', phase: 'Succeeded', children, ...more },
  ];

  it('follows children and leaves out what is not there', () => {
    const nodes = Object.fromEntries([node('a', ['b', 'gone']), node('b', [], { type: 'StepGroup', phase: '' })]);
    const graph = workflowGraph({ status: { nodes: { ...nodes, odd: 'text' } } });
    expect(graph.nodes.map(({ title, state, isSmall }) => [title, state, isSmall])).toEqual([
      ['A', 'Succeeded', false],
      ['B', 'Unknown', true],
    ]);
    expect(graph.edges).toEqual([{ from: 'a', to: 'b' }]);
    expect(workflowGraph(undefined)).toEqual({ nodes: [], edges: [] });
  });

  it('lists what a node took and gave', () => {
    const outputs = {
      parameters: [{ name: 'x', value: '1' }],
      artifacts: [{ name: 'log', s3: { key: 'k' } }],
      result: 'ok',
      exitCode: '0',
    };
    expect(nodeValues({ outputs }, 'outputs')).toEqual([
      { name: 'x', value: '1' },
      { name: 'result', value: 'ok' },
      { name: 'exitCode', value: '0' },
      { name: 'log (artifact)', value: 'k' },
    ]);
    expect(nodeValues({ outputs }, 'inputs')).toEqual([]);
  });
});
