import { constants, openSync, readFileSync, readlinkSync } from 'node:fs';

/** What a command that joins a container takes over from its main process. */
export interface Rights {
  /** Whether the container has users of its own (a user namespace), and whether the joining user is root among them. */
  readonly users: 'shared' | 'own' | 'own-root';
  readonly uid: number;
  readonly gid: number;
  /** Numbers of the capabilities that it may have. */
  readonly capabilities: readonly number[];
}

const SETGID = 6;
const SETUID = 7;
const SYS_CHROOT = 18;

function statusField(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
}

function capabilityNumbers(status: string): readonly number[] {
  const mask = (name: string): bigint => BigInt(`0x${statusField(status, name) || '0'}`);
  const held = mask('CapPrm') & mask('CapBnd');
  return Array.from({ length: 64 }, (_none, bit) => bit).filter((bit) => ((held >> BigInt(bit)) & 1n) === 1n);
}

/** Reads the texts of `/proc/<pid>/status` and `/proc/<pid>/uid_map`; `isShared` when its users are this machine's. */
export function rightsFrom(status: string, uidMap: string, isShared: boolean): Rights {
  const first = (name: string): number => Number(statusField(status, name).split(/\s+/)[0]);
  const isRoot = /^\s*0\s/.test(uidMap);
  const users = isShared ? 'shared' : isRoot ? 'own-root' : 'own';
  return { users, uid: first('Uid'), gid: first('Gid'), capabilities: capabilityNumbers(status) };
}

/** The rights of a running process. @throws the system's error when it has gone. */
export function rightsOf(pid: number): Rights {
  const users = (who: string): string => readlinkSync(`/proc/${who}/ns/user`);
  const read = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');
  return rightsFrom(read('status'), read('uid_map'), users(String(pid)) === users('self'));
}

/** A descriptor of the root folder that a process sees; the caller closes it. */
export function openRootOf(pid: number): number {
  return openSync(`/proc/${pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY);
}

/** The descriptors that a joining command finds: the script of its environment, and the container's root folder. */
const ENVIRONMENT_FD = 3;
const ROOT_FD = 5;

/**
 * Loads the environment, goes to the working directory, and becomes the command. The script is read, not opened again:
 * its file is the agent's alone.
 */
const LOAD = `eval "$(cat <&${ENVIRONMENT_FD})"; exec ${ENVIRONMENT_FD}<&- 4<&- ${ROOT_FD}<&-; cd "$1" || exit 126; shift; exec "$@"`;

function limits(capabilities: readonly number[]): readonly string[] {
  const bounding = ['-all', ...capabilities.map((bit) => `+cap_${bit}`)].join(',');
  return ['/usr/bin/setpriv', '--no-new-privs', '--inh-caps=-all', `--bounding-set=${bounding}`];
}

/** Users of its own: what is gained by joining ends with the first program, which is nobody's root. */
function intoUserNamespace(pid: number, rights: Rights): readonly string[] {
  const enter = [
    'nsenter',
    '-t',
    String(pid),
    '-U',
    '--preserve-credentials',
    '-m',
    '-p',
    '-i',
    '-u',
    '-r',
    '-w',
    '--',
  ];
  if (rights.users === 'own-root') return [...enter, ...limits(rights.capabilities), '--'];
  return [...enter, '/usr/bin/setpriv', '--no-new-privs', '--'];
}

/**
 * Shared users: this agent is root. The container may have replaced any file that it sees, also the loader of programs,
 * so nothing of it is run before the rights are those of the container: its mounts are not joined; its root folder is
 * entered by a program of this machine that holds no more than that needs.
 */
function intoRootFolder(pid: number, rights: Rights): readonly string[] {
  const { uid, gid, capabilities } = rights;
  const held = [...new Set([...capabilities, SYS_CHROOT, ...(uid === 0 ? [] : [SETUID, SETGID])])];
  const user = uid === 0 ? [] : [`--userspec=${uid}:${gid}`, '--groups='];
  const enter = ['nsenter', '-t', String(pid), '-p', '-i', '-u', '--'];
  return [...enter, ...limits(held), '--', 'chroot', ...user, `/proc/self/fd/${ROOT_FD}`];
}

/** The words that run a command where process `pid` lives, in its working directory, with no more rights than it has. */
export function enterCommand(pid: number, rights: Rights, command: readonly string[]): readonly string[] {
  const enter = rights.users === 'shared' ? intoRootFolder(pid, rights) : intoUserNamespace(pid, rights);
  return [...enter, '/bin/sh', '-c', LOAD, 'exec', workingDir(pid), ...command];
}

function workingDir(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // Its folder is gone or hidden: the root folder is always there.
    return '/';
  }
}
