import type { ClusterApi, ClusterServer, RequestOptions, UserInfo } from '../port/index.ts';

function asUser<T extends RequestOptions>(request: T, impersonate: UserInfo | undefined): T {
  return impersonate === undefined || request.impersonate !== undefined ? request : { ...request, impersonate };
}

/** Settings of `connectInProcess`. */
export interface InProcessOptions {
  /** Act as this user by default; `user` needs the verb `impersonate`. */
  readonly impersonate?: UserInfo;
}

/**
 * A cluster in the same process as one user sees it: function calls, objects by reference. Everything that the user may
 * not do is refused as over the wire.
 */
export function connectInProcess(server: ClusterServer, user: UserInfo, options: InProcessOptions = {}): ClusterApi {
  const { impersonate } = options;
  return {
    send: (request) => server.send(user, asUser(request, impersonate)),
    watch: (request) => server.watch(user, asUser(request, impersonate)),
    logs: (request) => server.logs(user, asUser(request, impersonate)),
  };
}
