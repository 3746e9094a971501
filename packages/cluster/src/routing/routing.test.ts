import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant } from '@argosy/std';
import type { HttpRoute } from '@argosy/api/gateway';
import { attachmentsOf, commonHostname, type GatewayWorld } from './attachment.ts';
import { applyFilters, changeHeaders, changePath } from './filters.ts';
import { durationMs, httpRouteRoutes } from './http-route-routes.ts';
import { ingressRoutes, isOwnIngress, type Ingress } from './ingress-routes.ts';
import { buildTable, findRoute, hasPathPrefix, matchesHostname } from './match.ts';
import { planRoutingStatuses, type RoutingObserved } from './plan-statuses.ts';
import type { RequestFacts, Route } from './route.ts';
import { WeightedChoice } from './weighted-choice.ts';

const request = (text: string, headers: { readonly [name: string]: string } = {}): RequestFacts => {
  const [method = 'GET', url = ''] = text.split(' ');
  const { hostname, pathname, searchParams } = new URL(`http://${url}`);
  return { host: hostname, path: pathname, method, headers, query: new Map(searchParams) };
};

describe('WeightedChoice', () => {
  it('gives each weight its exact share in every whole turn, and never drifts in between', () => {
    const weights = fc
      .array(fc.nat(12), { minLength: 1, maxLength: 6 })
      .filter((list) => list.some((each) => each > 0));
    fc.assert(
      fc.property(weights, fc.nat(4), (list, turns) => {
        const choice = new WeightedChoice(list);
        const total = list.reduce((sum, each) => sum + each, 0);
        const counts = list.map(() => 0);
        for (let index = 1; index <= total * (turns + 1); index += 1) {
          const chosen = choice.next() ?? -1;
          counts[chosen] = (counts[chosen] ?? 0) + 1;
          for (const [at, count] of counts.entries()) {
            expect(Math.abs(count - (index * (list[at] ?? 0)) / total)).toBeLessThan(list.length);
          }
        }
        expect(counts).toEqual(list.map((each) => each * (turns + 1)));
      }),
    );
  });

  it('chooses nobody when nobody has weight, and mixes evenly', () => {
    expect(new WeightedChoice([0, 0]).next()).toBeUndefined();
    const choice = new WeightedChoice([3, 1]);
    expect(Array.from({ length: 8 }, () => choice.next())).toEqual([0, 0, 1, 0, 0, 0, 1, 0]);
  });
});

describe('hostnames and paths', () => {
  it.each([
    ['*.a.io', 'b.a.io', true],
    ['*.a.io', 'a.io', false],
    ['*.a.io', 'c.b.a.io', true],
    ['a.io', 'A.io', false],
    ['', 'any', true],
  ])('%s and %s: %s', (hostname, host, want) => {
    expect(matchesHostname(hostname, host)).toBe(want);
  });
  it.each([
    ['/a', '/a', true],
    ['/a', '/a/b', true],
    ['/a', '/ab', false],
    ['/a/', '/a', true],
    ['/', '/x', true],
  ])('prefix %s of %s: %s', (prefix, path, want) => {
    expect(hasPathPrefix(path, prefix)).toBe(want);
  });
  it.each([
    ['*.a.io', 'b.a.io', 'b.a.io'],
    ['b.a.io', '*.a.io', 'b.a.io'],
    ['', 'x', 'x'],
    ['x', '', 'x'],
    ['x', 'y', undefined],
    ['*.a.io', '*.b.a.io', '*.b.a.io'],
  ])('common hostname of %s and %s is %s', (listener, route, want) => {
    expect(commonHostname(listener, route)).toBe(want);
  });
  it.each([
    ['/old/x', '/old', { kind: 'prefix', value: '/new' }, '/new/x'],
    ['/old', '/old', { kind: 'prefix', value: '/' }, '/'],
    ['/old/x', '/old/', { kind: 'prefix', value: '/' }, '/x'],
    ['/x', '/', { kind: 'prefix', value: '/base' }, '/base/x'],
    ['/old/x', '/old', { kind: 'full', value: '/all' }, '/all'],
  ] as const)('%s below %s changes to %s', (...row) => {
    const [path, prefix, change, want] = row;
    expect(changePath(path, prefix, change)).toBe(want);
  });
  it.each([
    ['10s', 10_000],
    ['1h2m3s4ms', 3_723_004],
    ['0s', undefined],
    [undefined, undefined],
  ])('the duration %s is %s ms', (text, want) => {
    expect(durationMs(text)).toBe(want);
  });
});

const ingress = (spec: Ingress['spec'], name = 'web'): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
  ...(spec === undefined ? {} : { spec }),
});
const to = (name: string) => ({ service: { name, port: { number: 80 } } });

