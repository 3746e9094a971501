/** Turns a source tree into manifests. Pure: the tree comes in as a value. */
export { buildEnvironment, substitute } from './build-environment.ts';
export { applyOverrides, detectSourceType, KUSTOMIZATION_NAMES, overrideNames } from './detect.ts';
export { evaluateJsonnetFile } from './jsonnet.ts';
export { KUSTOMIZATION_LIMIT } from './kustomize.ts';
export { DEFAULT_RENDER_LIMITS, type RenderLimits } from './limits.ts';
export { neededFiles, neededReferences } from './needed-files.ts';
export { directoryOf, filesBelow, joinPath } from './paths.ts';
export { planSource } from './plan-source.ts';
export {
  isManifestPath,
  readManifests,
  renderDirectory,
  type RenderError,
  type SourceFile,
} from './render-directory.ts';
export { VALUE_FILE_LIMIT, type RenderPorts } from './render-helm.ts';
export type {
  KustomizeJob,
  Planned,
  RenderApp,
  RenderFailure,
  RenderRequest,
  SourceType,
  TreeFiles,
} from './request.ts';
