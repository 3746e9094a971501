/** The embedded API server's HTTPS skin: the Kubernetes wire protocol over a `ControlPlane`. */
export {
  ANONYMOUS,
  createAuthenticator,
  SERVER_USER,
  type Authenticator,
  type AuthenticatorOptions,
  type Credentials,
  type StaticToken,
  type TokenIdentity,
} from './authenticate.ts';
export { MAX_AUDIT_ANNOTATIONS, MAX_AUDIT_TEXT_LENGTH, type AuditSink } from './audit.ts';
export { AuthenticationConfigError, MAX_OIDC_ISSUERS, readAuthenticationConfig } from './authentication-config.ts';
export { followRbac, type FollowRbacOptions, type RbacFollower } from './follow-rbac.ts';
export { DEFAULT_HTTP_LIMITS, type HttpLimits } from './limits.ts';
export {
  createOidcTokens,
  MAX_OIDC_DOCUMENT_BYTES,
  MAX_OIDC_GROUPS,
  OIDC_REFRESH_MS,
  OIDC_TIMEOUT_MS,
  type OidcIssuer,
  type OidcOptions,
} from './oidc.ts';
export { SERVER_VERSION } from './path-endpoints.ts';
export { reviewExtensions, type ReviewExtension, type ReviewOptions, type RuleAuthorizer } from './reviews.ts';
export { serveClusterHttp, type ClusterHttpOptions, type ClusterHttpServer, type ClusterTls } from './serve.ts';
export {
  createServiceAccountTokens,
  hashToken,
  TokenError,
  type ServiceAccountTokens,
  type TokenClaims,
  type TokenKey,
  type TokenOptions,
} from './service-account-tokens.ts';
export { resolveServiceOf } from './resolve-service.ts';
export {
  createWebhookCaller,
  MAX_WEBHOOK_ANSWER_BYTES,
  type ResolveService,
  type WebhookCallerOptions,
  type WebhookConnections,
} from './webhook-caller.ts';
