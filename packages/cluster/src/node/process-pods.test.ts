import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import { createObject, deleteObject, patchObject } from '@argosy/kube/port';
import { openNodeFixture, type NodeFixture } from './node-fixture.ts';
import type { Pod } from './pod-types.ts';
import { createProcessRuntime } from './process-runtime.ts';

const terminated = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state.terminated;
const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

const sandboxes = [
  { sandbox: 'bubblewrap', scheme: 'bwrap' },
  { sandbox: 'namespaces', scheme: 'unshare' },
] as const;

/** Sandboxes that work here; the other one is listed as not run. */
const working = await Promise.all(
  sandboxes.map(async ({ sandbox }) => {
    const runtime = await createProcessRuntime({ sandbox }).catch(() => undefined);
    return runtime === undefined ? [] : [sandbox];
  }),
).then((list) => list.flat());

describe.each(sandboxes)('pods as processes in $sandbox (needs it to work here)', ({ sandbox, scheme }) => {
  let fixture: NodeFixture;
  beforeEach((context) => {
    if (!working.includes(sandbox)) context.skip();
  });
  beforeAll(async () => {
    if (!working.includes(sandbox)) return;
    fixture = await openNodeFixture();
    const runtime = await createProcessRuntime({ sandbox });
    await fixture.start({ runtime, timing: { backoffInitialMs: 20, backoffLimitMs: 100, backoffResetMs: 60_000 } });
  });
  afterAll(() => fixture?.close());

  const script = async (name: string, text: string, more: Partial<Pod['spec']['containers'][0]> = {}): Promise<Pod> => {
    const container = { name: 'main', image: 'any', command: ['sh', '-c', text], ...more };
    await fixture.create({ name, spec: { restartPolicy: 'Never', containers: [container] } });
    return fixture.until(name, isOver);
  };

  it('runs a command to its end and tells output, exit code and times', async () => {
    const pod = await script('echo', 'echo hello');
    const status = pod.status?.containerStatuses?.[0];
    expect(pod.status?.phase).toBe('Succeeded');
    expect(status?.state.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(status?.containerID).toMatch(new RegExp(`^${scheme}://[0-9a-f]{64}$`));
    expect(pod.status?.podIP).toMatch(/^127\.65\./);
    expect(await fixture.logText({ name: 'echo' })).toBe('hello\n');
  });

  it.each([
    { name: 'code-3', text: 'exit 3', exitCode: 3, reason: 'an exit code passes through' },
    { name: 'sig-9', text: 'kill -9 $$$$', exitCode: 137, reason: 'death by signal n is 128+n' },
    { name: 'sig-15', text: 'kill -15 $$$$', exitCode: 143, reason: 'death by SIGTERM' },
  ])('fails with $exitCode: $reason', async ({ name, text, exitCode }) => {
    const pod = await script(name, text);
    expect(pod.status?.phase).toBe('Failed');
    expect(terminated(pod)).toMatchObject({ exitCode, reason: 'Error' });
  });

  it('tells a program that does not exist as StartError 128 with its name', async () => {
    const pod = await script('no-such', '', { command: ['no-such-program'] });
    expect(terminated(pod)).toMatchObject({ exitCode: 128, reason: 'StartError' });
    expect(terminated(pod)?.message).toContain('exec: "no-such-program": executable file not found in $PATH');
  });

  it.each([
    { name: 'no-command', container: { command: [] }, reason: 'CreateContainerError', text: 'has no command' },
    {
      name: 'privileged',
      container: { securityContext: { privileged: true } },
      reason: 'CreateContainerError',
      text: 'privileged containers are not run',
    },
    {
      name: 'no-root',
      container: { securityContext: { runAsNonRoot: true, runAsUser: 0 } },
      reason: 'CreateContainerConfigError',
      text: 'non-root',
    },
    {
      name: 'admin-cap',
      container: { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } },
      reason: 'CreateContainerError',
      text: 'SYS_ADMIN',
    },
    {
      name: 'no-key',
      container: { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'kube-root-ca.crt', key: 'nope' } } }] },
      reason: 'CreateContainerConfigError',
      text: "couldn't find key nope in ConfigMap default/kube-root-ca.crt",
    },
  ])('refuses $name aloud: $reason', async ({ name, container, reason, text }) => {
    const main = { name: 'main', image: 'any', command: ['true'], ...container };
    await fixture.create({ name, spec: { containers: [main] } });
    const pod = await fixture.until(
      name,
      (item) => item.status?.containerStatuses?.[0]?.state.waiting?.message !== undefined,
    );
    const waiting = pod.status?.containerStatuses?.[0]?.state.waiting;
    expect(waiting?.reason).toBe(reason);
    expect(waiting?.message).toContain(text);
    expect(pod.status?.phase).toBe('Pending');
  });

  it('starts as soon as a missing ConfigMap appears', async () => {
    const env = [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'late', key: 'x' } } }];
    const main = { name: 'main', image: 'any', command: ['sh', '-c', 'echo $X'], env };
    await fixture.create({ name: 'waits', spec: { restartPolicy: 'Never', containers: [main] } });
    await fixture.until(
      'waits',
      (item) => item.status?.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError',
    );
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late' }, data: { x: 'here' } };
    await createObject(fixture.api, { resource: resources.configMaps, namespace: 'default', object });
    await fixture.until('waits', (item) => item.status?.phase === 'Succeeded');
    expect(await fixture.logText({ name: 'waits' })).toBe('here\n');
  });

  it('gives a clean environment with declared, downward and default variables', async () => {
    const env = [
      { name: 'A', value: 'one' },
      { name: 'B', value: '$(A) two $$(A) $(MISSING)' },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
      { name: 'QUOTE', value: `it's "x" $HOME` },
    ];
    const pod = await script('env', 'env | sort; node -e "console.log(process.pid > 0)"', {
      env,
      resources: { limits: { memory: '64Mi' } },
    });
    const lines = (await fixture.logText({ name: 'env' })).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'A=one',
        'B=one two $(A) $(MISSING)',
        `IP=${pod.status?.podIP}`,
        'MEM=64',
        `QUOTE=it's "x" $HOME`,
        'HOSTNAME=env',
        'true',
      ]),
    );
    expect(lines.filter((line) => /^(VITEST|npm_|NODE_ENV)/.test(line))).toEqual([]);
  });

  it('shows volumes at their paths: emptyDir between containers, configMap, token, subPath, read-only', async () => {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'files' },
      data: { 'a.txt': 'alpha', 'b.txt': 'beta' },
    };
    await createObject(fixture.api, { resource: resources.configMaps, namespace: 'default', object });
    await fixture.create({
      name: 'volumes',
      spec: {
        restartPolicy: 'Never',
        volumes: [
          { name: 'work', emptyDir: {} },
          { name: 'files', configMap: { name: 'files' } },
        ],
        initContainers: [
          {
            name: 'writer',
            image: 'any',
            command: ['sh', '-c', 'mkdir /work/sub && echo from-init > /work/sub/x'],
            volumeMounts: [{ name: 'work', mountPath: '/work' }],
          },
        ],
        containers: [
          {
            name: 'main',
            image: 'any',
            command: [
              'sh',
              '-c',
              'cat /data/x /etc/files/a.txt /etc/one.txt; echo; cat /var/run/secrets/kubernetes.io/serviceaccount/token; ' +
                'touch /etc/files/new 2>/dev/null || echo " read-only"; echo -n done > /dev/termination-log',
            ],
            volumeMounts: [
              { name: 'work', mountPath: '/data', subPath: 'sub' },
              { name: 'files', mountPath: '/etc/files' },
              { name: 'files', mountPath: '/etc/one.txt', subPath: 'b.txt' },
            ],
          },
        ],
      },
    });
    const pod = await fixture.until('volumes', isOver);
    expect(await fixture.logText({ name: 'volumes' })).toBe('from-init\nalphabeta\ntoken of default read-only\n');
    expect(terminated(pod)?.message).toBe('done');
    expect(pod.status?.initContainerStatuses?.[0]?.state.terminated?.exitCode).toBe(0);
  });

  it('denies hostPath outside of allowed folders in an event', async () => {
    const volumes = [{ name: 'host', hostPath: { path: '/etc' } }];
    const main = { name: 'main', image: 'any', command: ['true'], volumeMounts: [{ name: 'host', mountPath: '/x' }] };
    await fixture.create({ name: 'host', spec: { volumes, containers: [main] } });
    await expect
      .poll(async () => (await fixture.events()).map((event) => String(event['message'])).join('\n'), { timeout: 5000 })
      .toContain('hostPath /etc is not allowed on this machine; allowed folders: none');
  });

  it('hides this machine: no other processes, no home, no agent state', async () => {
    const pod = await script(
      'hidden',
      `ls /home ${fixture.stateDir} 2>/dev/null; ls /proc | grep -c '^[0-9]'; hostname`,
    );
    expect(pod.status?.phase).toBe('Succeeded');
    const lines = (await fixture.logText({ name: 'hidden' })).trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(Number(lines[0])).toBeLessThan(8);
    expect(lines[1]).toBe('hidden');
  });

  it('restarts with back-off, keeps the last state and the previous log', async () => {
    const main = { name: 'main', image: 'any', command: ['sh', '-c', 'echo run; exit 4'] };
    await fixture.create({ name: 'loop', spec: { containers: [main] } });
    const pod = await fixture.until('loop', (item) => {
      const status = item.status?.containerStatuses?.[0];
      return (status?.restartCount ?? 0) >= 2 && status?.state.waiting?.reason === 'CrashLoopBackOff';
    });
    const status = pod.status?.containerStatuses?.[0];
    expect(status?.lastState.terminated?.exitCode).toBe(4);
    expect(status?.state.waiting?.message).toMatch(/^back-off \S+ restarting failed container=main pod=loop_default\(/);
    expect(await fixture.logText({ name: 'loop', previous: true })).toBe('run\n');
    await deleteObject(fixture.api, { resource: resources.pods, key: { namespace: 'default', name: 'loop' } });
    await fixture.untilGone('loop');
  });

  it('falls back to the log for the termination message of a failure', async () => {
    const pod = await script('fallback', 'echo the cause; exit 1', {
      terminationMessagePolicy: 'FallbackToLogsOnError',
    });
    expect(terminated(pod)?.message).toBe('the cause\n');
  });

  it('deletes by preStop, SIGTERM and grace, and reports the exit code before the object goes', async () => {
    const main = {
      name: 'main',
      image: 'any',
      command: ['sh', '-c', 'trap "cat /tmp/stopping; exit 5" TERM; echo up; while :; do sleep 0.02; done'],
      lifecycle: { preStop: { exec: { command: ['sh', '-c', 'echo pre-stop > /tmp/stopping'] } } },
    };
    await fixture.create({ name: 'graceful', spec: { containers: [main] } });
    await fixture.until('graceful', isReady);
    const stream = fixture.logText({ name: 'graceful', follow: true });
    await expect.poll(() => fixture.logText({ name: 'graceful' })).toBe('up\n');
    await deleteObject(fixture.api, { resource: resources.pods, key: { namespace: 'default', name: 'graceful' } });
    const pod = await fixture.until('graceful', (item) => terminated(item) !== undefined);
    expect(terminated(pod)?.exitCode).toBe(5);
    await fixture.untilGone('graceful');
    expect(await stream).toBe('up\npre-stop\n');
  });

  it('kills what ignores SIGTERM when the grace is over', async () => {
    const main = {
      name: 'main',
      image: 'any',
      command: ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'],
    };
    await fixture.create({ name: 'stubborn', spec: { terminationGracePeriodSeconds: 1, containers: [main] } });
    await fixture.until('stubborn', isReady);
    await expect.poll(() => fixture.logText({ name: 'stubborn' })).toBe('up\n');
    await deleteObject(fixture.api, { resource: resources.pods, key: { namespace: 'default', name: 'stubborn' } });
    const pod = await fixture.until('stubborn', (item) => terminated(item) !== undefined);
    expect(terminated(pod)?.exitCode).toBe(137);
    await fixture.untilGone('stubborn');
  });

  it('fails a pod that outlives activeDeadlineSeconds', async () => {
    const main = { name: 'main', image: 'any', command: ['sleep', '1000'] };
    await fixture.create({
      name: 'deadline',
      spec: { restartPolicy: 'Never', activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 0, containers: [main] },
    });
    const pod = await fixture.until('deadline', isOver);
    expect(pod.status).toMatchObject({
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
  });

  it('probes a real server: ready when it answers, restarted when it stops answering', async () => {
    const server =
      "let ok=true;require('http').createServer((q,r)=>{if(q.url==='/break')ok=false;r.statusCode=ok?200:500;r.end()}).listen(8099,process.env.IP)";
    const main = {
      name: 'main',
      image: 'any',
      command: ['node', '-e', server],
      env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
      ports: [{ name: 'http', containerPort: 8099 }],
      startupProbe: { tcpSocket: { port: 8099 }, periodSeconds: 1, failureThreshold: 20 },
      readinessProbe: { httpGet: { port: 'http', path: '/' }, periodSeconds: 1 },
      livenessProbe: { httpGet: { port: 'http', path: '/' }, periodSeconds: 1, failureThreshold: 1 },
    };
    await fixture.create({ name: 'web', spec: { terminationGracePeriodSeconds: 1, containers: [main] } });
    const ready = await fixture.until('web', isReady);
    await fetch(`http://${ready.status?.podIP}:8099/break`);
    const again = await fixture.until(
      'web',
      (item) => item.status?.containerStatuses?.[0]?.restartCount === 1 && isReady(item),
    );
    expect(again.status?.containerStatuses?.[0]?.lastState.terminated).toBeDefined();
    const reasons = (await fixture.events()).map((event) => event['reason']);
    expect(reasons).toEqual(expect.arrayContaining(['Created', 'Started', 'Unhealthy', 'Killing']));
    await deleteObject(fixture.api, { resource: resources.pods, key: { namespace: 'default', name: 'web' } });
    await fixture.untilGone('web');
  });

  it('renews the content of a mounted ConfigMap under the running container', async () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'live' }, data: { v: 'one' } };
    await createObject(fixture.api, { resource: resources.configMaps, namespace: 'default', object });
    const main = {
      name: 'main',
      image: 'any',
      command: ['sh', '-c', 'until grep -q two /live/v; do sleep 0.02; done'],
      volumeMounts: [{ name: 'live', mountPath: '/live' }],
    };
    await fixture.create({
      name: 'live',
      spec: { restartPolicy: 'Never', volumes: [{ name: 'live', configMap: { name: 'live' } }], containers: [main] },
    });
    await fixture.until('live', isReady);
    const key = { namespace: 'default', name: 'live' };
    await patchObject(fixture.api, {
      resource: resources.configMaps,
      key,
      patchType: 'merge',
      patch: { data: { v: 'two' } },
    });
    const pod = await fixture.until('live', isOver);
    expect(pod.status?.phase).toBe('Succeeded');
  });

  it('bounds commands run inside: output and time', async () => {
    const runtime = await createProcessRuntime({ execOutputBytes: 20 });
    const own = await openNodeFixture();
    try {
      await own.start({ runtime });
      const container = { name: 'main', image: 'any', command: ['sleep', '1000'], env: [{ name: 'X', value: "it's" }] };
      const spec = { terminationGracePeriodSeconds: 0, containers: [container] };
      const pod = await own.create({ name: 'inside', spec });
      await own.until('inside', isReady);
      const ref = { podUid: pod.metadata.uid ?? '', container: 'main', attempt: 0 };
      expect(await runtime.exec(ref, ['sh', '-c', 'echo $X; hostname; exit 3'], 5000)).toEqual({
        exitCode: 3,
        output: "it's\ninside\n",
      });
      const long = await runtime.exec(ref, ['sh', '-c', 'seq 1000'], 5000);
      expect(long.output).toHaveLength(20);
      const late = await runtime.exec(ref, ['sleep', '1000'], 100);
      expect(late).toEqual({ exitCode: 124, output: 'command timed out after 0.1s' });
    } finally {
      await own.close();
    }
  });

  it('loses no output of many short pods that start at the same moment', async () => {
    const names = Array.from({ length: 24 }, (_, index) => `many-${index}`);
    const texts = await Promise.all(
      names.map(async (name) => {
        await script(name, `echo ${name}; echo error >&2`);
        return fixture.logText({ name });
      }),
    );
    const lines = texts.map((text) => text.trim().split('\n').toSorted());
    expect(lines).toEqual(names.map((name) => ['error', name].toSorted()));
  });

  it.each([
    {
      name: 'log-two',
      request: {},
      message: 'a container name must be specified for pod log-two, choose one of: [a b]',
    },
    { name: 'log-x', request: { container: 'x' }, message: 'container x is not valid for pod log-x' },
    {
      name: 'log-wait',
      request: { container: 'a' },
      message: 'container "a" in pod "log-wait" is waiting to start: CreateContainerError',
    },
    {
      name: 'log-prev',
      request: { container: 'b', previous: true },
      message: 'previous terminated container "b" in pod "log-prev" not found',
    },
  ])('answers a log request that cannot be served: $message', async ({ name, request, message }) => {
    const containers = [
      { name: 'a', image: 'any', command: [] },
      { name: 'b', image: 'any', command: ['sleep', '1000'] },
    ];
    await fixture.create({ name, spec: { containers } });
    await fixture.until(name, (item) => item.status?.containerStatuses?.[0]?.state.waiting?.message !== undefined);
    await expect(fixture.logText({ name, ...request })).rejects.toThrow(message);
  });
});