describe('Ingresses', () => {
  const spec: Ingress['spec'] = {
    defaultBackend: to('rest'),
    rules: [
      {
        host: 'shop.io',
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: to('root') },
            { path: '/cart', pathType: 'Prefix', backend: to('cart') },
            { path: '/cart', pathType: 'Exact', backend: to('exact') },
            { path: '/loose', pathType: 'ImplementationSpecific', backend: to('loose') },
          ],
        },
      },
      { host: '*.shop.io', http: { paths: [{ path: '/', pathType: 'Prefix', backend: to('wild') }] } },
    ],
  };
  it.each([
    ['GET shop.io/', 'root'],
    ['GET shop.io/cart', 'exact'],
    ['GET shop.io/cart/1', 'cart'],
    ['GET shop.io/cartoon', 'root'],
    ['GET shop.io/loose/x', 'loose'],
    ['GET a.shop.io/cart', 'wild'],
    ['GET other.io/', 'rest'],
  ])('%s goes to %s', (text, want) => {
    const found = findRoute(buildTable(ingressRoutes(ingress(spec))), request(text));
    expect(found?.backends[0]?.place?.name).toBe(want);
  });

  it('are this gateway’s by class, by annotation, or by default', () => {
    const metadata = { name: 'argosy', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } };
    const own = { apiVersion: '', kind: '', metadata, spec: { controller: 'argosy.io/gateway' } };
    const other = { apiVersion: '', kind: '', metadata: { name: 'nginx' }, spec: { controller: 'k8s.io/nginx' } };
    expect(isOwnIngress(ingress({ ingressClassName: 'argosy' }), [own, other])).toBe(true);
    expect(isOwnIngress(ingress({ ingressClassName: 'nginx' }), [own, other])).toBe(false);
    expect(isOwnIngress(ingress({}), [own, other])).toBe(true);
    expect(isOwnIngress(ingress({}), [other])).toBe(false);
  });
});

const gateway = (listeners: readonly object[]) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'front', namespace: 'infra', generation: 1 },
  spec: { gatewayClassName: 'argosy', listeners: listeners as never },
});
const http = { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } };
const world = (listeners: readonly object[] = [http]): GatewayWorld => ({
  classes: [{ apiVersion: '', kind: '', metadata: { name: 'argosy' }, spec: { controllerName: 'argosy.io/gateway' } }],
  gateways: [gateway(listeners)],
  namespaceLabels: (namespace) => ({ name: namespace }),
});
const httpRoute = (rules: readonly object[], more: object = {}): HttpRoute => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'r', namespace: 'shop', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { parentRefs: [{ name: 'front', namespace: 'infra' }], rules: rules as never, ...more },
});
const backend = (name: string, weight = 1) => ({ name, port: 80, weight });

describe('HTTPRoutes', () => {
  const rules = [
    { matches: [{ path: { type: 'PathPrefix', value: '/a' } }], backendRefs: [backend('prefix')] },
    { matches: [{ path: { type: 'Exact', value: '/a/b' } }], backendRefs: [backend('exact')] },
    { matches: [{ path: { value: '/a' }, method: 'POST' }], backendRefs: [backend('post')] },
    {
      matches: [{ path: { value: '/a' }, headers: [{ name: 'X-Env', value: 'test' }] }],
      backendRefs: [backend('header')],
    },
    {
      matches: [{ path: { value: '/q' }, queryParams: [{ name: 'v', value: '[0-9]+', type: 'RegularExpression' }] }],
      backendRefs: [backend('query')],
    },
    { matches: [{ path: { type: 'RegularExpression', value: '/item/[0-9]+' } }], backendRefs: [backend('regex')] },
  ];
  const table = buildTable(httpRouteRoutes(world(), httpRoute(rules)));
  it.each([
    ['GET x.io/a', {}, 'prefix'],
    ['GET x.io/a/b', {}, 'exact'],
    ['POST x.io/a/c', {}, 'post'],
    ['GET x.io/a/c', { 'x-env': 'test' }, 'header'],
    ['GET x.io/q?v=12', {}, 'query'],
    ['GET x.io/q?v=b', {}, undefined],
    ['GET x.io/item/7', {}, 'regex'],
    ['GET x.io/item/7x', {}, undefined],
  ])('%s %j goes to %s', (text, headers, want) => {
    expect(findRoute(table, request(text, headers))?.backends[0]?.place?.name).toBe(want);
  });

  it('attach where listeners allow it', () => {
    const reason = (listeners: readonly object[], more: object = {}): string | undefined =>
      attachmentsOf(world(listeners), httpRoute([], more))[0]?.reason;
    expect(reason([http])).toBe('Accepted');
    expect(reason([{ ...http, allowedRoutes: undefined }])).toBe('NotAllowedByListeners');
    const selected = { from: 'Selector', selector: { matchLabels: { name: 'shop' } } };
    expect(reason([{ ...http, allowedRoutes: { namespaces: selected } }])).toBe('Accepted');
    expect(reason([{ ...http, hostname: 'a.io' }], { hostnames: ['b.io'] })).toBe('NoMatchingListenerHostname');
    expect(reason([{ ...http, protocol: 'TCP' }])).toBe('NoMatchingParent');
    expect(reason([http], { parentRefs: [{ name: 'front', namespace: 'infra', sectionName: 'x' }] })).toBe(
      'NoMatchingParent',
    );
  });

  it('do not follow backends of other namespaces or kinds', () => {
    const refs = [{ name: 'a', namespace: 'else', port: 80 }, { name: 'b', kind: 'Bucket', port: 80 }, backend('c')];
    const [route] = httpRouteRoutes(world(), httpRoute([{ backendRefs: refs }]));
    expect(route?.backends.map(({ place }) => place?.name)).toEqual([undefined, undefined, 'c']);
  });
});

