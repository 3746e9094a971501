import type { Arguments, Parameter, Workflow, WorkflowSpec } from '@argosy/api/workflows';
import { err, ok, type Result } from '@argosy/std';

import { mergeSpecs } from './template-defaults.ts';
import { reachableTemplates, scopeOfRef, type TemplateSources } from './template-sources.ts';

function hasValue(item: Parameter): boolean {
  return item.value !== undefined || item.valueFrom !== undefined;
}

/** A parameter is taken whole from the highest place that gives it a value; what may be chosen is kept. */
function mergeParameter(base: Parameter, over: Parameter): Parameter {
  const merged = { ...base, ...over };
  if (over.value === undefined || base.valueFrom === undefined || over.valueFrom !== undefined) return merged;
  const { valueFrom: _valueFrom, ...rest } = merged;
  return rest;
}

function mergeParameters(base: readonly Parameter[], over: readonly Parameter[]): Parameter[] {
  const given = new Map(over.map((item) => [item.name, item]));
  const merged = base.map((item) => {
    const other = given.get(item.name);
    if (other === undefined) return item;
    return hasValue(other) || !hasValue(item) ? mergeParameter(item, other) : mergeParameter(other, item);
  });
  const known = new Set(base.map((item) => item.name));
  return [...merged, ...over.filter((item) => !known.has(item.name))];
}

function mergeArguments(base: Arguments | undefined, over: Arguments | undefined): Arguments | undefined {
  if (base === undefined || over === undefined) return over ?? base;
  return { ...base, ...over, parameters: mergeParameters(base.parameters ?? [], over.parameters ?? []) };
}

/** A spec over a base that it refers to; hooks and labelsFrom are taken key by key, and never merged inside. */
export function overlaySpec(base: WorkflowSpec, over: WorkflowSpec): WorkflowSpec {
  const given = mergeArguments(base.arguments, over.arguments);
  const merged = mergeSpecs(base, over);
  return { ...merged, ...(given === undefined ? {} : { arguments: given }) };
}

function withoutReference(spec: WorkflowSpec): WorkflowSpec {
  const { workflowTemplateRef: _ref, ...rest } = spec;
  return rest;
}

/** What a workflow refers to as a whole; undefined when it stands for itself. */
export function templateScopeOf(workflow: Workflow): string | undefined {
  const ref = workflow.spec.workflowTemplateRef;
  return ref === undefined ? undefined : scopeOfRef(ref);
}

/** The parts that always come from the workflow itself, as it is now. */
function live(spec: WorkflowSpec, workflow: Workflow): WorkflowSpec {
  const { suspend: _suspend, shutdown: _shutdown, ...rest } = spec;
  const { suspend, shutdown } = workflow.spec;
  return { ...rest, ...(suspend === undefined ? {} : { suspend }), ...(shutdown === undefined ? {} : { shutdown }) };
}

/**
 * The spec that runs: the workflow's own over the template that it refers to over the controller's defaults. What the
 * status stored when the workflow began counts for the whole run. The error says which template does not exist.
 */
export function execSpec(
  workflow: Workflow,
  sources: TemplateSources,
  defaults: WorkflowSpec | undefined,
): Result<WorkflowSpec, string> {
  const stored = workflow.status?.storedWorkflowTemplateSpec;
  if (stored !== undefined) return ok(live(stored, workflow));
  const scope = templateScopeOf(workflow);
  const base = scope === undefined ? {} : sources.get(scope);
  if (base === undefined) return err(`template ${workflow.spec.workflowTemplateRef?.name ?? ''} not found`);
  const referred = overlaySpec(base, withoutReference(workflow.spec));
  const merged = defaults === undefined ? referred : overlaySpec(defaults, referred);
  return ok(live(merged, workflow));
}

/** The scopes that a workflow needs and nobody has read yet. */
export function missingSources(
  workflow: Workflow,
  sources: TemplateSources,
  defaults?: WorkflowSpec,
): readonly string[] {
  const scope = templateScopeOf(workflow);
  const isStored = workflow.status?.storedWorkflowTemplateSpec !== undefined;
  if (scope !== undefined && !isStored && !sources.has(scope)) return [scope];
  const spec = execSpec(workflow, sources, defaults);
  return spec.ok ? [...reachableTemplates(spec.value, sources).missing] : [];
}
