/** Which page a path shows; the paths are upstream's. */
export type Route =
  | { readonly page: 'login' }
  | { readonly page: 'applications' }
  | { readonly page: 'application'; readonly namespace: string; readonly name: string }
  | { readonly page: 'workflows'; readonly namespace: string }
  | { readonly page: 'workflow'; readonly namespace: string; readonly name: string }
  | { readonly page: 'nothing' };

/** The namespace of `/applications/{name}` without one. */
export const CONTROL_NAMESPACE = 'argocd';

/** Reads a path. */
export function parseRoute(path: string): Route {
  const [page = '', first = '', second = '', ...more] = decode(path);
  if (more.length > 0) return { page: 'nothing' };
  switch (page) {
    case '':
      return { page: 'applications' };
    case 'login':
      return { page: 'login' };
    case 'applications':
      return applicationRoute(first, second);
    case 'workflows':
      return second === ''
        ? { page: 'workflows', namespace: first }
        : { page: 'workflow', namespace: first, name: second };
    default:
      return { page: 'nothing' };
  }
}

function applicationRoute(first: string, second: string): Route {
  if (first === '') return { page: 'applications' };
  return second === ''
    ? { page: 'application', namespace: CONTROL_NAMESPACE, name: first }
    : { page: 'application', namespace: first, name: second };
}

function decode(path: string): readonly string[] {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    return ['?'];
  }
}

/** The path of an application's page. */
export function applicationPath(namespace: string, name: string): string {
  return `/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}

/** The path of a workflow's page. */
export function workflowPath(namespace: string, name: string): string {
  return `/workflows/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}

/** Where to go after login: a path of this site, nothing else. */
export function safeReturnPath(wanted: string | null): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what must be found
  if (wanted === null || !/^\/[^/\\\u0000-\u001f\u007f][^\\\u0000-\u001f\u007f]*$/.test(wanted)) return '/applications';
  return wanted.startsWith('/login') || wanted.startsWith('/api') ? '/applications' : wanted;
}
