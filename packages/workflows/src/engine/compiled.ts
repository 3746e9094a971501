import type { DagTask, Template, WorkflowSpec, WorkflowStatus, WorkflowStep } from '@argosy/api/workflows';

import type { ExprCache } from '@argosy/lang/expr';

import type { ConfigReference } from './config-references.ts';
import type { Depends } from './depends.ts';

/** One thing that is wrong with a workflow. */
export interface ValidationProblem {
  /** The path of the field, e.g. `spec.templates[0].name`. */
  readonly field: string;
  /** The whole sentence, in upstream's words where it has any. */
  readonly message: string;
}

/** Template types that run here. */
export type TemplateKind = 'container' | 'script' | 'resource' | 'steps' | 'dag' | 'suspend';

/** A step with what was found out about it. */
export interface CompiledStep {
  readonly name: string;
  readonly groupIndex: number;
  readonly step: WorkflowStep;
  readonly inline?: CompiledTemplate;
}

/** A task with what was found out about it. */
export interface CompiledTask {
  readonly name: string;
  readonly task: DagTask;
  readonly depends?: Depends;
  /** Names of the tasks that it waits for. */
  readonly dependencies: readonly string[];
  readonly inline?: CompiledTemplate;
}

/** The tasks of a DAG that its targets need, indexed. */
export interface CompiledDag {
  readonly tasks: ReadonlyMap<string, CompiledTask>;
  /** Every task after the ones that it depends on. */
  readonly order: readonly string[];
  readonly dependents: ReadonlyMap<string, readonly string[]>;
  readonly targets: readonly string[];
}

/** A template, indexed. */
export interface CompiledTemplate {
  readonly template: Template;
  readonly kind: TemplateKind;
  /** Where the names that it calls are looked up: `''` is the workflow itself. */
  readonly scope: string;
  readonly groups: readonly (readonly CompiledStep[])[];
  readonly stepsByName: ReadonlyMap<string, CompiledStep>;
  readonly dag?: CompiledDag;
  /** Steps or tasks whose outputs.result somebody reads. */
  readonly resultsUsed: ReadonlySet<string>;
}

/** A workflow that may run. */
export interface CompiledWorkflow {
  readonly spec: WorkflowSpec;
  readonly entrypoint: string;
  /** Its own templates. */
  readonly templates: ReadonlyMap<string, CompiledTemplate>;
  /** Templates by scope and name; scope `''` are its own. */
  readonly scopes: ReadonlyMap<string, ReadonlyMap<string, CompiledTemplate>>;
  /** What the status must remember of other objects. */
  readonly stored: Pick<WorkflowStatus, 'storedTemplates' | 'storedWorkflowTemplateSpec'>;
  /** The keys of ConfigMaps that inputs are read from. */
  readonly configReferences: readonly ConfigReference[];
  /** The caches of its memoized templates. */
  readonly caches: readonly string[];
  /** The programs of its expressions; a cache. */
  readonly programs: ExprCache;
}

/** Finds a template by scope and name. */
export function findTemplate(
  compiled: CompiledWorkflow,
  target: { readonly scope: string; readonly name: string },
): CompiledTemplate | undefined {
  return compiled.scopes.get(target.scope)?.get(target.name);
}
