import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { dirname, sep } from 'node:path';

/** The read-only picture of this machine that sandboxed containers see as their root: bubblewrap arguments and roots. */
export interface HostRoot {
  readonly arguments: readonly string[];
  /** Paths that are read-only views of the host. */
  readonly readOnlyRoots: readonly string[];
}

const TOP_LEVEL = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/** The only parts of /etc that programs get: names, certificates, linker and zone settings; no passwords. */
const ETC = [
  'passwd',
  'group',
  'nsswitch.conf',
  'resolv.conf',
  'host.conf',
  'services',
  'protocols',
  'ssl',
  'pki',
  'ca-certificates',
  'crypto-policies',
  'localtime',
  'timezone',
  'alternatives',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'mime.types',
];

/** The prefix of the running Node.js when it does not live in /usr, so that `node` works inside containers. */
function programPrefix(execPath: string): readonly string[] {
  const prefix = dirname(dirname(execPath));
  if (prefix === sep || prefix === '/usr' || prefix.startsWith('/usr/')) return [];
  return [prefix];
}

/** Looks at this machine once and tells how its programs are shown to containers. */
export function readHostRoot(execPath: string, extraPaths: readonly string[]): HostRoot {
  const list: string[] = ['--ro-bind', '/usr', '/usr'];
  const readOnlyRoots = ['/usr'];
  for (const path of TOP_LEVEL.filter((item) => existsSync(item))) {
    if (lstatSync(path).isSymbolicLink()) list.push('--symlink', readlinkSync(path), path);
    else list.push('--ro-bind', path, path);
    readOnlyRoots.push(path);
  }
  for (const name of ETC) {
    const path = `/etc/${name}`;
    if (existsSync(path)) list.push('--ro-bind', path, path);
  }
  for (const path of [...programPrefix(execPath), ...extraPaths]) {
    list.push('--ro-bind', path, path);
    readOnlyRoots.push(path);
  }
  return { arguments: list, readOnlyRoots };
}
