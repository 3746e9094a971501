import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import { createObject, deleteObject } from '@argosy/kube/port';
import { openNodeFixture, type NodeFixture } from '../node-fixture.ts';
import type { Container, Pod, PodSpec } from '../pod-types.ts';
import { createContainerRuntime } from './container-runtime.ts';
import { missingForEngine, openEngineFixture, type EngineFixture } from './engine-fixture.ts';

const missing = missingForEngine();
const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
const terminated = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state.terminated;
const waiting = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state.waiting;

describe.skipIf(missing !== '')('pods as containers of an engine (needs podman, runc, busybox-static and root)', () => {
  let engine: EngineFixture;
  let fixture: NodeFixture;
  beforeAll(async () => {
    engine = await openEngineFixture();
    fixture = await openNodeFixture();
    await fixture.start({
      runtime: await createContainerRuntime({ socketPath: engine.socketPath, network: 'engine' }),
      timing: { backoffInitialMs: 50, backoffLimitMs: 200, backoffResetMs: 60_000 },
    });
  }, 60_000);
  afterAll(async () => {
    await fixture?.close();
    await engine?.close();
  }, 60_000);

  const container = (more: Partial<Container>): Container => ({
    name: 'main',
    image: engine.image,
    imagePullPolicy: 'IfNotPresent',
    ...more,
  });
  const create = (name: string, main: Partial<Container>, spec: Partial<PodSpec> = {}): Promise<Pod> =>
    fixture.create({ name, spec: { restartPolicy: 'Never', containers: [container(main)], ...spec } });
  const script = async (
    name: string,
    text: string,
    more: Partial<Container> & { readonly pod?: Partial<PodSpec> } = {},
  ) => {
    const { pod = {}, ...main } = more;
    await create(name, { command: ['sh', '-c', text], ...main }, pod);
    return fixture.until(name, isOver);
  };
  const remove = async (name: string): Promise<void> => {
    await deleteObject(fixture.api, { resource: resources.pods, key: { namespace: 'default', name } });
    await fixture.untilGone(name);
  };
  const eventsOf = async (name: string): Promise<readonly string[]> =>
    (await fixture.events())
      .filter((event) => (event['involvedObject'] as { name?: string }).name === name)
      .map((event) => `${String(event['reason'])} ${String(event['message'])}`);

  it('runs a command to its end and tells output, exit code, image and address', async () => {
    const pod = await script('echo', 'echo out; echo error >&2; echo $FROM_IMAGE; hostname; exit 3');
    const status = pod.status?.containerStatuses?.[0];
    expect(terminated(pod)).toMatchObject({ exitCode: 3, reason: 'Error' });
    expect(status?.containerID).toMatch(/^podman:\/\/[0-9a-f]{64}$/);
    expect(status?.imageID).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(pod.status?.podIP).toMatch(/^10\./);
    const lines = (await fixture.logText({ name: 'echo' })).trim().split('\n');
    expect(lines.toSorted()).toEqual(['echo', 'error', 'out', 'yes']);
    expect(await eventsOf('echo')).toContain(`Pulled Container image "${engine.image}" already present on machine`);
  });

  it.each([
    { name: 'args-only', main: { args: ['echo', 'from args'] }, output: 'from args\n' },
    { name: 'command-only', main: { command: ['echo', 'from command'] }, output: 'from command\n' },
    {
      name: 'both',
      main: { command: ['echo'], args: ['one', '$(A)'], env: [{ name: 'A', value: 'two' }] },
      output: 'one two\n',
    },
    { name: 'dir', main: { command: ['pwd'], workingDir: '/etc' }, output: '/etc\n' },
    { name: 'image-cmd', main: {}, output: '' },
  ])('$name: command replaces the entry point, args the command of the image', async ({ name, main, output }) => {
    await create(name, main);
    const pod = await fixture.until(name, isOver);
    expect(terminated(pod)).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(await fixture.logText({ name })).toBe(output);
  });

  it('tells a program that does not exist as StartError 128', async () => {
    await create('no-such', { command: ['no-such-program'] });
    const pod = await fixture.until('no-such', isOver);
    expect(terminated(pod)).toMatchObject({ exitCode: 128, reason: 'StartError' });
    expect(terminated(pod)?.message).toContain('no-such-program');
  });

  it.each([
    {
      name: 'never',
      main: { image: 'localhost/not-here:1', imagePullPolicy: 'Never' },
      reason: 'ErrImageNeverPull',
      text: 'not present with pull policy of Never',
    },
    { name: 'bad-name', main: { image: 'UPPER/Case:1' }, reason: 'InvalidImageName', text: 'invalid reference format' },
    {
      name: 'unreachable',
      main: { image: '127.0.0.1:1/nothing:1' },
      reason: 'ErrImagePull',
      text: 'failed to pull image "127.0.0.1:1/nothing:1"',
    },
    {
      name: 'privileged',
      main: { securityContext: { privileged: true } },
      reason: 'CreateContainerError',
      text: 'privileged containers are not run',
    },
    {
      name: 'admin',
      main: { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } },
      reason: 'CreateContainerError',
      text: 'SYS_ADMIN',
    },
    {
      name: 'non-root',
      main: { securityContext: { runAsNonRoot: true } },
      reason: 'CreateContainerConfigError',
      text: 'image will run as root',
    },
  ])('refuses $name aloud: $reason', async ({ name, main, reason, text }) => {
    await create(name, main);
    const pod = await fixture.until(name, (item) => waiting(item)?.reason === reason);
    expect(waiting(pod)?.message).toContain(text);
    expect(pod.status?.phase).toBe('Pending');
    await remove(name);
  });

  it('runs as the user, groups and capabilities that the pod asks for, on a root it cannot write', async () => {
    const pod = await script(
      'secure',
      'id -u; id -g; id -G; touch /x 2>&1 || true; echo t > /data/f && ls -ln /data/f; grep -E "NoNewPrivs|CapEff" /proc/self/status',
      {
        securityContext: {
          runAsUser: 1000,
          runAsGroup: 2000,
          runAsNonRoot: true,
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        pod: {
          securityContext: { fsGroup: 3000, supplementalGroups: [4000] },
          volumes: [{ name: 'data', emptyDir: {} }],
        },
      },
    );
    const lines = (await fixture.logText({ name: 'secure' })).trim().split('\n');
    expect(pod.status?.phase).toBe('Succeeded');
    expect(lines.slice(0, 3)).toEqual(['1000', '2000', '2000 3000 4000']);
    expect(lines[3]).toContain('Read-only file system');
    expect(lines[4]).toMatch(/ 1000 +3000 /);
    expect(lines.slice(5).map((line) => line.replace(/\s+/, ' '))).toEqual([
      'CapEff: 0000000000000000',
      'NoNewPrivs: 1',
    ]);
  });

  it('shows volumes, hosts and names at their paths, and takes the termination message', async () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'files' }, data: { 'a.txt': 'alpha' } };
    await createObject(fixture.api, { resource: resources.configMaps, namespace: 'default', object });
    const pod = await script(
      'volumes',
      'cat /etc/files/a.txt /one.txt /work/x; touch /etc/files/n 2>/dev/null || echo read-only; cat /var/run/secrets/kubernetes.io/serviceaccount/token; ' +
        'echo; grep -c aliased /etc/hosts; grep ndots /etc/resolv.conf; df /shm | tail -1 | cut -d" " -f1; echo -n done > /dev/termination-log',
      {
        volumeMounts: [
          { name: 'files', mountPath: '/etc/files' },
          { name: 'files', mountPath: '/one.txt', subPath: 'a.txt' },
          { name: 'work', mountPath: '/work', subPathExpr: '$(POD)' },
          { name: 'shm', mountPath: '/shm' },
        ],
        env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        pod: {
          hostAliases: [{ ip: '10.1.2.3', hostnames: ['aliased'] }],
          dnsConfig: { options: [{ name: 'ndots', value: '3' }] },
          volumes: [
            { name: 'files', configMap: { name: 'files' } },
            { name: 'work', emptyDir: {} },
            { name: 'shm', emptyDir: { medium: 'Memory' } },
          ],
          initContainers: [
            {
              ...container({ command: ['sh', '-c', 'echo init > /work/volumes/x'] }),
              name: 'init',
              volumeMounts: [
                { name: 'work', mountPath: '/work' },
                { name: 'work', mountPath: '/sub', subPath: 'volumes' },
              ],
            },
          ],
        },
      },
    );
    expect(await fixture.logText({ name: 'volumes', container: 'main' })).toBe(
      'alphaalphainit\nread-only\ntoken of default\n1\noptions ndots:3\ntmpfs\n',
    );
    expect(terminated(pod)?.message).toBe('done');
  });

  it('joins the containers of a pod: one network, one host name, one another’s processes when asked', async () => {
    const server = {
      ...container({ command: ['sh', '-c', 'while true; do echo hello | nc -l -p 8099; done'] }),
      name: 'server',
    };
    const text =
      'until nc 127.0.0.1 8099 </dev/null > /tmp/out 2>/dev/null && [ -s /tmp/out ]; do usleep 20000; done; cat /tmp/out; hostname; ps | grep -c "[n]c -l" > /dev/null && echo sees';
    await create(
      'joined',
      { command: ['sh', '-c', text] },
      {
        shareProcessNamespace: true,
        hostname: 'host-of-pod',
        terminationGracePeriodSeconds: 0,
        containers: [container({ command: ['sh', '-c', text] }), server],
      },
    );
    await fixture.until('joined', (pod) => terminated(pod) !== undefined);
    expect(await fixture.logText({ name: 'joined', container: 'main' })).toBe('hello\nhost-of-pod\nsees\n');
    await remove('joined');
  });

  it('probes by command, TCP and HTTP at the pod’s own address', async () => {
    const text = 'mkdir -p /www; echo ok > /www/healthz; httpd -f -p 8080 -h /www';
    await create(
      'probed',
      {
        command: ['sh', '-c', text],
        startupProbe: { exec: { command: ['test', '-f', '/www/healthz'] }, periodSeconds: 1 },
        readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 },
        livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
      },
      { terminationGracePeriodSeconds: 0 },
    );
    const pod = await fixture.until('probed', isReady);
    expect(pod.status?.containerStatuses?.[0]?.started).toBe(true);
    await remove('probed');
  });

  it('kills a container over its memory limit: OOMKilled 137', async () => {
    const pod = await script('hungry', 'exec dd if=/dev/zero of=/dev/null bs=200M', {
      resources: { limits: { memory: '24Mi', cpu: '500m' } },
    });
    expect(terminated(pod)?.reason).toBe('OOMKilled');
    expect(terminated(pod)?.exitCode).toBe(137);
  });

  it('restarts a failed container with back-off and keeps one dead instance', async () => {
    await create(
      'restarts',
      { command: ['sh', '-c', 'echo run; exit 5'] },
      { restartPolicy: 'Always', terminationGracePeriodSeconds: 0 },
    );
    const pod = await fixture.until(
      'restarts',
      (item) => (item.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 3,
    );
    expect(pod.status?.containerStatuses?.[0]?.lastState.terminated?.exitCode).toBe(5);
    const uid = pod.metadata.uid ?? '';
    const left = (): Promise<string> =>
      engine.podman(['ps', '-a', '--filter', `label=io.kubernetes.pod.uid=${uid}`, '--format', '{{.Names}}']);
    expect((await left()).split('\n').length).toBeLessThanOrEqual(3);
    await remove('restarts');
    await expect.poll(left, { timeout: 5000 }).toBe('');
  });

  it('stops with the signal and the grace of the pod', async () => {
    await create(
      'stops',
      { command: ['sh', '-c', 'trap "echo bye; exit 0" TERM; echo up; while true; do usleep 10000; done'] },
      { restartPolicy: 'Always' },
    );
    await fixture.until('stops', isReady);
    await remove('stops');
  });
});
