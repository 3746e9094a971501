export { ARTIFACT_VOLUME_DRIVER } from '../engine/index.ts';
export type { OpenArtifact } from './artifact-driver.ts';
export { ArtifactFault, DEFAULT_ARTIFACT_LIMITS, type ArtifactLimits } from './artifact-fault.ts';
export { openArtifactStore, type ArtifactStore, type ArtifactStoreOptions, type PodPlace } from './artifact-store.ts';
