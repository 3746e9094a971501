import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CommandError } from '@argosy/cli';
import { ensureAuthority, type Authority } from '@argosy/auth/tls';
import type { ControlPlane } from '@argosy/cluster/apiserver';
import { createEscalationCheck, createRbacAuthorizer } from '@argosy/cluster/authz';
import { openControlPlane } from '@argosy/cluster/control-plane';
import { openAuditLog, openCommitLog, type AuditLog } from '@argosy/cluster/disk';
import {
  AuthenticationConfigError,
  createAuthenticator,
  createOidcTokens,
  createServiceAccountTokens,
  createWebhookCaller,
  followRbac,
  readAuthenticationConfig,
  resolveServiceOf,
  reviewExtensions,
  serveClusterHttp,
  type ClusterHttpServer,
  type ClusterTls,
  type OidcIssuer,
  type ServiceAccountTokens,
} from '@argosy/cluster/http';
import { resources } from '@argosy/api';
import { hasReason, type KubeObject, type ResourceRef } from '@argosy/kube/meta';
import { parseYaml } from '@argosy/lang/yaml';
import { milliseconds, type Clock, type Logger } from '@argosy/std';
import { kubeconfigText } from '@argosy/kube/client';
import { type DataDirectory, explainFileError, writePrivateFile } from './data-directory.ts';
import { administrator, componentObjects, components } from './identities.ts';
import { explainListenError } from './listen-error.ts';

/** The running control plane with what the other parts need of it. */
export interface RunningControlPlane {
  readonly plane: ControlPlane;
  readonly authority: Authority;
  readonly tokens: ServiceAccountTokens;
  /** Where the Kubernetes API listens on 127.0.0.1. */
  readonly kubePort: number;
  /** Shows fresh certificates and writes a fresh kubeconfig when the present ones have lived half their life. */
  renewCertificates(): Promise<void>;
  close(): Promise<void>;
}

/** How long certificates last. They are replaced at half of it; a kubeconfig that was copied away stops working then. */
const LEAF_LIFETIME = milliseconds(30 * 86_400_000);

