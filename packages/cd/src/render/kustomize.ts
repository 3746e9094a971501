import { err, isObject, ok, setOwn, type JsonValue, type Result } from '@argosy/std';
import { formatYaml, parseYaml } from '@argosy/lang/yaml';
import { bytesOfText, textOfBytes } from '../helm/index.ts';
import { buildEnvironment, substitute } from './build-environment.ts';
import { KUSTOMIZATION_NAMES } from './detect.ts';
import { joinPath } from './paths.ts';
import type { KustomizeJob, RenderFailure, RenderRequest, TreeFiles } from './request.ts';

type KustomizeOptions = NonNullable<RenderRequest['source']['kustomize']>;
type Kustomization = { [key: string]: unknown };
type Texts = { readonly [key: string]: string };

class KustomizeError extends Error {
  override readonly name = 'KustomizeError';
}

const refuse = (message: string): never => {
  throw new KustomizeError(message);
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);
const textsOf = (value: unknown): Texts => (isObject(value) ? (value as Texts) : {});

/** The path of a directory's kustomization; `undefined` when it has none. */
function kustomizationAt(files: TreeFiles, directory: string): string | undefined {
  return KUSTOMIZATION_NAMES.map((name) => joinPath(directory, name) ?? name).find((path) => files.has(path));
}

function parseKustomization(files: TreeFiles, path: string): Kustomization {
  const parsed = parseYaml(textOfBytes(files.get(path) ?? new Uint8Array()));
  if (!parsed.ok) return refuse(`${path}: ${parsed.error.message}`);
  const value: JsonValue = parsed.value ?? {};
  return isObject(value) ? { ...value } : refuse(`${path}: a kustomization is an object`);
}

/** An image without its tag and digest, and those. */
function imageParts(text: string): { readonly base: string; readonly newTag?: string; readonly digest?: string } {
  const [, base = text, newTag, digest] = /^([^@]*?)(?::([^:/@]+))?(?:@(.+))?$/.exec(text) ?? [];
  if (digest !== undefined) return { base, digest };
  return newTag === undefined || newTag === '*' ? { base } : { base, newTag };
}

/** An image as `kustomize edit set image` takes it: `[old=]new[:tag|@digest]`. */
function imageEntry(text: string): { readonly name: string; readonly newName?: string } {
  const cut = text.indexOf('=');
  const { base, ...rest } = imageParts(text.slice(cut + 1));
  const name = cut < 0 ? base : text.slice(0, cut);
  return base === name || base === '' || base === '*' ? { name, ...rest } : { name, newName: base, ...rest };
}

/** Entries by name: later ones replace those that are there. */
function replaceByName(present: unknown, added: readonly { readonly name: string }[]): readonly unknown[] {
  const names = new Set(added.map(({ name }) => name));
  const kept = listOf(present).filter((item) => !(isObject(item) && names.has(String(item['name']))));
  return [...kept, ...added];
}

/** What stands already may only be replaced with force, as `kustomize edit add` has it. */
function mergeTexts(present: unknown, added: Texts, rule: { readonly noun: string; readonly force: boolean }): Texts {
  const merged: { [key: string]: string } = { ...textsOf(present) };
  for (const [key, value] of Object.entries(added)) {
    if (Object.hasOwn(merged, key) && !rule.force) refuse(`${rule.noun} ${key} already in kustomization file`);
    setOwn(merged, key, value);
  }
  return merged;
}

function substituted(texts: Texts | undefined, environment: ReadonlyMap<string, string>): Texts {
  return Object.fromEntries(Object.entries(texts ?? {}).map(([key, value]) => [key, substitute(value, environment)]));
}

function addLabels(file: Kustomization, options: KustomizeOptions, labels: Texts): void {
  if (Object.keys(labels).length === 0) return;
  const force = options.forceCommonLabels === true;
  if (options.labelWithoutSelector !== true) {
    file['commonLabels'] = mergeTexts(file['commonLabels'], labels, { noun: 'label', force });
    return;
  }
  const entry = { pairs: labels, includeSelectors: false };
  const more = options.labelIncludeTemplates === true ? { includeTemplates: true } : {};
  file['labels'] = [...listOf(file['labels']), { ...entry, ...more }];
}

function componentsOf(request: RenderRequest, options: KustomizeOptions): readonly string[] {
  return (options.components ?? []).filter((component) => {
    const path = joinPath(request.path, component) ?? refuse(`component ${component} leads out of the repository`);
    if (kustomizationAt(request.tree, path) !== undefined) return true;
    return options.ignoreMissingComponents === true ? false : refuse(`component ${component} is not in the repository`);
  });
}

function patchEntry(patch: NonNullable<KustomizeOptions['patches']>[number]): { readonly [key: string]: unknown } {
  const entries = Object.entries(patch).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(entries);
}

