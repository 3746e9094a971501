import type { Artifact } from '@argosy/api/workflows';
import { getPath, isObject } from '@argosy/std';

/** Kinds of locations in the order in which upstream looks for them. */
const LOCATIONS = ['artifactory', 'azure', 'git', 'gcs', 'hdfs', 'http', 'oss', 'raw', 's3', 'plugin'] as const;

/** Kinds of locations that artifacts can be read from here. */
export const READABLE_LOCATIONS = Object.freeze(['http', 'raw', 's3'] as const);

/** Kinds of locations that artifacts can be written to here. */
export const WRITABLE_LOCATIONS = Object.freeze(['http', 's3'] as const);

/** Longest key of an artifact, in characters: what S3 allows. */
export const MAX_KEY_LENGTH = 1024;

/** The kind of the location that an artifact names; the first in upstream's order counts. */
export function locationKind(item: Artifact): string | undefined {
  return LOCATIONS.find((kind) => isObject(item[kind as keyof Artifact]));
}

/** The location of an artifact alone; undefined when it names none. */
export function locationOf(item: Artifact): { readonly [kind: string]: unknown } | undefined {
  const kind = locationKind(item);
  return kind === undefined ? undefined : { [kind]: item[kind as keyof Artifact] };
}

/** An artifact without its location. */
export function withoutLocation(item: Artifact): Artifact {
  const kept = Object.entries(item).filter(([key]) => !LOCATIONS.some((kind) => kind === key));
  return Object.fromEntries(kept) as Artifact;
}

/** The key below which an S3 location or an artifact repository keeps its object. */
export function keyOfLocation(item: Artifact): string {
  const key = getPath(item.s3, ['key']);
  return typeof key === 'string' ? key : '';
}

/** Where `subPath` leads inside a location; only keys have an inside. */
export function belowLocation(item: Artifact, subPath: string | undefined): Artifact {
  if ((subPath ?? '') === '' || !isObject(item.s3)) return item;
  return { ...item, s3: { ...item.s3, key: `${keyOfLocation(item).replace(/\/$/, '')}/${subPath ?? ''}` } };
}

/** How an artifact travels: one archive, or as it is. */
export function archiveOf(item: Artifact): 'tar' | 'zip' | 'none' | undefined {
  for (const kind of ['none', 'tar', 'zip'] as const) if (isObject(getPath(item.archive, [kind]))) return kind;
  return undefined;
}

/** The last part of a key for an artifact that names none, as upstream calls it. */
export function fileNameOf(item: Artifact): string {
  const archive = archiveOf(item) ?? 'tar';
  if (archive === 'none') return (item.path ?? '').replace(/\/+$/, '').split('/').at(-1) || item.name;
  return archive === 'zip' ? `${item.name}.zip` : `${item.name}.tgz`;
}

/** What is wrong with where an artifact is, or how it travels; the text begins with the field below the artifact. */
export function locationProblem(item: Artifact, allowed: readonly string[]): string | undefined {
  const kind = locationKind(item);
  if (kind !== undefined && !allowed.includes(kind)) {
    return `${kind} is not supported here: use ${allowed.join(', ')}`;
  }
  if (kind === 'http' && typeof getPath(item.http, ['url']) !== 'string') return 'http.url is required';
  if (kind === 'raw' && typeof getPath(item.raw, ['data']) !== 'string') return 'raw.data is required';
  if (archiveOf(item) === 'zip') return 'archive.zip is not supported yet: use tar or none';
  return undefined;
}
