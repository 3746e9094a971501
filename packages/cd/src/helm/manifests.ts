import { compareText, isObject } from '@argosy/std';
import { parseYaml } from '@argosy/lang/yaml';
import { HelmError } from './chart.ts';
import { yamlWords } from './yaml-words.ts';

/** One document that a chart rendered to. */
export interface Manifest {
  /** The template's path: `chart/templates/x.yaml`. */
  readonly source: string;
  readonly content: string;
}

interface Head extends Manifest {
  readonly kind: string;
  readonly name: string;
  readonly annotations: { readonly [key: string]: unknown };
}

const INSTALL_ORDER: readonly string[] = (
  'PriorityClass Namespace NetworkPolicy ResourceQuota LimitRange PodSecurityPolicy PodDisruptionBudget ' +
  'ServiceAccount Secret SecretList ConfigMap StorageClass PersistentVolume PersistentVolumeClaim ' +
  'CustomResourceDefinition ClusterRole ClusterRoleList ClusterRoleBinding ClusterRoleBindingList Role RoleList ' +
  'RoleBinding RoleBindingList Service DaemonSet Pod ReplicationController ReplicaSet Deployment ' +
  'HorizontalPodAutoscaler StatefulSet Job CronJob IngressClass Ingress APIService'
).split(' ');
const RANKS: ReadonlyMap<string, number> = new Map(INSTALL_ORDER.map((kind, index) => [kind, index]));
const HOOKS: ReadonlySet<string> = new Set(
  (
    'pre-install post-install pre-delete post-delete pre-upgrade post-upgrade pre-rollback post-rollback test ' +
    'test-success'
  ).split(' '),
);

/** Documents of one template; the marks between them are Helm's, which knows nothing of YAML there. */
export function splitManifests(text: string): readonly string[] {
  return text
    .trim()
    .split(/(?:^|\s*\n)---\s*/)
    .filter((part) => part !== '')
    .map((part) => part.trim());
}

const NOT_A_HEAD = 'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal';

function kindName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'object' ? 'object' : typeof value;
}

function textMember(value: unknown, field: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object')
    throw new HelmError(`${NOT_A_HEAD} ${kindName(value)} into Go struct field ${field} of type string`);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function annotationsOf(metadata: unknown): { readonly [key: string]: unknown } {
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined;
  if (annotations === undefined || annotations === null) return {};
  const field = '.metadata.annotations';
  if (!isObject(annotations))
    throw new HelmError(
      `${NOT_A_HEAD} ${kindName(annotations)} into Go struct field ${field} of type map[string]string`,
    );
  for (const value of Object.values(annotations)) textMember(value, field);
  return annotations;
}

function headOf(source: string, content: string): Head {
  try {
    const parsed = parseYaml(content);
    if (!parsed.ok) throw new HelmError(yamlWords(parsed.error), parsed.error.limit);
    const value = parsed.value ?? {};
    if (!isObject(value))
      throw new HelmError(`${NOT_A_HEAD} ${kindName(value)} into Go value of type releaseutil.SimpleHead`);
    const { kind, metadata } = value;
    if (metadata !== undefined && metadata !== null && !isObject(metadata))
      throw new HelmError(
        `${NOT_A_HEAD} ${kindName(metadata)} into Go struct field SimpleHead.metadata of type struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }`,
      );
    const name = isObject(metadata) ? textMember(metadata['name'], '.metadata.name') : '';
    return { source, content, kind: textMember(kind, 'SimpleHead.kind'), name, annotations: annotationsOf(metadata) };
  } catch (error) {
    if (!(error instanceof HelmError)) throw error;
    throw new HelmError(`YAML parse error on ${source}: ${error.message}`, error.limit);
  }
}

function byKind(a: Head, b: Head): number {
  const [first, second] = [RANKS.get(a.kind), RANKS.get(b.kind)];
  if (first === undefined && second === undefined) return compareText(a.kind, b.kind);
  return (first ?? RANKS.size) - (second ?? RANKS.size);
}

const hookTypes = (head: Head): readonly string[] =>
  textMember(head.annotations['helm.sh/hook'], '')
    .split(',')
    .map((type) => type.trim().toLowerCase());

const isTest = (head: Head): boolean => hookTypes(head).some((type) => type === 'test' || type === 'test-success');

/** What a chart rendered to, in the order of `helm template`. */
export interface SortedManifests {
  readonly manifests: readonly Manifest[];
  readonly hooks: readonly (Manifest & { readonly isTest: boolean })[];
}

/** Splits, sorts by kind and sets hooks apart. Hooks that nobody knows are dropped, as Helm does. @throws HelmError */
export function sortManifests(rendered: ReadonlyMap<string, string>): SortedManifests {
  const manifests: Head[] = [];
  const hooks: Head[] = [];
  for (const source of [...rendered.keys()].sort(compareText)) {
    const text = rendered.get(source) ?? '';
    if (text.trim() === '') continue;
    for (const content of splitManifests(text)) {
      const head = headOf(source, content);
      if (!Object.hasOwn(head.annotations, 'helm.sh/hook')) manifests.push(head);
      else if (hookTypes(head).every((type) => HOOKS.has(type))) hooks.push(head);
    }
  }
  return {
    manifests: manifests.toSorted(byKind),
    hooks: hooks.toSorted(byKind).map((head) => ({ source: head.source, content: head.content, isTest: isTest(head) })),
  };
}
