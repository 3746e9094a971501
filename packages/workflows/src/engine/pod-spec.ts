import { workflowAnnotations, workflowLabels, type Inputs, type Template } from '@argosy/api/workflows';
import { controllerRef, type KubeObject } from '@argosy/kube/meta';
import { lenient, substitute, substituteText, type TagScope } from '@argosy/lang/tags';
import { err, ok, type Result } from '@argosy/std';

import { parseDuration } from './duration.ts';
import { filesOf, TERMINATION_MESSAGE_PATH, wrapCommand, wrapperEnvironment } from './file-outputs.ts';
import { nodeId, podName } from './node-names.ts';
import { parameterText } from './parameter-text.ts';
import { artifactEnvironment, artifactMounts, artifactVolumes, podArtifactProblem } from './pod-artifacts.ts';
import { avoidHosts, patchPod } from './pod-patch.ts';
import { claimVolumes } from './workflow-objects.ts';
import { isExitNode, workflowDeadline, type Pass } from './pass.ts';
import { globalSource, inputsSource, scopeOf } from './scope.ts';
import { fixedSource, type Source } from './sources.ts';
import { definedMembers } from './defined-members.ts';

/** Annotation that carries a script's text into its pod. */
export const SCRIPT_ANNOTATION = 'workflows.argoproj.io/script';

/** Longest script text, in characters: annotations of a pod may have 256 KiB together. */
export const MAX_SCRIPT_LENGTH = 200 * 1024;

const SCRIPT_PATH = '/argo/staging/script';

/** A pod to build. */
export interface PodOrder {
  readonly name: string;
  readonly template: Template;
  readonly templateName: string | undefined;
  readonly inputs: Inputs;
  /** Variables of this attempt and call. */
  readonly locals: Source;
  readonly captureResult: boolean;
  /** Machines on which other attempts failed and this one must not run. */
  readonly avoidHosts?: readonly string[];
}

/** What the tags of a template are replaced from. */
export type TemplateOrder = Pick<PodOrder, 'name' | 'template' | 'templateName' | 'inputs' | 'locals'>;

type Json = { readonly [key: string]: unknown };

function pathSource(template: Template): Source {
  const { parameters = [], artifacts = [] } = template.outputs ?? {};
  return fixedSource(
    Object.fromEntries([
      ...parameters.map((item) => [`outputs.parameters.${item.name}.path`, item.valueFrom?.path ?? '']),
      ...artifacts.map((item) => [`outputs.artifacts.${item.name}.path`, item.path ?? '']),
    ]),
  );
}

/** What the texts of a pod are rendered with. */
export function podScope(pass: Pass, order: TemplateOrder): TagScope {
  const own = fixedSource({
    'node.name': order.name,
    'pod.name': podName(pass.name, order.name, order.templateName),
  });
  const inputs = inputsSource(order.inputs);
  return scopeOf(pass, own, order.locals, inputs, pathSource(order.template), globalSource(pass));
}

/** The template of a run, its tags replaced; its inputs are left out. */
export function resolveTemplate(pass: Pass, order: TemplateOrder): Result<Template, string> {
  const { inputs: _inputs, ...body } = order.template;
  return substitute(body, podScope(pass, order), lenient);
}

/** The pod after the workflow's patch and the template's. */
function patched(
  pass: Pass,
  order: PodOrder,
  built: { pod: KubeObject; template: Template },
): Result<KubeObject, string> {
  const { podSpecPatch = '' } = pass.compiled.spec;
  const common = substituteText(podSpecPatch, podScope(pass, order), lenient);
  return common.ok ? patchPod(built.pod, [common.value, built.template.podSpecPatch]) : common;
}

function positive(candidates: readonly (number | undefined)[]): number | undefined {
  const known = candidates.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(1, Math.min(...known));
}

function secondsLeft(pass: Pass, order: PodOrder): number | undefined {
  const deadline = isExitNode(order.name) ? undefined : workflowDeadline(pass);
  return deadline === undefined ? undefined : Math.ceil((deadline - pass.env.now) / 1000);
}

