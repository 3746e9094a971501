import { err, ok, type Result } from '@argosy/std';
import { parsePolicy, type PolicyDiagnostic, type PolicyRule, type RoleGrant } from './csv.ts';
import type { ProjectRoles } from './policy.ts';

/** One entry of an AppProject's `spec.roles`. */
export interface ProjectRole {
  readonly name: string;
  readonly policies?: readonly string[];
  readonly groups?: readonly string[];
}

const RESOURCES = ['applications', 'applicationsets', 'repositories', 'clusters', 'logs', 'exec'];

/**
 * Turns an AppProject's roles into policy lines. Each line must speak of the project's own role and objects; every role
 * may read its project. The first bad line refuses all (`line` counts over all roles' policies).
 */
export function projectRoles(project: string, roles: readonly ProjectRole[]): Result<ProjectRoles, PolicyDiagnostic> {
  const rules: PolicyRule[] = [];
  const grants: RoleGrant[] = [];
  for (const role of roles) {
    const subject = `proj:${project}:${role.name}`;
    const parsed = parsePolicy((role.policies ?? []).join('\n'));
    if (!parsed.ok) return parsed;
    for (const [index, rule] of parsed.value.rules.entries()) {
      const fault = faultOf(rule, project, subject);
      if (fault !== undefined) return err({ line: index + 1, message: fault });
      rules.push(rule);
    }
    if (parsed.value.grants.length > 0) return err({ line: 1, message: 'a project policy has no g lines' });
    rules.push({ subject, resource: 'projects', action: 'get', object: project, effect: 'allow' });
    for (const group of role.groups ?? []) grants.push({ member: group, role: subject });
  }
  return ok({ name: project, policy: { rules, grants } });
}

function faultOf(rule: PolicyRule, project: string, subject: string): string | undefined {
  if (rule.subject !== subject) return `the subject is ${subject}, found ${rule.subject}`;
  if (!RESOURCES.includes(rule.resource)) {
    return `the resource is one of ${RESOURCES.join(', ')}, found ${rule.resource}`;
  }
  if (!rule.object.startsWith(`${project}/`)) return `the object starts with ${project}/, found ${rule.object}`;
  return undefined;
}
