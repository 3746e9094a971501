import { chartYaml, oneTemplate, printing, SHOW_VALUES, type Asked, type Case, type ChartTree } from './case.ts';

const KINDS =
  'PriorityClass Namespace NetworkPolicy ResourceQuota LimitRange PodDisruptionBudget ServiceAccount Secret ConfigMap StorageClass PersistentVolume PersistentVolumeClaim CustomResourceDefinition ClusterRole ClusterRoleBinding Role RoleBinding Service DaemonSet Pod ReplicationController ReplicaSet Deployment HorizontalPodAutoscaler StatefulSet Job CronJob IngressClass Ingress APIService MutatingWebhookConfiguration Zebra Apple Mango'.split(
    ' ',
  );

const object = (kind: string, name: string, more = ''): string =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${more}`;
const hook = (name: string, type: string, weight = ''): string =>
  `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: ${name}\n  annotations:\n    "helm.sh/hook": ${type}\n${weight === '' ? '' : `    "helm.sh/hook-weight": "${weight}"\n`}`;

/** Templates printed into a block scalar, with values beside them. */
const PRINTED: readonly string[] = [
  '{{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.Service }} {{ .Release.IsInstall }} {{ .Release.IsUpgrade }} {{ .Release.Revision }}',
  '{{ .Template.Name }} {{ .Template.BasePath }}',
  '{{ .Chart.Name }} {{ .Chart.Version }} {{ .Chart.AppVersion | quote }} {{ .Chart.Type | quote }} {{ .Chart.IsRoot }} {{ .Chart.APIVersion }} {{ .Chart.Deprecated }}',
  '{{ .Chart.Keywords }} {{ .Chart.Sources }} {{ .Chart.Home | quote }} {{ .Chart.Icon | quote }} {{ .Chart.Description | quote }} {{ .Chart.KubeVersion | quote }}',
  '{{ .Chart.Annotations }} {{ .Chart.Dependencies }} {{ len .Chart.Maintainers }}',
  '{{ toJson .Chart }}',
  '{{ .Chart.Nope }}',
  '{{ .Capabilities.Nope }}',
  '{{ toJson .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.GitVersion }} {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.KubeVersion.Major }}.{{ .Capabilities.KubeVersion.Minor }}',
  '{{ .Capabilities.HelmVersion.Version }} {{ toJson .Capabilities.HelmVersion }}',
  '{{ semverCompare ">=1.20-0" .Capabilities.KubeVersion.Version }} {{ semverCompare "<1.20-0" .Capabilities.KubeVersion.GitVersion }}',
  '{{ .Capabilities.APIVersions.Has "apps/v1" }} {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" }} {{ .Capabilities.APIVersions.Has "no/v1" }} {{ len .Capabilities.APIVersions }}',
  '{{ toJson .Capabilities.APIVersions }}',
  '{{ typeOf .Chart }} {{ typeOf .Capabilities }} {{ typeOf .Capabilities.APIVersions }} {{ typeOf .Files }} {{ typeOf .Values }} {{ typeOf .Release }} {{ typeOf .Subcharts }} {{ typeOf .Template }} {{ typeOf .Chart.Maintainers }} {{ typeOf . }} {{ kindOf .Chart }} {{ typeOf .Release.Revision }} {{ typeOf .Capabilities.HelmVersion }}',
  '{{ toYaml .Values.m | nindent 4 }}',
  '{{ toYaml .Values.nothing }} {{ toYaml .Values.list }} {{ toYaml .Values.text }}',
  '{{ .Values.m | toJson }} {{ .Values.big }} {{ .Values.big | int }} {{ .Values.float }} {{ printf "%d" (.Values.big | int64) }}',
  '{{ toYaml (list) }} {{ toYaml nil }} {{ toYaml (dict "z" 1 "a" (list 1 2.5 "x" true nil) "m" (dict)) | nindent 4 }}',
  '{{ toYamlPretty (dict "z" 1 "a" (list 1 2.5 "x" true nil (list 1 (dict "q" 1 "b" 2))) "m" (dict) "on" "yes" "n" "a: b" "e" "" "h" "#x" "s" "a\\nb\\n" "i" "123" "t" "~" "l" "- a") | nindent 4 }}',
  '{{ toToml .Values | nindent 4 }}',
  '{{ toToml (dict "a" (list (dict "x" 1) (dict "y" (dict "z" 2))) "b" "q\\"\\n" "c d" 1.5 "e" true "f" (list) "g" (dict)) | nindent 4 }}',
  '{{ toToml (list 1) }}',
  '{{ fromToml "a = 1\\nb = [1.5, true, \\"x\\"]\\n[c]\\nd = 1979-05-27T07:32:00Z\\ne.f = 0x1F\\n[[g]]\\nh = {i = 1_000, j = []}\\n[[g]]\\n" }}',
  '{{ (fromToml (.Files.Get "conf.toml")) | toJson }}',
  '{{ typeOf (fromToml "a = 1").a }} {{ typeOf (fromToml "a = 1.0").a }} {{ hasKey (fromToml "a = ") "Error" }} {{ fromToml "" }} {{ hasKey (fromToml "a = 1\\na = 2") "Error" }}',
  '{{ fromYaml "a: 1\\nb: [x]" }} {{ fromYaml "[1]" }} {{ fromYamlArray "a: 1" }} {{ fromYamlArray "[1, a]" }} {{ fromYaml "" }}',
  '{{ fromJson "{\\"a\\":1.5}" }} {{ fromJson "[" }} {{ fromJsonArray "[1,{\\"a\\":2.5}]" }} {{ fromJsonArray "{}" }} {{ fromJson "1" }}',
  '{{ (fromYaml (toYaml .Values.m)).a }} {{ typeOf (fromYaml "a: 1").a }}',
  '{{ lookup "v1" "Pod" "" "" }} {{ (lookup "v1" "Pod" "" "").items }} {{ typeOf (lookup "v1" "Secret" "ns" "x") }} {{ if not (lookup "v1" "Pod" "" "") }}none{{ end }}',
  '{{ getHostByName "localhost" | quote }}',
  '{{ required "needed" .Values.text }} {{ required "needed" .Values.zero }} {{ required "x" false }}',
  '{{ required "text: is needed" .Values.nope }}',
  '{{ required "text: is needed" "" }}',
  '{{ fail "boom: it went: wrong" }}',
  '{{ fail (printf "a\\nb %s" .Chart.Name) }}',
  '{{ include "nope" . }}',
  '{{ include "h" . }} {{ include "h" (dict "Chart" .Chart) }} {{ include "h" $ | upper | quote }}',
  '{{ include "boom" . }}',
  '{{ include "deep" . }}',
  '{{ template "h" . }}{{ template "nope" . }}',
  '{{ tpl "{{ .Release.Name }}-{{ .Values.text }}" . }} {{ tpl "plain" . }} {{ tpl .Values.tpl . }}',
  '{{ tpl "{{ define \\"q\\" }}Q{{ .x }}{{ end }}{{ include \\"q\\" . }}" (dict "x" 1) }}',
  '{{ tpl "{{ include \\"h\\" . }}" . }} {{ tpl "{{ .nope }}" . }}|',
  '{{ tpl "{{ fail \\"inside\\" }}" . }}',
  '{{ tpl "{{ end }}" . }}',
  '{{ tpl "{{ .Values.text.a.b }}" . }}',
  '{{ tpl "{{ nosuch }}" . }}',
  '{{ tpl "{{ tpl \\"{{ .Chart.Name }}\\" . }}" . }}',
  '{{ tpl (toYaml .Values.m) . | fromYaml }}',
  '{{ .Values.a.b.c }}',
  '{{ .Values.text.b }}',
  '{{ .Values.nope | default "d" }} {{ .Values.nope }} {{ .Values.zero | default 5 }}',
  '{{ .Values.nope.deeper | default "d" }}',
  '{{ (.Values.nope).deeper | default "d" }}',
  '{{ index .Values "m" "b" "c" }} {{ index .Values.list 1 }} {{ index .Values.list 9 }}',
  '{{ get .Values "text" }} {{ hasKey .Values "text" }} {{ keys .Values | sortAlpha }} {{ pick .Values "text" "zero" }}',
  '{{ $_ := set .Values "added" 5 }}{{ .Values.added }} {{ range $k, $v := .Values.m }}{{ $k }}={{ $v }};{{ end }}',
  '{{ merge (dict "x" 1) .Values.m }} {{ mergeOverwrite (deepCopy .Values.m) (dict "a" 9) }}',
  '{{ dig "m" "b" "c" "none" .Values.AsMap }}',
  '{{ with .Values.m }}{{ .a }} {{ $.Release.Name }}{{ else }}no{{ end }}',
  '{{ range .Values.list }}{{ . }}{{ if eq . "y" }}{{ break }}{{ end }},{{ end }}',
  '{{ .Files.Get "notes/a.txt" | quote }} {{ .Files.Get "nope" | quote }} {{ len (.Files.GetBytes "notes/a.txt") }}',
  '{{ range .Files.Lines "notes/a.txt" }}<{{ . }}>{{ end }} {{ .Files.Lines "nope" }} {{ len (.Files.Lines "notes/a.txt") }}',
  '{{ (.Files.Glob "notes/*").AsConfig | nindent 4 }}',
  '{{ (.Files.Glob "notes/**").AsSecrets | nindent 4 }}',
  '{{ (.Files.Glob "**.txt").AsConfig | nindent 4 }} {{ (.Files.Glob "none*").AsConfig }}',
  '{{ range $path, $bytes := .Files.Glob "notes/*.txt" }}{{ $path }}={{ toString $bytes | len }} {{ base $path }} {{ $.Files.Get $path | b64enc }};{{ end }}',
  '{{ range $path, $_ := .Files.Glob "**" }}{{ $path }} {{ end }}',
  '{{ len (.Files.Glob "[") }} {{ .Files.Nope }}',
  '{{ .Files.Get "bin.dat" | b64enc }} {{ .Files.Get "bin.dat" | sha256sum }}',
  '{{ .Files.AsConfig | nindent 4 }}',
  '{{ print (typeOf (index (.Files.Glob "notes/a.txt") "notes/a.txt")) }}',
  '{{ if }}',
  '{{ nope }}',
  '{{ .Values.text | nosuch }}',
  '{{ end }}',
  '{{ "unterminated }}',
  '{{ range .Values.list }}',
  '{{ nindent "x" }}',
  '{{ upper 5 }}',
  '{{ .Values.list.x }}',
  '{{ .Release.Nope }} {{ .Nope }} {{ .Nope.deeper }}',
  '{{- /* comment */ -}} {{ "trim" }} {{- " me" }}',
  '{{ $x := 1 }}{{ $x = add $x 1 }}{{ $x }} {{ printf "%v %s %d %q" .Values.m "a" 5 "q" }}',
  '{{ now | date "2006" | len }} {{ env "HOME" }}',
  '{{ randAlphaNum 8 | len }} {{ uuidv4 | len }}',
  '{{ list 1 2 3 | toJson }} {{ dict "b" 1 "a" "<&>" | toJson }} {{ toRawJson "<" }} {{ mustToJson (list) }}',
  '{{ "a,b" | splitList "," | toJson }} {{ regexReplaceAll "a+" "baab" "x" }} {{ semver "1.2.3" | toJson }}',
  '{{ .Subcharts }} {{ hasKey . "Subcharts" }}',
  '{{ .Values.date }} {{ .Values.yes }} {{ .Values.oct }} {{ .Values.hex }} {{ typeOf .Values.oct }} {{ .Values.sci }} {{ .Values.inf | quote }}',
  '{{ toYaml .Values.odd | nindent 4 }}',
  '{{ .Values.multi | indent 4 }} {{ .Values.multi | nindent 2 | trim }} {{ .Values.folded }}',
];

const VALUES = `text: hello
zero: 0
big: 1000000
float: 1.5
tpl: "{{ .Release.Name }}/{{ .Values.float }}"
list: [x, y, z]
nothing: null
m: {a: 1, b: {c: deep, d: [1, two]}}
date: 2020-01-01
yes: on
oct: 010
hex: 0x1F
sci: 1e3
inf: "x"
odd: {"a b": 1, "": 2, "1": 3, "true": 4, a.b: [[], {}, [[1]]], s: "multi\\nline", t: "  lead", u: 'q"uote', v: "#no", w: "a: b", x: "- a", Y1: "é\\u0001", n10: 1, n9: 2}
multi: |
  one
    two
  three
