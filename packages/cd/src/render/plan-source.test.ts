import { instant, ok } from '@argosy/std';
import { parseYaml } from '@argosy/lang/yaml';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_RENDER_LIMITS,
  detectSourceType,
  KUSTOMIZATION_LIMIT,
  planSource,
  substitute,
  VALUE_FILE_LIMIT,
  type RenderRequest,
} from './index.ts';

type Source = RenderRequest['source'];
type Texts = { readonly [path: string]: string };

const filesOf = (texts: Texts): ReadonlyMap<string, Uint8Array> =>
  new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));

function plan(texts: Texts, source: Partial<Source> = {}, more: Partial<RenderRequest> = {}): unknown {
  const request: RenderRequest = {
    source: { repoURL: 'https://git.example/r', path: 'app', ...source },
    path: 'app',
    tree: filesOf(texts),
    refs: new Map(),
    app: { name: 'web', namespace: 'prod', project: 'default', revision: '0123456789abcdef' },
    cluster: { kubeVersion: '1.30.0', apiVersions: ['acme.io/v1'] },
    env: { now: instant(0), seed: 1 },
    limits: DEFAULT_RENDER_LIMITS,
    ...more,
  };
  const planned = planSource(request, { unpack: () => ok(new Map()) });
  if (!planned.ok) return `error: ${planned.error.message}`;
  if (planned.value.kind === 'objects') return planned.value.objects;
  const { files } = planned.value.job;
  const parsed = parseYaml(Buffer.from(files.get('app/kustomization.yaml') ?? []).toString());
  return parsed.ok ? parsed.value : parsed.error.message;
}

