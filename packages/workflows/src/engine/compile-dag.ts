import type { DagTask, DagTemplate } from '@argosy/api/workflows';

import type { CompiledDag, CompiledTask, CompiledTemplate } from './compiled.ts';
import { allOf, parseDepends, tasksOf, type Depends } from './depends.ts';

/** Reports one problem of the template at hand; `field` is relative to it. */
export type Report = (field: string, message: string) => void;

interface Dependency {
  readonly depends?: Depends;
  readonly dependencies: readonly string[];
}

function dependencyOf(task: DagTask, field: string, report: Report): Dependency {
  if (task.depends !== undefined && task.depends !== '') {
    const parsed = parseDepends(task.depends);
    if (parsed.ok) return { depends: parsed.value, dependencies: tasksOf(parsed.value) };
    report(`${field}.depends`, parsed.error);
    return { dependencies: [] };
  }
  const depends = allOf(task.dependencies ?? []);
  return { dependencies: [...new Set(task.dependencies ?? [])], ...(depends === undefined ? {} : { depends }) };
}

/** One cycle as a path `a->b->a`, or undefined. Iterative: graphs may be deep. */
function findCycle(tasks: ReadonlyMap<string, CompiledTask>): string | undefined {
  const state = new Map<string, 'open' | 'closed'>();
  for (const root of tasks.keys()) {
    const path: { readonly name: string; next: number }[] = [{ name: root, next: 0 }];
    while (path.length > 0) {
      const top = path[path.length - 1];
      if (top === undefined) break;
      if (state.get(top.name) === 'closed') {
        path.pop();
        continue;
      }
      state.set(top.name, 'open');
      const dependency = tasks.get(top.name)?.dependencies[top.next];
      top.next += 1;
      if (dependency === undefined) {
        state.set(top.name, 'closed');
        path.pop();
      } else if (state.get(dependency) === 'open') {
        const names = path.map((step) => step.name);
        return [...names.slice(names.indexOf(dependency)), dependency].join('->');
      } else if (tasks.has(dependency)) path.push({ name: dependency, next: 0 });
    }
  }
  return undefined;
}

function dependentsOf(tasks: ReadonlyMap<string, CompiledTask>): Map<string, string[]> {
  const dependents = new Map<string, string[]>();
  for (const task of tasks.values()) {
    for (const name of task.dependencies) {
      const list = dependents.get(name);
      if (list === undefined) dependents.set(name, [task.name]);
      else list.push(task.name);
    }
  }
  return dependents;
}

function ancestorsOf(tasks: ReadonlyMap<string, CompiledTask>, targets: readonly string[]): Set<string> {
  const needed = new Set<string>();
  const queue = [...targets];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    queue.push(...(tasks.get(name)?.dependencies ?? []));
  }
  return needed;
}

/** Kahn's algorithm over an acyclic graph, keeping the order of the list where it may. */
function topological(tasks: ReadonlyMap<string, CompiledTask>, dependents: ReadonlyMap<string, readonly string[]>) {
  const waiting = new Map([...tasks.values()].map((task) => [task.name, task.dependencies.length]));
  const order = [...tasks.values()].filter((task) => task.dependencies.length === 0).map((task) => task.name);
  for (let index = 0; index < order.length; index += 1) {
    for (const name of dependents.get(order[index] ?? '') ?? []) {
      const left = (waiting.get(name) ?? 0) - 1;
      waiting.set(name, left);
      if (left === 0) order.push(name);
    }
  }
  return order;
}

function targetsOf(dag: DagTemplate, tasks: ReadonlyMap<string, CompiledTask>, report: Report): readonly string[] {
  const named = (dag.target ?? '').split(' ').filter((name) => name !== '');
  for (const name of named) {
    if (!tasks.has(name)) report('dag.target', `target '${name}' is not defined`);
  }
  if (named.length > 0) return named;
  const dependents = dependentsOf(tasks);
  return [...tasks.keys()].filter((name) => !dependents.has(name)).sort();
}

function isLoopTask(task: DagTask | undefined): boolean {
  return task?.withItems !== undefined || task?.withParam !== undefined || task?.withSequence !== undefined;
}

function usesItems(depends: Depends, task: string): boolean {
  if (depends.kind === 'not') return usesItems(depends.of, task);
  if (depends.kind === 'and' || depends.kind === 'or') {
    return usesItems(depends.left, task) || usesItems(depends.right, task);
  }
  const byItems = depends.kind === 'result' && ['AnySucceeded', 'AllFailed'].includes(depends.result);
  return byItems && depends.task === task;
}

function checkDependencies(task: CompiledTask, tasks: ReadonlyMap<string, CompiledTask>, report: Report): void {
  const field = `dag.tasks.${task.name}`;
  for (const name of task.dependencies) {
    const dependency = tasks.get(name);
    if (dependency === undefined) {
      report(field, `tasks.${task.name} dependency '${name}' not defined`);
    } else if (task.depends !== undefined && usesItems(task.depends, name) && !isLoopTask(dependency.task)) {
      const why = 'uses an items-based condition such as .AnySucceeded or .AllFailed but does not contain any items';
      report(field, `tasks.${task.name} dependency '${name}' ${why}`);
    }
  }
}

function checkStyle(dag: DagTemplate, report: Report): void {
  const tasks = dag.tasks ?? [];
  const withDepends = tasks.some((task) => (task.depends ?? '') !== '');
  const withDependencies = tasks.some((task) => (task.dependencies ?? []).length > 0);
  if (withDepends && withDependencies) {
    report('dag', "cannot use both 'depends' and 'dependencies' in the same DAG template");
  }
  const tell = (task: DagTask, why: string): void =>
    report(`dag.tasks.${task.name ?? ''}`, `tasks.${task.name ?? ''} ${why}`);
  if (withDepends || withDependencies) {
    for (const task of tasks.filter((item) => /^\d/.test(item.name ?? ''))) {
      tell(task, "name cannot begin with a digit when using either 'depends' or 'dependencies'");
    }
  }
  for (const task of withDepends ? tasks.filter((item) => item.continueOn !== undefined) : []) {
    tell(task, "cannot use 'continueOn' when using 'depends'. Instead use 'dep-task.Failed'/'dep-task.Errored'");
  }
}

/** Indexes a DAG and reports everything that is wrong with its graph. `inlineOf` compiles inline templates. */
export function compileDag(
  dag: DagTemplate,
  inlineOf: (task: DagTask, field: string) => CompiledTemplate | undefined,
  report: Report,
): CompiledDag {
  checkStyle(dag, report);
  const all = new Map<string, CompiledTask>();
  for (const [index, task] of (dag.tasks ?? []).entries()) {
    const name = task.name ?? '';
    const inline = inlineOf(task, `dag.tasks[${index}]`);
    const dependency = dependencyOf(task, `dag.tasks.${name}`, report);
    all.set(name, { name, task, ...dependency, ...(inline === undefined ? {} : { inline }) });
  }
  for (const task of all.values()) checkDependencies(task, all, report);
  const cycle = findCycle(all);
  if (cycle !== undefined) report('dag', `dependency cycle detected: ${cycle}`);
  const targets = targetsOf(dag, all, report);
  const needed = ancestorsOf(all, targets);
  const tasks = new Map([...all].filter(([name]) => needed.has(name)));
  const dependents = dependentsOf(tasks);
  return { tasks, targets, dependents, order: topological(tasks, dependents) };
}
