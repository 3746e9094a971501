import { compileGlob, PatternError, type Matcher } from './glob.ts';
import { builtInPolicy } from './built-in.ts';
import type { PolicyDocument, PolicyRule } from './csv.ts';

/** Who a decision is about. `issuer` is `argosy` for local accounts; their names are reserved. */
export interface PolicySubject {
  readonly subject: string;
  readonly groups: readonly string[];
  readonly issuer: string;
}

/** Decides; pure and about a microsecond a call. */
export interface Policy {
  /** True when `who` may do `action` on `object` of `resource`, in Argo CD's words (`applications`, `sync`, `p/a`). */
  enforce(who: PolicySubject, resource: string, access: { readonly action: string; readonly object: string }): boolean;
}

/** The role part of an AppProject: what its own roles may do, and who has them. */
export interface ProjectRoles {
  readonly name: string;
  readonly policy: PolicyDocument;
}

/** How a policy is put together. */
export interface PolicyOptions {
  /** The lines of argocd-rbac-cm; the built-in roles are always there. */
  readonly document?: PolicyDocument;
  /** `policy.default`: a role that everybody has; `''` for none. @default '' */
  readonly defaultRole?: string;
  /** How resource, action and object patterns are read. @default compileGlob */
  readonly compilePattern?: (pattern: string) => Matcher;
  /** Names that only local accounts may match. @default ['admin'] */
  readonly localAccounts?: readonly string[];
  /** The role policy of a project, by name. */
  readonly projectRoles?: (project: string) => ProjectRoles | undefined;
}

/** A policy that cannot be used: names the line's text and the reason. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/** How deep `g` lines may chain; casbin's role manager stops at 10 too. */
export const MAX_ROLE_DEPTH = 10;

interface CompiledRule {
  readonly isAllow: boolean;
  readonly resource: Matcher;
  readonly action: Matcher;
  readonly object: Matcher;
}

interface Compiled {
  readonly rules: ReadonlyMap<string, readonly CompiledRule[]>;
  readonly roles: ReadonlyMap<string, readonly string[]>;
}

const PROJECT_RESOURCES = new Set(['applications', 'applicationsets', 'logs', 'exec', 'clusters', 'repositories']);
const RESERVED_PREFIX = /^(?:role|proj):/;

/**
 * Builds the decision function from a policy's lines.
 * @throws PolicyError when a pattern cannot be compiled.
 */
export function createPolicy(options: PolicyOptions = {}): Policy {
  const compilePattern = options.compilePattern ?? compileGlob;
  const document = options.document ?? { rules: [], grants: [] };
  const global = compile(
    {
      rules: [...builtInPolicy.rules, ...document.rules],
      grants: [...builtInPolicy.grants, ...document.grants],
    },
    compilePattern,
  );
  const defaultRole = options.defaultRole ?? '';
  const localAccounts = new Set(options.localAccounts ?? ['admin']);
  const projects = new WeakMap<ProjectRoles, Compiled>();
  const projectOf = (resource: string, object: string): Compiled | undefined => {
    const name = projectName(resource, object);
    const roles = name === undefined ? undefined : options.projectRoles?.(name);
    if (roles === undefined) return undefined;
    const known = projects.get(roles) ?? compile(roles.policy, compilePattern);
    projects.set(roles, known);
    return known;
  };
  return {
    enforce(who, resource, access) {
      const asked = { resource, ...access };
      if (defaultRole !== '' && decide([global], defaultRole, asked)) return true;
      const project = projectOf(resource, access.object);
      const sources = project === undefined ? [global] : [global, project];
      if (isUsableSubject(who, localAccounts) && decide(sources, who.subject, asked)) return true;
      return who.groups.some(
        (group) => isUsableGroup(group, localAccounts) && isGranted(sources, group) && decide(sources, group, asked),
      );
    },
  };
}

