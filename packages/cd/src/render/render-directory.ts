import { compareText, err, isObject, ok, type JsonValue, type Result } from '@argosy/std';
import type { ApplicationSource } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { parseYamlDocuments } from '@argosy/lang/yaml';
import { matchesGlob } from '../engine/index.ts';
import { evaluateJsonnetFile, type JsonnetSurroundings } from './jsonnet.ts';
import { DEFAULT_RENDER_LIMITS, type RenderLimits } from './limits.ts';

/** One file of a source tree: its path below the source directory, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Why a directory could not be rendered; `line` and `column` count from 1 and are 0 where no place is known. */
export interface RenderError {
  readonly message: string;
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

type DirectoryOptions = NonNullable<ApplicationSource['directory']>;

const MANIFEST_NAME = /\.(yaml|yml|json|jsonnet)$/;
const SKIP_MARK = '+argocd:skip-file-rendering';

/** True when the options select the file, by its path below the source directory. Does not look inside. */
export function isManifestPath(path: string, options: DirectoryOptions = {}): boolean {
  const { recurse = false, disableExtensionFilter = false } = options;
  if (!recurse && path.includes('/')) return false;
  if (!disableExtensionFilter && !MANIFEST_NAME.test(path)) return false;
  // compat(cd-0004): `*` crosses `/` here, and the patterns see the path below the source directory.
  return isIncluded(path, options);
}

function isIncluded(path: string, options: DirectoryOptions): boolean {
  const { exclude = '', include = '' } = options;
  if (exclude !== '' && matchesGlob(exclude, path)) return false;
  return include === '' || matchesGlob(include, path);
}

const failure = (path: string, message: string, place: { line?: number; column?: number } = {}): RenderError => ({
  path,
  line: place.line ?? 0,
  column: place.column ?? 0,
  message: `${path}${place.line === undefined || place.line === 0 ? '' : `:${place.line}:${place.column ?? 1}`}: ${message}`,
});

interface Parsed {
  readonly value: JsonValue;
  readonly line: number;
}

function looksLikeManifest(text: string): boolean {
  return /^apiVersion:/m.test(text) && /^kind:/m.test(text) && /^metadata:/m.test(text);
}

function parseJsonFile(file: SourceFile): Result<readonly Parsed[], RenderError> {
  try {
    const value = JSON.parse(file.text) as JsonValue;
    return ok([{ value, line: 1 }]);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'malformed JSON';
    return err(failure(file.path, `not valid JSON: ${message.slice(0, 200)}`));
  }
}

/** How one text is read. */
interface Reading {
  readonly limits: RenderLimits;
  /** Refuse a mapping that names a key twice. */
  readonly uniqueKeys: boolean;
  /** All that jsonnet may import. */
  readonly jsonnet: JsonnetSurroundings;
}

function parseFile(file: SourceFile, { limits, uniqueKeys }: Reading): Result<readonly Parsed[], RenderError> {
  if (file.path.endsWith('.json')) return parseJsonFile(file);
  const parsed = parseYamlDocuments(file.text, {
    uniqueKeys,
    limits: {
      documents: limits.documentsPerFile,
      depth: limits.depth,
      nodes: limits.nodesPerFile,
      sourceCharacters: limits.fileBytes,
    },
  });
  if (parsed.ok) return parsed;
  // compat(cd-0005): YAML that is no manifest may be broken; it is skipped, as upstream does.
  if (parsed.error.limit === undefined && !looksLikeManifest(file.text)) return ok([]);
  return err(failure(file.path, parsed.error.message, parsed.error));
}

function depthOf(value: unknown, limit: number): number {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth <= limit; depth += 1) {
    const next = level.flatMap((item) => (Array.isArray(item) ? item : isObject(item) ? Object.values(item) : []));
    if (next.length === 0) return depth;
    level = next;
  }
  return limit + 1;
}

/** What is wrong with a value as a manifest; `undefined` when nothing is. */
function manifestProblem(value: unknown, limits: RenderLimits): string | undefined {
  if (!isObject(value)) return 'a manifest is an object';
  if (depthOf(value, limits.depth) > limits.depth) return `nested deeper than ${limits.depth}`;
  for (const field of ['apiVersion', 'kind']) {
    const found = value[field];
    if (typeof found !== 'string' || found === '') return `${field}: Required value: every manifest has a text here`;
  }
  const { metadata } = value;
  if (!isObject(metadata)) return 'metadata: Required value: every manifest has an object here';
  const named = [metadata['name'], metadata['generateName']].some((name) => typeof name === 'string' && name !== '');
  return named ? undefined : 'metadata.name: Required value: a manifest has a name or a generateName';
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (isObject(value) && Object.keys(value).length === 0);
}

