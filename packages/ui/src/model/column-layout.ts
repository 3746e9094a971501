import {
  GAP_X,
  GAP_Y,
  layoutOf,
  MARGIN,
  NODE_WIDTH,
  sizeOf,
  type Graph,
  type Layout,
  type PlacedNode,
} from './graph.ts';

/** A column a rank (the longest way from a start), boxes of a column under each other in the graph's order. */
export function layoutInColumns(graph: Graph): Layout {
  const ranks = ranksOf(graph);
  const heights = new Map<number, number>();
  const placed = new Map<string, PlacedNode>();
  for (const node of graph.nodes) {
    const rank = ranks.get(node.id) ?? 0;
    const y = heights.get(rank) ?? MARGIN;
    const size = sizeOf(node);
    placed.set(node.id, { node, x: MARGIN + rank * (NODE_WIDTH + GAP_X), y, ...size });
    heights.set(rank, y + size.height + GAP_Y);
  }
  return layoutOf(graph, placed);
}

/** How many boxes lead to a box, and where each leads. */
function linksOf(graph: Graph): { readonly next: Map<string, string[]>; readonly waits: Map<string, number> } {
  const next = new Map<string, string[]>(graph.nodes.map((node) => [node.id, []]));
  const waits = new Map<string, number>(graph.nodes.map((node) => [node.id, 0]));
  for (const { from, to } of graph.edges) {
    const targets = next.get(from);
    if (targets === undefined || !waits.has(to)) continue;
    targets.push(to);
    waits.set(to, (waits.get(to) ?? 0) + 1);
  }
  return { next, waits };
}

/** Kahn's order; boxes on cycles keep the rank they had when the order got stuck. */
function ranksOf(graph: Graph): ReadonlyMap<string, number> {
  const { next, waits } = linksOf(graph);
  const ranks = new Map<string, number>(graph.nodes.map((node) => [node.id, 0]));
  const ready = graph.nodes.map((node) => node.id).filter((id) => waits.get(id) === 0);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    const rank = (ranks.get(id) ?? 0) + 1;
    for (const target of next.get(id) ?? []) {
      ranks.set(target, Math.max(ranks.get(target) ?? 0, rank));
      if (countDown(waits, target) === 0) ready.push(target);
    }
  }
  return ranks;
}

function countDown(waits: Map<string, number>, id: string): number {
  const left = (waits.get(id) ?? 1) - 1;
  waits.set(id, left);
  return left;
}
