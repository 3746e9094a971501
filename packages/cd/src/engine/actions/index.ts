import { compareText, err, ok, type Instant, type Result } from '@argosy/std';
import { parseApiVersion, type KubeObject } from '@argosy/kube/meta';
import { customizationKey, findCustomization, type ActionScripts, type ResourceSettings } from '../settings/index.ts';
import type { ActionInput, ActionOffer, ActionResult, ActionTable, BuiltinAction } from './action.ts';
import { ARGO_ACTIONS, autoSyncToggle } from './argo.ts';
import { KUBERNETES_ACTIONS } from './kubernetes.ts';
import { OPERATOR_ACTIONS } from './operators.ts';
import { discoverByScript, runByScript } from './scripts.ts';

export type { ActionImpact, ActionInput, ActionOffer, ActionParams, ActionResult } from './action.ts';

const TABLES: ReadonlyMap<string, ActionTable> = new Map(
  [KUBERNETES_ACTIONS, ARGO_ACTIONS, OPERATOR_ACTIONS].flatMap((tables) => Object.entries(tables)),
);

function builtinsOf(object: KubeObject): ActionTable {
  const key = `${parseApiVersion(object.apiVersion).group}/${object.kind}`;
  const table = TABLES.get(key) ?? {};
  return key === 'argoproj.io/Application' ? { ...table, 'toggle-auto-sync': autoSyncToggle(object) } : table;
}

function offerOf(name: string, action: BuiltinAction, object: KubeObject): ActionOffer {
  const { displayName, iconClass, params } = action;
  return {
    name,
    disabled: action.disabled?.(object) ?? false,
    ...(displayName === undefined ? {} : { displayName }),
    ...(iconClass === undefined ? {} : { iconClass }),
    ...(params === undefined ? {} : { params }),
  };
}

function builtinOffers(object: KubeObject): readonly ActionOffer[] {
  return Object.entries(builtinsOf(object))
    .filter(([, action]) => action.offered?.(object) ?? true)
    .map(([name, action]) => offerOf(name, action, object));
}

const scriptsFor = (object: KubeObject, settings: ResourceSettings): ActionScripts | undefined =>
  findCustomization(settings.customizations, customizationKey(object), (item) => item.actions);

const byName = (a: ActionOffer, b: ActionOffer): number => compareText(a.name, b.name);

/**
 * The actions that are offered for an object now, by name. Scripts of the settings replace the built-in ones of the
 * kind, unless they ask to be merged with them.
 */
export function listActions(
  object: KubeObject,
  settings: ResourceSettings,
  now: Instant,
): Result<readonly ActionOffer[], string> {
  const scripts = scriptsFor(object, settings);
  if (scripts === undefined) return ok([...builtinOffers(object)].sort(byName));
  const found = discoverByScript(scripts, object, now);
  if (!found.ok) return err(`error getting Lua discovery script: ${found.error}`);
  const names = new Set(found.value.map(({ name }) => name));
  const rest = scripts.mergeBuiltin ? builtinOffers(object).filter(({ name }) => !names.has(name)) : [];
  return ok([...found.value, ...rest].sort(byName));
}

/** Runs an action on an object: what it would change and create. An action that is not known, or disabled, is refused. */
export function runAction(name: string, input: ActionInput, settings: ResourceSettings): ActionResult {
  const { object, now } = input;
  const offers = listActions(object, settings, now);
  if (!offers.ok) return offers;
  const offer = offers.value.find((item) => item.name === name);
  const allowed = offers.value.map((item) => item.name).join(', ');
  if (offer === undefined) return err(`action ${JSON.stringify(name)} is not available; available are: ${allowed}`);
  if (offer.disabled) return err(`action ${JSON.stringify(name)} is disabled in the present state`);
  const script = scriptsFor(object, settings)?.definitions.find((item) => item.name === name);
  if (script !== undefined) return runByScript(script.script, input);
  const table = builtinsOf(object);
  const builtin = Object.hasOwn(table, name) ? table[name] : undefined;
  return builtin === undefined ? err(`action ${JSON.stringify(name)} has no definition`) : builtin.run(input);
}
