import {
  GAP_X,
  GAP_Y,
  layoutOf,
  MARGIN,
  NODE_WIDTH,
  sizeOf,
  type Graph,
  type GraphNode,
  type Layout,
  type PlacedNode,
} from './graph.ts';

/**
 * Lays a forest out from left to right: a column a depth, a parent in the middle of its children. One pass over the
 * boxes. A box with several parents goes to the first; boxes on cycles are placed where they are met first.
 */
export function layoutTree(graph: Graph): Layout {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const { children, roots } = forestOf(graph, byId);
  const placed = new Map<string, PlacedNode>();
  const plane = { children, placed, nextY: MARGIN };
  for (const root of [...roots, ...byId.keys()]) {
    for (const visit of walk(root, children, placed)) {
      const node = byId.get(visit.id);
      if (node !== undefined) placeNode(plane, visit, node);
    }
  }
  return layoutOf(graph, placed);
}

/** Each box below its first parent only. */
function forestOf(
  graph: Graph,
  byId: ReadonlyMap<string, GraphNode>,
): { readonly children: ReadonlyMap<string, readonly string[]>; readonly roots: readonly string[] } {
  const children = new Map<string, string[]>();
  const hasParent = new Set<string>();
  for (const { from, to } of graph.edges) {
    if (!byId.has(from) || !byId.has(to) || hasParent.has(to) || from === to) continue;
    hasParent.add(to);
    const siblings = children.get(from) ?? [];
    siblings.push(to);
    children.set(from, siblings);
  }
  return { children, roots: [...byId.keys()].filter((id) => !hasParent.has(id)) };
}

interface Plane {
  readonly children: ReadonlyMap<string, readonly string[]>;
  readonly placed: Map<string, PlacedNode>;
  /** The first free pixel below all leaves so far. */
  nextY: number;
}

function placeNode(plane: Plane, visit: Visit, node: GraphNode): void {
  const size = sizeOf(node);
  const x = MARGIN + visit.depth * (NODE_WIDTH + GAP_X);
  if (!visit.isDone) {
    plane.placed.set(visit.id, { node, x, y: 0, ...size });
    return;
  }
  // A child further left is an ancestor: the graph has a cycle, and its way back does not count.
  const below = (plane.children.get(visit.id) ?? [])
    .flatMap((child) => plane.placed.get(child) ?? [])
    .filter((box) => box.x > x);
  const [first, last] = [below[0], below.at(-1)];
  const y = first === undefined || last === undefined ? plane.nextY : (first.y + last.y) / 2;
  if (first === undefined) plane.nextY += size.height + GAP_Y;
  plane.placed.set(visit.id, { node, x, y, ...size });
}

interface Visit {
  readonly id: string;
  readonly depth: number;
  /** True on the way back, when all below has been placed. */
  readonly isDone: boolean;
}

/** Depth first without recursion: each box twice, before and after what is below it. */
function* walk(
  root: string,
  children: ReadonlyMap<string, readonly string[]>,
  placed: ReadonlyMap<string, PlacedNode>,
): Generator<Visit> {
  const open: Visit[] = [{ id: root, depth: 0, isDone: false }];
  for (let visit = open.pop(); visit !== undefined; visit = open.pop()) {
    if (!visit.isDone && placed.has(visit.id)) continue;
    yield visit;
    if (visit.isDone) continue;
    open.push({ ...visit, isDone: true });
    const below = children.get(visit.id) ?? [];
    for (let index = below.length - 1; index >= 0; index -= 1) {
      const id = below[index];
      if (id !== undefined) open.push({ id, depth: visit.depth + 1, isDone: false });
    }
  }
}
