import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';

function socketsOf(pid: number): ReadonlySet<string> {
  const inodes = readdirSync(`/proc/${pid}/fd`).flatMap((entry) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${entry}`))?.[1] ?? [];
    } catch {
      return []; // Closed while we looked.
    }
  });
  return new Set(inodes);
}

/** `0100007F` → `127.0.0.1`; IPv6 stays in the kernel's hexadecimal form. */
function addressText(hex: string): string {
  if (hex.length !== 8) return hex;
  return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');
}

/** Addresses on which a process listens for TCP, as the kernel tells. Linux only. */
export function listeningAddresses(pid: number): readonly string[] {
  const own = socketsOf(pid);
  const rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1));
  return rows.flatMap((row) => {
    const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/);
    if (state !== LISTEN || !own.has(inode)) return [];
    const [address = '', port = ''] = local.split(':');
    return [`${addressText(address)}:${Number.parseInt(port, 16)}`];
  });
}