/** The members that hold one text. */
const SCALARS = ['namePrefix', 'nameSuffix', 'namespace'] as const;

function append(file: Kustomization, key: string, items: readonly unknown[]): void {
  if (items.length > 0) file[key] = [...listOf(file[key]), ...items];
}

function replaceNamed(file: Kustomization, key: string, items: readonly { readonly name: string }[]): void {
  if (items.length > 0) file[key] = replaceByName(file[key], items);
}

function addAnnotations(
  file: Kustomization,
  options: KustomizeOptions,
  environment: ReadonlyMap<string, string>,
): void {
  const plain = options.commonAnnotations ?? {};
  const annotations = options.commonAnnotationsEnvsubst === true ? substituted(plain, environment) : plain;
  if (Object.keys(annotations).length === 0) return;
  const rule = { noun: 'annotation', force: options.forceCommonAnnotations === true };
  file['commonAnnotations'] = mergeTexts(file['commonAnnotations'], annotations, rule);
}

/** Does to the file what Argo CD has `kustomize edit` do. */
function edit(file: Kustomization, request: RenderRequest, options: KustomizeOptions): void {
  const environment = buildEnvironment(request);
  for (const name of SCALARS) if ((options[name] ?? '') !== '') file[name] = options[name];
  const images = (options.images ?? []).map((image) => imageEntry(substitute(image, environment)));
  replaceNamed(file, 'images', images);
  const replicas = (options.replicas ?? []).map(({ name, count }) => ({ name, count: Number(count) }));
  if (replicas.some(({ count }) => !Number.isInteger(count))) refuse('kustomize.replicas: count must be an integer');
  replaceNamed(file, 'replicas', replicas);
  addLabels(file, options, substituted(options.commonLabels, environment));
  addAnnotations(file, options, environment);
  append(file, 'patches', (options.patches ?? []).map(patchEntry));
  append(file, 'components', componentsOf(request, options));
}

/** A path of a kustomization that leads to another host. */
function isRemote(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:|^[\w.-]+@[\w.-]+:|^git::|[?&](ref|version)=|^(github\.com|gitlab\.com|bitbucket\.org)\//i.test(
    path,
  );
}

const REFERENCES = [
  'resources',
  'bases',
  'components',
  'crds',
  'configurations',
  'generators',
  'transformers',
  'validators',
];
/** Kustomizations that one build may reach. */
export const KUSTOMIZATION_LIMIT = 1000;

function checkMembers(path: string, file: Kustomization): void {
  if (listOf(file['helmCharts']).length > 0 || listOf(file['helmChartInflationGenerator']).length > 0) {
    refuse(`${path}: helmCharts would have to be fetched; make the chart a source of its own`);
  }
  if (isObject(file['openapi']) && isRemote(JSON.stringify(file['openapi']['path'] ?? '').slice(1, -1)))
    refuse(`${path}: openapi.path is remote`);
}

/** Refuses everything that would be fetched, in all kustomizations that a build reaches. */
function checkReferences(files: TreeFiles, start: string): void {
  const open = [start];
  const seen = new Set(open);
  for (const directory of open) {
    const path = kustomizationAt(files, directory);
    if (path === undefined) continue;
    const file = parseKustomization(files, path);
    checkMembers(path, file);
    for (const entry of REFERENCES.flatMap((name) => listOf(file[name])).filter((item) => typeof item === 'string')) {
      const target = entry.includes('\n') ? undefined : joinPath(directory, entry);
      if (!entry.includes('\n') && isRemote(entry))
        refuse(
          `${path}: ${entry.replace(/\/\/[^/@]*@/, '//')} is remote: rendering has no network; vendor it into the repository`,
        );
      if (target === undefined || seen.has(target)) continue;
      seen.add(target);
      open.push(target);
      if (seen.size > KUSTOMIZATION_LIMIT) refuse(`more than ${KUSTOMIZATION_LIMIT} resources in kustomizations`);
    }
  }
}

function edited(request: RenderRequest): KustomizeJob {
  const { tree, path } = request;
  const options = request.source.kustomize ?? {};
  const name = kustomizationAt(tree, path) ?? refuse(`no kustomization.yaml in '${path === '' ? '.' : path}'`);
  checkReferences(tree, path);
  const file = parseKustomization(tree, name);
  const before = formatYaml(file);
  edit(file, request, options);
  const after = formatYaml(file);
  if (after === before) return { files: tree, path };
  const files = new Map(tree).set(name, bytesOfText(after));
  checkReferences(files, path);
  return { files, path };
}

/** The kustomization as the Application wants it, ready to be built. */
export function planKustomize(request: RenderRequest): Result<KustomizeJob, RenderFailure> {
  try {
    return ok(edited(request));
  } catch (error) {
    if (error instanceof KustomizeError) return err({ message: error.message });
    throw error;
  }
}
