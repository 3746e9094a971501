import type { Parameter, RetryStrategy, Workflow, WorkflowSpec, WorkflowStep } from '@argosy/api/workflows';
import { createArgoPrograms } from '@argosy/lang/tags';
import { compareText, err, ok, type Result } from '@argosy/std';

import type { Report } from './compile-dag.ts';
import { checkParameters, compileTemplate, nameProblem } from './compile-template.ts';
import type { CompiledTemplate, CompiledWorkflow, ValidationProblem } from './compiled.ts';
import { configReferences } from './config-references.ts';
import { parseDuration } from './duration.ts';
import { parameterText } from './parameter-text.ts';
import { tagNamesIn } from './references.ts';
import { resolveTemplate } from './template-defaults.ts';
import { findUnsupportedFields, unsupportedText } from './unsupported-fields.ts';

/** Longest name of a workflow: it becomes a label's value. */
export const MAX_WORKFLOW_NAME_LENGTH = 63;

/** Most templates of one workflow, as the CRD says. */
export const MAX_TEMPLATES = 200;

/** How strict to be: `lint` accepts arguments without a value. */
export interface CompileOptions {
  readonly lint?: boolean;
}

class Problems {
  readonly list: ValidationProblem[] = [];

  add(field: string, message: string): void {
    this.list.push({ field, message });
  }

  /** A report of one template: fields under `spec.templates.<name>`, messages after `templates.<name>`. */
  under(name: string): Report {
    return (field, message) => {
      const at = `spec.templates.${name}`;
      this.add(field === '' ? at : `${at}.${field}`, `templates.${name} ${message}`);
    };
  }
}

function checkName(workflow: Workflow, problems: Problems): void {
  const name = workflow.metadata.name;
  if (typeof name !== 'string' || name.length <= MAX_WORKFLOW_NAME_LENGTH) return;
  const limit = `must not be more than ${MAX_WORKFLOW_NAME_LENGTH} characters long (currently ${name.length})`;
  problems.add('metadata.name', `workflow name "${name}" ${limit}`);
}

function templateNameProblem(name: string, seen: ReadonlySet<string>): string {
  if (name === '') return ' is required';
  const bad = nameProblem(name);
  if (bad !== undefined) return `: ${bad}`;
  return seen.has(name) ? ` '${name}' is not unique` : '';
}

function compileTemplates(spec: WorkflowSpec, problems: Problems): Map<string, CompiledTemplate> {
  const compiled = new Map<string, CompiledTemplate>();
  const templates = spec.templates ?? [];
  if (templates.length > MAX_TEMPLATES) {
    problems.add(
      'spec.templates',
      `spec.templates has ${templates.length} items: at most ${MAX_TEMPLATES} are allowed`,
    );
    return compiled;
  }
  const seen = new Set<string>();
  for (const [index, template] of templates.entries()) {
    const name = template.name ?? '';
    const problem = templateNameProblem(name, seen);
    const field = `spec.templates[${index}].name`;
    if (problem !== '') problems.add(field, field + problem);
    seen.add(name);
    const result = compileTemplate(template, problems.under(name));
    if (result !== undefined && !compiled.has(name)) compiled.set(name, result);
  }
  return compiled;
}

function isMissing(item: Parameter): boolean {
  return item.value === undefined && item.default === undefined;
}

function isOutsideEnum(item: Parameter): boolean {
  const allowed = (item.enum ?? []).map(parameterText);
  return item.value !== undefined && allowed.length > 0 && !allowed.includes(parameterText(item.value));
}

function checkArguments(spec: WorkflowSpec, lint: boolean, problems: Problems): void {
  const report: Report = (field, message) => problems.add(`spec.${field}`, `spec.${message}`);
  checkParameters(spec.arguments?.parameters, 'arguments', report);
  for (const item of spec.arguments?.parameters ?? []) {
    const ref = `spec.arguments.${item.name}`;
    if (isMissing(item) && !lint && item.valueFrom?.configMapKeyRef === undefined) {
      problems.add(ref, `${ref}.value or ${ref}.valueFrom is required`);
    }
    if (isOutsideEnum(item)) {
      problems.add(ref, `${ref}.value should be present in ${ref}.enum list`);
    }
  }
}

