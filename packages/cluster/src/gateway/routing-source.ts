import { createSecureContext, type SecureContext } from 'node:tls';
import type { Gateway, GatewayClass, HttpRoute } from '@argosy/api/gateway';
import { resources } from '@argosy/api';
import { isObject } from '@argosy/std';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import type { ControllerContext, Informer } from '@argosy/kube/runtime';
import {
  buildTable,
  httpRouteRoutes,
  ingressRoutes,
  isOwnIngress,
  matchesHostname,
  ownGateways,
  worldOf,
  type GatewayAddress,
  type Ingress,
  type IngressClass,
  type RouteTable,
  type RoutingObserved,
  type ServicePort,
} from '../routing/index.ts';
import type { Place, RouterSource } from './router.ts';

type Loose = { readonly [field: string]: unknown };
const records = (value: unknown): readonly Loose[] => (Array.isArray(value) ? value.filter(isObject) : []);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const TLS_TYPE = 'kubernetes.io/tls';

/** The informers behind the gateway, and what is made from them when somebody asks. */
export class RoutingSource implements RouterSource {
  readonly #informers: { readonly [name in keyof typeof FOLLOWED]: Informer<KubeObject> };
  #table: RouteTable | undefined;
  #certificates = new Map<string, SecureContext | undefined>();

  constructor(context: ControllerContext) {
    const entries = Object.entries(FOLLOWED).map(([name, resource]) => [name, context.informers.informer(resource)]);
    this.#informers = Object.fromEntries(entries);
    for (const informer of this.all()) informer.onChange(() => this.#forget());
    this.#informers.secrets.onChange(() => this.#forget());
  }

  /** Informers whose objects decide routes and statuses. */
  all(): readonly Informer<KubeObject>[] {
    const { endpoints: _endpoints, ...rest } = this.#informers;
    return Object.values(rest);
  }

  async synced(): Promise<void> {
    await Promise.all(Object.values(this.#informers).map((informer) => informer.synced()));
  }

  #forget(): void {
    this.#table = undefined;
    this.#certificates = new Map();
  }

  observe(address: GatewayAddress): RoutingObserved {
    const { ingresses, ingressClasses, gatewayClasses, gateways, httpRoutes, namespaces, services, secrets } =
      this.#informers;
    const named = (list: readonly KubeObject[]): ReadonlySet<string> =>
      new Set(list.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`));
    return {
      ingresses: ingresses.lister.list() as readonly Ingress[],
      ingressClasses: ingressClasses.lister.list() as readonly IngressClass[],
      gatewayClasses: gatewayClasses.lister.list() as readonly GatewayClass[],
      gateways: gateways.lister.list() as readonly Gateway[],
      httpRoutes: httpRoutes.lister.list() as readonly HttpRoute[],
      namespaceLabels: new Map(namespaces.lister.list().map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
      services: named(services.lister.list()),
      certificates: named(secrets.lister.list().filter((secret) => secret['type'] === TLS_TYPE)),
      address,
    };
  }

  table(): RouteTable {
    if (this.#table === undefined) {
      const seen = this.observe(NOWHERE);
      const world = worldOf(seen);
      this.#table = buildTable([
        ...seen.ingresses.filter((each) => isOwnIngress(each, seen.ingressClasses)).flatMap(ingressRoutes),
        ...seen.httpRoutes.flatMap((route) => httpRouteRoutes(world, route)),
      ]);
    }
    return this.#table;
  }

  endpoints(place: ServicePort): readonly Place[] {
    const key = { namespace: place.namespace, name: place.name };
    const service = this.#informers.services.lister.get(key);
    const spec = isObject(service?.['spec']) ? service['spec'] : {};
    const port = records(spec['ports']).find((each) => each['port'] === place.port || each['name'] === place.port);
    if (port === undefined) return [];
    const portName = port['name'] ?? '';
    return records(this.#informers.endpoints.lister.get(key)?.['subsets']).flatMap((subset) =>
      records(subset['ports'])
        .filter((each) => (each['name'] ?? '') === portName)
        .flatMap((each) =>
          records(subset['addresses']).map((address) => ({ host: text(address['ip']), port: Number(each['port']) })),
        ),
    );
  }

  /** The certificate for a name: of the first Ingress or listener that names it, the narrower name first. */
  certificateFor(name: string): SecureContext | undefined {
    if (!this.#certificates.has(name)) {
      if (this.#certificates.size >= MAX_CERTIFICATES) this.#certificates.clear();
      this.#certificates.set(name, this.#readCertificate(name));
    }
    return this.#certificates.get(name);
  }

  #readCertificate(name: string): SecureContext | undefined {
    const seen = this.observe(NOWHERE);
    const offers = [...ingressOffers(seen), ...listenerOffers(seen)]
      .filter(({ hostname }) => matchesHostname(hostname, name))
      .toSorted((a, b) => b.hostname.length - a.hostname.length);
    for (const offer of offers) {
      const context = this.#secureContext(offer.namespace, offer.secret);
      if (context !== undefined) return context;
    }
    return undefined;
  }

  #secureContext(namespace: string, name: string): SecureContext | undefined {
    const secret = this.#informers.secrets.lister.get({ namespace, name });
    const data = isObject(secret?.['data']) ? secret['data'] : {};
    const [cert, key] = ['tls.crt', 'tls.key'].map((field) => Buffer.from(text(data[field]), 'base64'));
    try {
      return cert === undefined || key === undefined ? undefined : createSecureContext({ cert, key });
    } catch {
      // A Secret that holds no key pair offers nothing; the Gateway's status tells so.
      return undefined;
    }
  }
}

/** Names whose certificate is remembered at most. */
export const MAX_CERTIFICATES = 10_000;

const NOWHERE: GatewayAddress = { ip: '127.0.0.1', httpPort: 0, httpsPort: 0 };

const FOLLOWED = Object.freeze({
  ingresses: resources.ingresses,
  ingressClasses: resources.ingressClasses,
  gatewayClasses: resources.gatewayClasses,
  gateways: resources.gateways,
  httpRoutes: resources.httpRoutes,
  namespaces: resources.namespaces,
  services: resources.services,
  secrets: resources.secrets,
  endpoints: resources.endpoints,
}) satisfies { readonly [name: string]: ResourceRef };

interface Offer {
  readonly hostname: string;
  readonly namespace: string;
  readonly secret: string;
}

function ingressOffers(seen: RoutingObserved): readonly Offer[] {
  return seen.ingresses
    .filter((ingress) => isOwnIngress(ingress, seen.ingressClasses))
    .flatMap((ingress) =>
      (ingress.spec?.tls ?? []).flatMap(({ hosts = [''], secretName = '' }) =>
        hosts.map((host) => ({
          hostname: host.toLowerCase(),
          namespace: ingress.metadata.namespace ?? '',
          secret: secretName,
        })),
      ),
    );
}

function listenerOffers(seen: RoutingObserved): readonly Offer[] {
  return ownGateways(worldOf(seen)).flatMap((gateway) =>
    gateway.spec.listeners
      .filter(({ protocol }) => protocol === 'HTTPS')
      .flatMap(({ hostname = '', tls }) =>
        (tls?.certificateRefs ?? [])
          // A Secret of another namespace is not given out without that namespace's consent.
          .filter((reference) => (reference.namespace ?? gateway.metadata.namespace) === gateway.metadata.namespace)
          .map(({ name }) => ({
            hostname: hostname.toLowerCase(),
            namespace: gateway.metadata.namespace ?? '',
            secret: name,
          })),
      ),
  );
}
