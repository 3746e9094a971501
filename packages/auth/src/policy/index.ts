/** Argo CD's RBAC model as a pure decision function. */
export {
  createPolicy,
  MAX_ROLE_DEPTH,
  PolicyError,
  type Policy,
  type PolicyOptions,
  type PolicySubject,
  type ProjectRoles,
} from './policy.ts';
export {
  MAX_POLICY_LENGTH,
  MAX_POLICY_LINES,
  parsePolicy,
  type PolicyDiagnostic,
  type PolicyDocument,
  type PolicyRule,
  type RoleGrant,
} from './csv.ts';
export { projectRoles, type ProjectRole } from './project-roles.ts';
export { compileGlob, MAX_ALTERNATIVES, MAX_PATTERN_LENGTH, PatternError, type Matcher } from './glob.ts';
export { builtInPolicy } from './built-in.ts';
