/** The kinds of the Gateway API (gateway.networking.k8s.io/v1) that the embedded gateway serves. */
import type { KubeObject } from '@argosy/kube/meta';
import {
  array,
  crdOf,
  integer,
  keyedArray,
  map,
  object,
  oneOf,
  opaque,
  partial,
  string,
  type Infer,
  type KindDefinition,
} from '../schema/index.ts';

const GROUP = 'gateway.networking.k8s.io';
const port = integer({ minimum: 1, maximum: 65_535 });
const hostname = string({ maxLength: 253, minLength: 1 });
const header = object({ name: string({ minLength: 1, maxLength: 256 }), value: string({ maxLength: 4096 }) }, {});
const valueMatch = object(
  { name: string({ minLength: 1, maxLength: 256 }), value: string({ minLength: 1, maxLength: 4096 }) },
  { type: oneOf('Exact', 'RegularExpression') },
);
const headerChange = partial({
  set: keyedArray(header, 'name'),
  add: keyedArray(header, 'name'),
  remove: array(string(), { maxItems: 16 }),
});
const pathChange = object(
  { type: oneOf('ReplaceFullPath', 'ReplacePrefixMatch') },
  { replaceFullPath: string({ maxLength: 1024 }), replacePrefixMatch: string({ maxLength: 1024 }) },
);
const backendReference = object(
  { name: string({ minLength: 1, maxLength: 253 }) },
  { group: string({ default: '' }), kind: string({ default: 'Service' }), namespace: string(), port },
);
const filter = object(
  { type: string() },
  {
    requestHeaderModifier: headerChange,
    responseHeaderModifier: headerChange,
    requestRedirect: partial({
      scheme: oneOf('http', 'https'),
      hostname,
      path: pathChange,
      port,
      statusCode: integer({ enum: [301, 302] }),
    }),
    urlRewrite: partial({ hostname, path: pathChange }),
    requestMirror: object(
      { backendRef: backendReference },
      { percent: integer({ minimum: 0, maximum: 100 }), fraction: opaque() },
    ),
    extensionRef: opaque(),
  },
);
const weightedBackend = object(
  { name: string({ minLength: 1, maxLength: 253 }) },
  {
    group: string({ default: '' }),
    kind: string({ default: 'Service' }),
    namespace: string(),
    port,
    weight: integer({ minimum: 0, maximum: 1_000_000, default: 1 }),
    filters: array(filter, { maxItems: 16 }),
  },
);
const parentReference = object(
  { name: string({ minLength: 1, maxLength: 253 }) },
  {
    group: string({ default: GROUP }),
    kind: string({ default: 'Gateway' }),
    namespace: string(),
    sectionName: string(),
    port,
  },
);
const duration = string({ pattern: '^([0-9]{1,5}(h|m|s|ms)){1,4}$' });
const routeMatch = partial({
  path: partial({
    type: string({ enum: ['Exact', 'PathPrefix', 'RegularExpression'], default: 'PathPrefix' }),
    value: string({ maxLength: 1024, default: '/' }),
  }),
  headers: keyedArray(valueMatch, 'name'),
  queryParams: keyedArray(valueMatch, 'name'),
  method: oneOf('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'),
});
const routeRule = partial({
  name: string({ maxLength: 253 }),
  matches: array(routeMatch, { maxItems: 64, default: [{ path: { type: 'PathPrefix', value: '/' } }] }),
  filters: array(filter, { maxItems: 16 }),
  backendRefs: array(weightedBackend, { maxItems: 16 }),
  timeouts: partial({ request: duration, backendRequest: duration }),
});
const httpRouteSpec = partial({
  parentRefs: array(parentReference, { maxItems: 32 }),
  hostnames: array(hostname, { maxItems: 16 }),
  rules: array(routeRule, { maxItems: 16, default: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }] }),
});
const listener = object(
  { name: string({ minLength: 1, maxLength: 253 }), port, protocol: string({ minLength: 1, maxLength: 255 }) },
  {
    hostname,
    tls: partial({
      mode: string({ enum: ['Terminate', 'Passthrough'], default: 'Terminate' }),
      certificateRefs: array(object({ name: string() }, { group: string(), kind: string(), namespace: string() }), {
        maxItems: 64,
      }),
      options: map(string()),
    }),
    allowedRoutes: partial({
      namespaces: partial({
        from: string({ enum: ['All', 'Selector', 'Same'], default: 'Same' }),
        selector: opaque<{ readonly matchLabels?: { readonly [key: string]: string } }>(),
      }),
      kinds: array(object({ kind: string() }, { group: string() })),
    }),
  },
);
const gatewaySpec = object(
  { gatewayClassName: string({ minLength: 1, maxLength: 253 }), listeners: keyedArray(listener, 'name') },
  { addresses: array(opaque()), infrastructure: opaque() },
);