const CHART: Texts = {
  'app/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
  'app/values.yaml': 'from: chart\n',
  'app/crds/x.yaml': 'apiVersion: v1\nkind: CustomResourceDefinition\nmetadata: {name: crd}\n',
  'app/templates/t.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}", namespace: "{{ .Release.Namespace }}"}
data: {{ toJson .Values }}
caps: ["{{ .Capabilities.KubeVersion }}", {{ .Capabilities.APIVersions.Has "acme.io/v1" }}, {{ .Capabilities.APIVersions.Has "mine/v1" }}]
`,
  'app/templates/test.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {"helm.sh/hook": test}}\n',
};

type Found = readonly {
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: unknown;
  caps?: unknown;
}[];

const chart = (helm: Source['helm'], texts: Texts = {}, more: Partial<RenderRequest> = {}): unknown =>
  plan({ ...CHART, ...texts }, helm === undefined ? {} : { helm }, more);
const dataOf = (found: unknown): unknown =>
  Array.isArray(found) ? (found as Found).find(({ kind }) => kind === 'ConfigMap')?.data : found;

describe('an Application’s Helm fields', () => {
  it('renders with the name, the namespace and the cluster of the Application', () => {
    const found = chart(undefined) as Found;
    expect(found.map(({ kind }) => kind)).toEqual(['CustomResourceDefinition', 'ConfigMap', 'Pod']);
    expect(found[1]?.metadata).toEqual({ name: 'web', namespace: 'prod' });
    expect(found[1]?.caps).toEqual(['v1.30.0', true, false]);
  });

  it('takes what the source says instead', () => {
    const found = chart({
      releaseName: 'r',
      namespace: 'n',
      kubeVersion: 'v1.28.1',
      apiVersions: ['mine/v1'],
      skipCrds: true,
      skipTests: true,
      version: 'v3',
      passCredentials: true,
    }) as Found;
    expect(found.map(({ kind }) => kind)).toEqual(['ConfigMap']);
    expect(found[0]?.metadata).toEqual({ name: 'r', namespace: 'n' });
    expect(found[0]?.caps).toEqual(['v1.28.1', false, true]);
  });

  const parameter = (name: string, value: string, forceString = false) => ({ name, value, forceString });
  const rows: readonly (readonly [reason: string, helm: NonNullable<Source['helm']>, data: unknown])[] = [
    ['the chart’s own values', {}, { from: 'chart' }],
    ['a value file over them', { valueFiles: ['a.yaml'] }, { from: 'a', a: 1 }],
    ['later files over earlier ones', { valueFiles: ['a.yaml', '../env/b.yaml'] }, { from: 'b', a: 1 }],
    ['a slash is the root of the repository', { valueFiles: ['/env/b.yaml'] }, { from: 'b' }],
    ['inline values over files', { valueFiles: ['a.yaml'], values: 'from: inline' }, { from: 'inline', a: 1 }],
    ['the object form over the text', { values: 'from: text', valuesObject: { from: 'object' } }, { from: 'object' }],
    ['parameters over all', { values: 'from: inline', parameters: [parameter('from', 'set')] }, { from: 'set' }],
    [
      'numbers stay numbers unless forced',
      { parameters: [parameter('n', '5'), parameter('s', '5', true)] },
      { from: 'chart', n: 5, s: '5' },
    ],
    ['commas belong to the value', { parameters: [parameter('x', 'a,b\\,c')] }, { from: 'chart', x: 'a,b,c' }],
    ['but not in lists', { parameters: [parameter('x', '{a,b}')] }, { from: 'chart', x: ['a', 'b'] }],
    [
      'build environment in parameters',
      { parameters: [parameter('x', '$ARGOCD_APP_NAME-${ARGOCD_APP_REVISION_SHORT} $$ $NOPE')] },
      { from: 'chart', x: 'web-0123456 $ ' },
    ],
    ['build environment in file names', { valueFiles: ['${ARGOCD_APP_NAME}.yaml'] }, { from: 'web' }],
    [
      'files as values',
      { fileParameters: [{ name: 'f', path: '../env/note.txt' }] },
      { from: 'chart', f: 'one\ntwo, three' },
    ],
    ['patterns, sorted', { valueFiles: ['../env/*.yaml'] }, { from: 'c' }],
    ['a file named itself keeps its place', { valueFiles: ['../env/c.yaml', '../env/*.yaml'] }, { from: 'b' }],
    [
      'missing files can be passed over',
      { valueFiles: ['no.yaml', 'no*.yaml'], ignoreMissingValueFiles: true },
      { from: 'chart' },
    ],
    [
      'or not',
      { valueFiles: ['no.yaml'] },
      'error: open app/no.yaml: no such file or directory (helm.valueFiles: no.yaml)',
    ],
    [
      'patterns too',
      { valueFiles: ['no*.yaml'] },
      'error: open app/no*.yaml: no such file or directory (helm.valueFiles: no*.yaml)',
    ],
    [
      'nothing outside of the repository',
      { valueFiles: ['../../x.yaml'] },
      "error: file '../../x.yaml' resolved to outside repository root",
    ],
    [
      'nothing from elsewhere',
      { valueFiles: ['https://u:p@h/x.yaml'] },
      "error: value file 'https://h/x.yaml' is a URL: only files of the repository are read",
    ],
    ['a version that is none', { version: 'v2' }, 'error: helm.version: found "v2", allowed is v3'],
    [
      'a file parameter that is missing',
      { fileParameters: [{ name: 'f', path: 'no' }] },
      'error: failed parsing --set-file data: open app/no: no such file or directory (helm.fileParameters)',
    ],
  ];
  const texts: Texts = {
    'app/a.yaml': 'from: a\na: 1\n',
    'app/web.yaml': 'from: web\n',
    'env/b.yaml': 'from: b\n',
    'env/c.yaml': 'from: c\n',
    'env/note.txt': 'one\ntwo, three',
  };
  it.each(rows)('%s', (_reason, helm, data) => {
    expect(dataOf(chart(helm, texts))).toEqual(data);
  });

  it('reads value files of other sources', () => {
    const refs = new Map([['vals', filesOf({ 'x/v.yaml': 'from: other\n', 'note.txt': 'hi' })]]);
    const helm = { valueFiles: ['$vals/x/v.yaml'], fileParameters: [{ name: 'f', path: '$vals/note.txt' }] };
    expect(dataOf(chart(helm, {}, { refs }))).toEqual({ from: 'other', f: 'hi' });
    expect(chart({ valueFiles: ['$nope/v.yaml'] }, {}, { refs })).toBe(
      'error: source referenced "nope", which is not one of the available sources (vals)',
    );
    expect(chart({ valueFiles: ['$vals/../../etc/passwd'] }, {}, { refs })).toContain(
      'resolved to outside repository root',
    );
  });

  it('keeps the limit on value files', () => {
    const many = Object.fromEntries(Array.from({ length: VALUE_FILE_LIMIT + 1 }, (_, n) => [`app/v/${n}.yaml`, '']));
    expect(chart({ valueFiles: ['v/*.yaml'] }, many)).toBe(`error: more than ${VALUE_FILE_LIMIT} value files`);
  });

  it('skips the schema when told to', () => {
    const schema = { 'app/values.schema.json': '{"required": ["zz"]}' };
    expect(chart({}, schema)).toContain('- (root): zz is required');
    expect(dataOf(chart({ skipSchemaValidation: true }, schema))).toEqual({ from: 'chart' });
  });
});

const KUSTOMIZATION: Texts = {
  'app/kustomization.yaml': 'resources: [a.yaml]\nimages: [{name: web, newTag: "1"}]\ncommonLabels: {team: a}\n',
  'app/a.yaml': '',
  'parts/extra/kustomization.yaml': 'kind: Component\n',
};

describe('an Application’s Kustomize fields', () => {
  const given = { resources: ['a.yaml'], images: [{ name: 'web', newTag: '1' }], commonLabels: { team: 'a' } };
  const patch = { target: { kind: 'Deployment' }, patch: '- {op: remove, path: /x}' };
  const rows: readonly (readonly [reason: string, kustomize: NonNullable<Source['kustomize']>, change: unknown])[] = [
    ['nothing', {}, {}],
    [
      'prefix, suffix, namespace',
      { namePrefix: 'a-', nameSuffix: '-z', namespace: 'n' },
      { namePrefix: 'a-', nameSuffix: '-z', namespace: 'n' },
    ],
    ['an image’s tag, replaced by name', { images: ['web:2'] }, { images: [{ name: 'web', newTag: '2' }] }],
    [
      'an image’s name and digest',
      { images: ['api=reg.io:5000/api@sha256:ab'] },
      { images: [...given.images, { name: 'api', newName: 'reg.io:5000/api', digest: 'sha256:ab' }] },
    ],
    [
      'the build environment in images',
      { images: ['api:$ARGOCD_APP_REVISION_SHORT'] },
      { images: [...given.images, { name: 'api', newTag: '0123456' }] },
    ],
    ['replicas', { replicas: [{ name: 'web', count: '3' }] }, { replicas: [{ name: 'web', count: 3 }] }],
    [
      'labels with force',
      { commonLabels: { team: 'b', x: '$ARGOCD_APP_NAME' }, forceCommonLabels: true },
      { commonLabels: { team: 'b', x: 'web' } },
    ],
    [
      'labels beside selectors',
      { commonLabels: { team: 'b' }, labelWithoutSelector: true, labelIncludeTemplates: true },
      { labels: [{ pairs: { team: 'b' }, includeSelectors: false, includeTemplates: true }] },
    ],
    ['annotations', { commonAnnotations: { a: '$ARGOCD_APP_NAME' } }, { commonAnnotations: { a: '$ARGOCD_APP_NAME' } }],
    [
      'annotations with the build environment',
      { commonAnnotations: { a: '$ARGOCD_APP_NAME' }, commonAnnotationsEnvsubst: true },
      { commonAnnotations: { a: 'web' } },
    ],
    ['patches', { patches: [patch] }, { patches: [patch] }],
    [
      'components',
      { components: ['../parts/extra', '../parts/none'], ignoreMissingComponents: true },
      { components: ['../parts/extra'] },
    ],
  ];
  it.each(rows)('%s', (_reason, kustomize, change) => {
    expect(plan(KUSTOMIZATION, { kustomize })).toEqual({ ...given, ...(change as object) });
  });

  const refused: readonly (readonly [Texts, NonNullable<Source['kustomize']>, string])[] = [
    [KUSTOMIZATION, { commonLabels: { team: 'b' } }, 'label team already in kustomization file'],
    [KUSTOMIZATION, { components: ['../parts/none'] }, 'component ../parts/none is not in the repository'],
    [KUSTOMIZATION, { components: ['../../x'] }, 'component ../../x leads out of the repository'],
    [KUSTOMIZATION, { replicas: [{ name: 'web', count: 'x' }] }, 'kustomize.replicas: count must be an integer'],
    [{ 'app/x.yaml': '' }, {}, "no kustomization.yaml in 'app'"],
    [{ 'app/kustomization.yaml': 'a: [' }, {}, 'app/kustomization.yaml: '],
    [{ 'app/kustomization.yaml': 'resources: ["github.com/o/r//x?ref=1"]' }, {}, 'is remote: rendering has no network'],
    [{ 'app/kustomization.yaml': 'resources: ["https://u:secret@h/r.yaml"]' }, {}, 'https://h/r.yaml is remote'],
    [{ 'app/kustomization.yaml': 'helmCharts: [{name: x}]' }, {}, 'helmCharts would have to be fetched'],
    [
      { 'app/kustomization.yaml': 'bases: [../b]', 'b/kustomization.yaml': 'components: ["git@h:o/r"]' },
      {},
      'b/kustomization.yaml: git@h:o/r is remote',
    ],
    [
      {
        'app/kustomization.yaml': `resources: [${Array.from({ length: KUSTOMIZATION_LIMIT + 1 }, (_, n) => `r${n}`).join(',')}]`,
      },
      {},
      `more than ${KUSTOMIZATION_LIMIT} resources`,
    ],
  ];
  it.each(refused)('%j with %j is refused', (texts, kustomize, words) => {
    const found = plan(texts, { kustomize });
    expect(found).toContain(words);
    expect(found).not.toContain('secret');
  });
});

describe('what a source is', () => {
  it.each([
    [{}, ['a.yaml'], 'Directory'],
    [{}, ['Chart.yaml', 'values.yaml'], 'Helm'],
    [{}, ['Chart.yaml', 'kustomization.yaml'], 'Kustomize'],
    [{}, ['Kustomization'], 'Kustomize'],
    [{ directory: {} }, ['Chart.yaml'], 'Directory'],
    [{ helm: {} }, ['kustomization.yml'], 'Helm'],
    [{ kustomize: {} }, ['Chart.yaml'], 'Kustomize'],
    [{ plugin: {} }, ['Chart.yaml'], 'Plugin'],
    [{ chart: 'x' }, [], 'Helm'],
  ] as const)('%j with %j is %s', (source, names, type) => {
    expect(detectSourceType({ repoURL: '', ...source } as Source, names)).toBe(type);
  });

  it('can be overridden by files of the repository, but for what is rendered', () => {
    const texts = {
      ...CHART,
      'app/.argocd-source.yaml': 'repoURL: evil\nhelm: {values: "from: one"}\n',
      'app/.argocd-source-web.yaml': 'helm: {values: "from: two"}\n',
    };
    expect(dataOf(plan(texts))).toEqual({ from: 'two' });
    expect(plan({ 'app/.argocd-source.yaml': '- x' })).toBe('error: .argocd-source.yaml: expected an object');
  });
});

describe('substitute', () => {
  const environment = new Map([['A', 'x']]);
  it.each([
    ['$A ${A} $$A ${$}A', 'x x $A $A'],
    ['$B|${B}|$', '||$'],
    ['$A_b $1 a$', '  a$'],
    ['100% $.x', '100% $.x'],
  ])('%j is %j', (text, expected) => {
    expect(substitute(text, environment)).toBe(expected);
  });
});
