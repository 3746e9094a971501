import { err, ok, type Result } from '@argosy/std';
import type { ContainerOrder } from '../contract.ts';

/** Why a container is not created as asked: a waiting reason and a sentence. */
export interface SecurityRefusal {
  readonly reason: string;
  readonly message: string;
}

/** The security part of a request that creates a container. */
export interface SecurityParts {
  readonly user: string;
  readonly groups: readonly string[];
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly options: readonly string[];
  readonly isReadOnly: boolean;
}

/** What engines give every container unless told otherwise, and all that a container may ask for. */
const ENGINE_CAPABILITIES: readonly string[] = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

const bare = (name: string): string => name.toUpperCase().replace(/^CAP_/, '');

function createError(message: string): SecurityRefusal {
  return { reason: 'CreateContainerError', message };
}

function hostRefusal(order: ContainerOrder): SecurityRefusal | undefined {
  const { spaces } = order.sandbox;
  if (order.security.privileged === true) {
    return createError('privileged containers are not run on this machine; remove securityContext.privileged');
  }
  const fields = [...(spaces.hostPid ? ['hostPID'] : []), ...(spaces.hostIpc ? ['hostIPC'] : [])];
  if (fields.length === 0) return undefined;
  return createError(
    `spec.${fields.join(' and spec.')} would open this machine to the pod and is not allowed; remove it`,
  );
}

function rootRefusal(order: ContainerOrder, imageUser: string): SecurityRefusal | undefined {
  const { runAsNonRoot, runAsUser } = order.security;
  if (runAsNonRoot !== true) return undefined;
  const reason = 'CreateContainerConfigError';
  if (runAsUser !== undefined) {
    return runAsUser === 0 ? { reason, message: "container's runAsUser breaks non-root policy" } : undefined;
  }
  const [user = ''] = imageUser.split(':');
  if (user === '' || user === '0' || user === 'root') {
    return { reason, message: 'container has runAsNonRoot and image will run as root' };
  }
  if (/^\d+$/.test(user)) return undefined;
  const message = `container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root`;
  return { reason, message };
}

function capabilities(order: ContainerOrder): Result<Pick<SecurityParts, 'capAdd' | 'capDrop'>, SecurityRefusal> {
  const { add = [], drop = [] } = order.security.capabilities ?? {};
  const wanted = add.map(bare);
  const denied = wanted.filter((name) => !ENGINE_CAPABILITIES.includes(name));
  if (denied.length === 0) return ok({ capAdd: wanted, capDrop: drop.map(bare) });
  const message =
    `capabilities ${denied.join(', ')} are not given to containers on this machine; ` +
    `allowed are ${ENGINE_CAPABILITIES.join(', ')}`;
  return err(createError(message));
}

function optionsOf(order: ContainerOrder): Result<readonly string[], SecurityRefusal> {
  const { allowPrivilegeEscalation, seccompProfile } = order.security;
  const list = allowPrivilegeEscalation === false ? ['no-new-privileges'] : [];
  const type = seccompProfile?.type ?? 'RuntimeDefault';
  if (type === 'RuntimeDefault') return ok(list);
  if (type === 'Unconfined') return ok([...list, 'seccomp=unconfined']);
  return err(createError(`seccompProfile.type is "${type}"; allowed are RuntimeDefault and Unconfined`));
}

function userOf(order: ContainerOrder): string {
  const { runAsUser, runAsGroup } = order.security;
  if (runAsUser === undefined && runAsGroup === undefined) return '';
  return runAsGroup === undefined ? String(runAsUser) : `${runAsUser ?? 0}:${runAsGroup}`;
}

/**
 * What a container's securityContext means for an engine, or why it is refused: privileged, the machine's own pid and
 * ipc namespaces, capabilities beyond an engine's default set, root where runAsNonRoot forbids it. `imageUser` is the
 * USER of the image.
 */
export function securityParts(order: ContainerOrder, imageUser: string): Result<SecurityParts, SecurityRefusal> {
  const refusal = hostRefusal(order) ?? rootRefusal(order, imageUser);
  if (refusal !== undefined) return err(refusal);
  const caps = capabilities(order);
  if (!caps.ok) return caps;
  const options = optionsOf(order);
  if (!options.ok) return options;
  const { fsGroup, supplementalGroups = [] } = order.security;
  return ok({
    user: userOf(order),
    groups: [...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups].map(String),
    ...caps.value,
    options: options.value,
    isReadOnly: order.security.readOnlyRootFilesystem === true,
  });
}