/** One rule of an HTTPRoute. */
export type HttpRouteRule = Infer<typeof routeRule>;
/** One filter of an HTTPRoute's rule or backend. */
export type HttpRouteFilter = Infer<typeof filter>;
/** A backend with its weight. */
export type HttpRouteBackend = Infer<typeof weightedBackend>;
/** A match of an HTTPRoute's rule. */
export type HttpRouteMatch = Infer<typeof routeMatch>;
/** Where a route wants to be attached. */
export type ParentReference = Infer<typeof parentReference>;
/** One listener of a Gateway. */
export type GatewayListener = Infer<typeof listener>;

/** An HTTPRoute. */
export interface HttpRoute extends KubeObject {
  readonly spec: Infer<typeof httpRouteSpec>;
  readonly status?: { readonly parents?: readonly unknown[] };
}

/** A Gateway. */
export interface Gateway extends KubeObject {
  readonly spec: Infer<typeof gatewaySpec>;
}

/** A GatewayClass. */
export interface GatewayClass extends KubeObject {
  readonly spec: { readonly controllerName: string };
}

const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' } as const;
const status = opaque().json;

const kinds: readonly KindDefinition[] = [
  {
    group: GROUP,
    version: 'v1',
    kind: 'GatewayClass',
    plural: 'gatewayclasses',
    singular: 'gatewayclass',
    shortNames: ['gc'],
    namespaced: false,
    hasStatusSubresource: true,
    columns: [{ name: 'Controller', type: 'string', jsonPath: '.spec.controllerName' }, age],
    fields: {
      spec: object({ controllerName: string() }, { description: string(), parametersRef: opaque() }).json,
      status,
    },
    required: ['spec'],
  },
  {
    group: GROUP,
    version: 'v1',
    kind: 'Gateway',
    plural: 'gateways',
    singular: 'gateway',
    shortNames: ['gtw'],
    namespaced: true,
    hasStatusSubresource: true,
    columns: [
      { name: 'Class', type: 'string', jsonPath: '.spec.gatewayClassName' },
      { name: 'Address', type: 'string', jsonPath: '.status.addresses[*].value' },
      { name: 'Programmed', type: 'string', jsonPath: '.status.conditions[?(@.type=="Programmed")].status' },
      age,
    ],
    fields: { spec: gatewaySpec.json, status },
    required: ['spec'],
  },
  {
    group: GROUP,
    version: 'v1',
    kind: 'HTTPRoute',
    plural: 'httproutes',
    singular: 'httproute',
    shortNames: [],
    namespaced: true,
    hasStatusSubresource: true,
    columns: [{ name: 'Hostnames', type: 'string', jsonPath: '.spec.hostnames' }, age],
    fields: { spec: httpRouteSpec.json, status },
    required: ['spec'],
  },
];

/** The CustomResourceDefinitions of the Gateway API, ready to be applied. */
export function gatewayCrds(): readonly KubeObject[] {
  return kinds.map((kind) => crdOf(kind));
}
