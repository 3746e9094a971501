/**
 * The cluster port: what every controller, service and tool speaks, whether the cluster is the embedded one in the
 * same process, the same over HTTPS, or any Kubernetes. Adapters live in `kube/client`.
 */
export type {
  ClusterApi,
  ClusterServer,
  CreateRequest,
  DeleteOptions,
  DeleteRequest,
  DeleteCollectionRequest,
  FieldValidation,
  GetRequest,
  KubeRequest,
  ListOptions,
  ListRequest,
  LogRequest,
  LogStream,
  PatchRequest,
  PatchType,
  RequestOptions,
  UpdateRequest,
  UserInfo,
  WatchEvent,
  WatchRequest,
} from './cluster-api.ts';
export {
  createObject,
  deleteObject,
  getObject,
  getObjectOrUndefined,
  listObjects,
  patchObject,
  updateObject,
  updateStatus,
} from './calls.ts';
export type { KindQuery, RestMapper, RestMapping } from './rest-mapper.ts';
