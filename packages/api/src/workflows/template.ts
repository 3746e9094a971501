import { anything, array, boolean, integer, map, opaque, partial, string, type Infer } from '../schema/index.ts';
import {
  anyText,
  argumentsSchema,
  continueOn,
  inputs,
  open,
  outputs,
  retryStrategy,
  sequence,
  templateRef,
} from './parameters.ts';

/** A container as core/v1 has it; only what engines read is described. */
export const container = partial(
  {
    name: string(),
    image: string(),
    command: array(string()),
    args: array(string()),
    env: array(opaque()),
    volumeMounts: array(opaque()),
    workingDir: string(),
  },
  open,
);

/** A container whose program text is `source`. */
export const script = partial(
  {
    name: string(),
    image: string(),
    command: array(string()),
    args: array(string()),
    source: string(),
    env: array(opaque()),
    volumeMounts: array(opaque()),
    workingDir: string(),
  },
  open,
);

/** What runs when its moment comes, by name; `exit` is the end. */
export const hooks = map(
  partial({ template: string(), arguments: argumentsSchema, templateRef, expression: string() }),
);

const callFields = {
  name: string(),
  template: string(),
  inline: opaque(),
  arguments: argumentsSchema,
  templateRef,
  withItems: array(anything()),
  withParam: string(),
  withSequence: sequence,
  when: string(),
  continueOn,
  onExit: string(),
  hooks,
};

/** One step of a group. */
export const workflowStep = partial(callFields);

/** One task of a DAG. */
export const dagTask = partial({ ...callFields, dependencies: array(string()), depends: string() });

/** A graph of tasks. */
export const dagTemplate = partial({ target: string(), tasks: array(dagTask), failFast: boolean() });

/** A named unit of work: exactly one of the template types is set. */
export const template = partial(
  {
    name: string(),
    inputs,
    outputs,
    metadata: partial({ labels: map(string()), annotations: map(string()) }),
    annotations: map(string()),
    container,
    script,
    steps: array(array(workflowStep)),
    dag: dagTemplate,
    suspend: partial({ duration: anyText() }, { ...open, nullable: true }),
    containerSet: opaque(),
    resource: opaque(),
    data: opaque(),
    http: opaque(),
    plugin: opaque(),
    retryStrategy,
    activeDeadlineSeconds: anyText(),
    timeout: string(),
    pendingTimeout: string(),
    parallelism: integer(),
    failFast: boolean(),
    daemon: boolean(),
    serviceAccountName: string(),
    automountServiceAccountToken: boolean(),
    nodeSelector: map(string()),
    affinity: opaque(),
    tolerations: array(opaque()),
    schedulerName: string(),
    priorityClassName: string(),
    securityContext: opaque(),
    hostAliases: array(opaque()),
    volumes: array(opaque()),
    initContainers: array(container),
    sidecars: array(container),
    podSpecPatch: string(),
    synchronization: opaque(),
    memoize: opaque(),
    archiveLocation: opaque(),
  },
  open,
);

/** A container as core/v1 has it. */
export type Container = Infer<typeof container>;
/** A container whose program text is `source`. */
export type Script = Infer<typeof script>;
/** One step of a group. */
export type WorkflowStep = Infer<typeof workflowStep>;
/** One task of a DAG. */
export type DagTask = Infer<typeof dagTask>;
/** A graph of tasks. */
export type DagTemplate = Infer<typeof dagTemplate>;
/** A named unit of work. */
export type Template = Infer<typeof template>;
/** What runs at the end of something, or when an expression holds. */
export type LifecycleHook = Infer<typeof hooks>[string];
