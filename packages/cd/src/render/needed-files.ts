import { compileDoublestar } from '@argosy/lang/glob';
import { buildEnvironment, substitute } from './build-environment.ts';
import { joinPath } from './paths.ts';
import type { RenderRequest, SourceType } from './request.ts';

type Helm = NonNullable<RenderRequest['source']['helm']>;

const rawPaths = ({ valueFiles = [], fileParameters = [] }: Helm): readonly string[] => [
  ...valueFiles,
  ...fileParameters.map(({ path = '' }) => path),
];

function anyOf(paths: readonly string[]): (path: string) => boolean {
  const names = new Set(paths);
  const globs = paths
    .filter((path) => /[*?[]/.test(path))
    .map(compileDoublestar)
    .flatMap((glob) => (glob.ok ? [glob.value] : []));
  return (path) => names.has(path) || globs.some((glob) => glob.match(path));
}

/** Which files of the repository a source may look at. Kustomizations and jsonnet reach anything in it. */
export function neededFiles(
  request: Pick<RenderRequest, 'source' | 'path' | 'app'>,
  type: SourceType,
): { readonly select: (path: string) => boolean; readonly beyondPath: boolean } {
  const { source, path } = request;
  const prefix = path === '' ? '' : `${path}/`;
  if (type === 'Kustomize') return { select: () => true, beyondPath: true };
  if (type === 'Directory') {
    const libraries = (source.directory?.jsonnet?.libs ?? []).length > 0;
    return { select: (name) => libraries || name.startsWith(prefix), beyondPath: true };
  }
  const environment = buildEnvironment(request as RenderRequest);
  const paths = rawPaths(source.helm ?? {}).map((raw) => joinPath(path, substitute(raw, environment)));
  const outside = paths.filter((each) => each !== undefined && !each.startsWith(prefix)).map((each) => each ?? '');
  const wanted = anyOf(outside);
  return { select: (name) => name.startsWith(prefix) || wanted(name), beyondPath: outside.length > 0 };
}

/** The names of the other sources that a source's values refer to, each with the files that it wants of them. */
export function neededReferences(source: RenderRequest['source']): ReadonlyMap<string, (path: string) => boolean> {
  const byName = new Map<string, string[]>();
  for (const raw of rawPaths(source.helm ?? {})) {
    const [, name, rest] = /^\$([A-Za-z0-9_-]+)\/(.*)$/.exec(raw) ?? [];
    const path = rest === undefined ? undefined : joinPath('', rest);
    if (name !== undefined && path !== undefined) byName.set(name, [...(byName.get(name) ?? []), path]);
  }
  return new Map([...byName].map(([name, paths]) => [name, anyOf(paths)]));
}