folded: >
  a
  b

  c
`;

const HELPERS =
  '{{- define "h" -}}\n{{ .Chart.Name }}-h\n{{- end -}}\n{{ define "boom" }}{{ fail "from helper" }}{{ end }}\n{{ define "deep" }}{{ include "deeper" . }}{{ end }}\n{{ define "deeper" }}\n  {{ .Values.text.x.y }}{{ end }}\n';

const RICH: ChartTree = {
  'Chart.yaml': chartYaml(
    'c',
    'appVersion: 1.10\ndescription: d\nkeywords: [x, y]\nhome: https://example.com\nsources: [https://example.com/s]\nmaintainers: [{name: a, email: b}, {name: c}]\nannotations: {k: v}\nicon: https://example.com/i.png\n',
  ),
  'values.yaml': VALUES,
  'templates/_helpers.tpl': HELPERS,
  'notes/a.txt': 'one\ntwo\n\nthree\n',
  'notes/b.txt': 'x: "y"\n',
  'notes/sub/c.txt': 'deep',
  'README.md': '# hi\n',
  'conf.toml':
    '# comment\ntitle = "T\\u00e9\\"" # behind\nlong = """\none\\\\\n  two"""\nraw = \'a\\\\b\'\n[owner]\nname = "x"\n"quoted key" = -17\n[owner.deep]\nf = 6.5e-3\nlist = [\n  [1, 2],\n  ["a"], # c\n]\n[[fruit]]\nname = "apple"\n[fruit.color]\nred = true\n[[fruit]]\nname = "pear"\n',
  'bin.dat': '\u0000\u0001ÿ',
};

function printedCases(): readonly Case[] {
  return PRINTED.map((text) => ({ chart: { ...RICH, 'templates/t.yaml': `v: |\n  [${text}]\n` }, asked: {} }));
}

function orderCases(): readonly Case[] {
  const all = KINDS.toReversed().map((kind) => object(kind, 'a'));
  const spread = Object.fromEntries(
    KINDS.map((kind, index) => [`templates/${(index * 7) % 40}.yaml`, object(kind, `n${index}`)]),
  );
  const twice: ChartTree = {
    'Chart.yaml': chartYaml('c'),
    'templates/b.yaml': [object('ConfigMap', 'b2'), object('Service', 'b1'), object('ConfigMap', 'b3')].join('---\n'),
    'templates/a/z.yaml': [object('ConfigMap', 'a1'), object('Apple', 'a2')].join('\n---\n'),
    'templates/a.yaml': `${object('Service', 'a3')}---\n---\n\n---\n# only a comment\n---\n${object('Apple', 'a4')}`,
  };
  return [
    { chart: oneTemplate(all.join('---\n')), asked: {} },
    { chart: { 'Chart.yaml': chartYaml('c'), ...spread }, asked: {} },
    { chart: twice, asked: {} },
  ];
}

