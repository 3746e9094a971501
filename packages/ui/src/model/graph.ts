/** One box of a graph. */
export interface GraphNode {
  readonly id: string;
  /** The main line. */
  readonly title: string;
  /** The small line: a kind, a template, a type. */
  readonly subtitle: string;
  /** The state's word; `` when the thing has none. */
  readonly state: string;
  /** A second word (an application's or resource's sync status); `` for none. */
  readonly mark: string;
  /** Small boxes are joints: groups that only hold others together. */
  readonly isSmall: boolean;
}

/** Boxes and what leads to what. Edges to boxes that are not there are left out by layouts. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** From one box to another, by id. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
}

/** A box with its place; `x`, `y` are its upper left corner in pixels. */
export interface PlacedNode {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A graph with places. */
export interface Layout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly { readonly from: PlacedNode; readonly to: PlacedNode }[];
  readonly width: number;
  readonly height: number;
}

/** The width of a box, in pixels. */
export const NODE_WIDTH = 236;

/** The height of a box, in pixels. */
export const NODE_HEIGHT = 58;

/** The width of a joint, in pixels. */
export const SMALL_WIDTH = 96;

/** The height of a joint, in pixels. */
export const SMALL_HEIGHT = 34;

/** The space between columns, in pixels. */
export const GAP_X = 56;

/** The space between boxes of a column, in pixels. */
export const GAP_Y = 14;

/** The space around a graph, in pixels. */
export const MARGIN = 20;

/** Graphs up to this many boxes are drawn whole; of larger ones only what is near the visible part. */
export const MAX_PLAIN_NODES = 300;

/** A visible part, in the graph's own pixels. */
export interface Viewport {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What is drawn of a layout: everything when it is small, else what the viewport (and a screen around it) touches. */
export function visiblePart(layout: Layout, view: Viewport): Pick<Layout, 'nodes' | 'edges'> {
  if (layout.nodes.length <= MAX_PLAIN_NODES) return layout;
  const left = view.left - view.width;
  const right = view.left + 2 * view.width;
  const top = view.top - view.height;
  const bottom = view.top + 2 * view.height;
  const touches = (box: PlacedNode): boolean =>
    box.x < right && box.x + box.width > left && box.y < bottom && box.y + box.height > top;
  return {
    nodes: layout.nodes.filter(touches),
    edges: layout.edges.filter(({ from, to }) => touches(from) || touches(to)),
  };
}

/** Where an arrow key leads: the nearest box that way, sideways distance counting double; the same id when none is. */
export function neighbour(layout: Layout, id: string, direction: 'left' | 'right' | 'up' | 'down'): string {
  const from = layout.nodes.find((box) => box.node.id === id);
  if (from === undefined) return layout.nodes[0]?.node.id ?? id;
  const toward = TOWARD[direction];
  let best = id;
  let bestCost = Infinity;
  for (const box of layout.nodes) {
    const [dx, dy] = [middle(box).x - middle(from).x, middle(box).y - middle(from).y];
    const ahead = dx * toward.x + dy * toward.y;
    const cost = ahead + 2 * Math.abs(dx * toward.y + dy * toward.x);
    if (ahead > 1 && cost < bestCost) [best, bestCost] = [box.node.id, cost];
  }
  return best;
}

const TOWARD = { left: { x: -1, y: 0 }, right: { x: 1, y: 0 }, up: { x: 0, y: -1 }, down: { x: 0, y: 1 } };

const middle = (box: PlacedNode): { x: number; y: number } => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });

/** Width and height of a box. */
export function sizeOf(node: GraphNode): { readonly width: number; readonly height: number } {
  return node.isSmall ? { width: SMALL_WIDTH, height: SMALL_HEIGHT } : { width: NODE_WIDTH, height: NODE_HEIGHT };
}

/** Puts placed boxes and their edges together; drops edges whose ends are missing. */
export function layoutOf(graph: Graph, placed: ReadonlyMap<string, PlacedNode>): Layout {
  const nodes = [...placed.values()];
  const edges = graph.edges.flatMap(({ from, to }) => {
    const [start, end] = [placed.get(from), placed.get(to)];
    return start === undefined || end === undefined ? [] : [{ from: start, to: end }];
  });
  const reach = (far: (box: PlacedNode) => number): number =>
    nodes.reduce((most, box) => Math.max(most, far(box)), 0) + MARGIN;
  return { nodes, edges, width: reach((box) => box.x + box.width), height: reach((box) => box.y + box.height) };
}
