/**
 * Does with the system's own `unshare`, `mount` and `pivot_root` what bubblewrap does, where bubblewrap is not installed:
 * the same arguments, turned into the script of the sandbox's first process. Pure: only text.
 */

/** What the script needs to know beside the arguments. */
export interface NamespacePlace {
  /** An empty folder of this container; the new root is mounted over it. */
  readonly root: string;
  readonly isDirectory: (path: string) => boolean;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

interface Draft {
  readonly place: NamespacePlace;
  readonly lines: string[];
  /** Made last, when every mount stands. */
  readonly late: string[];
  readonly exports: string[];
  readonly capabilities: string[];
  readonly user: string[];
  workingDir: string;
}

const inRoot = (draft: Draft, path: string): string => quoted(draft.place.root + path);

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/** A bind needs something to stand on: a folder for a folder, an empty file for a file. */
function bind(draft: Draft, source: string, path: string): void {
  const target = inRoot(draft, path);
  if (draft.place.isDirectory(source)) draft.lines.push(`mkdir -p ${target} 2>/dev/null || test -d ${target}`);
  else {
    draft.lines.push(`mkdir -p ${inRoot(draft, parentOf(path))} 2>/dev/null || :`);
    draft.lines.push(`test -e ${target} || : > ${target}`);
  }
  draft.lines.push(`mount --rbind ${quoted(source)} ${target}`);
}

function bindReadOnly(draft: Draft, source: string, path: string): void {
  bind(draft, source, path);
  draft.lines.push(`mount -o remount,bind,ro ${inRoot(draft, path)}`);
}

function scratch(draft: Draft, path: string): void {
  const target = inRoot(draft, path);
  const mode = path === '/tmp' || path === '/var/tmp' ? '1777' : '0755';
  draft.lines.push(`mkdir -p ${target}`, `mount -t tmpfs -o mode=${mode},nosuid,nodev argosy ${target}`);
}

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
const DEVICE_LINKS: readonly (readonly [string, string])[] = [
  ['/proc/self/fd', 'fd'],
  ['/proc/self/fd/0', 'stdin'],
  ['/proc/self/fd/1', 'stdout'],
  ['/proc/self/fd/2', 'stderr'],
];

function devices(draft: Draft, path: string): void {
  scratch(draft, path);
  for (const name of DEVICES) bind(draft, `/dev/${name}`, `${path}/${name}`);
  for (const [target, name] of DEVICE_LINKS) draft.lines.push(`ln -s ${target} ${inRoot(draft, `${path}/${name}`)}`);
  draft.lines.push(`mkdir -m 1777 ${inRoot(draft, `${path}/shm`)}`);
}

function link(draft: Draft, target: string, path: string): void {
  draft.lines.push(`mkdir -p ${inRoot(draft, parentOf(path))}`, `ln -s ${quoted(target)} ${inRoot(draft, path)}`);
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A shell can only export names that it could use itself; others do not reach the program. */
function exportVariable(draft: Draft, name: string, value: string): void {
  if (VARIABLE.test(name)) draft.exports.push(`export ${name}=${quoted(value)}`);
}

type Take = (draft: Draft, first: string, second: string) => void;

/** Each argument of bubblewrap that the sandbox uses: how many words follow it, and what it does. */
const TAKES: ReadonlyMap<string, readonly [words: number, take: Take]> = new Map<string, readonly [number, Take]>([
  ['--unshare-pid', [0, () => undefined]],
  ['--unshare-ipc', [0, () => undefined]],
  ['--unshare-uts', [0, () => undefined]],
  ['--unshare-user', [0, () => undefined]],
  ['--new-session', [0, () => undefined]],
  ['--clearenv', [0, () => undefined]],
  ['--cap-drop', [1, () => undefined]],
  ['--cap-add', [1, (draft, name) => void draft.capabilities.push(`+${name.replace(/^CAP_/, '').toLowerCase()}`)]],
  ['--uid', [1, (draft, uid) => void draft.user.push('--reuid', uid, '--clear-groups')]],
  ['--gid', [1, (draft, gid) => void draft.user.push('--regid', gid)]],
  ['--hostname', [1, (draft, name) => void draft.late.push(`hostname ${quoted(name)}`)]],
  ['--setenv', [2, exportVariable]],
  ['--ro-bind', [2, bindReadOnly]],
  ['--bind', [2, bind]],
  ['--symlink', [2, link]],
  [
    '--proc',
    [
      1,
      (draft, path) =>
        void draft.lines.push(`mkdir -p ${inRoot(draft, path)}`, `mount -t proc proc ${inRoot(draft, path)}`),
    ],
  ],
  ['--dev', [1, devices]],
  ['--tmpfs', [1, scratch]],
  ['--dir', [1, (draft, path) => void draft.lines.push(`mkdir -p ${inRoot(draft, path)}`)]],
  ['--remount-ro', [1, (draft, path) => void draft.late.push(`mount -o remount,ro ${quoted(path)}`)]],
  ['--chdir', [1, (draft, path) => void (draft.workingDir = path)]],
]);

function readArguments(draft: Draft, list: readonly string[]): void {
  for (let index = 0; index < list.length; index += 1) {
    const word = list[index] ?? '';
    const known = TAKES.get(word);
    if (known === undefined) throw new Error(`the sandbox has no argument ${word}`);
    const [words, take] = known;
    take(draft, list[index + 1] ?? '', list[index + 2] ?? '');
    index += words;
  }
}

/**
 * The script of the sandbox's first process. It is read from a descriptor, so that environment values are in no argument
 * list; the container's command follows as its arguments. It says `{}` on descriptor 4 when the sandbox stands.
 * Throws for an argument that it does not know: a bug of ours.
 */
export function namespaceScript(list: readonly string[], place: NamespacePlace): string {
  const draft: Draft = { place, lines: [], late: [], exports: [], capabilities: [], user: [], workingDir: '/' };
  readArguments(draft, list);
  const root = quoted(place.root);
  const bounding = `--bounding-set=-all${draft.capabilities.length === 0 ? '' : `,${draft.capabilities.join(',')}`}`;
  return [
    'set -e',
    `mount -t tmpfs -o mode=0755,nosuid,nodev argosy ${root}`,
    ...draft.lines,
    `cd ${root}`,
    'mkdir .host',
    'pivot_root . .host',
    'cd /',
    'umount -l /.host',
    'rmdir /.host',
    ...draft.late,
    `cd ${quoted(draft.workingDir)}`,
    'set +e',
    "echo '{}' >&4",
    'exec 4>&-',
    // Exported last: the container's PATH must not choose the programs that build its sandbox.
    ...draft.exports,
    `/usr/bin/setpriv --no-new-privs --inh-caps=-all ${bounding} ${draft.user.join(' ')} -- "$@" 3<&-`,
    'exit $?',
    '',
  ].join('\n');
}