const HOOK_TYPES =
  'pre-install post-install pre-delete post-delete pre-upgrade post-upgrade pre-rollback post-rollback test test-success test-failure crd-install nonsense pre-install,post-upgrade PRE-INSTALL pre-install,nope'.split(
    ' ',
  );

function hookCases(): readonly Case[] {
  const all = HOOK_TYPES.map((type, index) => hook(`h${index}`, type, String(5 - index))).join('---\n');
  const mixed: ChartTree = {
    'Chart.yaml': chartYaml('c'),
    'templates/a.yaml': `${object('ConfigMap', 'plain')}---\n${hook('one', 'pre-install', '5')}---\n${object('Secret', 's')}`,
    'templates/tests/t.yaml': hook('t', 'test'),
    'templates/z.yaml': hook('two', 'post-install', '-5'),
    'templates/NOTES.txt': 'notes {{ .Release.Name }}',
    'templates/sub/NOTES.txt': 'notes',
  };
  const odd = [
    'kind: A\nmetadata: {name: x, annotations: {"helm.sh/hook": [a]}}\n',
    'kind: A\nmetadata: {name: x, annotations: [a]}\n',
    'kind: A\nmetadata: {name: x, annotations: {a: 1, b: true}}\n',
    'kind: [A]\n',
    'metadata: 5\n',
    '- a\n- b\n',
    'just text\n',
    'a: b: c\n',
    'a: [\n',
    '# nothing\n',
    'kind: A\n...\n---\nkind: B\n--- \nkind: C\n---kind: D\n',
    'kind: A\ndata: |\n  x\n  ---\n  y\n',
    '\n\n---\n\nkind: A\n\n\n---\n\n\n',
    'kind: A\nmetadata: {name: x, annotations: {"helm.sh/hook": ""}}\n',
  ];
  return [
    { chart: oneTemplate(all), asked: {} },
    { chart: oneTemplate(all), asked: { skipTests: true } },
    { chart: mixed, asked: {} },
    { chart: mixed, asked: { skipTests: true, releaseName: 'other', namespace: 'prod' } },
    ...odd.map((text) => ({ chart: oneTemplate(text), asked: {} })),
  ];
}