interface Settings {
  readonly kubePort: number;
  readonly kubeAuthentication: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

const RESOURCE_BY_KIND: { readonly [kind: string]: ResourceRef } = {
  Namespace: resources.namespaces,
  ServiceAccount: resources.serviceAccounts,
  ClusterRole: resources.clusterRoles,
  ClusterRoleBinding: resources.clusterRoleBindings,
  Role: resources.roles,
  RoleBinding: resources.roleBindings,
  CustomResourceDefinition: resources.customResourceDefinitions,
  AppProject: resources.appProjects,
  Application: resources.applications,
  IngressClass: resources.ingressClasses,
  GatewayClass: resources.gatewayClasses,
};

/** Creates an object of a kind that Argosy brings along; an existing one is left as its owner made it. */
export async function ensureObject(plane: ControlPlane, object: KubeObject): Promise<void> {
  const resource = RESOURCE_BY_KIND[object.kind];
  if (resource === undefined) throw new Error(`no resource is known for ${object.kind}`);
  try {
    await plane.send(administrator, {
      verb: 'create',
      resource,
      namespace: object.metadata.namespace ?? '',
      object,
      fieldManager: 'argosy',
    });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  }
}

/** Brings an object of ours up to this version's content; used for what users do not edit: CRDs and our own roles. */
export async function replaceObject(plane: ControlPlane, object: KubeObject): Promise<void> {
  const resource = RESOURCE_BY_KIND[object.kind];
  if (resource === undefined) throw new Error(`no resource is known for ${object.kind}`);
  const key = { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
  await ensureObject(plane, object);
  await plane.send(administrator, {
    verb: 'patch',
    resource,
    key,
    patchType: 'merge',
    patch: object,
    fieldManager: 'argosy',
  });
}

async function bootstrap(plane: ControlPlane): Promise<void> {
  const namespaces = new Set(components.map((component) => component.namespace));
  for (const name of namespaces) {
    await ensureObject(plane, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  for (const object of componentObjects(components)) await replaceObject(plane, object);
}

async function openLog(directory: string): ReturnType<typeof openCommitLog> {
  try {
    return await openCommitLog(directory);
  } catch (error) {
    const sentence =
      error instanceof Error && error.message !== '' ? error.message : explainFileError(error, directory);
    throw new CommandError(sentence);
  }
}

/** The issuers of `--kube-authentication`. @throws CommandError that names the file and what is wrong in it. */
async function readIssuers(file: string | undefined): Promise<readonly OidcIssuer[]> {
  if (file === undefined) return [];
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandError(`--kube-authentication: ${file} cannot be read: ${String(error)}`);
  });
  const document = parseYaml(text);
  if (!document.ok) throw new CommandError(`--kube-authentication: ${file}: ${document.error.message}`);
  try {
    return readAuthenticationConfig(document.value);
  } catch (error) {
    if (error instanceof AuthenticationConfigError) {
      throw new CommandError(`--kube-authentication: ${file}: ${error.message}`);
    }
    throw error;
  }
}

function openAudit(file: string, logger: Logger): Promise<AuditLog> {
  const refused = (error: Error): void => {
    logger.error('the audit log refuses events', { error: error.message });
  };
  return openAuditLog({ file, refused });
}

interface Opened {
  readonly plane: ControlPlane;
  readonly authority: Authority;
  readonly tokens: ServiceAccountTokens;
  readonly authenticator: ReturnType<typeof createAuthenticator>;
  readonly audit: AuditLog;
  /** Ends what stands beside the plane: the follower of RBAC objects and the connections to webhooks. */
  readonly stop: () => Promise<void>;
}

async function open(directory: DataDirectory, settings: Settings): Promise<Opened> {
  const { clock, logger } = settings;
  const now = (): number => clock.now();
  const authority = await ensureAuthority(directory.pki, { now: () => clock.now(), leafLifetime: LEAF_LIFETIME });
  const authorizer = createRbacAuthorizer();
  const tokens = createServiceAccountTokens({ key: authority.serviceAccountKey, now });
  const log = await openLog(directory.cluster);
  const audit = await openAudit(directory.kubeAuditFile, logger);
  const planes: { current?: ControlPlane } = {};
  const server = (): ControlPlane => {
    if (planes.current === undefined) throw new Error('the control plane is not open yet');
    return planes.current;
  };
  const inside: Pick<ControlPlane, 'send'> = { send: (user, request) => server().send(user, request) };
  const issuers = await readIssuers(settings.kubeAuthentication);
  const foreignTokens = createOidcTokens({ issuers, now, logger });
  const authenticator = createAuthenticator({ server: inside, tokens, foreignTokens });
  const webhooks = createWebhookCaller({ resolveService: resolveServiceOf(inside) });
  const plane = await openControlPlane({
    log,
    clock,
    logger,
    authorizer,
    newUid: randomUUID,
    webhooks: webhooks.call,
    config: { serviceCidr: directory.serviceRange },
    plugins: [createEscalationCheck(authorizer)],
    extensions: reviewExtensions({ server, authorizer, authenticator, tokens, now }),
  });
  planes.current = plane;
  const follower = await followRbac({ plane, authorizer });
  await bootstrap(plane);
  const stop = async (): Promise<void> => {
    follower.close();
    webhooks.close();
    await audit.close();
  };
  return { plane, authority, tokens, authenticator, audit, stop };
}

async function clusterTls(authority: Authority): Promise<ClusterTls> {
  const leaf = await authority.serverLeaf(['kubernetes', 'kubernetes.default', 'kubernetes.default.svc']);
  return { certificate: leaf.certificate, privateKey: leaf.privateKey, authority: authority.certificate };
}

async function serve(opened: Opened, settings: Settings): Promise<ClusterHttpServer> {
  const tls = await clusterTls(opened.authority);
  try {
    return await serveClusterHttp({
      plane: opened.plane,
      tls,
      authenticator: opened.authenticator,
      tokens: opened.tokens,
      port: settings.kubePort,
      logger: settings.logger,
      audit: (event) => opened.audit.write(event),
    });
  } catch (error) {
    throw explainListenError(error, { port: settings.kubePort, flag: '--kube-port', what: 'the Kubernetes API' });
  }
}

async function writeKubeconfig(directory: DataDirectory, opened: Opened, port: number): Promise<void> {
  const client = await opened.authority.clientLeaf(administrator.name, ['system:masters']);
  const text = kubeconfigText({
    server: `https://127.0.0.1:${port}`,
    ca: opened.authority.certificate,
    certificate: client.certificate,
    privateKey: client.privateKey,
  });
  await writePrivateFile(directory.kubeconfig, text);
  await writePrivateFile(directory.caFile, opened.authority.certificate);
}

/**
 * Opens the durable control plane, brings its built-in objects up to date, serves it over TLS on loopback and writes
 * the administrator's kubeconfig.
 * @throws CommandError with one sentence when the directory is locked or full, or the port is taken.
 */
export async function startControlPlane(directory: DataDirectory, settings: Settings): Promise<RunningControlPlane> {
  const opened = await open(directory, settings);
  try {
    const http = await serve(opened, settings);
    await writeKubeconfig(directory, opened, http.port);
    return {
      plane: opened.plane,
      authority: opened.authority,
      tokens: opened.tokens,
      kubePort: http.port,
      renewCertificates: async () => {
        http.setTls(await clusterTls(opened.authority));
        await writeKubeconfig(directory, opened, http.port);
      },
      close: async () => {
        await http.close();
        await opened.stop();
        await opened.plane.close();
      },
    };
  } catch (error) {
    await opened.stop();
    await opened.plane.close();
    throw error;
  }
}
