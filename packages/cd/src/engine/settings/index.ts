export type { ActionScripts, Customization, Customizations } from './customizations.ts';
export { customizationKey, findCustomization, SCRIPT_LIMITS } from './health-scripts.ts';
export {
  DEFAULT_RESOURCE_SETTINGS,
  readResourceSettings,
  type ReadSettings,
  type ResourceSettings,
} from './read-settings.ts';
