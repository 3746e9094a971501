import { Graph as DagreGraph, layout as dagreLayout } from '@dagrejs/dagre';
import {
  GAP_X,
  GAP_Y,
  layoutInColumns,
  layoutOf,
  MARGIN,
  sizeOf,
  type Graph,
  type Layout,
  type PlacedNode,
} from '../model/index.ts';

/** Graphs up to this many boxes get the careful layout; larger ones one that is plain and linear in their size. */
export const MAX_CAREFUL_NODES = 300;

/** Lays a directed graph out from left to right. */
export function layoutDag(graph: Graph): Layout {
  return graph.nodes.length <= MAX_CAREFUL_NODES ? layoutCarefully(graph) : layoutInColumns(graph);
}

function layoutCarefully(graph: Graph): Layout {
  const dagre = new DagreGraph();
  dagre.setGraph({ rankdir: 'LR', nodesep: GAP_Y, ranksep: GAP_X, marginx: MARGIN, marginy: MARGIN });
  dagre.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) dagre.setNode(node.id, { ...sizeOf(node) });
  const known = new Set(graph.nodes.map((node) => node.id));
  for (const { from, to } of graph.edges) if (known.has(from) && known.has(to)) dagre.setEdge(from, to);
  dagreLayout(dagre);
  const placed = new Map<string, PlacedNode>();
  for (const node of graph.nodes) {
    const size = sizeOf(node);
    const at = dagre.node(node.id) as { x?: number; y?: number };
    placed.set(node.id, { node, x: (at.x ?? 0) - size.width / 2, y: (at.y ?? 0) - size.height / 2, ...size });
  }
  return layoutOf(graph, placed);
}
