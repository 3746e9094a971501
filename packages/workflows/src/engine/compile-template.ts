import type { Parameter, Template, WorkflowStep } from '@argosy/api/workflows';

import { checkArtifacts } from './check-artifacts.ts';
import { compileDag, type Report } from './compile-dag.ts';
import type { CompiledDag, CompiledStep, CompiledTemplate, TemplateKind } from './compiled.ts';
import { configReference } from './config-references.ts';
import { parseGoDuration } from './duration.ts';
import { isLoop } from './expand-items.ts';
import { referencedResults } from './references.ts';
import { checkResource } from './resource-template.ts';
import { MAX_INLINE_DEPTH, templateTypes } from './template-kinds.ts';
import { findUnsupportedFields, unsupportedText } from './unsupported-fields.ts';

const CHOICES = 'container, containerSet, steps, script, resource, dag, suspend, template, template ref';
const NAME = /^[a-zA-Z0-9][-a-zA-Z0-9]*$/;
const PARAMETER_NAME = /^[-a-zA-Z0-9_]+$/;
const RUNNING: readonly string[] = ['container', 'script', 'resource', 'steps', 'dag', 'suspend'];

/** Upstream's words for a bad name. */
export function nameProblem(name: string): string | undefined {
  if (name.length > 128) return `'${name.slice(0, 40)}…' is invalid: name must not be more than 128 characters long`;
  if (NAME.test(name) || name.includes('{{')) return undefined;
  return (
    `'${name}' is invalid: name must consist of alpha-numeric characters or '-', and must start with an ` +
    'alpha-numeric character (e.g. My-name1-2, 123-NAME)'
  );
}

/** Names of parameters, checked wherever they are declared. */
export function checkParameters(parameters: readonly Parameter[] | undefined, field: string, report: Report): void {
  const seen = new Set<string>();
  for (const [index, item] of (parameters ?? []).entries()) {
    const at = `${field}.parameters[${index}]`;
    if (!PARAMETER_NAME.test(item.name)) {
      const rule = "Parameter/Artifact name must consist of alpha-numeric characters, '_' or '-'";
      report(`${at}.name`, `${at}.name: '${item.name}' is invalid: ${rule} e.g. my_param_1, MY-PARAM-1`);
    }
    if (seen.has(item.name)) report(`${at}.name`, `${at}.name '${item.name}' is not unique`);
    seen.add(item.name);
    if (item.enum?.length === 0) report(at, `${field}.parameters.${item.name}.enum should contain at least one value`);
  }
}

function kindOf(template: Template, report: Report): TemplateKind | undefined {
  const present = templateTypes.filter((type) => template[type as keyof Template] !== undefined);
  if (present.length === 0) {
    report('', `template type unspecified. choose one of: ${CHOICES}`);
    return undefined;
  }
  if (present.length > 1) {
    report('', `multiple template types specified. choose one of: ${CHOICES}`);
    return undefined;
  }
  const kind = present[0] ?? '';
  if (RUNNING.includes(kind)) return kind as TemplateKind;
  report(kind, `${kind} templates are not supported yet: use ${RUNNING.join(', ')}`);
  return undefined;
}

/** Only programs can be given artifacts, and only boundaries pass them on. */
function checkArtifactKind(template: Template, kind: TemplateKind, report: Report): void {
  if (isLeaf(kind) || isBoundary(kind)) return;
  for (const field of ['inputs', 'outputs'] as const) {
    const at = `${field}.artifacts`;
    if ((template[field]?.artifacts ?? []).length > 0) report(at, `${at} of ${kind} templates is not supported yet`);
  }
}

function checkUnsupported(template: Template, report: Report): void {
  for (const field of findUnsupportedFields(template, 'template')) report(field, unsupportedText(field));
}

function isLeaf(kind: TemplateKind): boolean {
  return kind === 'container' || kind === 'script' || kind === 'resource';
}

function isBoundary(kind: TemplateKind): boolean {
  return kind === 'steps' || kind === 'dag';
}

function checkTimeout(template: Template, what: { field: 'timeout' | 'pendingTimeout'; kind: TemplateKind }): string {
  const { field, kind } = what;
  const value = template[field] ?? '';
  if (value === '') return '';
  if (!isLeaf(kind)) return `${kind} template doesn't support ${field} field`;
  const isReadable = value.includes('{{') || parseGoDuration(value) !== undefined;
  return isReadable ? '' : `${template.name ?? ''} has invalid duration format in ${field}`;
}

