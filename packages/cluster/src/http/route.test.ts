import { describe, expect, it } from 'vitest';
import { parseRoute, selectedName } from './route.ts';

const shown = (method: string, url: string): string => {
  const route = parseRoute(method, url);
  if (route === undefined) return 'none';
  if (route.kind === 'path') return `${route.verb} ${route.path}`;
  const { group, version, resource } = route.resource;
  return `${route.verb} ${group}/${version}/${resource} ns=${route.namespace} name=${route.name} sub=${route.subresource}`;
};

describe('parseRoute', () => {
  const cases: readonly (readonly [method: string, url: string, expected: string, reason: string])[] = [
    ['GET', '/api/v1/pods', 'list /v1/pods ns= name= sub=', 'all namespaces'],
    ['GET', '/api/v1/pods?watch=1', 'watch /v1/pods ns= name= sub=', 'watch by query'],
    ['GET', '/api/v1/pods?watch=false', 'list /v1/pods ns= name= sub=', 'watch switched off'],
    ['GET', '/api/v1/namespaces/d/pods/p?watch=true', 'watch /v1/pods ns=d name=p sub=', 'watch of one'],
    ['GET', '/api/v1/namespaces/d/pods/p/log', 'get /v1/pods ns=d name=p sub=log', 'subresource'],
    ['HEAD', '/api/v1/namespaces/d/pods/p', 'get /v1/pods ns=d name=p sub=', 'HEAD reads'],
    ['GET', '/api/v1/namespaces', 'list /v1/namespaces ns= name= sub=', 'namespaces themselves'],
    ['GET', '/api/v1/namespaces/d', 'get /v1/namespaces ns= name=d sub=', 'one namespace'],
    [
      'PUT',
      '/api/v1/namespaces/d/finalize',
      'update /v1/namespaces ns= name=d sub=finalize',
      'subresource of a namespace',
    ],
    ['GET', '/apis/apps/v1/namespaces/d/deployments/', 'list apps/v1/deployments ns=d name= sub=', 'trailing slash'],
    ['POST', '/apis/apps/v1/namespaces/d/deployments', 'create apps/v1/deployments ns=d name= sub=', 'create'],
    [
      'DELETE',
      '/apis/apps/v1/namespaces/d/deployments',
      'deletecollection apps/v1/deployments ns=d name= sub=',
      'many',
    ],
    ['DELETE', '/apis/apps/v1/namespaces/d/deployments/w', 'delete apps/v1/deployments ns=d name=w sub=', 'one'],
    [
      'PATCH',
      '/apis/apps/v1/namespaces/d/deployments/w/status',
      'patch apps/v1/deployments ns=d name=w sub=status',
      'status',
    ],
    [
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
      'get rbac.authorization.k8s.io/v1/clusterroles ns= name=system:node sub=',
      'escaped name',
    ],
    ['GET', '/api/v1', 'get /api/v1', 'discovery of a version'],
    ['GET', '/apis/apps', 'get /apis/apps', 'discovery of a group'],
    ['GET', '/version/?timeout=32s', 'get /version', 'a path with slash and query'],
    ['GET', '/', 'get /', 'the root'],
    ['GET', '//api/v1/pods', 'none', 'empty first segment'],
    ['GET', '/api/v1//pods', 'none', 'empty inner segment'],
    ['BREW', '/api/v1/pods', 'brew /v1/pods ns= name= sub=', 'an unknown method allows nothing'],
  ];
  it.each(cases)('%s %s → %s (%s)', (method, url, expected) => {
    expect(shown(method, url)).toBe(expected);
  });

  it.each([
    '/api/v1/pods/..',
    '/api/v1/pods/%2e%2e',
    '/api/v1/pods/%2F',
    '/api/v1/pods/a%25b',
    '/api/v1/pods/%',
    '/api/v1/pods/%00',
  ])('refuses %s', (url) => {
    expect(() => parseRoute('GET', url)).toThrow(/invalid name|percent-encoding/);
  });

  it('finds the name that a field selector pins', () => {
    expect(selectedName('metadata.name=x')).toBe('x');
    expect(selectedName('status.phase=Running,metadata.name==x')).toBe('x');
    expect(selectedName('metadata.name!=x')).toBe('');
    expect(selectedName(null)).toBe('');
  });
});
