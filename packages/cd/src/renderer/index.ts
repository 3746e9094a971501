/** Rendering on this machine: processes, archives, programs. */
export { ARCHIVE_LIMIT_BYTES, ARCHIVE_LIMIT_ENTRIES, unpackChart, unpackTree } from './unpack-chart.ts';
export { buildKustomization, KustomizeBuildError, type KustomizeOptions } from './kustomize-build.ts';
export { readLocalTree, LocalTreeError } from './local-tree.ts';
export { createInProcessRenderer, RenderError, type Renderer, type RenderOutcome } from './renderer.ts';
export { LOCAL_TOOLS, renderLocal, type LocalRequest, type LocalTool } from './render-local.ts';
export { systemRenderPorts } from './system-ports.ts';
export { createWorkerRenderer, type PoolOptions } from './worker-pool.ts';
