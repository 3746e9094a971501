import type { Parameter, RetryStrategy, Template, Workflow, WorkflowSpec, WorkflowStep } from '@argosy/api/workflows';
import { createArgoPrograms } from '@argosy/lang/tags';
import { compareText, err, ok, type Result } from '@argosy/std';

import { checkArtifacts } from './check-artifacts.ts';
import type { Report } from './compile-dag.ts';
import { checkParameters, compileTemplate, nameProblem } from './compile-template.ts';
import type { CompiledTemplate, CompiledWorkflow, ValidationProblem } from './compiled.ts';
import { configReferences } from './config-references.ts';
import { parseDuration } from './duration.ts';
import { execSpec } from './exec-spec.ts';
import { locksOf } from './locks.ts';
import { cacheNameOf, memoizeProblem } from './memoize.ts';
import { parameterText } from './parameter-text.ts';
import { tagNamesIn } from './references.ts';
import { resolveTemplate } from './template-defaults.ts';
import {
  LOCAL,
  MAX_TEMPLATE_OBJECTS,
  reachableTemplates,
  storedSources,
  targetOf,
  type Reachable,
  type TemplateSources,
  type TemplateTarget,
} from './template-sources.ts';
import { findUnsupportedFields, unsupportedText } from './unsupported-fields.ts';

/** Longest name of a workflow: it becomes a label's value. */
export const MAX_WORKFLOW_NAME_LENGTH = 63;

/** Most templates of one workflow, as the CRD says. */
export const MAX_TEMPLATES = 200;

/** How strict to be: `lint` accepts arguments without a value. */
export interface CompileOptions {
  readonly lint?: boolean;
  /** The spec of a WorkflowTemplate: it needs no entrypoint, and others give it arguments. */
  readonly template?: boolean;
  /** WorkflowTemplates that the workflow refers to. @default those that its status holds */
  readonly sources?: TemplateSources;
  /** What the controller's `workflowDefaults` say. */
  readonly defaults?: WorkflowSpec | undefined;
}

class Problems {
  readonly list: ValidationProblem[] = [];

  add(field: string, message: string): void {
    this.list.push({ field, message });
  }

