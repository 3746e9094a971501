import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutInColumns, type Graph } from '../model/index.ts';
import { layoutDag, MAX_CAREFUL_NODES } from './dag-layout.ts';

const graphOf = (count: number, edges: readonly (readonly [number, number])[]): Graph => ({
  nodes: Array.from({ length: count }, (_value, index) => ({
    id: `n${index}`,
    title: `n${index}`,
    subtitle: '',
    state: '',
    mark: '',
    isSmall: index % 3 === 0,
  })),
  edges: edges.map(([from, to]) => ({ from: `n${from}`, to: `n${to}` })),
});

describe('layoutDag', () => {
  it('places every box of any graph inside the plane and apart from the others', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(14), fc.nat(14)), { maxLength: 30 }), (edges) => {
        const layout = layoutDag(graphOf(15, edges));
        expect(layout.nodes).toHaveLength(15);
        for (const [index, a] of layout.nodes.entries()) {
          expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= layout.width && a.y + a.height <= layout.height).toBe(true);
          for (const b of layout.nodes.slice(index + 1)) {
            const apart =
              a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
            expect(apart).toBe(true);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('leads from left to right', () => {
    const layout = layoutDag(
      graphOf(4, [
        [0, 1],
        [0, 2],
        [1, 3],
        [2, 3],
      ]),
    );
    for (const { from, to } of layout.edges) expect(from.x + from.width).toBeLessThan(to.x);
    expect(layout.edges).toHaveLength(4);
  });

  it('takes the plain layout for large graphs', () => {
    const large = graphOf(MAX_CAREFUL_NODES + 1, [[0, 1]]);
    expect(layoutDag(large)).toEqual(layoutInColumns(large));
  });
});
