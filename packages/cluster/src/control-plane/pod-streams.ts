import { kubeError, type KubeObject, type ObjectKey } from '@argosy/kube/meta';
import type { LogRequest, UserInfo } from '@argosy/kube/port';
import type {
  Authorizer,
  ContainerSession,
  ControlPlane,
  DialOrder,
  ExecOrder,
  NodeGateway,
  PodStream,
  PodStreamRequest,
  SessionOrder,
  SessionRequest,
  StreamReview,
} from '../apiserver/index.ts';
import { actingUser, demandAccess } from './access.ts';

/** What logs and streams of pods are served from. */
export interface PodStreamParts {
  readonly authorizer: Authorizer;
  /** The node agent, once it is connected. */
  readonly gateway: () => NodeGateway | undefined;
  /** Reads a pod without asking for the right to. @throws KubeError NotFound. */
  readonly readPod: (key: ObjectKey, signal: AbortSignal | undefined) => Promise<KubeObject>;
  /** Admission of the operation CONNECT. @throws KubeError what webhooks and policies refuse. */
  readonly admit: (user: UserInfo, stream: StreamReview, signal: AbortSignal | undefined) => Promise<void>;
}

type PodStreams = Pick<ControlPlane, 'logs' | 'exec' | 'attach' | 'forward'>;

interface Asked extends PodStreamRequest {
  readonly subresource: string;
  /** What admission is told; absent for logs, which are read and not connected to. */
  readonly connects?: Omit<StreamReview, 'key'>;
}

/** Checks the right on a pod's subresource, reads the pod, and asks admission. */
async function podFor(parts: PodStreamParts, caller: UserInfo, asked: Asked): Promise<KubeObject> {
  const { key, verb, subresource, impersonate, signal, connects } = asked;
  const user = actingUser(parts.authorizer, caller, impersonate);
  demandAccess(parts.authorizer, user, { verb, group: '', resource: 'pods', subresource, ...key });
  const pod = await parts.readPod(key, signal);
  if (connects !== undefined) await parts.admit(user, { ...connects, key }, signal);
  return pod;
}

/** The options of an exec or attach as admission sees them. */
function sessionOptions(kind: string, request: SessionRequest, order: SessionOrder | ExecOrder): Draft {
  const { stdin, stdout, stderr, tty } = order;
  return {
    kind,
    apiVersion: 'v1',
    ...(stdin ? { stdin } : {}),
    ...(stdout ? { stdout } : {}),
    ...(stderr ? { stderr } : {}),
    ...(tty ? { tty } : {}),
    ...(request.container === '' ? {} : { container: request.container }),
    ...('command' in order ? { command: order.command } : {}),
  };
}

type Draft = StreamReview['options'];

function connected(parts: PodStreamParts, what: string): NodeGateway {
  const gateway = parts.gateway();
  if (gateway !== undefined) return gateway;
  throw kubeError('ServiceUnavailable', `no node agent is connected, so there are no ${what}`);
}

function notOffered(what: string): Error {
  return kubeError('', `NotImplemented: this node does not offer ${what}`, { code: 501 });
}

function demandAssigned(pod: KubeObject): void {
  const spec = pod['spec'] as { readonly nodeName?: string } | undefined;
  if (spec?.nodeName === undefined || spec.nodeName === '') {
    throw kubeError('BadRequest', `pod ${pod.metadata.name} does not have a host assigned`);
  }
}

async function* logs(parts: PodStreamParts, caller: UserInfo, request: LogRequest): AsyncGenerator<Uint8Array> {
  const pod = await podFor(parts, caller, { ...request, subresource: 'log', verb: 'get' });
  yield* connected(parts, 'container logs').logs(pod, request);
}

async function exec(
  parts: PodStreamParts,
  caller: UserInfo,
  given: { readonly request: SessionRequest; readonly order: ExecOrder },
): Promise<ContainerSession> {
  const { request, order } = given;
  const connects = { subresource: 'exec', options: sessionOptions('PodExecOptions', request, order) } as const;
  const pod = await podFor(parts, caller, { ...request, subresource: 'exec', connects });
  demandAssigned(pod);
  const gateway = connected(parts, 'running containers');
  if (gateway.exec === undefined) throw notOffered('exec');
  return gateway.exec(pod, request.container, order);
}

async function attach(
  parts: PodStreamParts,
  caller: UserInfo,
  given: { readonly request: SessionRequest; readonly order: SessionOrder },
): Promise<ContainerSession> {
  const { request, order } = given;
  const connects = { subresource: 'attach', options: sessionOptions('PodAttachOptions', request, order) } as const;
  const pod = await podFor(parts, caller, { ...request, subresource: 'attach', connects });
  demandAssigned(pod);
  const gateway = connected(parts, 'running containers');
  if (gateway.attach === undefined) throw notOffered('attach');
  return gateway.attach(pod, request.container, order);
}

async function forward(
  parts: PodStreamParts,
  caller: UserInfo,
  request: PodStreamRequest,
): Promise<(order: DialOrder) => Promise<PodStream>> {
  const options = { kind: 'PodPortForwardOptions', apiVersion: 'v1' };
  const connects = { subresource: 'portforward', options } as const;
  const pod = await podFor(parts, caller, { ...request, subresource: 'portforward', connects });
  demandAssigned(pod);
  const gateway = connected(parts, 'ports to connect to');
  if (gateway.dial === undefined) throw notOffered('portforward');
  return (order) => gateway.dial?.(pod, order) ?? Promise.reject(notOffered('portforward'));
}

/** Logs, exec, attach and port-forward of a control plane: the right is asked for, the node does the work. */
export function podStreams(parts: PodStreamParts): PodStreams {
  return {
    logs: (user, request) => logs(parts, user, request),
    exec: (user, request, order) => exec(parts, user, { request, order }),
    attach: (user, request, order) => attach(parts, user, { request, order }),
    forward: (user, request) => forward(parts, user, request),
  };
}
