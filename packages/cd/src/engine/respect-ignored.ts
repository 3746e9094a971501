import { isObject, setOwn } from '@argosy/std';
import { gvkOf, type KubeObject } from '@argosy/kube/meta';
import { dropOwnedDifferences } from '@argosy/kube/merge';
import { builtinSchema } from '@argosy/kube/schema';
import { removeIgnored, type IgnoreRules } from './ignore-differences.ts';

type Item = { readonly [key: string]: unknown };

/** Live before and behind the removal of what is ignored: what only the first has is what is to be kept. */
interface Kept {
  readonly live: unknown;
  readonly counted: unknown;
}

function byName(list: readonly unknown[]): ReadonlyMap<string, unknown> | undefined {
  const names = list.map((item) => (isObject(item) && typeof item['name'] === 'string' ? item['name'] : undefined));
  if (names.includes(undefined) || new Set(names).size !== names.length) return undefined;
  return new Map(names.map((name, index) => [name ?? '', list[index]]));
}

const lists = (...values: readonly unknown[]): readonly (readonly unknown[])[] | undefined =>
  values.every((value) => Array.isArray(value)) ? (values as readonly (readonly unknown[])[]) : undefined;

/** Items are told apart by name where all have one, else by place as long as nothing was added or taken away. */
function keepInList(desired: unknown, kept: Kept): unknown {
  const [wanted, live, counted] = lists(desired, kept.live, kept.counted) ?? [];
  if (wanted === undefined || live === undefined || counted === undefined) return desired;
  const [wantedNames, liveNames, countedNames] = [byName(wanted), byName(live), byName(counted)];
  if (wantedNames !== undefined && liveNames !== undefined && countedNames !== undefined) {
    return [...wantedNames].map(([name, item]) => {
      if (!liveNames.has(name)) return item;
      // An item that is ignored as a whole stays as it is found.
      if (!countedNames.has(name)) return liveNames.get(name);
      return keepIn(item, { live: liveNames.get(name), counted: countedNames.get(name) });
    });
  }
  if (live.length !== counted.length || live.length !== wanted.length) return desired;
  return wanted.map((item, index) => keepIn(item, { live: live[index], counted: counted[index] }));
}

function keepInObject(desired: Item, live: Item, counted: Item): Item {
  const result: { [key: string]: unknown } = { ...desired };
  for (const key of Object.keys(live)) {
    if (key === 'status' && Object.hasOwn(live, 'apiVersion')) continue;
    if (!Object.hasOwn(counted, key)) setOwn(result, key, live[key]);
    else if (Object.hasOwn(desired, key)) {
      setOwn(result, key, keepIn(desired[key], { live: live[key], counted: counted[key] }));
    } else {
      const value = keepIn({}, { live: live[key], counted: counted[key] });
      if (isObject(live[key]) && isObject(value) && Object.keys(value).length > 0) setOwn(result, key, value);
    }
  }
  return result;
}

function keepIn(desired: unknown, kept: Kept): unknown {
  if (isObject(desired) && isObject(kept.live) && isObject(kept.counted)) {
    return keepInObject(desired, kept.live, kept.counted);
  }
  return keepInList(desired, kept);
}

/**
 * The object to apply when ignored differences are to be respected: what the rules ignore keeps its live value, and is
 * left out where the live object has none. A live `status` is never copied.
 */
export function respectIgnored(desired: KubeObject, live: KubeObject, rules: IgnoreRules): KubeObject {
  const schema = builtinSchema(gvkOf(live));
  const pair = dropOwnedDifferences({ schema, live, config: desired, managers: rules.managers });
  const counted = removeIgnored(pair.live, rules);
  const wanted = removeIgnored(pair.config, rules);
  return keepIn(wanted, { live, counted }) as KubeObject;
}