function checkRetry(strategy: RetryStrategy | undefined, report: Report): void {
  if (strategy === undefined) return;
  const policies = ['', 'Always', 'OnFailure', 'OnError', 'OnTransientError'];
  const policy: string = strategy.retryPolicy ?? '';
  if (!policies.includes(policy)) report('retryStrategy.retryPolicy', `${policy} is not a valid RetryPolicy`);
  if (strategy.backoff !== undefined) checkBackoff(strategy.backoff, report);
}

function checkBackoff(backoff: NonNullable<RetryStrategy['backoff']>, report: Report): void {
  if ((backoff.duration ?? '') === '') {
    report('retryStrategy.backoff.duration', 'no base duration specified for retryStrategy');
  }
  for (const key of ['duration', 'maxDuration', 'cap'] as const) {
    const text = parameterText(backoff[key] ?? '');
    if (text !== '' && !text.includes('{{') && parseDuration(text) === undefined) {
      report(`retryStrategy.backoff.${key}`, `retryStrategy.backoff.${key} '${text}' is not a duration`);
    }
  }
}

function known(parameters: readonly Parameter[] | undefined): ReadonlySet<string> {
  return new Set((parameters ?? []).map((item) => item.name));
}

/** Prefixes of variables that are only known while running and have no list to check against. */
const ALWAYS = /^(outputs\.|workflow\.(creationTimestamp|scheduledTime|duration|status|failures|outputs)|node\.name$)/;
const OWNED = /^(item|steps|inputs|pod|workflow|tasks)\./;
const WORKFLOW_FIELDS =
  /^workflow\.(name|namespace|uid|mainEntrypoint|serviceAccountName|priority|parameters(\.json)?|(labels|annotations)(\..+)?)$/;

interface TagScope {
  readonly spec: WorkflowSpec;
  readonly template: CompiledTemplate;
}

function isKnownCall(tag: string, scope: TagScope): boolean {
  const [prefix, name = ''] = tag.split('.');
  if (name === 'name' && tag.split('.').length === 2) return true;
  if (name.includes('{{')) return true;
  const { stepsByName, dag } = scope.template;
  return prefix === 'steps' ? stepsByName.has(name) : dag?.tasks.has(name) === true || dag === undefined;
}

function isKnownTag(tag: string, scope: TagScope): boolean {
  if (!OWNED.test(tag) || ALWAYS.test(tag) || WORKFLOW_FIELDS.test(tag)) return true;
  const name = tag.split('.').slice(2).join('.');
  switch (tag.slice(0, tag.indexOf('.'))) {
    case 'workflow':
      return tag.startsWith('workflow.parameters.') && known(scope.spec.arguments?.parameters).has(name);
    case 'inputs':
      return tag.startsWith('inputs.artifacts.') || known(scope.template.template.inputs?.parameters).has(name);
    case 'steps':
    case 'tasks':
      return isKnownCall(tag, scope);
    default:
      return true;
  }
}

function checkTags(spec: WorkflowSpec, template: CompiledTemplate, report: Report): void {
  const scope = { spec, template };
  for (const tag of [...tagNamesIn(template.template)].sort(compareText)) {
    if (!isKnownTag(tag, scope)) report('', `failed to resolve {{${tag}}}`);
  }
}

interface Calls {
  readonly templates: ReadonlyMap<string, CompiledTemplate>;
  readonly report: Report;
}

/** The input parameters that somebody must supply and nobody does. */
function missingInputs(callee: CompiledTemplate, given: ReadonlySet<string>): readonly string[] {
  return (callee.template.inputs?.parameters ?? [])
    .filter((input) => isMissing(input) && input.valueFrom === undefined && !given.has(input.name))
    .map((input) => input.name);
}

function checkExit(call: WorkflowStep, where: string, calls: Calls): void {
  for (const name of [call.onExit, call.hooks?.['exit']?.template]) {
    if (name === undefined || name === '' || calls.templates.has(name)) continue;
    calls.report(`${where}.onExit`, `${where}.onExit template name '${name}' undefined`);
  }
}