function crdCases(): readonly Case[] {
  const chart: ChartTree = {
    'Chart.yaml': chartYaml('c'),
    'crds/b.yaml': `${object('CustomResourceDefinition', 'b')}---\n${object('CustomResourceDefinition', 'b2')}`,
    'crds/a.yml': object('CustomResourceDefinition', 'a'),
    'crds/deep/c.json': '{"apiVersion":"v1","kind":"CustomResourceDefinition","metadata":{"name":"c"}}',
    'crds/README.md': 'no',
    'crds/t.yaml': '{{ not a template }}: {{ }}\n',
    'templates/x.yaml': object('ConfigMap', 'x', 'data: {n: "{{ len (.Files.Glob "crds/*") }}"}\n'),
    'charts/sub/Chart.yaml': chartYaml('sub'),
    'charts/sub/crds/s.yaml': object('CustomResourceDefinition', 'sub'),
  };
  return [
    { chart, asked: {} },
    { chart, asked: { includeCrds: true } },
  ];
}

const IGNORES: readonly string[] = [
  '',
  '# comment\n*.txt\n',
  'notes/\n',
  '/notes\n',
  'notes/*.txt\n',
  '*/a.txt\n',
  '!a.txt\n',
  'README.md\n!notes\n',
  'templates/b.yaml\n',
  'templates\n',
  'sub/\n*.md\n  notes/b.txt  \n',
  '**/x\n',
  '[a-\n',
  '?otes\n',
  '[nx]otes\n',
  'charts/\n',
  'values.yaml\n',
  'a.txt/\n',
  '\\!x\n*.dat',
];

