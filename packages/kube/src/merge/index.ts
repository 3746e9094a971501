export { applyMergePatch } from './merge-patch.ts';
export { applyJsonPatch } from './json-patch.ts';
export { MAX_JSON_PATCH_COPY_CHARACTERS, MAX_JSON_PATCH_OPERATIONS } from './limits.ts';
export { applyStrategicMergePatch } from './strategic-patch.ts';
export { createThreeWayMergePatch, createTwoWayMergePatch, type ThreeWay } from './three-way.ts';
export { applyServerSide, type Applied, type ConflictList, type ServerSideApply } from './apply-server-side.ts';
export { trackUpdate, type TrackedUpdate } from './track-update.ts';
export {
  fieldSetPaths,
  formatFieldSet,
  intersectSets,
  parseFieldSet,
  sameSets,
  subtractSets,
  unionSets,
  type FieldSet,
} from './field-set.ts';
export { readManagers, writeManagers, type Manager } from './managed-fields.ts';
export { dropOwnedDifferences, type OwnedDifferences } from './owned-differences.ts';
