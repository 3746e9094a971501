import { err, isObject, ok, type Instant, type Result } from '@argosy/std';
import { compileLua, fromJson, restoreEmptyObjects, toJson, type LuaValue } from '@argosy/lang/lua';
import type { KubeObject } from '@argosy/kube/meta';
import { SCRIPT_LIMITS, type ActionScripts } from '../settings/index.ts';
import type { ActionImpact, ActionInput, ActionOffer, ActionResult } from './action.ts';

interface Run {
  readonly script: string;
  readonly globals: { readonly [name: string]: LuaValue };
  readonly now: Instant;
}

/** What a script returns, as JSON. Scripts of actions see `string` and `math`, as upstream's do. */
function runScript({ script, globals, now }: Run): Result<unknown, string> {
  const chunk = compileLua(script);
  if (!chunk.ok) return err(chunk.error.message);
  const returned = chunk.value.run({ globals, env: { now, seed: 0 }, limits: SCRIPT_LIMITS });
  if (!returned.ok) return err(returned.error.message);
  const json = toJson(returned.value.at(-1));
  return json.ok ? ok(json.value) : err(json.error.message);
}

function paramsOf(value: unknown): Pick<ActionOffer, 'params'> {
  if (!Array.isArray(value)) return {};
  const params = value.filter(isObject).flatMap((item) => {
    const { name, default: fallback } = item;
    if (typeof name !== 'string') return [];
    return [{ name, ...(typeof fallback === 'string' ? { default: fallback } : {}) }];
  });
  return { params };
}

function offerOf(name: string, value: unknown): ActionOffer {
  const parts = isObject(value) ? value : {};
  const { displayName, iconClass } = parts;
  return {
    name,
    disabled: parts['disabled'] === true,
    ...(typeof displayName === 'string' ? { displayName } : {}),
    ...(typeof iconClass === 'string' ? { iconClass } : {}),
    ...paramsOf(parts['params']),
  };
}

/** The actions that a discovery script offers; a table of names, of which one may be empty. */
export function discoverByScript(
  { discovery }: ActionScripts,
  object: KubeObject,
  now: Instant,
): Result<readonly ActionOffer[], string> {
  if (discovery === '') return ok([]);
  const returned = runScript({ script: discovery, globals: { obj: fromJson(object) }, now });
  if (!returned.ok) return returned;
  if (!isObject(returned.value)) return ok([]);
  return ok(Object.entries(returned.value).map(([name, value]) => offerOf(name, value)));
}

function impactOf(value: unknown, source: KubeObject): Result<ActionImpact, string> {
  if (!isObject(value) || !isObject(value['resource']))
    return err('every impacted resource must be a table with resource');
  const { operation } = value;
  if (operation !== 'create' && operation !== 'patch') {
    return err(`operation: found ${JSON.stringify(operation)}, allowed are create, patch`);
  }
  const object = (
    operation === 'patch' ? restoreEmptyObjects(value['resource'], source) : value['resource']
  ) as KubeObject;
  return ok({ operation, object });
}

/** Runs the script of an action: it gives back the object changed, or a list of what to create and patch. */
export function runByScript(script: string, { object, params, now }: ActionInput): ActionResult {
  const globals = { obj: fromJson(object), actionParams: fromJson(params) };
  const returned = runScript({ script, globals, now });
  if (!returned.ok) return returned;
  if (!Array.isArray(returned.value)) {
    if (!isObject(returned.value)) return err('expect table output from Lua script');
    return ok([{ operation: 'patch', object: restoreEmptyObjects(returned.value, object) as KubeObject }]);
  }
  const impacts: ActionImpact[] = [];
  for (const item of returned.value) {
    const impact = impactOf(item, object);
    if (!impact.ok) return impact;
    impacts.push(impact.value);
  }
  return ok(impacts);
}