function unfold(value: unknown): readonly unknown[] {
  if (!isObject(value)) return [value];
  const { kind, items } = value;
  const isList = typeof kind === 'string' && kind.endsWith('List') && (items === null || Array.isArray(items));
  return isList ? (items ?? []) : [value];
}

/** Kubernetes objects carry a name even when it is to be generated: then it is empty text. */
function toObject(value: { readonly [key: string]: unknown }): KubeObject {
  const metadata = value['metadata'] as KubeObject['metadata'];
  const { namespace } = metadata;
  const place = namespace === null || namespace === undefined ? {} : { namespace };
  const { namespace: _given, ...rest } = metadata;
  return { ...value, metadata: { ...rest, ...place, name: metadata.name ?? '' } } as KubeObject;
}

function valuesOfFile(file: SourceFile, reading: Reading): Result<readonly Parsed[], RenderError> {
  if (!file.path.endsWith('.jsonnet')) return parseFile(file, reading);
  const values = evaluateJsonnetFile(file, reading.jsonnet);
  if (!values.ok) return err(failure(file.path, values.error));
  return ok(values.value.map((value) => ({ value, line: 1 })));
}

function objectsOfFile(file: SourceFile, reading: Reading): Result<readonly KubeObject[], RenderError> {
  if (file.text.includes(SKIP_MARK)) return ok([]);
  const parsed = valuesOfFile(file, reading);
  if (!parsed.ok) return parsed;
  const objects: KubeObject[] = [];
  for (const document of parsed.value) {
    for (const value of unfold(document.value)) {
      if (isEmpty(value)) continue;
      const problem = manifestProblem(value, reading.limits);
      const place = { line: document.line, column: 1 };
      if (problem !== undefined || !isObject(value)) return err(failure(file.path, problem ?? '', place));
      objects.push(toObject(value));
    }
  }
  return ok(objects);
}

function checkSizes(files: readonly SourceFile[], limits: RenderLimits): RenderError | undefined {
  if (files.length > limits.files) return failure('', `more than ${limits.files} manifest files`);
  let total = 0;
  for (const file of files) {
    const bytes = Buffer.byteLength(file.text);
    if (bytes > limits.fileBytes) return failure(file.path, `larger than ${limits.fileBytes} bytes`);
    total += bytes;
  }
  return total > limits.totalBytes
    ? failure('', `exceeded max combined manifest file size: ${total} of ${limits.totalBytes} bytes`)
    : undefined;
}

function collectObjects(files: readonly SourceFile[], reading: Reading): Result<readonly KubeObject[], RenderError> {
  const { limits } = reading;
  const problem = checkSizes(files, limits);
  if (problem !== undefined) return err(problem);
  const objects: KubeObject[] = [];
  for (const file of files) {
    const rendered = objectsOfFile(file, reading);
    if (!rendered.ok) return rendered;
    objects.push(...rendered.value);
    if (objects.length > limits.objects) return err(failure(file.path, `more than ${limits.objects} objects`));
  }
  return ok(objects);
}

/** What a directory is rendered with. */
export interface DirectoryRendering {
  readonly limits?: RenderLimits;
  /** Files that jsonnet may import and how they are found. @default the directory's own files */
  readonly jsonnet?: JsonnetSurroundings;
}

/**
 * Renders a directory of manifests and jsonnet: selected files in path order, documents in file order, lists unfolded,
 * empty documents skipped. The first thing wrong ends it, with file, line and column.
 */
export function renderDirectory(
  files: readonly SourceFile[],
  options: DirectoryOptions = {},
  how: DirectoryRendering = {},
): Result<readonly KubeObject[], RenderError> {
  const selected = files
    .filter((file) => isManifestPath(file.path, options))
    .sort((a, b) => compareText(a.path, b.path));
  const jsonnet = how.jsonnet ?? {
    files: new Map(files.map((file) => [file.path, file.text])),
    root: '',
    options: options.jsonnet ?? {},
    substitute: (text) => text,
  };
  return collectObjects(selected, { limits: how.limits ?? DEFAULT_RENDER_LIMITS, uniqueKeys: true, jsonnet });
}

const NO_JSONNET: JsonnetSurroundings = { files: new Map(), root: '', options: {}, substitute: (text) => text };

/** Reads what a tool printed: texts in their order. */
export function readManifests(
  files: readonly SourceFile[],
  limits: RenderLimits = DEFAULT_RENDER_LIMITS,
): Result<readonly KubeObject[], RenderError> {
  return collectObjects(files, { limits, uniqueKeys: false, jsonnet: NO_JSONNET });
}
