// How fast Go templates are. Run with: npx tsx test/bench/lang-gotemplate.bench.ts
import {
  compileTemplateSet,
  goFunction,
  sprigFunctions,
  type FunctionTable,
} from '../../packages/lang/src/gotemplate/index.ts';
import { formatYaml } from '../../packages/lang/src/yaml/index.ts';

const functions: FunctionTable = new Map([
  ...sprigFunctions(),
  ['include', goFunction('string, any', ([name, data], context) => context.renderNamed(String(name), data))],
  ['toYaml', goFunction('any', ([value]) => formatYaml(value).trimEnd())],
]);

const HELPERS = `{{- define "web.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- define "web.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}{{ $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}{{ end }}{{ end }}
{{- end }}
{{- define "web.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
app.kubernetes.io/name: {{ include "web.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
`;

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "web.fullname" . }}
  labels:
    {{- include "web.labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicaCount }}
  {{- end }}
  template:
    metadata:
      {{- with .Values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          ports:
            {{- range .Values.ports }}
            - name: {{ .name }}
              containerPort: {{ .port | int }}
              protocol: {{ .protocol | default "TCP" }}
            {{- end }}
          env:
            {{- range $key, $value := .Values.env }}
            - name: {{ $key | upper | replace "-" "_" }}
              value: {{ $value | quote }}
            {{- end }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
      {{- if and .Values.nodeSelector (gt (len .Values.nodeSelector) 0) }}
      nodeSelector:
        {{- toYaml .Values.nodeSelector | nindent 8 }}
      {{- end }}
---
`;

const values = {
  Values: {
    replicaCount: 2,
    autoscaling: { enabled: false },
    podAnnotations: { a: 'b' },
    image: { repository: 'nginx', tag: '' },
    ports: [
      { name: 'http', port: 80 },
      { name: 'https', port: 443, protocol: 'TCP' },
    ],
    env: { 'log-level': 'info', mode: 'fast', level: 3 },
    resources: { limits: { cpu: '100m', memory: '128Mi' } },
    nodeSelector: { disk: 'ssd' },
  },
  Release: { Name: 'rel', Service: 'Helm' },
  Chart: { Name: 'web', Version: '1.2.3', AppVersion: '4.5' },
};

/** The best of several rounds: other work on the machine only ever slows a round down. */
function timed(name: string, times: number, work: () => void): void {
  let best = Infinity;
  for (let round = 0; round < 8; round += 1) {
    const started = performance.now();
    for (let index = 0; index < times; index += 1) work();
    best = Math.min(best, (performance.now() - started) / times);
  }
  process.stdout.write(`${name}: ${(best * 1000).toFixed(1)} µs\n`);
}

const source = DEPLOYMENT.repeat(5);
const files = [
  { name: '_helpers.tpl', source: HELPERS },
  { name: 'deployment.yaml', source },
];
const set = compileTemplateSet(files, { functions, missingKey: 'zero' });
if (!set.ok) throw new Error(set.error.message);
const first = set.value.execute('deployment.yaml', values);
if (!first.ok) throw new Error(first.error.message);
process.stdout.write(`${source.split('\n').length} lines in, ${first.value.split('\n').length} lines out\n`);
timed('compile', 300, () => void compileTemplateSet(files, { functions }));
timed('execute from cache', 1000, () => void set.value.execute('deployment.yaml', values));
timed('sprigFunctions()', 300, () => void sprigFunctions());
