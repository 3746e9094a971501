import type { KubeObject } from '@argosy/kube/meta';
import type { TypeSchema } from '@argosy/kube/schema';
import type { StoredObject } from '../store/index.ts';
import type { WebhookClient } from './admission/webhook-calls.ts';
import type { ResourceDescriptor } from './contract.ts';

/** Which names a resource accepts. */
export type NameRule = 'subdomain' | 'label' | 'label1035' | 'path';

/** How a resource departs from plain storage. */
export interface ResourceTraits {
  /** metadata.generation is counted. */
  readonly generation: boolean;
  /** A PUT without resourceVersion is accepted. */
  readonly unconditionalUpdate: boolean;
  /** A PUT to a missing name creates. */
  readonly createOnUpdate: boolean;
  /** DELETE answers the object instead of a Status. */
  readonly answersDeleted: boolean;
  /** What happens to dependents when a DELETE does not say. */
  readonly defaultPropagation: 'Background' | 'Orphan';
  /** Deletion leaves dependents alone whatever is asked (events). */
  readonly ignoresPropagation: boolean;
  readonly nameRule: NameRule;
  /** Answered by an extension, never stored. */
  readonly virtual: boolean;
}

/** Where a scale subresource finds its numbers, as member paths. */
export interface ScalePaths {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
  /** A path to selector text (custom resources) or a metav1.LabelSelector or map (built-ins). */
  readonly selector?: readonly string[];
}

/** A printer column of a custom resource. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly jsonPath: string;
}

/** What a CustomResourceDefinition adds to a served version. */
export interface CustomDefinition {
  /** Name of the definition object. */
  readonly name: string;
  readonly terminating: boolean;
  readonly columns: readonly PrinterColumn[];
  /** openAPIV3Schema as written, for publication. */
  readonly openApi: { readonly [field: string]: unknown } | undefined;
  readonly selectableFields: readonly (readonly string[])[];
  /** What every request of a deprecated version is warned of. */
  readonly deprecation: string | undefined;
}

/** How the versions of a definition are turned into each other when a webhook does it. */
export interface Conversion {
  /** `group/version, Kind=kind`, for messages. */
  readonly name: string;
  readonly client: WebhookClient;
  /** The apiVersions that are served. */
  readonly served: readonly string[];
  /** Stored objects in other versions, by apiVersion: asked once for each state of an object. */
  readonly converted: WeakMap<StoredObject, ReadonlyMap<string, KubeObject>>;
}

/** A resource as the API server works with it: what discovery tells, and how it is kept. */
export interface ServedResource extends ResourceDescriptor {
  /** `group/resource` of the storage; views of one storage share it. */
  readonly storage: string;
  readonly apiVersion: string;
  /** apiVersion of the stored bytes. */
  readonly storedApiVersion: string;
  /** True when stored bytes may carry another apiVersion than `apiVersion`: each read converts. */
  readonly converts: boolean;
  /** Set when a webhook converts; otherwise versions differ in what `convert.ts` knows. */
  readonly conversion?: Conversion;
  readonly hasStatus: boolean;
  readonly scale?: ScalePaths;
  readonly traits: ResourceTraits;
  readonly definition?: CustomDefinition;
  /** The compiled schema, on first need; undefined when the kind has none. */
  readonly schema: () => TypeSchema | undefined;
}

/** A stored object and the resource that it is served as. */
export interface ServedObject {
  readonly resource: ServedResource;
  readonly object: KubeObject;
}
