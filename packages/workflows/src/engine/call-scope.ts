import type { Artifact, TemplateRef, WorkflowStep } from '@argosy/api/workflows';
import { strictReferences, substitute, type TagScope } from '@argosy/lang/tags';
import { err, ok, type Result } from '@argosy/std';

import { resolveArtifact } from './artifact-references.ts';
import { callSource } from './call-references.ts';
import { findTemplate, type CompiledTemplate } from './compiled.ts';
import { definedMembers } from './defined-members.ts';
import type { TemplateCall } from './execute-template.ts';
import type { PassingScope } from './inputs.ts';
import type { Pass } from './pass.ts';
import { scopeOf, type Frame } from './scope.ts';
import type { Source } from './sources.ts';
import { targetOf } from './template-sources.ts';

/** A step or task that is about to run. */
export interface Call {
  readonly kind: 'steps' | 'tasks';
  readonly name: string;
  readonly step: WorkflowStep;
  readonly inline: CompiledTemplate | undefined;
  /** Its node's name, without loop index. */
  readonly nodeName: string;
}

/** What a call's texts are rendered with: `own` variables first, then its siblings', then the boundary's. */
export function callScope(pass: Pass, frame: Frame, own: readonly Source[] = []): TagScope {
  return scopeOf(pass, ...own, callSource(pass, frame), frame.source);
}

/** How a call's arguments are read. */
export function passing(pass: Pass, scope: TagScope, frame: Frame): PassingScope {
  const artifact = (item: Artifact) => resolveArtifact(pass, { frame, scope }, item);
  return { scope, options: strictReferences, configMaps: pass.observed.configMaps, artifact };
}

/** The template that a call runs, and how its node names it. */
export type Callee = Pick<TemplateCall, 'compiled' | 'templateName' | 'templateRef' | 'scope'>;

/** The template that a call or a hook names, looked for in the scope of the template that it stands in. */
export function calleeOf(
  pass: Pass,
  call: { readonly template?: string; readonly templateRef?: TemplateRef },
  at: { readonly frame: Frame; readonly scope: TagScope },
): Result<Callee, string> {
  const home = at.frame.compiled.scope;
  const { template, templateRef: ref } = call;
  const given = substitute({ template: template ?? '', ref: ref ?? {} }, at.scope, strictReferences);
  if (!given.ok) return given;
  const named = ref === undefined ? { template: given.value.template } : { templateRef: given.value.ref };
  const target = targetOf(named, home);
  const compiled = findTemplate(pass.compiled, target);
  if (compiled !== undefined) {
    const { template: templateName, templateRef } = { template: undefined, templateRef: undefined, ...named };
    return ok({ compiled, scope: home, ...definedMembers({ templateName, templateRef }) });
  }
  if (ref === undefined) return err(`template ${target.name} not found`);
  return err(`template reference ${given.value.ref.name ?? ''}.${target.name} not found`);
}
