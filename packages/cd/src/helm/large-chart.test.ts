import { DEFAULT_TEMPLATE_LIMITS } from '@argosy/lang/gotemplate';
import type { Result } from '@argosy/std';
import { describe, expect, it } from 'vitest';
import { CHART_TEMPLATE_LIMITS, templateChart, type HelmFailure, type HelmPorts, type Manifest } from './index.ts';
import { filesOf, testPorts, type ChartTree } from './test-charts.ts';

const HELPERS = `{{- define "c.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
{{- end -}}
`;

const workloads = (kind: string): string => `{{- range $i := until 250 }}
---
apiVersion: v1
kind: ${kind}
metadata:
  name: {{ printf "%s-${kind}-%03d" $.Release.Name $i | lower }}
  labels:
    {{- include "c.labels" $ | nindent 4 }}
data:
  {{- range $k, $v := $.Values.settings }}
  {{ $k }}: {{ tpl $v $ | quote }}
  {{- end }}
  {{- with $.Values.extra }}
  extra: {{ toYaml . | indent 4 | trim | quote }}
  {{- end }}
{{- end }}
`;

const settings = Array.from({ length: 40 }, (_, index) => `  key${index}: "{{ .Release.Namespace }}/${index}"`).join(
  '\n',
);

const chart = (templates: ChartTree): ChartTree => ({
  'Chart.yaml': 'apiVersion: v2\nname: large\nversion: 1.0.0\n',
  'values.yaml': `settings:\n${settings}\nextra: {a: [1, 2, 3]}\n`,
  ...templates,
});

const render = (tree: ChartTree, ports: Partial<HelmPorts> = {}): Result<readonly Manifest[], HelmFailure> =>
  templateChart({ files: filesOf(tree), releaseName: 'r', namespace: 'default' }, { ...testPorts, ...ports });

const LOOP = '{{ range until 1000 }}{{ range until 1000 }}{{ range until 1000 }}{{ end }}{{ end }}{{ end }}';

describe('large charts', () => {
  it('of hundreds of documents render, far over what a lone template may do', () => {
    const kinds = ['ConfigMap', 'Secret', 'Service'];
    const files = kinds.map((kind) => [`templates/${kind}.yaml`, workloads(kind)] as const);
    const tree = chart({ 'templates/_helpers.tpl': HELPERS, ...Object.fromEntries(files) });
    const found = render(tree);
    expect(found.ok && found.value.length).toBe(750);
    const template = { steps: DEFAULT_TEMPLATE_LIMITS.steps };
    expect(render(tree, { limits: { template } })).toMatchObject({ error: { limit: 'template steps' } });
  });

  it('count all their templates together', () => {
    const files = Array.from({ length: 30 }, (_, index) => [
      `templates/t${index}.yaml`,
      '{{ range until 900 }}{{ end }}',
    ]);
    const limits = { template: { steps: 20_000 } };
    expect(render(chart(Object.fromEntries(files.slice(0, 5)) as ChartTree), { limits }).ok).toBe(true);
    const many = render(chart(Object.fromEntries(files) as ChartTree), { limits });
    expect(many).toMatchObject({ error: { limit: 'template steps' } });
  });

  it('draw different random texts in different templates', () => {
    const template = 'kind: A\nv: {{ randAlphaNum 20 }}\n';
    const found = render(chart({ 'templates/a.yaml': template, 'templates/b.yaml': template }));
    expect(new Set(found.ok ? found.value.map(({ content }) => content) : []).size).toBe(2);
  });

  it('that never end, end at the named limit', () => {
    const { steps } = CHART_TEMPLATE_LIMITS;
    expect(render(chart({ 'templates/t.yaml': LOOP }))).toEqual({
      ok: false,
      error: { message: `large/templates/t.yaml: template steps is limited to ${steps}`, limit: 'template steps' },
    });
  });

  it('end at the deadline that the caller lends', () => {
    let asked = 0;
    const deadline = { limitMs: 5, isExpired: () => (asked += 1) > 3 };
    const found = render(chart({ 'templates/t.yaml': LOOP }), { env: { ...testPorts.env, deadline } });
    expect(found).toMatchObject({ error: { limit: 'evaluation milliseconds' } });
  });
});
