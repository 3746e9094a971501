import type { NodeStatus } from '@argosy/api/workflows';

import type { CompiledDag, CompiledTask } from './compiled.ts';
import { isFailedOrError } from './node-memory.ts';

/** What a DAG's end depends on, asked when no node inside it is open. */
export interface DagFacts {
  readonly nodeOf: (task: string) => NodeStatus | undefined;
  readonly failFast: boolean;
  /** True when nothing may start any more. */
  readonly stopped: boolean;
}

type Branch = 'Succeeded' | 'Failed' | 'Error';

/**
 * The phase that arrives at the end of each task's branch. A task that ran gives its own phase; one that was skipped
 * or omitted passes on what came in, and a failure sticks.
 */
function branchPhases(dag: CompiledDag, facts: DagFacts): Map<string, Branch | undefined> {
  const phases = new Map<string, Branch | undefined>();
  for (const name of dag.order) {
    const task = dag.tasks.get(name);
    if (task !== undefined) phases.set(name, branchPhase(task, facts, phases));
  }
  return phases;
}

function branchPhase(
  task: CompiledTask,
  facts: DagFacts,
  phases: ReadonlyMap<string, Branch | undefined>,
): Branch | undefined {
  const node = facts.nodeOf(task.name);
  if (node === undefined) return undefined;
  if (isFailedOrError(node)) return node.phase === 'Failed' ? 'Failed' : 'Error';
  if (node.phase === 'Succeeded') return 'Succeeded';
  const incoming = task.dependencies.map((name) => phases.get(name));
  return incoming.findLast((phase) => phase === 'Failed' || phase === 'Error') ?? 'Succeeded';
}

function isTolerated(task: CompiledTask | undefined, branch: Branch): boolean {
  const { continueOn } = task?.task ?? {};
  return branch === 'Failed' ? continueOn?.failed === true : continueOn?.error === true;
}

/**
 * How a DAG stands when nothing inside it is open: the first failing target decides, a target that has not started
 * keeps it running. With failFast the first decision counts, without it targets that have not started count more.
 */
export function assessDag(dag: CompiledDag, facts: DagFacts): 'Running' | Branch {
  const result = assessTargets(dag, facts);
  return result === 'Running' && facts.stopped ? 'Failed' : result;
}

function assessTargets(dag: CompiledDag, facts: DagFacts): 'Running' | Branch {
  const phases = branchPhases(dag, facts);
  let result: 'Running' | Branch = 'Succeeded';
  for (const name of dag.targets) {
    const branch = phases.get(name);
    if (branch === undefined) {
      result = 'Running';
      if (!facts.failFast) return result;
    } else if (branch !== 'Succeeded' && !isTolerated(dag.tasks.get(name), branch)) {
      result = branch;
      if (facts.failFast) return result;
    }
  }
  return result;
}
