import type { NodeStatus, Outputs, Template } from '@argosy/api/workflows';
import { lenient, substitute } from '@argosy/lang/tags';
import { err, formatTime, getPath, isObject, ok, parseTime, type Result } from '@argosy/std';

import type { CacheFacts } from './contract.ts';
import { definedMembers } from './defined-members.ts';
import { parseGoDuration } from './duration.ts';
import type { Pass } from './pass.ts';
import { globalSource, inputsSource, scopeOf } from './scope.ts';

const KEY = /^[a-zA-Z0-9][-a-zA-Z0-9]*$/;

/** Most caches that one workflow may use. */
export const MAX_CACHES = 20;

/** Caches carry the label `workflows.argoproj.io/configmap-type` with this value. */
export const CACHE_TYPE = 'Cache';

/** Where a node's outputs are remembered. */
export interface MemoPlace {
  readonly cacheName: string;
  readonly key: string;
  readonly maxAge: string;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The name of a template's cache as it is written; `undefined` for templates that are not memoized. */
export function cacheNameOf(template: Template): string | undefined {
  return template.memoize === undefined ? undefined : text(getPath(template.memoize, ['cache', 'configMap', 'name']));
}

/** What is wrong with `memoize`, as far as that can be told before it runs. */
export function memoizeProblem(template: Template): string | undefined {
  const name = cacheNameOf(template);
  if (name === undefined) return undefined;
  if (text(getPath(template.memoize, ['key'])) === '') return 'memoize.key is required';
  if (name === '') return 'memoize.cache.configMap.name is required';
  if (name.includes('{{')) return 'tags in memoize.cache.configMap.name are not supported yet';
  const maxAge = text(getPath(template.memoize, ['maxAge']));
  const isReadable = maxAge === '' || maxAge.includes('{{') || parseGoDuration(maxAge) !== undefined;
  return isReadable ? undefined : `memoize.maxAge '${maxAge}' is not a duration`;
}

/** Where a template with these inputs is remembered; undefined when it is not. */
export function memoPlace(
  pass: Pass,
  run: { readonly compiled: { readonly template: Template }; readonly inputs: NodeStatus['inputs'] },
): Result<MemoPlace | undefined, string> {
  const cacheName = cacheNameOf(run.compiled.template);
  if (cacheName === undefined) return ok(undefined);
  const scope = scopeOf(pass, inputsSource(run.inputs), globalSource(pass));
  const given = substitute(run.compiled.template.memoize, scope, lenient);
  if (!given.ok) return given;
  const key = text(getPath(given.value, ['key']));
  if (!KEY.test(key)) return err(`memoize.key '${key}' is invalid: allowed are letters, digits and '-'`);
  return ok({ cacheName, key, maxAge: text(getPath(given.value, ['maxAge'])) });
}

interface Entry {
  readonly outputs: Outputs | undefined;
  readonly createdAt: string;
  readonly nodeId: string;
}

function entryOf(stored: string | undefined): Entry | undefined {
  if (stored === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(stored);
  } catch {
    return undefined;
  }
  const createdAt = text(getPath(value, ['creationTimestamp']));
  if (parseTime(createdAt) === undefined) return undefined;
  const outputs = getPath(value, ['outputs']);
  return {
    outputs: isObject(outputs) ? (outputs as Outputs) : undefined,
    createdAt,
    nodeId: text(getPath(value, ['nodeID'])),
  };
}

function isFresh(pass: Pass, entry: Entry, maxAge: string): boolean {
  if (maxAge === '') return true;
  const most = parseGoDuration(maxAge);
  const created = parseTime(entry.createdAt) ?? 0;
  return most !== undefined && pass.env.now - created <= most;
}

function remember(pass: Pass, place: { cacheName: string; key: string }, entry: Entry): void {
  const stored = {
    nodeID: entry.nodeId,
    ...definedMembers({ outputs: entry.outputs }),
    creationTimestamp: entry.createdAt,
    lastHitTimestamp: formatTime(pass.env.now),
  };
  const { cacheName, key } = place;
  const written = JSON.stringify(stored);
  pass.remembered.set(`${cacheName}/${key}`, written);
  pass.actions.push({ kind: 'save-memo', cacheName, key, entry: written });
}

function factsOf(pass: Pass, name: string): CacheFacts {
  const caches = pass.observed.caches ?? {};
  return (Object.hasOwn(caches, name) ? caches[name] : undefined) ?? { values: {} };
}

/** What is remembered: the outputs of a hit, or undefined for a miss. The error says why a cache may not be used. */
export function lookUpMemo(pass: Pass, place: MemoPlace): Result<{ readonly outputs?: Outputs } | undefined, string> {
  const facts = factsOf(pass, place.cacheName);
  if (facts.refusal !== undefined) return err(facts.refusal);
  const stored = Object.hasOwn(facts.values, place.key) ? facts.values[place.key] : undefined;
  const entry = entryOf(pass.remembered.get(`${place.cacheName}/${place.key}`) ?? stored);
  if (entry === undefined || !isFresh(pass, entry, place.maxAge)) return ok(undefined);
  remember(pass, place, entry);
  return ok(definedMembers({ outputs: entry.outputs }));
}

/** Remembers what a node gave that was not remembered before. */
export function saveMemo(pass: Pass, node: NodeStatus): void {
  const { hit = true, key = '', cacheName = '' } = node.memoizationStatus ?? {};
  if (hit || node.phase !== 'Succeeded') return;
  remember(pass, { cacheName, key }, { outputs: node.outputs, createdAt: formatTime(pass.env.now), nodeId: node.id });
}
