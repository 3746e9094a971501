import { instant, parseTime } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { PathMatch, Route, RouteMatch, ServicePort } from './route.ts';

/** The controller that IngressClasses and GatewayClasses of the embedded gateway name. */
export const GATEWAY_CONTROLLER = 'argosy.io/gateway';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const DEFAULT_ANNOTATION = 'ingressclass.kubernetes.io/is-default-class';

interface IngressBackend {
  readonly service?: { readonly name: string; readonly port?: { readonly number?: number; readonly name?: string } };
}

interface IngressPath {
  readonly path?: string;
  readonly pathType: string;
  readonly backend: IngressBackend;
}

/** networking.k8s.io/v1 Ingress. */
export interface Ingress extends KubeObject {
  readonly spec?: {
    readonly ingressClassName?: string;
    readonly defaultBackend?: IngressBackend;
    readonly rules?: readonly { readonly host?: string; readonly http?: { readonly paths: readonly IngressPath[] } }[];
    readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[];
  };
}

/** networking.k8s.io/v1 IngressClass. */
export interface IngressClass extends KubeObject {
  readonly spec?: { readonly controller?: string };
}

/** True when the Ingress is this gateway's: by class, by the old annotation, or without either by the default class. */
export function isOwnIngress(ingress: Ingress, classes: readonly IngressClass[]): boolean {
  const own = classes.filter(({ spec }) => spec?.controller === GATEWAY_CONTROLLER);
  const name = ingress.spec?.ingressClassName ?? ingress.metadata.annotations?.[CLASS_ANNOTATION];
  if (name !== undefined) return own.some(({ metadata }) => metadata.name === name);
  return own.some(({ metadata }) => metadata.annotations?.[DEFAULT_ANNOTATION] === 'true');
}

function placeOf(ingress: Ingress, backend: IngressBackend | undefined): ServicePort | undefined {
  const service = backend?.service;
  const port = service?.port?.number ?? service?.port?.name;
  if (service === undefined || port === undefined) return undefined;
  return { namespace: ingress.metadata.namespace ?? '', name: service.name, port };
}

function pathMatch(path: IngressPath): PathMatch {
  const value = path.path ?? '/';
  return { kind: path.pathType === 'Exact' ? 'exact' : 'prefix', value };
}

function routeOf(
  ingress: Ingress,
  given: { id: string; match: RouteMatch; backend: IngressBackend | undefined },
): Route {
  const { namespace = '', name, creationTimestamp } = ingress.metadata;
  return {
    id: `Ingress ${namespace}/${name} ${given.id}`,
    match: given.match,
    filters: [],
    backends: [{ place: placeOf(ingress, given.backend), weight: 1, filters: [] }],
    createdAt: instant(parseTime(creationTimestamp ?? '') ?? 0),
  };
}

const plainMatch = (hostname: string, path: PathMatch): RouteMatch => ({ hostname, path, headers: [], query: [] });

/** The routes of one Ingress. ImplementationSpecific paths are prefixes. */
export function ingressRoutes(ingress: Ingress): readonly Route[] {
  const { rules = [], defaultBackend } = ingress.spec ?? {};
  const routes = rules.flatMap(({ host = '', http }, rule) =>
    (http?.paths ?? []).map((path, index) =>
      routeOf(ingress, {
        id: `${rule}.${index}`,
        match: plainMatch(host.toLowerCase(), pathMatch(path)),
        backend: path.backend,
      }),
    ),
  );
  if (defaultBackend === undefined) return routes;
  const match = plainMatch('', { kind: 'prefix', value: '/' });
  return [...routes, routeOf(ingress, { id: 'default', match, backend: defaultBackend })];
}
