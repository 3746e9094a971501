/** The HTTPS front: mounts the domains' routes behind TLS, sessions, policy and limits. No business logic. */
export { startServer, type RunningServer, type ServerOptions, type TlsMaterial } from './start-server.ts';
export {
  loadStaticFiles,
  MAX_STATIC_BYTES,
  MAX_STATIC_FILES,
  StaticFilesError,
  type StaticFiles,
} from './static-files.ts';
export { DEFAULT_LIMITS, type ServerLimits } from './limits.ts';
export { MAX_SEGMENTS, RouteError } from './router.ts';
export { COOKIE_NAME } from './credentials.ts';
export { CONTENT_SECURITY_POLICY, SECURITY_HEADERS } from './headers.ts';
