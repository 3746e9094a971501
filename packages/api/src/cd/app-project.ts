import type { KubeObject } from '@argosy/kube/meta';
import {
  array,
  boolean,
  integer,
  map,
  object,
  oneOf,
  opaque,
  partial,
  string,
  type Infer,
  type KindDefinition,
} from '../schema/index.ts';
import { applicationDestination } from './source.ts';

const groupKind = object({ group: string(), kind: string() }, {});
const clusterResource = object({ group: string(), kind: string() }, { name: string() });
const jwtToken = object({ iat: integer() }, { exp: integer(), id: string() });

const projectRole = object(
  { name: string() },
  { description: string(), policies: array(string()), groups: array(string()), jwtTokens: array(jwtToken) },
);

const syncWindow = partial({
  kind: oneOf('allow', 'deny'),
  schedule: string(),
  duration: string(),
  applications: array(string()),
  namespaces: array(string()),
  clusters: array(string()),
  manualSync: boolean(),
  timeZone: string(),
  andOperator: boolean(),
  description: string({ maxLength: 255 }),
  syncOverrun: boolean(),
});

const appProjectSpec = partial({
  description: string({ maxLength: 255 }),
  sourceRepos: array(string()),
  destinations: array(applicationDestination),
  clusterResourceWhitelist: array(clusterResource),
  clusterResourceBlacklist: array(clusterResource),
  namespaceResourceWhitelist: array(groupKind),
  namespaceResourceBlacklist: array(groupKind),
  roles: array(projectRole),
  syncWindows: array(syncWindow),
  orphanedResources: partial({
    warn: boolean(),
    ignore: array(partial({ group: string(), kind: string(), name: string() })),
  }),
  signatureKeys: array(object({ keyID: string() }, {})),
  sourceIntegrity: opaque(),
  sourceNamespaces: array(string()),
  permitOnlyProjectScopedClusters: boolean(),
  destinationServiceAccounts: array(
    object({ server: string(), defaultServiceAccount: string() }, { namespace: string() }),
  ),
});

const appProjectStatus = partial({ jwtTokensByRole: map(partial({ items: array(jwtToken) })) });

/** An AppProject's spec. */
export type AppProjectSpec = Infer<typeof appProjectSpec>;

/** argoproj.io/v1alpha1 AppProject: what a group of Applications may use. */
export interface AppProject extends KubeObject {
  readonly spec: AppProjectSpec;
  readonly status?: Infer<typeof appProjectStatus>;
}

/** The AppProject kind. */
export const appProjectKind: KindDefinition = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'AppProject',
  plural: 'appprojects',
  singular: 'appproject',
  shortNames: ['appproj', 'appprojs'],
  namespaced: true,
  hasStatusSubresource: false,
  columns: [],
  fields: { spec: appProjectSpec.json, status: appProjectStatus.json },
  required: ['spec'],
};
