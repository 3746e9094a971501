/** What the page shows, as plain data: summaries, graphs with places, logs, live lists. Pure. */
export { agoText, durationText, spanText } from './age.ts';
export {
  applicationRow,
  countHealth,
  filterApplications,
  shortRevision,
  type ApplicationRow,
} from './application-row.ts';
export { layoutInColumns } from './column-layout.ts';
export {
  GAP_X,
  GAP_Y,
  layoutOf,
  MARGIN,
  MAX_PLAIN_NODES,
  neighbour,
  NODE_HEIGHT,
  NODE_WIDTH,
  sizeOf,
  SMALL_HEIGHT,
  SMALL_WIDTH,
  visiblePart,
  type Graph,
  type GraphEdge,
  type GraphNode,
  type Layout,
  type PlacedNode,
  type Viewport,
} from './graph.ts';
export {
  NOTHING_YET,
  reduceLive,
  RETRY_WAITS_MS,
  retryWaitMs,
  watchItemOf,
  type Link,
  type LiveEvent,
  type LiveState,
  type WatchItem,
} from './live.ts';
export { appendLog, EMPTY_LOG, MAX_LOG_LINE_LENGTH, MAX_LOG_LINES, type LogBuffer } from './log-buffer.ts';
export { keyAt, objectsAt, textAt, textsAt, type ApiObject } from './read.ts';
export { resourceTree, ROOT_ID, type ResourceIdentity, type ResourceTree } from './resource-tree.ts';
export { applicationPath, CONTROL_NAMESPACE, parseRoute, safeReturnPath, workflowPath, type Route } from './route.ts';
export { MAX_PLAIN_ROWS, OVERSCAN_ROWS, rowWindow, type RowWindow } from './row-window.ts';
export { toneOf, wordOf, type Tone } from './status.ts';
export { createStreamParser, MAX_LINE_LENGTH, StreamFormatError, type StreamParser } from './stream-parser.ts';
export { layoutTree } from './tree-layout.ts';
export { nodeValues, workflowGraph, workflowNodes } from './workflow-graph.ts';
export { filterWorkflows, workflowRow, type WorkflowRow } from './workflow-row.ts';