function ignoreCases(): readonly Case[] {
  const text = 'kind: A\nfiles: {{ range $p, $_ := .Files.Glob "**" }}{{ $p }};{{ end }}\nv: {{ .Values.text }}\n';
  return IGNORES.map((rules) => ({
    chart: {
      ...RICH,
      '.helmignore': rules,
      'templates/t.yaml': text,
      'templates/b.yaml': object('ConfigMap', 'b'),
      'templates/.hidden.yaml': object('ConfigMap', 'hidden'),
      'charts/sub/Chart.yaml': chartYaml('sub'),
      'charts/sub/templates/s.yaml': object('ConfigMap', 'sub'),
      'charts/sub/.helmignore': 'templates\n',
    },
    asked: {},
  }));
}

const CHART_YAMLS: readonly string[] = [
  '',
  'name: c\n',
  'name: c\nversion: 1.0.0\n',
  'apiVersion: v1\nname: c\nversion: 1.0\n',
  'apiVersion: v2\nname: c\nversion: 1\n',
  'apiVersion: v2\nname: c\nversion: x\n',
  'apiVersion: v2\nname: ""\nversion: 1.0.0\n',
  'apiVersion: v2\nversion: 1.0.0\n',
  'apiVersion: v2\nname: a/b\nversion: 1.0.0\n',
  'apiVersion: v2\nname: c\n',
  'apiVersion: v2\nname: c\nversion: 1.0.0\ntype: application\n',
  'apiVersion: v2\nname: c\nversion: 1.0.0\ntype: library\n',
  'apiVersion: v2\nname: c\nversion: 1.0.0\ntype: other\n',
  'apiVersion: v2\nname: c\nversion: 1.0.0\nkubeVersion: ">=1.20.0-0"\n',
  'apiVersion: v2\nname: c\nversion: 1.0.0\nkubeVersion: ">=1.40"\n',
  'apiVersion: v2\nname: c\nversion: 1.0.0\nkubeVersion: "<1.30 || >1.31"\n',
  'apiVersion: v2\nname: c\nversion: 1.0.0\nkubeVersion: "nonsense"\n',
  'apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies: [{name: gone, version: 1.0.0}, {name: gone2}]\n',
  'apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies: [{name: a, alias: "x/y"}]\n',
  'apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies: [{name: a, version: 1.0.0}, {name: a, version: 1.0.0}]\n',
  'apiVersion: v2\nname: c\nversion: 1.0.0\nappVersion: 1.0\ndeprecated: true\ndescription: 5\n',
  'apiVersion: v2\nname: c\nversion: 1.0.0\nmaintainers: [null, {name: a}]\nunknown: {a: 1}\n',
  'apiVersion: v3\nname: c\nversion: 1.0.0\n',
  '- a\n',
];

