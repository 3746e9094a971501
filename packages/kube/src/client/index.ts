/** The two adapters of the cluster port: in the same process, and over HTTPS with kubeconfig. */
export {
  DEFAULT_CLIENT_LIMITS,
  type ClientLimits,
  type ClusterConnection,
  type ClusterCredentials,
} from './cluster-connection.ts';
export { connectHttp, type HttpClusterApi } from './connect-http.ts';
export { ConnectionError, type ConnectionFault } from './connection-error.ts';
export { connectInProcess, type InProcessOptions } from './in-process.ts';
export { createRestMapper, mappingsOf, type RestMapperOptions, type ServedDescriptor } from './rest-mapper.ts';
export { KubeconfigError, parseKubeconfig, readKubeconfig, type Kubeconfig } from './kubeconfig.ts';
export { kubeconfigText, type KubeconfigContent } from './kubeconfig-text.ts';
export {
  inClusterConnection,
  kubeconfigConnection,
  loadKubeconfig,
  tokenFileCredentials,
  type InClusterOptions,
  type KubeconfigConnection,
  type KubeconfigOptions,
} from './load-kubeconfig.ts';