describe('pods as plain process groups', () => {
  let fixture: NodeFixture;
  beforeAll(async () => {
    fixture = await openNodeFixture();
    await fixture.start({ runtime: await createProcessRuntime({ sandbox: 'none' }) });
  });
  afterAll(() => fixture.close());

  it('runs, says in an event that there is no sandbox, and kills the whole group', async () => {
    const main = { name: 'main', image: 'any', command: ['sh', '-c', 'sleep 1000 & echo up; wait'] };
    await fixture.create({ name: 'plain', spec: { terminationGracePeriodSeconds: 1, containers: [main] } });
    const pod = await fixture.until('plain', isReady);
    expect(pod.status?.containerStatuses?.[0]?.containerID).toMatch(/^process:/);
    await expect
      .poll(async () =>
        (await fixture.events()).map((event) => `${String(event['reason'])} ${String(event['message'])}`),
      )
      .toContain('Sandbox runs as a plain process group: the sandbox is switched off');
    await deleteObject(fixture.api, { resource: resources.pods, key: { namespace: 'default', name: 'plain' } });
    await fixture.untilGone('plain');
  });

  it('refuses mount paths that would be paths of this machine', async () => {
    const volumes = [{ name: 'work', emptyDir: {} }];
    const main = {
      name: 'main',
      image: 'any',
      command: ['true'],
      volumeMounts: [{ name: 'work', mountPath: '/work' }],
    };
    await fixture.create({ name: 'mounts', spec: { volumes, containers: [main] } });
    const pod = await fixture.until(
      'mounts',
      (item) => item.status?.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerError',
    );
    const message = pod.status?.containerStatuses?.[0]?.state.waiting?.message;
    expect(message).toContain(
      'volumes cannot be offered at /work: without a sandbox these would be paths of this machine',
    );
  });
});