function metadataCases(): readonly Case[] {
  const template = object(
    'ConfigMap',
    'x',
    'data: {a: "{{ .Chart.Name }} {{ .Chart.Version }} {{ .Chart.AppVersion }} {{ .Chart.APIVersion }} {{ .Chart.Deprecated }}"}\n',
  );
  const named = CHART_YAMLS.map((text) => ({ chart: { 'Chart.yaml': text, 'templates/x.yaml': template }, asked: {} }));
  const versions = ['1.29.3', 'v1.29', '1.30.1-eks-5e0f', '1.x', '', 'v1.28.0+k3s1', '2'].map((kubeVersion) => ({
    chart: printing(
      '{{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Minor }} {{ semverCompare ">=1.29-0" .Capabilities.KubeVersion.Version }}',
    ),
    asked: { kubeVersion },
  }));
  const names = ['ok', 'Bad_name', 'a.b-c', 'x'.repeat(53), 'x'.repeat(54)].map((releaseName) => ({
    chart: printing('{{ .Release.Name }}'),
    asked: { releaseName },
  }));
  const apis = printing(
    '{{ .Capabilities.APIVersions.Has "a/v1/K" }} {{ .Capabilities.APIVersions.Has "q/v1" }} {{ .Capabilities.APIVersions | last }}',
  );
  return [...named, ...versions, ...names, { chart: apis, asked: { apiVersions: ['a/v1/K', 'q/v1'] } }];
}

const VALUE_FILES: readonly (readonly string[])[] = [
  ['a: 1'],
  ['a: null'],
  ['a: {b: null}'],
  ['a: {b: {c: 1}}', 'a: {b: null}', 'a: {b: {d: 2}}'],
  ['text: null', 'text: back'],
  ['m: 5'],
  ['m: {b: 5}'],
  ['list: {a: 1}'],
  ['list: []', 'list: [1]'],
  ['- a'],
  ['text'],
  [''],
  ['# comment'],
  ['a: ['],
  ['a: 1\na: 2'],
  ['global: {x: 1}'],
  ['a: &x {y: 1}\nb: *x\nc: {<<: *x, z: 2}'],
  ['a: 1\n---\nb: 2'],
  ['on: 1\n1: 2\n1.5: 3'],
];

function valueCases(): readonly Case[] {
  const chart = oneTemplate(SHOW_VALUES, { 'values.yaml': VALUES });
  const broken = ['- a\n', 'text\n', 'a: [\n', ''].map((values) => ({
    chart: oneTemplate(SHOW_VALUES, { 'values.yaml': values }),
    asked: {},
  }));
  return [...VALUE_FILES.map((values) => ({ chart, asked: { values } })), ...broken];
}

