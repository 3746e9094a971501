import type { Artifact, NodeStatus } from '@argosy/api/workflows';
import { strictReferences, substitute, type TagScope } from '@argosy/lang/tags';
import { err, ok, type Result } from '@argosy/std';

import { belowLocation, locationKind, withoutLocation } from './artifact-locations.ts';
import { callNodeName, callSource, turnsOf } from './call-references.ts';
import type { Pass } from './pass.ts';
import { evaluateExpression, scopeOf, type Frame } from './scope.ts';
import type { Source } from './sources.ts';

/** What a reference leads to: an artifact, or nothing that will ever be there. */
export type FoundArtifact = Artifact | 'absent' | undefined;

const TAG = /^\s*\{\{\s*([^={}][^{}]*?)\s*\}\}\s*$/;
const OF_CALL = /^(?:steps|tasks)\.([^.]+)\.outputs\.artifacts\.([^.]+)$/;
const OF_INPUTS = /^inputs\.artifacts\.([^.]+)$/;
const OF_WORKFLOW = /^workflow\.outputs\.artifacts\.([^.]+)$/;

function named(items: readonly Artifact[] | undefined, name: string): Artifact | undefined {
  const found = items?.find((item) => item.name === name);
  return found === undefined || locationKind(found) === undefined ? undefined : found;
}

/** A node that ended without the artifact will never give it. */
function outputOf(node: NodeStatus | undefined, name: string): FoundArtifact {
  if (node === undefined) return undefined;
  return named(node.outputs?.artifacts, name) ?? 'absent';
}

function calledArtifact(pass: Pass, frame: Frame, at: { call: string; name: string }): FoundArtifact {
  // Artifacts of a loop's turns are not gathered, as upstream does not: a reference to them leads nowhere.
  if (turnsOf(pass, frame, at.call).length > 0) return undefined;
  return outputOf(pass.draft.byName(callNodeName(frame, at.call) ?? ''), at.name);
}

function localArtifact(pass: Pass, frame: Frame, reference: string): FoundArtifact {
  const input = OF_INPUTS.exec(reference)?.[1];
  if (input !== undefined) return named(frame.node.inputs?.artifacts, input) ?? 'absent';
  const match = OF_CALL.exec(reference);
  return match === null ? undefined : calledArtifact(pass, frame, { call: match[1] ?? '', name: match[2] ?? '' });
}

/** Looks an artifact up by the name that references use, e.g. `steps.make.outputs.artifacts.report`. */
export function findArtifact(pass: Pass, frame: Frame | undefined, reference: string): FoundArtifact {
  const global = OF_WORKFLOW.exec(reference)?.[1];
  if (global !== undefined) return pass.globalArtifacts.get(global);
  return frame === undefined ? undefined : localArtifact(pass, frame, reference);
}

/** In expressions an artifact is the text of its own reference: expressions choose artifacts, they do not read them. */
function markers(pass: Pass, frame: Frame): Source {
  const isFound = (path: string): boolean => typeof findArtifact(pass, frame, path) === 'object';
  return {
    lookup: () => ({ kind: 'unknown' }),
    list: (paths) =>
      Object.fromEntries(
        paths.filter((path) => /\.artifacts\./.test(path)).map((path) => [path, isFound(path) ? path : null]),
      ),
  };
}

function chosen(pass: Pass, frame: Frame | undefined, expression: string): Result<FoundArtifact, string> {
  if (frame === undefined) return err(`fromExpression '${expression}' has nothing to choose from`);
  const scope = scopeOf(pass, markers(pass, frame), callSource(pass, frame), frame.source);
  const value = evaluateExpression(expression, scope);
  if (!value.ok) return value;
  if (value.value === null || value.value === undefined) return ok('absent');
  const found = typeof value.value === 'string' ? findArtifact(pass, frame, value.value) : undefined;
  return found === undefined ? err(`fromExpression '${expression}' must give an artifact`) : ok(found);
}

function sourceOf(
  pass: Pass,
  frame: Frame | undefined,
  item: Artifact,
): Result<{ readonly found: FoundArtifact; readonly said: string }, string> {
  const { from = '', fromExpression = '' } = item;
  if (fromExpression !== '') {
    const found = chosen(pass, frame, fromExpression);
    return found.ok ? ok({ found: found.value, said: fromExpression }) : found;
  }
  const reference = TAG.exec(from)?.[1];
  if (reference === undefined) return err(`from '${from}' must be one tag that names an artifact`);
  return ok({ found: findArtifact(pass, frame, reference), said: from });
}

function isReference(item: Artifact): boolean {
  return (item.from ?? '') !== '' || (item.fromExpression ?? '') !== '';
}

/**
 * The artifact that an argument or an output of a boundary stands for: its own location with tags replaced, or the
 * location of the one that it refers to. Undefined when an optional one is not there.
 */
export function resolveArtifact(
  pass: Pass,
  at: { readonly frame: Frame | undefined; readonly scope: TagScope },
  item: Artifact,
): Result<Artifact | undefined, string> {
  const { from: _from, fromExpression: _expression, ...plain } = item;
  const own = substitute(plain, at.scope, strictReferences);
  if (!own.ok) return own;
  if (!isReference(item)) return ok(own.value);
  const source = sourceOf(pass, at.frame, item);
  if (!source.ok) return source;
  const { found, said } = source.value;
  if (typeof found !== 'object') return item.optional === true ? ok(undefined) : err(`Unable to resolve: ${said}`);
  const { optional: _optional, globalName: _global, path: _path, ...given } = found;
  const { subPath, ...rest } = withoutLocation(own.value);
  return ok(belowLocation({ ...given, ...rest }, subPath));
}
