import type { Artifact, Inputs, Template } from '@argosy/api/workflows';
import { lenient, substitute, type TagScope } from '@argosy/lang/tags';
import { err, getPath, isObject, ok, type Result } from '@argosy/std';

import { fileNameOf, keyOfLocation, locationKind, MAX_KEY_LENGTH } from './artifact-locations.ts';
import type { Pass } from './pass.ts';

/** The driver of the volume through which artifacts reach a pod and leave it. */
export const ARTIFACT_VOLUME_DRIVER = 'artifacts.argosy.dev';

/** How keys of artifacts begin that name none. */
export const DEFAULT_KEY_FORMAT = '{{workflow.name}}/{{pod.name}}';

const VOLUME = 'argo-artifacts';
const OUTPUTS_PATH = '/argo/outputs/artifacts';

type Json = { readonly [key: string]: unknown };

/** An input artifact to lay out before the pod starts. */
export interface ArtifactLoad {
  readonly artifact: Artifact;
  /** Where in the pod's volume. */
  readonly place: string;
}

/** An output artifact to store after the pod has ended. */
export interface ArtifactSave {
  /** With its location. */
  readonly artifact: Artifact;
  /** Where in the pod's volume; absent for the log. */
  readonly place?: string;
}

/** The artifacts that a pod is given: those that have a location. */
export function loadsOf(inputs: Inputs): readonly ArtifactLoad[] {
  return (inputs.artifacts ?? [])
    .filter((item) => locationKind(item) !== undefined)
    .map((artifact, index) => ({ artifact, place: `in/${index}` }));
}

/** The volume of a pod that is given artifacts or gives some. */
export function artifactVolumes(template: Template, inputs: Inputs): readonly Json[] {
  const isNeeded = loadsOf(inputs).length > 0 || (template.outputs?.artifacts ?? []).length > 0;
  return isNeeded ? [{ name: VOLUME, csi: { driver: ARTIFACT_VOLUME_DRIVER } }] : [];
}

/** Where the program finds its input artifacts and the wrapper leaves the output artifacts. */
export function artifactMounts(template: Template, inputs: Inputs): readonly Json[] {
  const given = loadsOf(inputs)
    .filter(({ artifact }) => (artifact.path ?? '') !== '')
    .map(({ artifact, place }) => ({ name: VOLUME, mountPath: artifact.path, subPath: place }));
  const leaves = (template.outputs?.artifacts ?? []).length > 0;
  return leaves ? [...given, { name: VOLUME, mountPath: OUTPUTS_PATH, subPath: 'out' }] : given;
}

/** Environment that tells the wrapper which artifacts to copy where. */
export function artifactEnvironment(artifacts: readonly Artifact[]): readonly { name: string; value: string }[] {
  return [
    { name: 'ARGO_ARTIFACT_COUNT', value: String(artifacts.length) },
    { name: 'ARGO_ARTIFACT_FOLDER', value: OUTPUTS_PATH },
    ...artifacts.map((item, index) => ({ name: `ARGO_ARTIFACT_PATH_${index}`, value: item.path ?? '' })),
  ];
}

function pathProblem(item: Artifact, kind: 'inputs' | 'outputs'): string | undefined {
  const path = item.path ?? '';
  const at = `${kind}.artifacts.${item.name}.path`;
  if (path.split('/').includes('..')) return `${at} '${path}' must not contain '..'`;
  return path === '' || path.startsWith('/') ? undefined : `${at} '${path}' must be absolute`;
}

/** Why a pod cannot be given its artifacts. */
export function podArtifactProblem(pass: Pass, template: Template, inputs: Inputs): string | undefined {
  const saved = template.outputs?.artifacts ?? [];
  const paths = [
    ...(inputs.artifacts ?? []).map((item) => pathProblem(item, 'inputs')),
    ...saved.map((item) => pathProblem(item, 'outputs')),
  ];
  const bad = paths.find((text) => text !== undefined);
  if (bad !== undefined) return bad;
  const isNeeded = loadsOf(inputs).length > 0 || saved.length > 0;
  if (!isNeeded || pass.observed.artifacts !== undefined) return undefined;
  return 'artifacts cannot be passed here: pods must run on the machine of the controller, and it was started without a store';
}

/** True when the program's log is kept as an artifact. */
export function archivesLogs(pass: Pass, template: Template): boolean {
  const { artifacts } = pass.observed;
  if (artifacts === undefined || artifacts.refusal !== undefined) return false;
  if (artifacts.archiveLogs) return true;
  const own = getPath(template.archiveLocation, ['archiveLogs']);
  return typeof own === 'boolean' ? own : pass.compiled.spec.archiveLogs === true;
}

/** Below which key an artifact goes that names none, and what else its location says: the template's, or the repository's. */
function baseLocation(pass: Pass, template: Template): { readonly location: Json; readonly format: string } {
  const archive = getPath(template.archiveLocation, ['s3']);
  const { key = '', ...location }: Json = isObject(archive) ? archive : {};
  const repository = pass.observed.artifacts?.keyFormat ?? DEFAULT_KEY_FORMAT;
  return { location, format: typeof key === 'string' && key !== '' ? key : repository };
}

function hasPlace(item: Artifact): boolean {
  const kind = locationKind(item);
  return kind !== undefined && (kind !== 's3' || keyOfLocation(item) !== '');
}

/** The artifact with its location: its own, or one below the template's or the repository's key. */
function withKey(pass: Pass, at: { template: Template; scope: TagScope }, item: Artifact): Result<Artifact, string> {
  if (hasPlace(item)) return ok(item);
  const { location, format } = baseLocation(pass, at.template);
  const key = substitute(format, at.scope, lenient);
  if (!key.ok) return key;
  if (key.value.includes('{{')) return err(`failed to resolve ${key.value}`);
  return ok({
    ...item,
    s3: { ...location, ...(isObject(item.s3) ? item.s3 : {}), key: `${key.value}/${fileNameOf(item)}` },
  });
}

function checkedKey(item: Artifact): Result<Artifact, string> {
  const { length } = keyOfLocation(item);
  if (length <= MAX_KEY_LENGTH) return ok(item);
  return err(`outputs.artifacts.${item.name}: its key has ${length} characters: at most ${MAX_KEY_LENGTH} are allowed`);
}

/** What is stored of a pod that ended: its declared artifacts, and its log where that is wanted. */
export function savesOf(pass: Pass, template: Template, scope: TagScope): Result<readonly ArtifactSave[], string> {
  const resolved = substitute(template.outputs?.artifacts ?? [], scope, lenient);
  if (!resolved.ok) return resolved;
  const saves: ArtifactSave[] = [];
  const log: Artifact = { name: 'main-logs', path: '/main.log', archive: { none: {} } };
  const wanted = archivesLogs(pass, template) ? [...resolved.value, log] : resolved.value;
  for (const [index, item] of wanted.entries()) {
    const placed = withKey(pass, { template, scope }, item);
    const checked = placed.ok ? checkedKey(placed.value) : placed;
    if (!checked.ok) return checked;
    if (item !== log) saves.push({ artifact: checked.value, place: `out/${index}` });
    else {
      const { path: _path, ...rest } = checked.value;
      saves.push({ artifact: rest });
    }
  }
  return ok(saves);
}
