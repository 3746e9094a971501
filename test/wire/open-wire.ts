import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAuthority, type Authority } from '@argosy/auth/tls';
import { createEscalationCheck, createRbacAuthorizer, type RbacAuthorizer } from '@argosy/cluster/authz';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import {
  createAuthenticator,
  createServiceAccountTokens,
  createWebhookCaller,
  followRbac,
  hashToken,
  resolveServiceOf,
  reviewExtensions,
  serveClusterHttp,
  type ClusterHttpOptions,
} from '@argosy/cluster/http';
import type { CommitLog, ControlPlane } from '@argosy/cluster/apiserver';
import { DEFAULT_STORE_LIMITS } from '@argosy/cluster/store';
import { connectHttp, connectInProcess, type ClusterCredentials, type HttpClusterApi } from '@argosy/kube/client';
import type { ClusterApi, UserInfo } from '@argosy/kube/port';
import { systemClock } from '@argosy/kube/runtime';
import { instant } from '@argosy/std';

/** A whole embedded cluster with its wire, for tests. */
export interface Wire {
  readonly plane: ControlPlane;
  readonly authority: Authority;
  readonly rbac: RbacAuthorizer;
  readonly directory: string;
  readonly url: string;
  readonly adminToken: string;
  /** Over HTTPS with a client certificate; closed with the wire. */
  http(user: UserInfo): Promise<HttpClusterApi>;
  /** Over HTTPS with given credentials; closed with the wire. */
  httpWith(credentials: ClusterCredentials): HttpClusterApi;
  inProcess(user: UserInfo): ClusterApi;
  /** Closes only the HTTPS server. */
  closeServer(): Promise<void>;
  close(): Promise<void>;
}

/** The administrator of tests. */
export const admin: UserInfo = { name: 'admin', groups: ['system:masters'] };

/** Settings of `openWire`. */
export interface WireOptions {
  readonly http?: Partial<ClusterHttpOptions>;
  /** Watch events kept for one resource. */
  readonly historyEventCount?: number;
  /** Where the authority's keys are; a new directory that goes with the wire when left out. */
  readonly directory?: string;
  /** Where objects are kept; in memory when left out. */
  readonly log?: CommitLog;
}

/** Opens an embedded cluster in memory and serves it on a free port. */
export async function openWire(options: WireOptions = {}): Promise<Wire> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'argosy-wire-')));
  const authority = await ensureAuthority(join(directory, 'keys'), { now: () => instant(Date.now()) });
  const rbac = createRbacAuthorizer();
  const tokens = createServiceAccountTokens({ key: authority.serviceAccountKey, now: Date.now });
  const adminToken = randomUUID();
  const opened: { plane?: ControlPlane } = {};
  const server = { send: (...args: Parameters<ControlPlane['send']>) => planeOf(opened).send(...args) };
  const staticTokens = [{ sha256: hashToken(adminToken), user: admin }];
  const authenticator = createAuthenticator({ server, tokens, staticTokens });
  const extensions = reviewExtensions({ server: () => server, authorizer: rbac, authenticator, tokens, now: Date.now });
  const clock = systemClock;
  const log = options.log ?? inMemoryCommitLog();
  const historyEventCount = options.historyEventCount ?? DEFAULT_STORE_LIMITS.historyEventCount;
  const config = { store: { ...DEFAULT_STORE_LIMITS, historyEventCount } };
  const plugins = [createEscalationCheck(rbac)];
  const webhooks = createWebhookCaller({ resolveService: resolveServiceOf(server) });
  const plane = await openControlPlane({
    log,
    clock,
    webhooks: webhooks.call,
    authorizer: rbac,
    newUid: randomUUID,
    extensions,
    plugins,
    config,
  });
  opened.plane = plane;
  const follower = await followRbac({ plane, authorizer: rbac });
  const leaf = await authority.serverLeaf();
  const tls = { certificate: leaf.certificate, privateKey: leaf.privateKey, authority: authority.certificate };
  const http = await serveClusterHttp({ plane, tls, authenticator, tokens, ...options.http });
  const url = `https://127.0.0.1:${http.port}`;
  const clients: HttpClusterApi[] = [];
  const httpWith = (credentials: ClusterCredentials): HttpClusterApi => {
    const client = connectHttp({ server: url, ca: authority.certificate, credentials });
    clients.push(client);
    return client;
  };
  return {
    plane,
    authority,
    rbac,
    directory,
    url,
    adminToken,
    httpWith,
    http: async (user) => {
      const { certificate, privateKey } = await authority.clientLeaf(user.name, user.groups);
      return httpWith({ certificate, privateKey });
    },
    inProcess: (user) => connectInProcess(plane, user),
    closeServer: () => http.close(),
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await http.close().catch(() => undefined);
      follower.close();
      await plane.close();
      webhooks.close();
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

function planeOf(opened: { readonly plane?: ControlPlane }): ControlPlane {
  if (opened.plane === undefined) throw new Error('the control plane is not open yet');
  return opened.plane;
}
