import { compareText, err, ok, type Result } from '@argosy/std';
import type { ContainerOrder, RuntimeMount } from './contract.ts';
import type { HostRoot } from './host-root.ts';
import type { SecurityContext } from './pod-types.ts';

/** Why a container cannot be run as asked: a waiting reason and a sentence. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** Capabilities every container keeps, and those it may ask for. None of them reaches beyond its own files and ports. */
const DEFAULT_CAPABILITIES = ['NET_BIND_SERVICE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID', 'KILL'];
const ALLOWED_CAPABILITIES = new Set([...DEFAULT_CAPABILITIES, 'FSETID', 'SETPCAP', 'AUDIT_WRITE', 'SETFCAP']);

function plainCapability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}

function capabilities(security: SecurityContext): Result<readonly string[], Refusal> {
  const dropped = new Set((security.capabilities?.drop ?? []).map(plainCapability));
  const added = (security.capabilities?.add ?? []).map(plainCapability);
  const denied = added.filter((name) => !ALLOWED_CAPABILITIES.has(name));
  if (denied.length > 0) {
    return err({
      reason: 'CreateContainerError',
      message:
        `capabilities ${denied.join(', ')} are not given to containers on this machine; ` +
        `allowed are ${[...ALLOWED_CAPABILITIES].join(', ')}`,
    });
  }
  const kept = dropped.has('ALL') ? [] : DEFAULT_CAPABILITIES.filter((name) => !dropped.has(name));
  return ok([...new Set([...kept, ...added])]);
}

/** Checks that are the same with and without a sandbox: privileged containers and root where it is forbidden. */
export function checkSecurity(order: ContainerOrder, agentUid: number): Refusal | undefined {
  const { security } = order;
  if (security.privileged === true) {
    return {
      reason: 'CreateContainerError',
      message: 'privileged containers are not run on this machine; remove securityContext.privileged',
    };
  }
  const uid = security.runAsUser ?? agentUid;
  if (security.runAsNonRoot === true && uid === 0) {
    const message =
      security.runAsUser === 0
        ? "container's runAsUser breaks non-root policy"
        : 'container has runAsNonRoot and image will run as root; set securityContext.runAsUser to a user other than 0';
    return { reason: 'CreateContainerConfigError', message };
  }
  if (order.command.length === 0) {
    return {
      reason: 'CreateContainerError',
      message:
        `container "${order.container}" has no command: this node runs programs of this machine and does not read ` +
        `the image "${order.image}", so it cannot know its entry point; set command in the container, ` +
        'or run the cluster with a container engine',
    };
  }
  return undefined;
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`);
}

function mountArguments(
  mounts: readonly RuntimeMount[],
  host: HostRoot,
  exists: (path: string) => boolean,
): Result<readonly string[], Refusal> {
  const list: string[] = [];
  for (const mount of mounts.toSorted((a, b) => compareText(a.mountPath, b.mountPath))) {
    const covered = host.readOnlyRoots.find((root) => isWithin(mount.mountPath, root));
    if (covered !== undefined && !exists(mount.mountPath)) {
      const message =
        `mountPath ${mount.mountPath} cannot be offered: ${covered} is this machine's own, read-only, and has nothing ` +
        'at that path to mount over; choose a path outside of it';
      return err({ reason: 'CreateContainerError', message });
    }
    list.push(mount.readOnly ? '--ro-bind' : '--bind', mount.hostPath, mount.mountPath);
  }
  return ok(list);
}

/** What the sandbox of one container needs beside the order. */
export interface SandboxPlace {
  readonly host: HostRoot;
  readonly agentUid: number;
  /** Files made for this container: /etc/hosts and the termination message. */
  readonly hostsFile: string;
  /** The pod's own /etc/resolv.conf, when it has one. */
  readonly resolvFile?: string;
  readonly terminationFile: string;
  readonly exists: (path: string) => boolean;
}

function userArguments(security: SecurityContext, agentUid: number): readonly string[] {
  const uid = security.runAsUser ?? agentUid;
  const gid = security.runAsGroup ?? (security.runAsUser === undefined ? undefined : security.runAsUser);
  if (uid === agentUid && gid === undefined) return [];
  return ['--unshare-user', '--uid', String(uid), '--gid', String(gid ?? uid)];
}

/**
 * The bubblewrap arguments for a container, without the command: own pid, ipc and uts namespaces, this machine's
 * programs read-only, private /tmp, /root and /run, the pod's volumes at their paths, a clean environment.
 */
export function sandboxArguments(order: ContainerOrder, place: SandboxPlace): Result<readonly string[], Refusal> {
  const caps = capabilities(order.security);
  if (!caps.ok) return caps;
  const mounts = mountArguments(order.mounts, place.host, place.exists);
  if (!mounts.ok) return mounts;
  const isReadOnly = order.security.readOnlyRootFilesystem === true;
  const scratch = isReadOnly ? '--dir' : '--tmpfs';
  const workingDir = order.workingDir ?? '/';
  const isMade = workingDir !== '/' && !isCovered(workingDir, order, place);
  // A terminal is the container's own; without one, a new session keeps it from the terminal of this agent.
  const session = order.tty ? [] : ['--new-session'];
  const spaces = ['--unshare-pid', '--unshare-ipc', '--unshare-uts', ...session, '--clearenv'];
  const system = ['--proc', '/proc', '--dev', '/dev'];
  const hosts = ['--ro-bind', place.hostsFile, '/etc/hosts'];
  const naming = place.resolvFile === undefined ? [] : ['--ro-bind', place.resolvFile, '/etc/resolv.conf'];
  const runLink = ['--symlink', '../run', '/var/run'];
  const message = ['--bind', place.terminationFile, order.terminationMessagePath];
  const list: readonly (readonly string[])[] = [
    spaces,
    userArguments(order.security, place.agentUid),
    ['--hostname', order.sandbox.hostname.slice(0, 63)],
    ['--cap-drop', 'ALL'],
    caps.value.flatMap((name) => ['--cap-add', `CAP_${name}`]),
    order.env.flatMap(([name, value]) => ['--setenv', name, value]),
    place.host.arguments,
    hosts,
    naming,
    system,
    SCRATCH_FOLDERS.flatMap((path) => [scratch, path]),
    runLink,
    mounts.value,
    message,
    isMade ? ['--dir', workingDir] : [],
    isReadOnly ? ['--remount-ro', '/'] : [],
    ['--chdir', workingDir],
  ];
  return ok(list.flat());
}

/** Private to each container, and gone with it. */
const SCRATCH_FOLDERS = ['/tmp', '/root', '/run', '/var/tmp'];

function isCovered(path: string, order: ContainerOrder, place: SandboxPlace): boolean {
  return (
    place.host.readOnlyRoots.some((root) => isWithin(path, root)) ||
    order.mounts.some((mount) => isWithin(path, mount.mountPath))
  );
}
