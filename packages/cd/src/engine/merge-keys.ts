/** Fields that tell the elements of a list apart in the built-in kinds, by the name of the list. */
const MERGE_KEYS: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  ['containers', [['name']]],
  ['initContainers', [['name']]],
  ['ephemeralContainers', [['name']]],
  ['volumes', [['name']]],
  ['env', [['name']]],
  ['volumeMounts', [['mountPath']]],
  ['volumeDevices', [['devicePath']]],
  ['ports', [['containerPort', 'protocol'], ['port', 'protocol'], ['port']]],
  ['imagePullSecrets', [['name']]],
  ['secrets', [['name']]],
  ['hostAliases', [['ip']]],
  ['topologySpreadConstraints', [['topologyKey', 'whenUnsatisfiable']]],
  ['conditions', [['type']]],
  ['webhooks', [['name']]],
  ['ownerReferences', [['uid']]],
]);

/** True for the API groups whose lists the table describes. */
export function isBuiltInGroup(group: string): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io');
}

type Item = { readonly [key: string]: unknown };

const keyText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? ''));

const DEFAULTS: { readonly [key: string]: unknown } = { protocol: 'TCP' };

/**
 * How to name an element of the list called `field`, or `undefined` when the list is atomic: no key is known, or an
 * element lacks it, or two elements share it.
 */
export function elementNamer(
  field: string,
  ...lists: readonly (readonly Item[])[]
): ((item: Item) => string) | undefined {
  for (const fields of MERGE_KEYS.get(field) ?? []) {
    const name = (item: Item): string => fields.map((key) => keyText(item[key] ?? DEFAULTS[key])).join('|');
    const required = fields.filter((key) => !Object.hasOwn(DEFAULTS, key));
    const usable = lists.every(
      (list) =>
        list.every((item) => required.every((key) => item[key] !== undefined)) &&
        new Set(list.map(name)).size === list.length,
    );
    if (usable) return name;
  }
  return undefined;
}