describe('filters', () => {
  const route = (value: string): Route => ({
    id: 'r',
    match: { hostname: '', path: { kind: 'prefix', value }, headers: [], query: [] },
    filters: [],
    backends: [],
    createdAt: instant(0),
  });
  const arrival = { scheme: 'http', port: 8000 };
  it.each([
    [{ kind: 'redirect', scheme: 'https', status: 301 }, 'https://x.io/old/a?q=1'],
    [{ kind: 'redirect', hostname: 'y.io', status: 302 }, 'http://y.io:8000/old/a?q=1'],
    [{ kind: 'redirect', port: 8443, scheme: 'https', status: 302 }, 'https://x.io:8443/old/a?q=1'],
    [{ kind: 'redirect', path: { kind: 'prefix', value: '/new' }, status: 302 }, 'http://x.io:8000/new/a?q=1'],
  ] as const)('%j leads to %s', (filter, location) => {
    const found = applyFilters(route('/old'), [filter], {
      request: request('GET x.io/old/a'),
      search: '?q=1',
      arrival,
    });
    expect(found).toMatchObject({ kind: 'redirect', location, status: filter.status });
  });

  it('change headers: removed, set, added', () => {
    const change = {
      set: [['a', '1']],
      add: [
        ['b', '2'],
        ['c', '3'],
      ],
      remove: ['d'],
    } as const;
    expect(changeHeaders({ b: 'x', d: 'y', a: 'z' }, change)).toEqual({ a: '1', b: ['x', '2'], c: '3' });
  });
});

describe('planRoutingStatuses', () => {
  const resource = (name: string) => ({ group: 'g', version: 'v1', resource: name });
  const names = {
    ingresses: resource('i'),
    gatewayClasses: resource('c'),
    gateways: resource('g'),
    httpRoutes: resource('r'),
  };
  const seen = (more: Partial<RoutingObserved>): RoutingObserved => ({
    ingresses: [],
    ingressClasses: [],
    gatewayClasses: world().classes,
    gateways: [],
    httpRoutes: [],
    namespaceLabels: new Map(),
    services: new Set(['shop/ok']),
    certificates: new Set(),
    address: { ip: '127.0.0.1', httpPort: 8000, httpsPort: 8443 },
    ...more,
  });
  const plan = (more: Partial<RoutingObserved>) => planRoutingStatuses(seen(more), { now: instant(0), seed: 1 }, names);

  it('tells routes and gateways what became of them, once', () => {
    const https = { name: 'tls', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'gone' }] } };
    const more = {
      gateways: [gateway([http, https])],
      httpRoutes: [httpRoute([{ backendRefs: [backend('ok'), backend('lost')] }])],
    };
    const { actions } = plan(more);
    const status = (index: number): unknown =>
      (actions[index] as unknown as { object: { status: unknown } }).object.status;
    expect(status(1)).toMatchObject({
      addresses: [{ value: '127.0.0.1' }],
      listeners: [
        {
          name: 'http',
          attachedRoutes: 1,
          conditions: [
            { status: 'True' },
            { status: 'True' },
            { type: 'Programmed', message: 'reached at 127.0.0.1:8000' },
          ],
        },
        {
          name: 'tls',
          attachedRoutes: 0,
          conditions: [
            {},
            { type: 'ResolvedRefs', status: 'False', reason: 'InvalidCertificateRef' },
            { status: 'False' },
          ],
        },
      ],
    });
    expect(status(2)).toMatchObject({
      parents: [
        {
          controllerName: 'argosy.io/gateway',
          conditions: [
            { type: 'Accepted', status: 'True' },
            { type: 'ResolvedRefs', status: 'False', reason: 'BackendNotFound' },
          ],
        },
      ],
    });
    const written = actions.map((action) => (action as unknown as { object: never }).object);
    const [gatewayClass, own, route] = written;
    expect(
      plan({ gatewayClasses: [gatewayClass as never], gateways: [own as never], httpRoutes: [route as never] }).actions,
    ).toEqual([]);
  });
});
