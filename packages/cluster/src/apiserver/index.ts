/** The embedded API server as a pure machine: `step` answers one request over a store. */
export type {
  AccessAttributes,
  ApiAnswer,
  Authorizer,
  CommitLog,
  CommitRecord,
  ControlPlane,
  PodStreamRequest,
  ResourceDescriptor,
  SessionRequest,
  SubresourceDescriptor,
  Table,
  TableColumn,
  WatchFrame,
  WatchSink,
} from './contract.ts';
export { storeKey } from './contract.ts';
export type {
  ContainerSession,
  ContainerUsage,
  DialOrder,
  ExecOrder,
  NodeGateway,
  NodeUsage,
  OutputStream,
  PodStream,
  SessionEnd,
  SessionOrder,
  TakeOutput,
  TerminalSize,
} from './node-gateway.ts';
export { answerOf, presentBytes } from './answer.ts';
export { bootstrapObjects, BUILT_IN_NAMESPACES, type BootstrapObject } from './bootstrap.ts';
export { absorbConversions, CONVERSION_SECONDS, MAX_CONVERSION_OBJECTS, missingConversions } from './conversion.ts';
export { presentObject } from './convert.ts';
export { EVENTS, nextEventExpiry, sweepEvents } from './event-expiry.ts';
export { DEFINITIONS, descriptorOf, type Registry } from './registry.ts';
export { parseVersion, selectionOf, type Selection } from './reading.ts';
export { parseFieldSelector, selectedName } from './field-selector.ts';
export type { ServedResource } from './resource.ts';
export { forbiddenField, invalid, unknownResource } from './errors.ts';
export { tableOf } from './tables/table.ts';
export { servedResource, step } from './step.ts';
export {
  createApiState,
  DEFAULT_SERVER_CONFIG,
  type AdmissionPlugin,
  type AdmissionReview,
  type ApiState,
  type Outcome,
  type ServerConfig,
  type StepEnv,
} from './state.ts';
export {
  MAX_ADMISSION_STEPS,
  MAX_AUDIT_VALUE_LENGTH,
  MAX_WEBHOOK_WARNINGS,
  WebhooksNeeded,
  type AnsweredCall,
  type WebhookCall,
  type WebhookClient,
  type WebhookReply,
} from './admission/index.ts';
export { admitStream, type StreamReview } from './connecting.ts';
