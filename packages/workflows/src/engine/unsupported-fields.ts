import { isObject } from '@argosy/std';

/** Of arguments, wherever they stand. */
const ARGUMENTS = [
  'arguments.parameters.*.valueFrom.event',
  'arguments.parameters.*.valueFrom.expression',
  'arguments.parameters.*.valueFrom.jqFilter',
  'arguments.parameters.*.valueFrom.jsonPath',
  'arguments.parameters.*.valueFrom.parameter',
  'arguments.parameters.*.valueFrom.path',
];

/**
 * Fields of upstream's API that the engine does not read. A workflow that sets one is refused: it would run without
 * what its author asked for. Each is a path; `*` stands for every item or member.
 * Whoever teaches the engine a field takes its row away here.
 */
export const UNSUPPORTED_FIELDS = Object.freeze({
  /** Below `spec`. */
  spec: [
    ...ARGUMENTS,
    'artifactGC',
    'artifactRepositoryRef',
    'executor',
    'executorPlugins',
    'metrics',
    'podPriority',
    'podResources',
    'resourceClaims',
  ],
  /** Of a template, of an inline template, of `templateDefaults`. */
  template: [
    ...['artifactory', 'azure', 'gcs', 'git', 'hdfs', 'http', 'oss', 'plugin', 'raw'].map(
      (kind) => `archiveLocation.${kind}`,
    ),
    'executor',
    'initContainers.*.mirrorVolumeMounts',
    'inputs.parameters.*.valueFrom.configMapKeyRef.optional',
    'inputs.parameters.*.valueFrom.event',
    'inputs.parameters.*.valueFrom.expression',
    'inputs.parameters.*.valueFrom.jqFilter',
    'inputs.parameters.*.valueFrom.jsonPath',
    'inputs.parameters.*.valueFrom.parameter',
    'inputs.parameters.*.valueFrom.path',
    'metrics',
    'outputs.artifacts.*.artifactGC',
    'outputs.parameters.*.valueFrom.configMapKeyRef',
    'outputs.parameters.*.valueFrom.event',
    'podResources',
    'resourceClaims',
    'sidecars.*.mirrorVolumeMounts',
  ],
  /** Of a step and of a task. */
  call: [...ARGUMENTS],
});

/** Where fields are looked for. */
export type FieldScope = keyof typeof UNSUPPORTED_FIELDS;

/** Settings that ask for nothing. */
function isHarmless(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

interface Found {
  readonly at: string;
  readonly value: unknown;
}

function membersOf(found: Found, segment: string): readonly Found[] {
  const { at, value } = found;
  const below = (key: string): string => (at === '' ? key : `${at}.${key}`);
  if (segment === '*' && Array.isArray(value)) {
    return value.map((item: unknown, index) => ({ at: `${at}[${index}]`, value: item }));
  }
  if (!isObject(value)) return [];
  if (segment === '*') return Object.keys(value).map((name) => ({ at: below(name), value: value[name] }));
  return Object.hasOwn(value, segment) ? [{ at: below(segment), value: value[segment] }] : [];
}

/** The paths, relative to `value`, of everything in it that is set and not supported. */
export function findUnsupportedFields(value: unknown, scope: FieldScope): readonly string[] {
  return UNSUPPORTED_FIELDS[scope].flatMap((path) => {
    let found: readonly Found[] = [{ at: '', value }];
    for (const segment of path.split('.')) found = found.flatMap((item) => membersOf(item, segment));
    return found.filter((item) => !isHarmless(item.value)).map((item) => item.at);
  });
}

/** What is said about a field; `at` is its path. */
export function unsupportedText(at: string): string {
  return `${at} is not supported yet`;
}