const SCHEMA_TESTS: readonly (readonly [schema: string, values: string])[] = [
  ['{"required":["zz","a"]}', 'a: 1'],
  ['{"properties":{"a":{"type":"string"}}}', 'a: 1'],
  ['{"properties":{"a":{"type":["string","null"]}}}', 'a: 1.5'],
  ['{"properties":{"a":{"type":"integer"}}}', 'a: 1.0'],
  ['{"properties":{"a":{"type":"number","minimum":5,"multipleOf":2}}}', 'a: 3'],
  ['{"properties":{"a":{"maximum":5,"exclusiveMaximum":5,"exclusiveMinimum":7}}}', 'a: 6'],
  ['{"properties":{"a":{"enum":["x","y",3]}}}', 'a: z'],
  ['{"properties":{"a":{"const":{"b":1}}}}', 'a: 2'],
  ['{"properties":{"a":{"pattern":"^x+$","minLength":3}}}', 'a: y'],
  ['{"properties":{"a":{"maxLength":1}}}', 'a: yyy'],
  ['{"properties":{"a":{"items":{"type":"string"},"minItems":3,"uniqueItems":true}}}', 'a: [1, 1]'],
  ['{"properties":{"a":{"items":[{"type":"string"}],"additionalItems":false}}}', 'a: [x, y]'],
  ['{"properties":{"a":{"contains":{"const":5}}}}', 'a: [1, 2]'],
  ['{"properties":{"a":{"maxItems":1}}}', 'a: [1, 2]'],
  ['{"additionalProperties":false,"properties":{"a":{}}}', 'a: 1\nb: 2'],
  ['{"additionalProperties":{"type":"string"},"properties":{"a":{}}}', 'a: 1\nb: 2'],
  ['{"patternProperties":{"^x":{"type":"string"}},"additionalProperties":false}', 'x1: 1'],
  ['{"propertyNames":{"maxLength":1}}', 'ab: 1'],
  ['{"minProperties":3}', 'a: 1'],
  ['{"maxProperties":1}', 'a: 1\nb: 2'],
  ['{"properties":{"a":{"anyOf":[{"type":"string"},{"minimum":5}]}}}', 'a: 1'],
  ['{"properties":{"a":{"oneOf":[{"type":"number"},{"minimum":0}]}}}', 'a: 1'],
  ['{"properties":{"a":{"oneOf":[{"type":"string"},{"type":"null"}]}}}', 'a: 1'],
  ['{"properties":{"a":{"allOf":[{"type":"number"},{"minimum":5}]}}}', 'a: 1'],
  ['{"properties":{"a":{"not":{"type":"number"}}}}', 'a: 1'],
  ['{"dependencies":{"a":["b"]}}', 'a: 1'],
  ['{"dependencies":{"a":{"required":["b"]}}}', 'a: 1'],
  ['{"if":{"required":["a"]},"then":{"required":["b"]}}', 'a: 1'],
  ['{"if":{"required":["z"]},"then":{"required":["b"]},"else":{"required":["q"]}}', 'a: 1'],
  ['{"definitions":{"s":{"type":"string"}},"properties":{"a":{"$ref":"#/definitions/s"}}}', 'a: 1'],
  ['{"properties":{"a":{"properties":{"b":{"type":"string"}}}}}', 'a: {b: 1}'],
  ['{"properties":{"a":{"format":"ipv4"}}}', 'a: x'],
  ['{"properties":{"a":{"format":"date-time"}}}', 'a: x'],
  ['{"properties":{"a":{"format":"email"}}}', 'a: x'],
  ['{"properties":{"a":{"format":"uri"}}}', 'a: x y'],
  ['{"properties":{"a":false}}', 'a: 1'],
  ['{"type":"array"}', 'a: 1'],
  ['{"type":"object","properties":{"a":{"type":"boolean","default":true}}}', ''],
  ['{"properties":{"a":{"type":"object","required":["x"]}}}', 'a: null'],
  ['{"required":["a"]}', 'a: 1'],
];

function schemaCases(): readonly Case[] {
  const rows = SCHEMA_TESTS.map(([schema, values]) => ({
    chart: oneTemplate(SHOW_VALUES, { 'values.schema.json': schema, 'values.yaml': values }),
    asked: {},
  }));
  const parent: ChartTree = {
    ...oneTemplate(SHOW_VALUES),
    'values.schema.json': '{"required":["a"]}',
    'charts/sub/Chart.yaml': chartYaml('sub'),
    'charts/sub/values.yaml': 'b: 5\n',
    'charts/sub/values.schema.json': '{"properties":{"b":{"type":"string"}}}',
  };
  const asked: readonly Asked[] = [
    {},
    { skipSchemaValidation: true },
    { values: ['a: 1\nsub: {b: x}'] },
    { values: ['a: 1'] },
  ];
  return [...rows, ...asked.map((each) => ({ chart: parent, asked: each }))];
}

/** Cases of single features. */
export function featureCases(): readonly Case[] {
  return [
    ...printedCases(),
    ...orderCases(),
    ...hookCases(),
    ...crdCases(),
    ...ignoreCases(),
    ...metadataCases(),
    ...valueCases(),
    ...schemaCases(),
  ];
}
