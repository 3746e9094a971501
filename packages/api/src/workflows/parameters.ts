import {
  anything,
  array,
  boolean,
  integer,
  oneOf,
  opaque,
  partial,
  string,
  object,
  type Infer,
  type Schema,
} from '../schema/index.ts';

/** Anything inside that is not described stays as the user wrote it. */
export const open = { 'x-kubernetes-preserve-unknown-fields': true };

/** Text that users may also write as a JSON number or boolean; engines read it through `parameterText`. */
export function anyText(): Schema<string | number | boolean> {
  return { json: anything().json };
}

/** Where a parameter's value comes from. */
export const valueFrom = partial(
  {
    path: string(),
    parameter: string(),
    expression: string(),
    default: anyText(),
    supplied: opaque(),
    jsonPath: string(),
    jqFilter: string(),
    event: string(),
    configMapKeyRef: opaque(),
  },
  open,
);

/** An input, output or argument parameter. */
export const parameter = object(
  { name: string() },
  {
    value: anyText(),
    default: anyText(),
    valueFrom,
    globalName: string(),
    enum: array(anyText()),
    description: anyText(),
  },
  open,
);

/** An artifact; what its location says stays opaque here. */
export const artifact = object(
  { name: string() },
  {
    path: string(),
    from: string(),
    fromExpression: string(),
    optional: boolean(),
    globalName: string(),
    subPath: string(),
    mode: integer(),
    recurseMode: boolean(),
    deleted: boolean(),
    archive: opaque(),
    artifactGC: opaque(),
    s3: opaque(),
    http: opaque(),
    git: opaque(),
    raw: opaque(),
  },
  open,
);

/** What a caller passes. */
export const argumentsSchema = partial({ parameters: array(parameter), artifacts: array(artifact) }, open);

/** What a template expects. */
export const inputs = partial({ parameters: array(parameter), artifacts: array(artifact) }, open);

/** What a template, a node or a workflow gives. */
export const outputs = partial(
  { parameters: array(parameter), artifacts: array(artifact), result: string(), exitCode: string() },
  open,
);

/** `withSequence`: numbers from `start` to `end`, or `count` of them. */
export const sequence = partial({ count: anyText(), start: anyText(), end: anyText(), format: string() });

/** When failures do not fail the parent. */
export const continueOn = partial({ error: boolean(), failed: boolean() });

/** How often and when a template is tried again. */
export const retryStrategy = partial(
  {
    limit: anyText(),
    retryPolicy: oneOf('', 'Always', 'OnFailure', 'OnError', 'OnTransientError'),
    backoff: partial({ duration: anyText(), factor: anyText(), maxDuration: anyText(), cap: anyText() }),
    affinity: opaque(),
    expression: string(),
  },
  open,
);

/** A step's or task's reference to a template of another object. */
export const templateRef = partial({ name: string(), template: string(), clusterScope: boolean() });

/** How long finished workflows are kept, in seconds. */
export const ttlStrategy = partial({
  secondsAfterCompletion: integer(),
  secondsAfterSuccess: integer(),
  secondsAfterFailure: integer(),
});

/** When finished pods are deleted. */
export const podGc = partial({ strategy: string(), labelSelector: opaque(), deleteDelayDuration: string() }, open);

/** A parameter, as written or as resolved: values are read through `parameterText`. */
export type Parameter = Infer<typeof parameter>;
/** Where a parameter's value comes from. */
export type ValueFrom = Infer<typeof valueFrom>;
/** An artifact. */
export type Artifact = Infer<typeof artifact>;
/** What a caller passes. */
export type Arguments = Infer<typeof argumentsSchema>;
/** What a template expects, or what a node was given. */
export type Inputs = Infer<typeof inputs>;
/** What a template, a node or a workflow gives. */
export type Outputs = Infer<typeof outputs>;
/** A `withSequence` loop. */
export type Sequence = Infer<typeof sequence>;
/** Failures that do not fail the parent. */
export type ContinueOn = Infer<typeof continueOn>;
/** How often and when a template is tried again. */
export type RetryStrategy = Infer<typeof retryStrategy>;
/** A template of another object. */
export type TemplateRef = Infer<typeof templateRef>;
/** How long finished workflows are kept, in seconds. */
export type TtlStrategy = Infer<typeof ttlStrategy>;
/** When finished pods are deleted. */
export type PodGc = Infer<typeof podGc>;