function checkTimes(template: Template, kind: TemplateKind, report: Report): void {
  if (template.activeDeadlineSeconds !== undefined && !isLeaf(kind)) {
    report('activeDeadlineSeconds', 'activeDeadlineSeconds is only valid for leaf templates');
  }
  for (const field of ['timeout', 'pendingTimeout'] as const) {
    const problem = checkTimeout(template, { field, kind });
    if (problem !== '') report(field, problem);
  }
  if (template.parallelism !== undefined && !isBoundary(kind)) {
    report('parallelism', 'parallelism is only valid for steps and dag templates');
  } else if (template.parallelism !== undefined && template.parallelism < 1) {
    report('parallelism', `parallelism is ${template.parallelism}: at least 1 is required`);
  }
}

function checkDaemon(template: Template, kind: TemplateKind, report: Report): void {
  if (template.daemon !== true) return;
  if (kind !== 'container' && kind !== 'script') {
    report('daemon', 'daemon is only valid for container and script templates');
  }
  for (const field of ['retryStrategy', 'memoize'] as const) {
    if (template[field] !== undefined) report(field, `${field} of a template with daemon is not supported yet`);
  }
  if ((template.outputs?.parameters ?? []).length > 0) report('outputs', 'a template with daemon cannot have outputs');
}

const KIND_WORDS = {
  container: 'Container',
  script: 'Script',
  resource: 'Resource',
  steps: 'Steps',
  dag: 'DAG',
  suspend: 'Suspend',
};

function boundaryOutputProblem(item: Parameter, kind: TemplateKind): string {
  const { parameter, expression } = item.valueFrom ?? {};
  if (parameter !== undefined && expression !== undefined) return '.parameter and expression exclude each other';
  if (parameter !== undefined || expression !== undefined) return '';
  return `.parameter or expression must be specified for ${KIND_WORDS[kind]} templates`;
}

function readsObject(item: Parameter): boolean {
  const { jsonPath = '', jqFilter = '' } = item.valueFrom ?? {};
  return jsonPath !== '' || jqFilter !== '';
}

function resourceOutputProblem(item: Parameter): string {
  const { jsonPath = '', jqFilter = '' } = item.valueFrom ?? {};
  if (jsonPath !== '' && jqFilter !== '') return '.jqFilter and jsonPath exclude each other';
  if (readsObject(item) || item.value !== undefined) return '';
  return '.jqFilter or jsonPath must be specified for Resource templates';
}

function outputProblem(item: Parameter, kind: TemplateKind): string {
  if (kind === 'resource') return resourceOutputProblem(item);
  if (readsObject(item)) return '.jqFilter and jsonPath are only valid for Resource templates';
  if (isBoundary(kind)) return boundaryOutputProblem(item, kind);
  if (!isLeaf(kind) || item.valueFrom?.path !== undefined || item.value !== undefined) return '';
  return `.path must be specified for ${KIND_WORDS[kind]} templates`;
}

function checkOutputs(template: Template, kind: TemplateKind, report: Report): void {
  checkParameters(template.outputs?.parameters, 'outputs', report);
  for (const item of template.outputs?.parameters ?? []) {
    const problem = outputProblem(item, kind);
    if (problem !== '') report(`outputs.parameters.${item.name}`, `outputs.parameters.${item.name}${problem}`);
  }
}

function checkLoop(call: WorkflowStep, field: string, report: Report): void {
  const loops = [call.withItems, call.withParam, call.withSequence].filter((value) => value !== undefined);
  if (loops.length > 1) report(field, `${field} only one of withItems, withParam, withSequence can be specified`);
  if (call.withSequence?.count !== undefined && call.withSequence.end !== undefined) {
    report(field, `${field} only one of count or end can be defined in withSequence`);
  }
  if (!isLoop(call) && call.when?.includes('{{item') === true) {
    report(`${field}.when`, `${field}.when: failed to resolve {{item}}`);
  }
}

/** What is checked of a step and of a task alike. */
function checkCall(call: WorkflowStep, field: string, report: Report): void {
  checkLoop(call, field, report);
  for (const at of findUnsupportedFields(call, 'call')) report(`${field}.${at}`, unsupportedText(`${field}.${at}`));
  checkParameters(call.arguments?.parameters, `${field}.arguments`, report);
  checkArtifacts(call.arguments?.artifacts, { field: `${field}.arguments`, role: 'argument' }, report);
  for (const item of call.arguments?.parameters ?? []) {
    const reference = configReference(item, `${field}.arguments.parameters.`);
    if (reference?.ok === false) report(`${field}.arguments.parameters.${item.name}`, reference.error);
  }
}

function checkCallName(name: string | undefined, seen: Set<string>, report: (message: string) => void): void {
  if (name === undefined || name === '') return report('.name is required');
  const problem = nameProblem(name);
  if (problem !== undefined) report(`.name: ${problem}`);
  if (seen.has(name)) report(`.name '${name}' is not unique`);
  seen.add(name);
}

