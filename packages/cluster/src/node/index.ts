/** The node agent of the embedded cluster: pods as sandboxed processes or simulated, their logs, and a Service proxy. */
export { startNodeAgent, type NodeAgent, type NodeAgentOptions } from './node-agent.ts';
export { createProcessRuntime, type ProcessRuntimeOptions } from './process-runtime.ts';
export { createSimulatedRuntime } from './simulated-runtime.ts';
export { parseSimulation, SIMULATION_ANNOTATION, type SimulatedRun } from './simulation-script.ts';
export { startDnsServer, type DnsServer, type DnsServerOptions } from './dns-server.ts';
export { startServiceProxy, type ServiceProxy, type ServiceProxyOptions } from './service-proxy.ts';
export {
  ContainerRefusal,
  defaultNodeLimits,
  type ContainerOrder,
  type ExecAnswer,
  type ImageFound,
  type ImageRequest,
  type InstanceChange,
  type InstanceRef,
  type MintToken,
  type NodeLimits,
  type PodRuntime,
  type PodSandbox,
  type RuntimeHost,
  type RuntimeMount,
} from './contract.ts';
export { defaultTiming, type PodTiming } from './plan-types.ts';
export { createContainerRuntime, type ContainerRuntimeOptions } from './containers/container-runtime.ts';
export { findEngineSocket } from './containers/find-socket.ts';
export type { PodNetwork } from './containers/create-body.ts';
