import type { Template, TemplateRef, WorkflowSpec, WorkflowStatus, WorkflowStep } from '@argosy/api/workflows';
import { isObject } from '@argosy/std';

import { MAX_INLINE_DEPTH } from './template-kinds.ts';

/** Most WorkflowTemplates and ClusterWorkflowTemplates that one workflow may use. */
export const MAX_TEMPLATE_OBJECTS = 100;

/** The scope of the workflow's own templates. */
export const LOCAL = '';

/** Specs of WorkflowTemplates by scope: `namespaced/<name>` or `cluster/<name>`. */
export type TemplateSources = ReadonlyMap<string, WorkflowSpec>;

/** One template of one scope. */
export interface TemplateTarget {
  readonly scope: string;
  readonly name: string;
}

/** The scope that a reference names. */
export function scopeOfRef(ref: { readonly name?: string; readonly clusterScope?: boolean }): string {
  return `${ref.clusterScope === true ? 'cluster' : 'namespaced'}/${ref.name ?? ''}`;
}

/** What a call runs: a template of the scope that it stands in, or of the one that its reference names. */
export function targetOf(
  call: { readonly template?: string; readonly templateRef?: TemplateRef },
  scope: string,
): TemplateTarget {
  const { templateRef: ref } = call;
  return ref === undefined
    ? { scope, name: call.template ?? '' }
    : { scope: scopeOfRef(ref), name: ref.template ?? '' };
}

/** The key of a template in status.storedTemplates. */
export function storedKey(target: TemplateTarget): string {
  return `${target.scope}/${target.name}`;
}

/** The sources that a status holds: what the workflow began with counts, whatever the templates say by now. */
export function storedSources(status: WorkflowStatus | undefined): TemplateSources {
  const found = new Map<string, WorkflowSpec>();
  for (const [key, template] of Object.entries(status?.storedTemplates ?? {})) {
    const [kind = '', name = '', ...rest] = key.split('/');
    const scope = `${kind}/${name}`;
    const templates = [...(found.get(scope)?.templates ?? []), { ...template, name: rest.join('/') }];
    found.set(scope, { templates });
  }
  return found;
}

function callsOf(template: Template): readonly WorkflowStep[] {
  return [...(template.steps ?? []).flat(), ...(template.dag?.tasks ?? [])];
}

/** Every template that a call names: its own, its exit handler's, those of its hooks. Empty names are left out. */
export function targetsOf(call: WorkflowStep, scope: string): readonly TemplateTarget[] {
  const hooks = Object.values(call.hooks ?? {}).map((hook) => targetOf(hook, scope));
  const own = call.inline === undefined ? [targetOf(call, scope)] : [];
  return [...own, { scope, name: call.onExit ?? '' }, ...hooks].filter((target) => target.name !== '');
}

function targetsIn(template: Template, scope: string, depth = 0): readonly TemplateTarget[] {
  return callsOf(template).flatMap((call) => {
    const isNested = isObject(call.inline) && depth < MAX_INLINE_DEPTH;
    const inside = isNested ? targetsIn(call.inline as Template, scope, depth + 1) : [];
    return [...targetsOf(call, scope), ...inside];
  });
}

/** Templates of other objects that a workflow may run. */
export interface Reachable {
  readonly templates: ReadonlyMap<string, TemplateTarget & { readonly template: Template }>;
  /** Scopes that no source is known for. */
  readonly missing: ReadonlySet<string>;
}

/** A name with a tag may become any template of its scope. */
function matching(spec: WorkflowSpec, name: string): readonly Template[] {
  const templates = spec.templates ?? [];
  return name.includes('{{') ? templates : templates.filter((template) => template.name === name);
}

/** The templates that the spec itself names, in its calls and hooks. */
function firstTargets(spec: WorkflowSpec): TemplateTarget[] {
  const hooks = Object.values(spec.hooks ?? {}).map((hook) => targetOf(hook, LOCAL));
  return [...hooks, ...(spec.templates ?? []).flatMap((template) => targetsIn(template, LOCAL))];
}

/** Follows the references of a spec through the sources. */
export function reachableTemplates(spec: WorkflowSpec, sources: TemplateSources): Reachable {
  const templates = new Map<string, TemplateTarget & { readonly template: Template }>();
  const missing = new Set<string>();
  const queue = firstTargets(spec);
  for (let target = queue.pop(); target !== undefined; target = queue.pop()) {
    const { scope } = target;
    if (scope === LOCAL || templates.has(storedKey(target))) continue;
    const source = sources.get(scope);
    if (source === undefined) missing.add(scope);
    for (const template of matching(source ?? {}, target.name)) {
      const found = { scope, name: template.name ?? '', template };
      if (templates.has(storedKey(found))) continue;
      templates.set(storedKey(found), found);
      queue.push(...targetsIn(template, scope));
    }
  }
  return { templates, missing };
}