/** Where a template stands: who is told about problems, where the names that it calls are looked up, how deep. */
export interface TemplateContext {
  readonly report: Report;
  readonly scope: string;
  readonly depth?: number;
}

interface Context extends TemplateContext {
  readonly depth: number;
}

/** What is wrong with the name of the template that a call runs. */
function referenceProblem(call: WorkflowStep): string {
  const { template = '', templateRef: ref } = call;
  if (ref === undefined) return template === '' ? 'template name is required' : '';
  if (template !== '') return 'template name cannot be specified with templateRef';
  const { name = '' } = ref;
  if (name === '') return 'templateRef resource name is required';
  if ((ref.template ?? '') === '') return 'templateRef template name is required';
  return name.includes('{{') ? `tags in templateRef.name '${name}' are not supported yet` : '';
}

function inlineOf(call: WorkflowStep, field: string, context: Context): CompiledTemplate | undefined {
  if (call.inline === undefined) {
    const problem = referenceProblem(call);
    if (problem !== '') context.report(`${field}.template`, `${field} ${problem}`);
    return undefined;
  }
  if (context.depth >= MAX_INLINE_DEPTH) {
    context.report(`${field}.inline`, `${field}.inline is nested too deeply: at most ${MAX_INLINE_DEPTH} levels`);
    return undefined;
  }
  const nested: Report = (at, message) => context.report(`${field}.inline.${at}`, `${field}.inline ${message}`);
  return compileTemplate(call.inline as Template, { ...context, report: nested, depth: context.depth + 1 });
}

function compileSteps(template: Template, context: Context): readonly (readonly CompiledStep[])[] {
  const seen = new Set<string>();
  return (template.steps ?? []).map((group, groupIndex) =>
    group.map((step): CompiledStep => {
      const field = `steps[${groupIndex}].${step.name ?? ''}`;
      checkCallName(step.name, seen, (text) => context.report(field, `steps[${groupIndex}]${text}`));
      checkCall(step, field, context.report);
      const inline = inlineOf(step, field, context);
      return { name: step.name ?? '', groupIndex, step, ...(inline === undefined ? {} : { inline }) };
    }),
  );
}

function compileTasks(template: Template, context: Context): CompiledDag | undefined {
  if (template.dag === undefined) return undefined;
  if ((template.dag.tasks ?? []).length === 0) context.report('dag', 'must have at least one task');
  const seen = new Set<string>();
  for (const [index, task] of (template.dag.tasks ?? []).entries()) {
    const field = `dag.tasks[${index}]`;
    checkCallName(task.name, seen, (text) => context.report(field, `${field}${text}`));
    checkCall(task, `dag.tasks.${task.name ?? index}`, context.report);
  }
  return compileDag(template.dag, (task, field) => inlineOf(task, field, context), context.report);
}

function checkProgram(template: Template, report: Report): void {
  if (template.container !== undefined && (template.container.image ?? '') === '') {
    report('container.image', 'container.image may not be empty');
  }
  if (template.script !== undefined && (template.script.image ?? '') === '') {
    report('script.image', 'script.image may not be empty');
  }
}

function checkInputs(template: Template, report: Report): void {
  checkParameters(template.inputs?.parameters, 'inputs', report);
  for (const item of template.inputs?.parameters ?? []) {
    const reference = configReference(item);
    if (reference?.ok === false) report(`inputs.parameters.${item.name}.valueFrom.configMapKeyRef`, reference.error);
  }
}

/** Indexes a template and reports everything that is wrong with it alone; messages lack the template's own name. */
export function compileTemplate(template: Template, given: TemplateContext): CompiledTemplate | undefined {
  const { report } = given;
  checkInputs(template, report);
  const kind = kindOf(template, report);
  if (kind === undefined) return undefined;
  checkUnsupported(template, report);
  checkTimes(template, kind, report);
  checkDaemon(template, kind, report);
  checkOutputs(template, kind, report);
  checkArtifacts(template.inputs?.artifacts, { field: 'inputs', role: 'input' }, report);
  checkArtifactKind(template, kind, report);
  const role = isBoundary(kind) ? 'passed-on' : 'output';
  checkArtifacts(template.outputs?.artifacts, { field: 'outputs', role }, report);
  checkProgram(template, report);
  if (kind === 'resource') checkResource(template, report);
  const context = { depth: 0, ...given };
  const groups = compileSteps(template, context);
  const dag = compileTasks(template, context);
  return {
    template,
    kind,
    scope: given.scope,
    groups,
    stepsByName: new Map(groups.flat().map((step) => [step.name, step])),
    ...(dag === undefined ? {} : { dag }),
    resultsUsed: referencedResults(template),
  };
}