/** Seconds that a template allows its pod, its tags replaced; `undefined` when it sets no limit. */
export function ownDeadlineSeconds(template: Template): Result<number | undefined, string> {
  const own = template.activeDeadlineSeconds === undefined ? undefined : Number(template.activeDeadlineSeconds);
  if (own !== undefined && !(Number.isInteger(own) && own > 0)) {
    const found = parameterText(template.activeDeadlineSeconds ?? '');
    return err(`activeDeadlineSeconds '${found}' must be a positive integer > 0`);
  }
  const timeout = (template.timeout ?? '') === '' ? undefined : parseDuration(template.timeout ?? '');
  const limit = timeout === undefined ? undefined : Math.ceil(timeout / 1000);
  return ok(positive([own, limit]));
}

function deadlineSeconds(pass: Pass, order: PodOrder, template: Template): Result<number | undefined, string> {
  const own = ownDeadlineSeconds(template);
  return own.ok ? ok(positive([own.value, secondsLeft(pass, order)])) : own;
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** True when the wrapper must collect what the program leaves. */
function isWrapped(template: Template): boolean {
  return filesOf(template.outputs?.parameters).length + (template.outputs?.artifacts ?? []).length > 0;
}

function environment(pass: Pass, order: PodOrder, template: Template): readonly Json[] {
  const files = filesOf(template.outputs?.parameters);
  return [
    { name: 'ARGO_CONTAINER_NAME', value: 'main' },
    { name: 'ARGO_NODE_ID', value: nodeId(pass.name, order.name) },
    { name: 'ARGO_WORKFLOW_NAME', value: pass.name },
    { name: 'ARGO_INCLUDE_SCRIPT_OUTPUT', value: String(order.captureResult) },
    ...(isWrapped(template)
      ? [...wrapperEnvironment(files), ...artifactEnvironment(template.outputs?.artifacts ?? [])]
      : []),
  ];
}

function commandOf(template: Template): Result<{ command?: readonly string[]; args?: readonly string[] }, string> {
  const { command = [], args: given = [] } = template.script ?? template.container ?? {};
  const args = nonEmpty(template.script === undefined ? given : [...given, SCRIPT_PATH]);
  if (!isWrapped(template)) return ok(definedMembers({ command: nonEmpty(command), args }));
  if (command.length === 0)
    return err('command must be specified for templates with outputs.parameters from files or outputs.artifacts');
  return ok(definedMembers({ command: wrapCommand(command), args }));
}

function nonEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}

function mainContainer(pass: Pass, order: PodOrder, template: Template): Result<Json, string> {
  const command = commandOf(template);
  if (!command.ok) return command;
  const { source: _source, ...given } = { source: '', ...template.container, ...template.script };
  const mounts = list(given.volumeMounts);
  const staged = template.script === undefined ? [] : [{ name: 'argo-staging', mountPath: '/argo/staging' }];
  return ok({
    ...given,
    ...command.value,
    name: 'main',
    env: [...environment(pass, order, template), ...list(given.env)],
    volumeMounts: [
      ...mounts,
      ...staged,
      ...artifactMounts(template, order.inputs),
      { name: 'var-run-argo', mountPath: '/var/run/argo' },
    ],
    terminationMessagePath: TERMINATION_MESSAGE_PATH,
  });
}

function volumesOf(pass: Pass, template: Template, inputs: Inputs): readonly Json[] {
  const spec = pass.compiled.spec;
  const mounted = new Set(
    [template.container, template.script, ...(template.sidecars ?? []), ...(template.initContainers ?? [])]
      .flatMap((container) => list(container?.volumeMounts))
      .map((mount) => mount['name']),
  );
  const users = [...list(spec.volumes), ...claimVolumes(pass), ...list(template.volumes)].filter((volume) =>
    mounted.has(volume['name']),
  );
  const fieldPath = `metadata.annotations['${SCRIPT_ANNOTATION}']`;
  const script = { items: [{ path: 'script', mode: 0o755, fieldRef: { fieldPath } }] };
  return [
    ...users,
    ...(template.script === undefined ? [] : [{ name: 'argo-staging', downwardAPI: script }]),
    ...artifactVolumes(template, inputs),
    { name: 'var-run-argo', emptyDir: {} },
  ];
}

