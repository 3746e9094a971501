import { silentLogger, type Clock, type Logger } from '@argosy/std';
import { resources } from '@argosy/api';
import type { Application, AppProject } from '@argosy/api/cd';
import { RestError, type Identity, type RestRequest, type RestResponse, type RestRoute } from '@argosy/api/rest';
import type { ClusterApi } from '@argosy/kube/port';
import type { Informer, InformerFactory } from '@argosy/kube/runtime';
import { LiveSettings, type KindMapper } from '../controller/index.ts';
import { projectNameOf } from '../engine/index.ts';
import { RepositoryError, type ManifestLoader, type Repositories } from '../repo/index.ts';

/** Whether somebody may do a thing; the policy of the product. */
export interface AccessPolicy {
  enforce(identity: Identity, resource: string, access: { readonly action: string; readonly object: string }): boolean;
}

/** What the delivery service is given. */
export interface DeliveryServiceOptions {
  readonly api: ClusterApi;
  /** Shared with the controller when both run in one process. */
  readonly informers: InformerFactory;
  readonly repositories: Repositories;
  readonly restMapper: KindMapper;
  readonly policy: AccessPolicy;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends streams and timers. */
  readonly signal: AbortSignal;
  /** @default 'argocd' */
  readonly namespace?: string;
  readonly loader?: ManifestLoader;
}

/** The options, resolved, with the informers behind the routes. */
export interface ServiceContext {
  readonly options: DeliveryServiceOptions;
  readonly namespace: string;
  readonly applications: Informer<Application>;
  readonly projects: Informer<AppProject>;
  readonly settings: LiveSettings;
}

/** Resolves options and starts the informers that every route reads from. */
export function serviceContext(options: DeliveryServiceOptions): ServiceContext {
  const namespace = options.namespace ?? 'argocd';
  return {
    options,
    namespace,
    applications: options.informers.informer<Application>(resources.applications),
    projects: options.informers.informer<AppProject>(resources.appProjects, { namespace }),
    settings: new LiveSettings(options.informers, { namespace, clock: options.clock, logger: silentLogger }),
  };
}

function toRestError(error: unknown): unknown {
  if (!(error instanceof RepositoryError)) return error;
  if (error.kind === 'NotFound') return new RestError('NotFound', error.message);
  if (error.kind === 'InvalidRequest') return new RestError('InvalidArgument', error.message);
  return new RestError('FailedPrecondition', error.message);
}

/** A route whose refusals by repositories carry upstream's codes; the server maps those of the cluster. */
export function route(parts: RestRoute): RestRoute {
  return {
    ...parts,
    handle: async (request) => {
      try {
        return await parts.handle(request);
      } catch (error) {
        throw toRestError(error);
      }
    },
  };
}

/** A JSON answer. */
export function json(body: unknown): RestResponse {
  return { kind: 'json', body };
}

const denied = (): RestError => new RestError('PermissionDenied', 'permission denied');

/** The namespace and name that a request means. */
export function applicationKeyOf(context: ServiceContext, request: RestRequest): { namespace: string; name: string } {
  const asked = request.query.get('appNamespace') ?? '';
  return { namespace: asked === '' ? context.namespace : asked, name: request.params['name'] ?? '' };
}

/** `project/name`, or `project/namespace/name` outside the control-plane namespace. */
export function rbacObject(context: ServiceContext, app: Pick<Application, 'metadata' | 'spec'>): string {
  const namespace = app.metadata.namespace ?? context.namespace;
  const name = namespace === context.namespace ? app.metadata.name : `${namespace}/${app.metadata.name}`;
  return `${app.spec.project === '' ? 'default' : app.spec.project}/${name}`;
}

/**
 * The object that access to a named Application is decided on. Without a project in the request, a missing Application
 * is as forbidden as one that may not be seen.
 */
export async function applicationObject(context: ServiceContext, request: RestRequest): Promise<string> {
  await context.applications.synced();
  const key = applicationKeyOf(context, request);
  const app = context.applications.lister.get(key);
  const project = request.query.get('project') ?? '';
  if (app !== undefined && (project === '' || project === projectNameOf(app))) return rbacObject(context, app);
  if (app !== undefined || project === '') throw denied();
  return `${project}/${key.name}`;
}

/** The Application that a request names; the access check has passed. */
export async function namedApplication(context: ServiceContext, request: RestRequest): Promise<Application> {
  await context.applications.synced();
  const key = applicationKeyOf(context, request);
  const app = context.applications.lister.get(key);
  if (app === undefined)
    throw new RestError('NotFound', `applications.argoproj.io ${JSON.stringify(key.name)} not found`);
  return app;
}

/** The decoded body as an object. */
export function bodyObject(request: RestRequest): { readonly [key: string]: unknown } {
  const { body } = request;
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as { readonly [key: string]: unknown };
  throw new RestError('InvalidArgument', 'the body must be a JSON object');
}
