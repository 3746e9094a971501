import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The variables that name an engine's socket. */
interface Environment {
  readonly [name: string]: string | undefined;
}

/** Where the sockets of Docker and Podman usually are, the most telling first. */
export function usualSockets(env: Environment, home: string): readonly string[] {
  const [, named] = /^unix:\/\/(.+)$/.exec(env['DOCKER_HOST'] ?? env['CONTAINER_HOST'] ?? '') ?? [];
  const runtimeDir = env['XDG_RUNTIME_DIR'];
  return [
    ...(named === undefined ? [] : [named]),
    '/var/run/docker.sock',
    ...(runtimeDir === undefined || runtimeDir === ''
      ? []
      : [join(runtimeDir, 'docker.sock'), join(runtimeDir, 'podman', 'podman.sock')]),
    '/run/podman/podman.sock',
    join(home, '.docker', 'run', 'docker.sock'),
    join(home, '.local', 'share', 'containers', 'podman', 'machine', 'podman.sock'),
  ];
}

/** The first usual place with a socket; `undefined` when there is none. */
export function findEngineSocket(env: Environment = process.env, home: string = homedir()): string | undefined {
  return usualSockets(env, home).find((path) => statSync(path, { throwIfNoEntry: false })?.isSocket() === true);
}
