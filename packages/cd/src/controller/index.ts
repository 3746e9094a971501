/** The controller of Applications. */
export {
  ensureDefaultProject,
  startApplicationController,
  type ApplicationControllerOptions,
} from './application-controller.ts';
export { openClusterCharts } from './cluster-charts.ts';
export { repositorySecrets } from './repository-secrets.ts';
export { KindLookup, type KindMapper } from './kind-mapper.ts';
export { OrphanFinder } from './orphan-finder.ts';
export { LiveSettings, SETTINGS_NAME } from './resource-settings.ts';
