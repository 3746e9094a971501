import type { RenderRequest } from './request.ts';

/** The build environment of a source: what `$ARGOCD_APP_…` stands for. */
export function buildEnvironment({ app, source, path }: RenderRequest): ReadonlyMap<string, string> {
  return new Map([
    ['ARGOCD_APP_NAME', app.name],
    ['ARGOCD_APP_NAMESPACE', app.namespace],
    ['ARGOCD_APP_PROJECT_NAME', app.project],
    ['ARGOCD_APP_REVISION', app.revision],
    ['ARGOCD_APP_REVISION_SHORT', app.revision.slice(0, 7)],
    ['ARGOCD_APP_REVISION_SHORT_8', app.revision.slice(0, 8)],
    ['ARGOCD_APP_SOURCE_PATH', path === '' ? '.' : path],
    ['ARGOCD_APP_SOURCE_REPO_URL', source.repoURL],
    ['ARGOCD_APP_SOURCE_TARGET_REVISION', source.targetRevision ?? ''],
  ]);
}

const REFERENCE = /\$(?:\{[^}]*\}|[*#$@!?\-0-9]|[A-Za-z_][A-Za-z0-9_]*)/g;

/** Fills in `$NAME` and `${NAME}`; `$$` is a dollar, an unknown name is nothing, as Go's os.Expand with Argo CD's rules. */
export function substitute(text: string, environment: ReadonlyMap<string, string>): string {
  return text.replaceAll(REFERENCE, (whole) => {
    const name = whole.replace(/^\$\{?|\}$/g, '');
    return whole === '$$' || name === '$' ? '$' : (environment.get(name) ?? '');
  });
}
