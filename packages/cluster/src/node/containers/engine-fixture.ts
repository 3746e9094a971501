import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from 'node:net';
import { vi } from 'vitest';

const run = promisify(execFile);

/** A container engine of its own: storage, socket and processes are below one folder. For tests. */
export interface EngineFixture {
  readonly socketPath: string;
  readonly dir: string;
  /** The one image: busybox, with `nobody` (65534) beside root. */
  readonly image: string;
  /** Runs the engine's own program. */
  podman(args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

const BUSYBOX = '/bin/busybox';
const PROGRAMS = ['/usr/bin/podman', '/usr/sbin/runc', BUSYBOX];

/** What is missing here to run a real engine; the empty text when nothing is. */
export function missingForEngine(): string {
  const missing = PROGRAMS.filter((path) => !existsSync(path));
  if (missing.length > 0) return `needs ${missing.join(', ')}`;
  return process.getuid?.() === 0 ? '' : 'needs root';
}

/** Settings with which Podman and runc work inside other sandboxes too. */
const containersConf = (dir: string): string => `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
netns = "none"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "${dir}/tmp"
[network]
network_config_dir = "${dir}/networks"
[engine.runtimes]
runc = ["/usr/sbin/runc"]
`;

async function writeRootfs(dir: string): Promise<string> {
  const root = join(dir, 'rootfs');
  for (const folder of ['bin', 'etc', 'tmp', 'root', 'dev', 'proc', 'sys']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await copyFile(BUSYBOX, join(root, 'bin', 'busybox'));
  const { stdout } = await run(BUSYBOX, ['--list']);
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox');
  await Promise.all(applets.map((name) => symlink('busybox', join(root, 'bin', name))));
  await writeFile(join(root, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:n:/:/bin/sh\n');
  await writeFile(join(root, 'etc', 'group'), 'root:x:0:\nnobody:x:65534:\n');
  const archive = join(dir, 'rootfs.tar');
  await run('tar', ['-C', root, '-cf', archive, '.']);
  return archive;
}

function isListening(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** The service tells nobody that it listens: it is asked. */
async function untilListening(socketPath: string, service: ChildProcess): Promise<void> {
  await vi.waitFor(
    async () => {
      if (service.exitCode === null && !(await isListening(socketPath))) throw new Error('podman does not listen');
    },
    { timeout: 20_000, interval: 20 },
  );
  if (service.exitCode !== null) throw new Error(`podman system service ended with code ${service.exitCode}`);
}

/** Starts Podman on a socket of its own and imports the image. */
export async function openEngineFixture(): Promise<EngineFixture> {
  const dir = await mkdtemp(join(tmpdir(), 'argosy-engine-'));
  await writeFile(join(dir, 'containers.conf'), containersConf(dir));
  const storage = `[storage]\ndriver = "vfs"\ngraphroot = "${dir}/storage"\nrunroot = "${dir}/run"\n`;
  await writeFile(join(dir, 'storage.conf'), storage);
  await writeFile(
    join(dir, 'registries.conf'),
    'unqualified-search-registries = []\n[[registry]]\nlocation = "127.0.0.1"\ninsecure = true\n',
  );
  await writeFile(join(dir, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: dir,
    CONTAINERS_CONF: join(dir, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(dir, 'storage.conf'),
    CONTAINERS_REGISTRIES_CONF: join(dir, 'registries.conf'),
  };
  const podman = async (args: readonly string[]): Promise<string> => {
    const { stdout } = await run('podman', [...args], { env, cwd: dir, maxBuffer: 16 * 1024 * 1024 });
    return stdout.trim();
  };
  const image = 'localhost/tools:test';
  await podman([
    'import',
    '--change',
    'CMD=["/bin/sh"]',
    '--change',
    'ENV=FROM_IMAGE=yes',
    await writeRootfs(dir),
    image,
  ]);
  const socketPath = join(dir, 'engine.sock');
  const service = spawn('podman', ['system', 'service', '--time', '0', `unix://${socketPath}`], {
    env,
    cwd: dir,
    stdio: 'ignore',
  });
  await untilListening(socketPath, service);
  return {
    socketPath,
    dir,
    image,
    podman,
    close: async () => {
      // Containers that others depend on go in the second round.
      await podman(['rm', '--all', '--force', '--time', '0']).catch(() => undefined);
      await podman(['rm', '--all', '--force', '--time', '0']);
      await new Promise((resolve) => {
        service.once('exit', resolve);
        service.kill('SIGTERM');
      });
      await rm(dir, { recursive: true, force: true });
    },
  };
}
