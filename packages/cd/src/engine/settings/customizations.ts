import type { ResourceIgnoreDifferences } from '@argosy/api/cd';
import { parseYaml } from '@argosy/lang/yaml';
import { isObject } from '@argosy/std';

/** What never counts of a kind: as a difference, or as a change. */
export type IgnoreBody = Pick<
  ResourceIgnoreDifferences,
  'jsonPointers' | 'jqPathExpressions' | 'managedFieldsManagers'
>;

/** Actions of a kind as scripts. */
export interface ActionScripts {
  readonly discovery: string;
  readonly definitions: readonly { readonly name: string; readonly script: string }[];
  /** Keep the built-in actions that are not named here. */
  readonly mergeBuiltin: boolean;
}

/** What the settings say about one kind, or about all kinds of a pattern. */
export interface Customization {
  readonly healthLua?: string;
  readonly useOpenLibs?: boolean;
  readonly actions?: ActionScripts;
  readonly ignoreDifferences?: IgnoreBody;
  readonly ignoreResourceUpdates?: IgnoreBody;
}

/** By `group/Kind`, `Kind` for the core group; `*` in a key stands for any text. */
export type Customizations = ReadonlyMap<string, Customization>;

/** Takes what is wrong with a setting. */
export type Complain = (key: string, problem: string) => void;

const LEGACY_KEY = 'resource.customizations';
const SPLIT_PREFIX = `${LEGACY_KEY}.`;

const FIELDS = ['health', 'useOpenLibs', 'actions', 'ignoreDifferences', 'ignoreResourceUpdates'] as const;
type Field = (typeof FIELDS)[number];

function yamlOf(value: unknown, complain: (problem: string) => void): unknown {
  if (typeof value !== 'string') return value;
  const parsed = parseYaml(value);
  if (parsed.ok) return parsed.value;
  complain(`is no YAML: ${parsed.error.message}`);
  return undefined;
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

function readIgnore(value: unknown, complain: (problem: string) => void): Customization['ignoreDifferences'] {
  const body = yamlOf(value, complain);
  if (!isObject(body)) return undefined;
  return {
    jsonPointers: texts(body['jsonPointers']),
    jqPathExpressions: texts(body['jqPathExpressions']),
    managedFieldsManagers: texts(body['managedFieldsManagers']),
  };
}

function readActions(value: unknown, complain: (problem: string) => void): ActionScripts | undefined {
  const body = yamlOf(value, complain);
  if (!isObject(body)) return undefined;
  const definitions = Array.isArray(body['definitions']) ? body['definitions'].filter(isObject) : [];
  return {
    discovery: typeof body['discovery.lua'] === 'string' ? body['discovery.lua'] : '',
    definitions: definitions.flatMap((item) => {
      const { name } = item;
      const script = item['action.lua'];
      return typeof name === 'string' && typeof script === 'string' ? [{ name, script }] : [];
    }),
    mergeBuiltin: body['mergeBuiltinActions'] === true,
  };
}

function readField(field: Field, value: unknown, complain: (problem: string) => void): Customization {
  switch (field) {
    case 'health':
      return typeof value === 'string' && value !== '' ? { healthLua: value } : {};
    case 'useOpenLibs':
      return { useOpenLibs: value === true || value === 'true' };
    case 'actions': {
      const actions = readActions(value, complain);
      return actions === undefined ? {} : { actions };
    }
    default: {
      const body = readIgnore(value, complain);
      return body === undefined ? {} : { [field]: body };
    }
  }
}

const LEGACY_NAMES: { readonly [name: string]: Field } = {
  'health.lua': 'health',
  'health.lua.useOpenLibs': 'useOpenLibs',
  actions: 'actions',
  ignoreDifferences: 'ignoreDifferences',
  ignoreResourceUpdates: 'ignoreResourceUpdates',
};

function readLegacy(text: string, complain: Complain): Map<string, Customization> {
  const found = new Map<string, Customization>();
  const tell = (problem: string): void => complain(LEGACY_KEY, problem);
  const body = yamlOf(text, tell);
  if (!isObject(body)) return found;
  for (const [groupKind, value] of Object.entries(body)) {
    if (!isObject(value)) continue;
    let merged: Customization = {};
    for (const [name, part] of Object.entries(value)) {
      const field = Object.hasOwn(LEGACY_NAMES, name) ? LEGACY_NAMES[name] : undefined;
      if (field !== undefined) merged = { ...merged, ...readField(field, part, (it) => tell(`${groupKind}: ${it}`)) };
      else if (name !== 'knownTypeFields') tell(`${groupKind}: ${JSON.stringify(name)} is no field of a customization`);
      else tell(`${groupKind}: knownTypeFields is not served yet`);
    }
    found.set(groupKind, merged);
  }
  return found;
}

/** `apps_Deployment` as `apps/Deployment`, `Service` as it is, `all` as every kind. */
function groupKindOf(text: string): string | undefined {
  if (text === 'all') return '*/*';
  const parts = text.split('_');
  if (parts.length > 2 || text === '') return undefined;
  return parts.join('/');
}

/** Reads `resource.customizations` and its split keys; a split key wins over the map. */
export function readCustomizations(data: { readonly [key: string]: string }, complain: Complain): Customizations {
  const found = readLegacy(data[LEGACY_KEY] ?? '', complain);
  for (const [key, value] of Object.entries(data)) {
    if (!key.startsWith(SPLIT_PREFIX)) continue;
    const rest = key.slice(SPLIT_PREFIX.length);
    const dot = rest.indexOf('.');
    const [name, groupKind] = [rest.slice(0, dot), groupKindOf(rest.slice(dot + 1))];
    const field = FIELDS.find((each) => each === name);
    if (name === 'knownTypeFields') complain(key, 'is not served yet');
    else if (dot < 0 || field === undefined) complain(key, `allowed after ${SPLIT_PREFIX} are ${FIELDS.join(', ')}`);
    else if (groupKind === undefined) complain(key, 'the end must be <group>_<Kind>, <Kind> or all');
    else found.set(groupKind, { ...found.get(groupKind), ...readField(field, value, (it) => complain(key, it)) });
  }
  return found;
}