  /** A report of one template: fields under `spec.templates.<name>`, messages after `templates.<name>`. */
  under(name: string, scope = LOCAL): Report {
    return (field, message) => {
      const at = scope === LOCAL ? `spec.templates.${name}` : `${scope}.spec.templates.${name}`;
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
    const result = compileTemplate(template, { report: problems.under(name), scope: LOCAL });
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
  /** True when others may add arguments. */
  readonly isOpen: boolean;
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
      return (
        tag.startsWith('workflow.parameters.') && (scope.isOpen || known(scope.spec.arguments?.parameters).has(name))
      );
    case 'inputs':
      return tag.startsWith('inputs.artifacts.') || known(scope.template.template.inputs?.parameters).has(name);
    case 'steps':
    case 'tasks':
      return isKnownCall(tag, scope);
    default:
      return true;
  }
}

function checkTags(given: Pick<TagScope, 'spec' | 'isOpen'>, template: CompiledTemplate, report: Report): void {
  const scope = { ...given, template };
  for (const tag of [...tagNamesIn(template.template)].sort(compareText)) {
    if (!isKnownTag(tag, scope)) report('', `failed to resolve {{${tag}}}`);
  }
}

interface Calls {
  readonly scopes: CompiledWorkflow['scopes'];
  /** Where the calls stand. */
  readonly scope: string;
  readonly report: Report;
}

function calleeOf(calls: Calls, target: TemplateTarget): CompiledTemplate | undefined {
  return calls.scopes.get(target.scope)?.get(target.name);
}

function undefinedText(target: TemplateTarget, calls: Calls): string {
  const { scope, name } = target;
  return scope === calls.scope || scope === LOCAL
    ? `template name '${name}' undefined`
    : `template reference ${scope.slice(scope.indexOf('/') + 1)}.${name} not found`;
}

/** The input parameters that somebody must supply and nobody does. */
function missingInputs(callee: CompiledTemplate, given: ReadonlySet<string>): readonly string[] {
  return (callee.template.inputs?.parameters ?? [])
    .filter((input) => isMissing(input) && input.valueFrom === undefined && !given.has(input.name))
    .map((input) => input.name);
}

/** Exit handlers and hooks: their templates must exist, and all but `exit` need a condition. */
function checkHooks(call: Pick<WorkflowStep, 'onExit' | 'hooks'>, where: string, calls: Calls): void {
  const onExit = call.onExit ?? '';
  const named: [string, TemplateTarget][] =
    onExit === '' ? [] : [[`${where}.onExit`, { scope: calls.scope, name: onExit }]];
  for (const [key, hook] of Object.entries(call.hooks ?? {})) {
    const at = `${where}.hooks.${key}`;
    if (key !== 'exit' && (hook.expression ?? '') === '') calls.report(at, `${at} Expression required`);
    named.push([at, targetOf(hook, calls.scope)]);
  }
  for (const [at, target] of named) {
    if (calleeOf(calls, target) === undefined) calls.report(at, `${at} ${undefinedText(target, calls)}`);
  }
}

function checkCall(call: WorkflowStep, where: string, calls: Calls): void {
  checkHooks(call, where, calls);
  const target = targetOf(call, calls.scope);
  if (call.inline !== undefined || target.name === '' || target.name.includes('{{')) return;
  const callee = calleeOf(calls, target);
  if (callee === undefined) {
    calls.report(`${where}.template`, `${where} ${undefinedText(target, calls)}`);
    return;
  }
  for (const input of missingInputs(callee, known(call.arguments?.parameters))) {
    const what = `templates.${target.name} inputs.parameters.${input} was not supplied`;
    calls.report(`${where}.arguments`, `${where} ${what}`);
  }
}

function checkCalls(compiled: CompiledTemplate, calls: Calls): void {
  for (const step of compiled.stepsByName.values()) {
    checkCall(step.step, `steps[${step.groupIndex}].${step.name}`, calls);
  }
  for (const task of compiled.dag?.tasks.values() ?? []) checkCall(task.task, `tasks.${task.name}`, calls);
}

interface Entry {
  readonly templates: ReadonlyMap<string, CompiledTemplate>;
  readonly isOptional: boolean;
}

function checkEntry(spec: WorkflowSpec, { templates, isOptional }: Entry, problems: Problems): void {
  const entry = spec.entrypoint ?? '';
  if (entry === '' && isOptional) return;
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
  const report: Report = (field, message) => problems.add(`spec.${field}`, `spec.${message}`);
  checkArtifacts(spec.arguments?.artifacts, { field: 'arguments', role: 'argument' }, report);
  const strategy = spec.podGC?.strategy ?? '';
  if (!POD_GC.includes(strategy)) {
    problems.add('spec.podGC.strategy', `podGC.strategy unknown strategy '${strategy}'`);
  }
  checkRetry(spec.retryStrategy, (field, message) => problems.add(`spec.${field}`, `spec.${message}`));
  const locks = locksOf(spec.synchronization, '');
  if (!locks.ok) problems.add('spec.synchronization', `spec.${locks.error}`);
}

interface Scopes {
  readonly scopes: Map<string, Map<string, CompiledTemplate>>;
  readonly reachable: Reachable;
}

/** Compiles the templates of other objects that the workflow may run. */
function compileScopes(spec: WorkflowSpec, sources: TemplateSources, problems: Problems): Scopes {
  const scopes = new Map([[LOCAL, compileTemplates(spec, problems)]]);
  const reachable = reachableTemplates(spec, sources);
  const count = new Set([...reachable.templates.values()].map((item) => item.scope)).size;
  if (count > MAX_TEMPLATE_OBJECTS) {
    problems.add('spec', `spec refers to ${count} workflow templates: at most ${MAX_TEMPLATE_OBJECTS} are allowed`);
  }
  for (const { scope, name, template } of reachable.templates.values()) {
    const compiled = compileTemplate(resolveTemplate(template, spec), { report: problems.under(name, scope), scope });
    const known = scopes.get(scope) ?? new Map<string, CompiledTemplate>();
    if (compiled !== undefined) known.set(name, compiled);
    scopes.set(scope, known);
  }
  return { scopes, reachable };
}

function checkReferences(given: Pick<TagScope, 'spec' | 'isOpen'>, scopes: Scopes['scopes'], problems: Problems): void {
  const { spec } = given;
  for (const [scope, templates] of scopes) {
    for (const [name, template] of templates) {
      const report = problems.under(name, scope);
      checkRetry(template.template.retryStrategy, report);
      const memo = memoizeProblem(template.template);
      if (memo !== undefined) report('memoize', memo);
      const locks = locksOf(template.template.synchronization, '');
      if (!locks.ok) report('synchronization', locks.error);
      checkCalls(template, { scopes, scope, report });
      if (scope === LOCAL) checkTags(given, template, report);
    }
  }
  const report: Report = (field, message) => problems.add(field, message);
  checkHooks(spec.hooks === undefined ? {} : { hooks: spec.hooks }, 'spec', { scopes, scope: LOCAL, report });
}

function cachesOf(scopes: Scopes['scopes']): readonly string[] {
  const templates = [...scopes.values()].flatMap((named) => [...named.values()]);
  const inside = templates.flatMap((item) => [item, ...inlineTemplates(item)]);
  return [...new Set(inside.flatMap((item) => cacheNameOf(item.template) ?? []))];
}

function inlineTemplates(template: CompiledTemplate): readonly CompiledTemplate[] {
  const calls = [...template.stepsByName.values(), ...(template.dag?.tasks.values() ?? [])];
  return calls.flatMap(({ inline }) => (inline === undefined ? [] : [inline, ...inlineTemplates(inline)]));
}

function storedOf(workflow: Workflow, spec: WorkflowSpec, reachable: Reachable): CompiledWorkflow['stored'] {
  const templates = [...reachable.templates].map(([key, item]): [string, Template] => [key, item.template]);
  return {
    ...(templates.length === 0 ? {} : { storedTemplates: Object.fromEntries(templates) }),
    ...(workflow.spec.workflowTemplateRef === undefined ? {} : { storedWorkflowTemplateSpec: spec }),
  };
}

function resolvedSpec(
  workflow: Workflow,
  options: CompileOptions,
  sources: TemplateSources,
): Result<WorkflowSpec, string> {
  if (workflow.spec.workflowTemplateRef !== undefined && (workflow.spec.templates ?? []).length > 0) {
    return err('Templates is invalid field in spec if workflow referred WorkflowTemplate reference');
  }
  return execSpec(workflow, sources, options.defaults);
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
  const sources = options.sources ?? storedSources(workflow.status);
  const given = resolvedSpec(workflow, options, sources);
  if (!given.ok) return err([{ field: 'spec.workflowTemplateRef', message: given.error }]);
  const templates = (given.value.templates ?? []).map((template) => resolveTemplate(template, given.value));
  const spec: WorkflowSpec = { ...given.value, templates };
  checkName(workflow, problems);
  checkSpec(spec, problems);
  checkArguments(spec, options.lint === true || options.template === true, problems);
  const { scopes, reachable } = compileScopes(spec, sources, problems);
  const local = scopes.get(LOCAL) ?? new Map<string, CompiledTemplate>();
  checkEntry(spec, { templates: local, isOptional: options.template === true }, problems);
  checkOnExit(spec, local, problems);
  checkReferences({ spec, isOpen: options.template === true }, scopes, problems);
  if (problems.list.length > 0) return err(problems.list);
  const everything = [...templates, ...[...reachable.templates.values()].map((item) => item.template)];
  return ok({
    spec,
    entrypoint: spec.entrypoint ?? '',
    templates: local,
    scopes,
    stored: storedOf(workflow, given.value, reachable),
    configReferences: configReferences(spec, everything),
    caches: cachesOf(scopes),
    programs: createArgoPrograms(),
  });
}
