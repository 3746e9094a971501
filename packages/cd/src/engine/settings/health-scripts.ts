import type { Instant } from '@argosy/std';
import type { HealthStatusCode } from '@argosy/api/cd';
import { compileLua, runHealthScript, type LuaChunk, type LuaLimits } from '@argosy/lang/lua';
import { parseApiVersion, type KubeObject } from '@argosy/kube/meta';
import { matchesGlob } from '../glob.ts';
import type { HealthOverrides } from '../health/index.ts';
import type { Health } from '../health/verdict.ts';
import type { Complain, Customization, Customizations } from './customizations.ts';

/** What a script of the settings may use; upstream gives it one second. */
export const SCRIPT_LIMITS: LuaLimits = {
  steps: 1_000_000,
  memoryBytes: 32 * 1024 * 1024,
  stringBytes: 1024 * 1024,
  callDepth: 200,
};

/** How settings name the kind of an object: `group/Kind`, `Kind` for the core group. */
export function customizationKey(object: KubeObject): string {
  const { group } = parseApiVersion(object.apiVersion);
  return group === '' ? object.kind : `${group}/${object.kind}`;
}

/** The customization that has what `wanted` asks for: the kind's own first, then the first pattern that fits. */
export function findCustomization<T>(
  customizations: Customizations,
  key: string,
  wanted: (item: Customization) => T | undefined,
): T | undefined {
  const exact = customizations.get(key);
  const own = exact === undefined ? undefined : wanted(exact);
  if (own !== undefined) return own;
  for (const [pattern, item] of customizations) {
    if (!pattern.includes('*') || !matchesGlob(pattern, key)) continue;
    const found = wanted(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Script {
  readonly chunk: LuaChunk | string;
  readonly openLibraries: boolean;
}

const failure = (message: string): Health => ({
  status: 'Unknown',
  message,
  error: `error setting app health: ${message}`,
});

function judgeByScript({ chunk, openLibraries }: Script, object: KubeObject, now: Instant): Health | 'none' {
  if (typeof chunk === 'string') return failure(chunk);
  const options = { env: { now, seed: 0 }, openLibraries, limits: SCRIPT_LIMITS };
  const told = runHealthScript(chunk, object, options);
  if (!told.ok) return failure(told.error.message);
  const { status, message } = told.value;
  if (status === '') return 'none';
  return message === '' ? { status: status as HealthStatusCode } : { status: status as HealthStatusCode, message };
}

/** Health scripts of the settings, compiled. `clock` gives what `os.time` says to them. */
export function healthOverridesOf(
  customizations: Customizations,
  clock: () => Instant,
  complain: Complain,
): HealthOverrides {
  const scripts = new Map<string, Script>();
  for (const [key, { healthLua, useOpenLibs = false }] of customizations) {
    if (healthLua === undefined) continue;
    const compiled = compileLua(healthLua);
    if (!compiled.ok) complain(`resource.customizations (${key})`, `health.lua: ${compiled.error.message}`);
    scripts.set(healthLua, {
      chunk: compiled.ok ? compiled.value : compiled.error.message,
      openLibraries: useOpenLibs,
    });
  }
  return {
    judge: (object) => {
      const source = findCustomization(customizations, customizationKey(object), (item) => item.healthLua);
      const script = source === undefined ? undefined : scripts.get(source);
      return script === undefined ? undefined : judgeByScript(script, object, clock());
    },
  };
}
