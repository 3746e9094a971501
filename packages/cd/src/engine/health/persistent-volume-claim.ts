import { textAt, verdict, type HealthRule } from './verdict.ts';

/** v1/PersistentVolumeClaim, by phase. */
export const persistentVolumeClaimHealth: HealthRule = (object) => {
  switch (textAt(object, ['status', 'phase'])) {
    case 'Lost':
      return verdict('Degraded');
    case 'Pending':
      return verdict('Progressing');
    case 'Bound':
      return verdict('Healthy');
    default:
      return verdict('Unknown');
  }
};
