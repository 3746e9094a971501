/** Deepest nesting of inline templates. */
export const MAX_INLINE_DEPTH = 10;

/** The members of a template of which exactly one is set. */
export const templateTypes: readonly string[] = Object.freeze([
  'container',
  'containerSet',
  'steps',
  'script',
  'resource',
  'dag',
  'suspend',
  'http',
  'data',
  'plugin',
]);
