import type { Artifact } from '@argosy/api/workflows';

import { locationKind, locationProblem, READABLE_LOCATIONS, WRITABLE_LOCATIONS } from './artifact-locations.ts';
import type { Report } from './compile-dag.ts';

const NAME = /^[-a-zA-Z0-9_]+$/;

/** Most artifacts that one list may name. */
export const MAX_ARTIFACTS = 100;

/** Who names artifacts: a caller, a template that reads, a program that writes, or a boundary that passes them on. */
export type ArtifactRole = 'argument' | 'input' | 'output' | 'passed-on';

function isReference(item: Artifact): boolean {
  return (item.from ?? '') !== '' || (item.fromExpression ?? '') !== '';
}

function hasBoth(item: Artifact): boolean {
  return (item.from ?? '') !== '' && (item.fromExpression ?? '') !== '';
}

/** What is said when neither a reference nor a location tells which artifact is meant. */
const NEEDED = {
  argument: '.from, artifact location, or key is required',
  'passed-on': '.from or fromExpression must be specified for Steps and DAG templates',
};

function referenceProblem(item: Artifact, role: ArtifactRole): string | undefined {
  if (hasBoth(item)) return " shouldn't have both `from` and `fromExpression` in Artifact";
  if (role === 'input' || role === 'output') return isReference(item) ? `.from not valid in ${role}s` : undefined;
  return isReference(item) || locationKind(item) !== undefined ? undefined : NEEDED[role];
}

function pathProblem(item: Artifact, role: ArtifactRole): string | undefined {
  const path = item.path ?? '';
  if (role === 'output' && path === '') return '.path must be specified for Container and Script templates';
  return path.split('/').includes('..') ? `.path '${path}' must not contain '..'` : undefined;
}

function itemProblem(item: Artifact, role: ArtifactRole): string | undefined {
  if (!NAME.test(item.name)) {
    const rule = "Parameter/Artifact name must consist of alpha-numeric characters, '_' or '-'";
    return `.name: '${item.name}' is invalid: ${rule} e.g. my_param_1, MY-PARAM-1`;
  }
  const where = locationProblem(item, role === 'output' ? WRITABLE_LOCATIONS : READABLE_LOCATIONS);
  return referenceProblem(item, role) ?? pathProblem(item, role) ?? (where === undefined ? undefined : `.${where}`);
}

/** Reports what is wrong with a list of artifacts; messages are upstream's where it has any. */
export function checkArtifacts(
  artifacts: readonly Artifact[] | undefined,
  at: { readonly field: string; readonly role: ArtifactRole },
  report: Report,
): void {
  const list = `${at.field}.artifacts`;
  const items = artifacts ?? [];
  if (items.length > MAX_ARTIFACTS) {
    report(list, `${list} has ${items.length} artifacts: at most ${MAX_ARTIFACTS} are allowed`);
  }
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const problem = itemProblem(item, at.role);
    if (problem !== undefined) report(`${list}[${index}]`, `${list}.${item.name}${problem}`);
    if (seen.has(item.name)) report(`${list}[${index}].name`, `${list}[${index}].name '${item.name}' is not unique`);
    seen.add(item.name);
  }
}
