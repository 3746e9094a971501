import {
  anything,
  array,
  boolean,
  integer,
  intOrString,
  map,
  object,
  opaque,
  partial,
  string,
  type Infer,
} from '../schema/index.ts';

const nameValue = object({ name: string(), value: string() }, {});

const helm = partial({
  valueFiles: array(string()),
  parameters: array(partial({ name: string(), value: string(), forceString: boolean() })),
  fileParameters: array(partial({ name: string(), path: string() })),
  releaseName: string(),
  values: string(),
  valuesObject: opaque(),
  version: string(),
  passCredentials: boolean(),
  ignoreMissingValueFiles: boolean(),
  skipCrds: boolean(),
  skipTests: boolean(),
  skipSchemaValidation: boolean(),
  namespace: string(),
  kubeVersion: string(),
  apiVersions: array(string()),
});

const kustomizePatch = partial({
  path: string(),
  patch: string(),
  target: partial({
    group: string(),
    version: string(),
    kind: string(),
    name: string(),
    namespace: string(),
    labelSelector: string(),
    annotationSelector: string(),
  }),
  options: map(boolean()),
});

const kustomize = partial({
  namePrefix: string(),
  nameSuffix: string(),
  images: array(string()),
  replicas: array(object({ name: string(), count: intOrString() }, {})),
  commonLabels: map(string()),
  forceCommonLabels: boolean(),
  labelWithoutSelector: boolean(),
  labelIncludeTemplates: boolean(),
  commonAnnotations: map(string()),
  forceCommonAnnotations: boolean(),
  commonAnnotationsEnvsubst: boolean(),
  namespace: string(),
  version: string(),
  patches: array(kustomizePatch),
  components: array(string()),
  ignoreMissingComponents: boolean(),
  kubeVersion: string(),
  apiVersions: array(string()),
});

const jsonnetVariable = object({ name: string(), value: string() }, { code: boolean() });

const directory = partial({
  recurse: boolean(),
  include: string(),
  exclude: string(),
  disableExtensionFilter: boolean(),
  jsonnet: partial({ extVars: array(jsonnetVariable), tlas: array(jsonnetVariable), libs: array(string()) }),
});

const plugin = partial({
  name: string(),
  env: array(nameValue),
  parameters: array(partial({ name: string(), string: string(), array: array(string()), map: map(string()) })),
});

/** The schema of `spec.source`. */
export const applicationSource = object(
  { repoURL: string() },
  {
    targetRevision: string(),
    path: string(),
    chart: string(),
    ref: string(),
    name: string(),
    tagPrefix: string(),
    helm,
    kustomize,
    directory,
    plugin,
  },
);

/** Where manifests come from: a repository, a revision that was asked for, a path. */
export type ApplicationSource = Infer<typeof applicationSource>;

/** The schema of `spec.sourceHydrator`. Only its shape is served so far. */
export const sourceHydrator = object(
  { drySource: anything(), syncSource: object({ targetBranch: string(), path: string() }, { repoURL: string() }) },
  { hydrateTo: object({ targetBranch: string() }, {}) },
);

/** The schema of `spec.destination`. */
export const applicationDestination = partial({ server: string(), name: string(), namespace: string() });

/** The cluster (by URL or name) and the namespace that an Application is delivered into. */
export type ApplicationDestination = Infer<typeof applicationDestination>;

/** The schema of one `ignoreDifferences` entry. */
export const resourceIgnoreDifferences = object(
  { kind: string() },
  {
    group: string(),
    name: string(),
    namespace: string(),
    jsonPointers: array(string()),
    jqPathExpressions: array(string()),
    managedFieldsManagers: array(string()),
  },
);

/** Fields that never count as a difference. */
export type ResourceIgnoreDifferences = Infer<typeof resourceIgnoreDifferences>;

/** The schema of `syncPolicy.retry`. */
export const retryStrategy = partial({
  limit: integer(),
  refresh: boolean(),
  backoff: partial({ duration: string(), factor: integer(), maxDuration: string() }),
});

/** How often and how fast a failed sync is tried again. */
export type RetryStrategy = Infer<typeof retryStrategy>;

/** The schema of `managedNamespaceMetadata`. */
export const managedNamespaceMetadata = partial({ labels: map(string()), annotations: map(string()) });