function checkCall(call: WorkflowStep, where: string, calls: Calls): void {
  checkExit(call, where, calls);
  const name = call.template ?? '';
  if (name === '' || name.includes('{{')) return;
  const callee = calls.templates.get(name);
  if (callee === undefined) {
    calls.report(`${where}.template`, `${where} template name '${name}' undefined`);
    return;
  }
  for (const input of missingInputs(callee, known(call.arguments?.parameters))) {
    const what = `templates.${name} inputs.parameters.${input} was not supplied`;
    calls.report(`${where}.arguments`, `${where} ${what}`);
  }
}

function checkCalls(compiled: CompiledTemplate, calls: Calls): void {
  for (const step of compiled.stepsByName.values()) {
    checkCall(step.step, `steps[${step.groupIndex}].${step.name}`, calls);
  }
  for (const task of compiled.dag?.tasks.values() ?? []) checkCall(task.task, `tasks.${task.name}`, calls);
}

function checkEntry(spec: WorkflowSpec, templates: ReadonlyMap<string, CompiledTemplate>, problems: Problems): void {
  const entry = spec.entrypoint ?? '';
  if (entry === '') problems.add('spec.entrypoint', 'spec.entrypoint is required');
  else if (!(spec.templates ?? []).some((template) => template.name === entry)) {
    problems.add('spec.entrypoint', `template name '${entry}' undefined`);
  }
  const callee = templates.get(entry);
  const given = known(spec.arguments?.parameters);
  for (const input of callee === undefined ? [] : missingInputs(callee, given)) {
    problems.add('spec.arguments', `templates.${entry} inputs.parameters.${input} was not supplied`);
  }
}

function checkOnExit(spec: WorkflowSpec, templates: ReadonlyMap<string, CompiledTemplate>, problems: Problems): void {
  const exit = spec.onExit ?? '';
  if (exit !== '' && !templates.has(exit)) problems.add('spec.onExit', `template name '${exit}' undefined`);
}

const POD_GC = ['', 'OnPodCompletion', 'OnPodSuccess', 'OnWorkflowCompletion', 'OnWorkflowSuccess'];

function checkSpec(spec: WorkflowSpec, problems: Problems): void {
  const unsupported = [
    ...findUnsupportedFields(spec, 'spec'),
    ...findUnsupportedFields(spec.templateDefaults, 'template').map((field) => `templateDefaults.${field}`),
  ];
  for (const field of unsupported) problems.add(`spec.${field}`, unsupportedText(`spec.${field}`));
  if (spec.parallelism !== undefined && spec.parallelism < 1) {
    problems.add('spec.parallelism', `spec.parallelism is ${spec.parallelism}: at least 1 is required`);
  }
  const strategy = spec.podGC?.strategy ?? '';
  if (!POD_GC.includes(strategy)) {
    problems.add('spec.podGC.strategy', `podGC.strategy unknown strategy '${strategy}'`);
  }
  checkRetry(spec.retryStrategy, (field, message) => problems.add(`spec.${field}`, `spec.${message}`));
}

/**
 * Indexes a workflow's spec, or tells everything that is wrong with it at once. Field paths name templates by their
 * names; messages are upstream's.
 */
export function compileWorkflow(
  workflow: Workflow,
  options: CompileOptions = {},
): Result<CompiledWorkflow, readonly ValidationProblem[]> {
  const problems = new Problems();
  const spec: WorkflowSpec = {
    ...workflow.spec,
    templates: (workflow.spec.templates ?? []).map((template) => resolveTemplate(template, workflow.spec)),
  };
  checkName(workflow, problems);
  checkSpec(spec, problems);
  checkArguments(spec, options.lint === true, problems);
  const templates = compileTemplates(spec, problems);
  checkEntry(spec, templates, problems);
  checkOnExit(spec, templates, problems);
  for (const [name, template] of templates) {
    const report = problems.under(name);
    checkRetry(template.template.retryStrategy, report);
    checkCalls(template, { templates, report });
    checkTags(spec, template, report);
  }
  if (problems.list.length > 0) return err(problems.list);
  return ok({
    spec,
    entrypoint: spec.entrypoint ?? '',
    templates,
    configReferences: configReferences(spec, spec.templates ?? []),
    programs: createArgoPrograms(),
  });
}