function firstSet(...values: readonly unknown[]): unknown {
  return values.find((value) => value !== undefined && value !== '');
}

/** Pod fields that the template or the workflow decides, in upstream's order of precedence. */
function placement(pass: Pass, order: PodOrder, template: Template): Json {
  const { spec } = pass.compiled;
  const hostAliases = [...list(template.hostAliases), ...list(spec.hostAliases)];
  // The token stays out of the user's container unless asked for (least privilege); upstream mounts it by default.
  const automount = firstSet(template.automountServiceAccountToken, spec.automountServiceAccountToken, false);
  return definedMembers({
    serviceAccountName: firstSet(template.serviceAccountName, spec.serviceAccountName, 'default'),
    automountServiceAccountToken: automount,
    nodeSelector: firstSet(template.nodeSelector, spec.nodeSelector),
    affinity: avoidHosts(firstSet(template.affinity, spec.affinity), order.avoidHosts ?? []),
    tolerations: firstSet(template.tolerations, spec.tolerations),
    schedulerName: firstSet(template.schedulerName, spec.schedulerName),
    priorityClassName: firstSet(template.priorityClassName, spec.podPriorityClassName),
    securityContext: firstSet(template.securityContext, spec.securityContext),
    hostAliases: hostAliases.length === 0 ? undefined : hostAliases,
    imagePullSecrets: spec.imagePullSecrets,
    dnsPolicy: firstSet(spec.dnsPolicy),
    dnsConfig: spec.dnsConfig,
    hostNetwork: spec.hostNetwork,
  });
}

function metadataOf(pass: Pass, order: PodOrder, template: Template): Json {
  const { podMetadata } = pass.compiled.spec;
  const { namespace } = pass.workflow.metadata;
  const script = template.script?.source;
  return {
    name: podName(pass.name, order.name, order.templateName),
    ...(namespace === undefined ? {} : { namespace }),
    labels: {
      ...podMetadata?.labels,
      ...template.metadata?.labels,
      [workflowLabels.workflow]: pass.name,
      [workflowLabels.completed]: 'false',
      ...(isExitNode(order.name) ? { [workflowLabels.onExit]: 'true' } : {}),
    },
    annotations: {
      ...podMetadata?.annotations,
      ...template.metadata?.annotations,
      [workflowAnnotations.nodeId]: nodeId(pass.name, order.name),
      [workflowAnnotations.nodeName]: order.name,
      [workflowAnnotations.defaultContainer]: 'main',
      ...(script === undefined ? {} : { [SCRIPT_ANNOTATION]: script }),
    },
    ownerReferences: [controllerRef(pass.workflow)],
  };
}

function scriptProblem(template: Template): string | undefined {
  const size = (template.script?.source ?? '').length;
  if (size <= MAX_SCRIPT_LENGTH) return undefined;
  return `script.source has ${size} characters: at most ${MAX_SCRIPT_LENGTH} are allowed`;
}

/** Builds the pod of one attempt of a container or script template, or says why that is not possible. */
export function buildPod(pass: Pass, order: PodOrder): Result<KubeObject, string> {
  const resolved = resolveTemplate(pass, order);
  if (!resolved.ok) return resolved;
  const template = resolved.value;
  const problem = scriptProblem(template) ?? podArtifactProblem(pass, template, order.inputs);
  if (problem !== undefined) return err(problem);
  const main = mainContainer(pass, order, template);
  if (!main.ok) return main;
  const deadline = deadlineSeconds(pass, order, template);
  if (!deadline.ok) return deadline;
  const pod: KubeObject & Json = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadataOf(pass, order, template) as KubeObject['metadata'] & Json,
    spec: {
      restartPolicy: 'Never',
      ...placement(pass, order, template),
      ...definedMembers({
        activeDeadlineSeconds: deadline.value,
        initContainers: nonEmpty(template.initContainers ?? []),
      }),
      containers: [main.value, ...(template.sidecars ?? [])],
      volumes: volumesOf(pass, template, order.inputs),
    },
  };
  return patched(pass, order, { pod, template });
}
