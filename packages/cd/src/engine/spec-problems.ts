import type { Application, ApplicationSource, AppProject } from '@argosy/api/cd';
import type { ConditionFact } from './conditions.ts';
import { brokenExpressions } from './ignore-differences.ts';
import {
  IN_CLUSTER,
  isDestinationPermitted,
  isSourceNamespacePermitted,
  isSourcePermitted,
  resolveDestination,
} from './project.ts';
import type { EngineSettings } from './observed.ts';
import { windowProblems } from './sync-windows.ts';
import { findUnservedFields, findUnservedRestrictions } from './unserved.ts';

/** The sources of an Application in order: `sources` when it has any, else `source`. */
export function sourcesOf(spec: Application['spec']): readonly ApplicationSource[] {
  if (spec.sources !== undefined && spec.sources.length > 0) return spec.sources;
  return spec.source === undefined ? [] : [spec.source];
}

const invalid = (message: string): ConditionFact => ({ type: 'InvalidSpecError', message });

/** The project that an Application names; `''` is `default`. */
export function projectNameOf(app: { readonly spec: { readonly project?: string } }): string {
  const { project = '' } = app.spec;
  return project === '' ? 'default' : project;
}

function sourceProblems(source: ApplicationSource): readonly ConditionFact[] {
  const types = (['helm', 'kustomize', 'directory', 'plugin'] as const).filter((type) => source[type] !== undefined);
  if (source.repoURL === '') return [invalid('spec.source.repoURL is required')];
  if (source.path === undefined && source.chart === undefined && source.ref === undefined) {
    return [invalid('spec.source.path or spec.source.chart is required')];
  }
  if (types.length < 2) return [];
  const names = types.map((type) => type.charAt(0).toUpperCase() + type.slice(1)).join(',');
  return [invalid(`multiple application sources defined: ${names}`)];
}

function destinationProblem(app: Application): ConditionFact | undefined {
  const { destination } = app.spec;
  if (destination.server !== undefined && destination.name !== undefined) {
    return invalid(
      `application destination can't have both name and server defined: ${destination.name} ${destination.server}`,
    );
  }
  if (destination.server === undefined && destination.name === undefined) {
    return invalid('Destination server missing from app spec');
  }
  const resolved = resolveDestination(destination);
  if (resolved.server === IN_CLUSTER.server && resolved.name === IN_CLUSTER.name) return undefined;
  const asked = destination.server ?? destination.name ?? '';
  return invalid(`application destination ${JSON.stringify(asked)} is not a cluster that is known here`);
}

function projectProblems(app: Application, project: AppProject, namespace: string): readonly ConditionFact[] {
  const name = project.metadata.name;
  const appNamespace = app.metadata.namespace ?? namespace;
  if (!isSourceNamespacePermitted(project.spec, appNamespace, namespace)) {
    return [
      invalid(
        `application '${app.metadata.name}' in namespace '${appNamespace}' is not permitted to use project '${name}'`,
      ),
    ];
  }
  const problems = sourcesOf(app.spec)
    .filter((source) => !isSourcePermitted(project.spec, source.repoURL))
    .map((source) => invalid(`application repo ${source.repoURL} is not permitted in project '${name}'`));
  if (!isDestinationPermitted(project.spec, app.spec.destination)) {
    const { server, namespace: target } = resolveDestination(app.spec.destination);
    problems.push(
      invalid(
        `application destination server '${server ?? ''}' and namespace '${target ?? ''}' do not match any of the allowed destinations in project '${name}'`,
      ),
    );
  }
  return problems;
}

/** Everything that is wrong with an Application before anything is fetched; empty when it may be compared. */
export function findSpecProblems(
  app: Application,
  project: AppProject | undefined,
  settings: Pick<EngineSettings, 'namespace' | 'zones'>,
): readonly ConditionFact[] {
  const { namespace, zones } = settings;
  if (project === undefined) {
    return [invalid(`Application referencing project ${projectNameOf(app)} which does not exist`)];
  }
  const sources = sourcesOf(app.spec);
  if (sources.length === 0) return [invalid('spec.source or spec.sources is required')];
  const destination = destinationProblem(app);
  const problems = [
    ...sources.flatMap(sourceProblems),
    ...(destination === undefined ? [] : [destination]),
    ...findUnservedFields(app.spec).map(invalid),
    ...brokenExpressions(app.spec.ignoreDifferences).map(invalid),
    ...findUnservedRestrictions(project.metadata.name, project.spec).map(invalid),
    ...windowProblems(project.spec.syncWindows, zones).map((text) =>
      invalid(`project '${project.metadata.name}': ${text}`),
    ),
  ];
  return problems.length > 0 ? problems : projectProblems(app, project, namespace);
}
