import { getPath, isObject, compareText, type Clock, type Logger } from '@argosy/std';
import { resources } from '@argosy/api';
import type { KubeObject } from '@argosy/kube/meta';
import type { ClusterApi } from '@argosy/kube/port';
import { createPolicy, parsePolicy, PolicyError, type Policy, type ProjectRoles } from '@argosy/auth/policy';
import { followObject } from './follow-object.ts';

/** What it needs. */
export interface FollowPolicyOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** @default 'argocd' */
  readonly namespace?: string;
  /** The role policy of a project, by name; asked at each decision about the project. */
  readonly projectRoles?: (project: string) => ProjectRoles | undefined;
}

/**
 * A policy that follows argocd-rbac-cm (`policy.csv`, `policy.<any>.csv`, `policy.default`). A text with a fault is
 * refused whole: the policy before it stays, and the log says which line. Rejects when the first read fails.
 */
export async function followPolicy(options: FollowPolicyOptions): Promise<Policy> {
  let policy = createPolicy(roleSource(options));
  await followObject({
    ...options,
    resource: resources.configMaps,
    key: { namespace: options.namespace ?? 'argocd', name: 'argocd-rbac-cm' },
    onState: (configMap) => (policy = buildPolicy(options, configMap) ?? policy),
  });
  return { enforce: (who, resource, access) => policy.enforce(who, resource, access) };
}

const roleSource = (options: FollowPolicyOptions): Pick<FollowPolicyOptions, 'projectRoles'> =>
  options.projectRoles === undefined ? {} : { projectRoles: options.projectRoles };

function buildPolicy(options: FollowPolicyOptions, configMap: KubeObject | undefined): Policy | undefined {
  const found = getPath(configMap, ['data']);
  const data = new Map(isObject(found) ? Object.entries(found) : []);
  const text = (key: string): string => {
    const value = data.get(key);
    return typeof value === 'string' ? value : '';
  };
  const matchMode = text('policy.matchMode');
  if (matchMode !== '' && matchMode !== 'glob') {
    options.logger.error('RBAC policy refused', { reason: `policy.matchMode ${matchMode} is not supported, use glob` });
    return undefined;
  }
  const extra = [...data.keys()].filter((key) => /^policy\..+\.csv$/.test(key)).sort(compareText);
  const parsed = parsePolicy(['policy.csv', ...extra].map(text).join('\n'));
  if (!parsed.ok) {
    options.logger.error('RBAC policy refused', { line: parsed.error.line, reason: parsed.error.message });
    return undefined;
  }
  try {
    const defaultRole = text('policy.default').trim();
    return createPolicy({ document: parsed.value, defaultRole, ...roleSource(options) });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    options.logger.error('RBAC policy refused', { reason: error.message });
    return undefined;
  }
}
