/** Turns a source tree into manifests. Pure: the tree comes in as a value. */
export { DEFAULT_RENDER_LIMITS, type RenderLimits } from './limits.ts';
export { isManifestPath, renderDirectory, type RenderError, type SourceFile } from './render-directory.ts';