/** An identity provider cannot hand out the name of a local account, a role or a project token. */
function isUsableSubject(who: PolicySubject, localAccounts: ReadonlySet<string>): boolean {
  if (who.subject === '') return false;
  if (who.issuer === 'argosy') return !who.subject.startsWith('role:');
  return !RESERVED_PREFIX.test(who.subject) && !localAccounts.has(who.subject);
}

function isUsableGroup(group: string, localAccounts: ReadonlySet<string>): boolean {
  return !RESERVED_PREFIX.test(group) && !localAccounts.has(group);
}

/** Groups without a `g` line are skipped, as upstream does. */
function isGranted(sources: readonly Compiled[], group: string): boolean {
  return sources.some((source) => source.roles.has(group));
}

/** The project of `project/name`; the object itself for `projects`; none for other resources. */
function projectName(resource: string, object: string): string | undefined {
  if (resource === 'projects') return object;
  if (!PROJECT_RESOURCES.has(resource)) return undefined;
  const slash = object.indexOf('/');
  return slash <= 0 ? undefined : object.slice(0, slash);
}

interface Asked {
  readonly resource: string;
  readonly action: string;
  readonly object: string;
}

/** At least one allow and no deny, over the subject and every role that it has. */
function decide(sources: readonly Compiled[], subject: string, asked: Asked): boolean {
  let allowed = false;
  const seen = new Set([subject]);
  let level: readonly string[] = [subject];
  for (let depth = 0; depth <= MAX_ROLE_DEPTH && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const name of level) {
      const verdict = verdictOfAll(sources, name, asked);
      if (verdict === 'deny') return false;
      allowed ||= verdict === 'allow';
      for (const source of sources) collect(source.roles.get(name) ?? [], seen, next);
    }
    level = next;
  }
  return allowed;
}

type Verdict = 'allow' | 'deny' | 'none';

function verdictOfAll(sources: readonly Compiled[], name: string, asked: Asked): Verdict {
  let verdict: Verdict = 'none';
  for (const source of sources) {
    const one = verdictOf(source.rules.get(name) ?? [], asked);
    if (one === 'deny') return 'deny';
    if (one === 'allow') verdict = 'allow';
  }
  return verdict;
}

function collect(roles: readonly string[], seen: Set<string>, into: string[]): void {
  for (const role of roles) {
    if (seen.has(role)) continue;
    seen.add(role);
    into.push(role);
  }
}

function verdictOf(rules: readonly CompiledRule[], asked: Asked): Verdict {
  let verdict: Verdict = 'none';
  for (const rule of rules) {
    if (rule.isAllow && verdict === 'allow') continue;
    if (!rule.resource(asked.resource) || !rule.action(asked.action) || !rule.object(asked.object)) continue;
    if (!rule.isAllow) return 'deny';
    verdict = 'allow';
  }
  return verdict;
}

function compile(document: PolicyDocument, compilePattern: (pattern: string) => Matcher): Compiled {
  const rules = new Map<string, CompiledRule[]>();
  for (const rule of document.rules) {
    const list = rules.get(rule.subject) ?? [];
    list.push(compileRule(rule, compilePattern));
    rules.set(rule.subject, list);
  }
  const roles = new Map<string, string[]>();
  for (const grant of document.grants) roles.set(grant.member, [...(roles.get(grant.member) ?? []), grant.role]);
  return { rules, roles };
}

function compileRule(rule: PolicyRule, compilePattern: (pattern: string) => Matcher): CompiledRule {
  try {
    return {
      isAllow: rule.effect === 'allow',
      resource: compilePattern(rule.resource),
      action: compilePattern(rule.action),
      object: compilePattern(rule.object),
    };
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const line = `p, ${rule.subject}, ${rule.resource}, ${rule.action}, ${rule.object}, ${rule.effect}`;
    throw new PolicyError(`policy line ${JSON.stringify(line)}: ${error.message}`);
  }
}
