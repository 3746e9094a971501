import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerSession, SessionOrder } from '../apiserver/index.ts';
import { openNodeFixture, type NodeFixture } from './node-fixture.ts';
import type { NodeAgent } from './node-agent.ts';
import type { Container, Pod } from './pod-types.ts';
import { createProcessRuntime } from './process-runtime.ts';
import { createSimulatedRuntime } from './simulated-runtime.ts';

const isRunning = (pod: Pod): boolean => pod.status?.containerStatuses?.[0]?.state.running !== undefined;
const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** An order that keeps what comes and can be waited on. */
function recorder(more: Partial<SessionOrder> = {}) {
  const seen = { stdout: '', stderr: '' };
  const waiting: { holds: () => boolean; resolve: () => void }[] = [];
  const order: SessionOrder = {
    stdin: true,
    stdout: true,
    stderr: true,
    tty: false,
    take: (stream, bytes) => {
      seen[stream] += Buffer.from(bytes).toString('utf8');
      for (const item of waiting) if (item.holds()) item.resolve();
    },
    ...more,
  };
  const until = (text: string | RegExp): Promise<void> =>
    new Promise((resolve) => {
      const holds = (): boolean => (typeof text === 'string' ? seen.stdout.includes(text) : text.test(seen.stdout));
      if (holds()) resolve();
      else waiting.push({ holds, resolve });
    });
  return { order, seen, until };
}

const sandboxes = ['bubblewrap', 'namespaces', 'none'] as const;

const working = await Promise.all(
  sandboxes.map(async (sandbox) => {
    const runtime = await createProcessRuntime({ sandbox }).catch(() => undefined);
    return runtime === undefined ? [] : [sandbox];
  }),
).then((list) => list.flat());

describe.each(sandboxes)('streams into pods, sandbox %s (needs it to work here)', (sandbox) => {
  let fixture: NodeFixture;
  let agent: NodeAgent;
  let pod: Pod;
  beforeEach((context) => {
    if (!working.includes(sandbox)) context.skip();
  });
  beforeAll(async () => {
    if (!working.includes(sandbox)) return;
    fixture = await openNodeFixture();
    const runtime = await createProcessRuntime({ sandbox, attachPendingBytes: 64 * 1024 });
    agent = await fixture.start({ runtime, limits: { sessions: 2 } });
    pod = await run('host', 'while sleep 100; do :; done', { env: [{ name: 'WHO', value: "it's me" }] });
  });
  afterAll(() => fixture?.close());

  const run = async (name: string, text: string, more: Partial<Container> = {}): Promise<Pod> => {
    const container = { name: 'main', image: 'any', command: ['sh', '-c', text], ...more };
    const spec = { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, containers: [container] };
    await fixture.create({ name, spec: sandbox === 'none' ? { ...spec, automountServiceAccountToken: false } : spec });
    return fixture.until(name, (item) => isRunning(item) || isOver(item));
  };
  const exec = (text: string, order: SessionOrder): Promise<ContainerSession> =>
    agent.exec(pod, '', { ...order, command: ['sh', '-c', text] });

  it('gives output of both streams, the environment and the exit code', async () => {
    const { order, seen } = recorder();
    const session = await exec('echo "$WHO"; echo bad >&2; exit 3', order);
    expect(await session.ended).toEqual({ kind: 'exited', exitCode: 3 });
    expect(seen).toEqual({ stdout: "it's me\n", stderr: 'bad\n' });
  });

  it('passes stdin on, with its end', async () => {
    const { order, seen } = recorder();
    const session = await exec('cat; echo over', order);
    await session.write(Buffer.from('one '));
    await session.write(Buffer.from('two\n'));
    session.closeInput();
    expect(await session.ended).toEqual({ kind: 'exited', exitCode: 0 });
    expect(seen.stdout).toBe('one two\nover\n');
    await session.write(Buffer.from('too late'));
  });

  it('runs on a terminal that has a size and takes keys', async () => {
    const { order, seen, until } = recorder({ tty: true });
    const session = await exec(
      'test -t 0 && echo is-tty; trap "stty size" WINCH; until read line; do :; done; echo "<$line>"; exit 4',
      order,
    );
    await until('is-tty');
    session.resize({ width: 132, height: 43 });
    await until('43 132');
    session.resize({ width: 99_999, height: -1 });
    await until('0 4096');
    await session.write(Buffer.from('key\r'));
    expect(await session.ended).toEqual({ kind: 'exited', exitCode: 4 });
    expect(seen.stdout).toContain('<key>\r\n');
  });

  it('holds a command back whose output is not taken', async () => {
    let taken = 0;
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { order } = recorder({
      take: (_stream, bytes) => {
        taken += bytes.length;
        return gate;
      },
    });
    const session = await exec('head -c 4000000 /dev/zero', order);
    await session.write(Buffer.from('x'));
    expect(taken).toBeLessThan(1_000_000);
    go();
    expect(await session.ended).toEqual({ kind: 'exited', exitCode: 0 });
    expect(taken).toBe(4_000_000);
  });

  it('ends a command whose client has left, and only that', async () => {
    const { order, until } = recorder();
    const session = await exec('echo begun; sleep 100', order);
    await until('begun');
    session.cancel();
    expect((await session.ended).kind).toBe('exited');
    const again = recorder();
    expect(await (await exec('true', again.order)).ended).toEqual({ kind: 'exited', exitCode: 0 });
  });

  it('does not wait for what a command left running', async () => {
    const { order, seen } = recorder();
    const session = await exec('sleep 100 & echo done', order);
    expect(await session.ended).toEqual({ kind: 'exited', exitCode: 0 });
    expect(seen.stdout).toBe('done\n');
  });

  it('refuses a wrong container, no command, and more streams than allowed', async () => {
    const { order } = recorder();
    await expect(agent.exec(pod, 'other', { ...order, command: ['true'] })).rejects.toMatchObject({
      status: { code: 400, message: 'container other is not valid for pod host' },
    });
    await expect(agent.exec(pod, '', { ...order, command: [] })).rejects.toMatchObject({ status: { code: 400 } });
    const open = [await exec('sleep 100', order), await exec('sleep 100', order)];
    await expect(exec('true', order)).rejects.toMatchObject({ status: { code: 429 } });
    for (const session of open) session.cancel();
    await Promise.all(open.map((session) => session.ended));
  });

  it('attaches: output from now on, stdin that ends with its first client', async () => {
    const shell = await run('shell', 'read line; echo "got $line"; cat; echo end', { stdin: true, stdinOnce: true });
    const { order, seen, until } = recorder();
    const session = await agent.attach(shell, 'main', order);
    await session.write(Buffer.from('first\n'));
    await until('got first');
    await session.write(Buffer.from('second\n'));
    await until('second');
    session.closeInput();
    expect(await session.ended).toEqual({ kind: 'exited', exitCode: 0 });
    expect(seen.stdout).toBe('got first\nsecond\nend\n');
    await fixture.until('shell', (item) => item.status?.phase === 'Succeeded');
    expect(await fixture.logText({ name: 'shell' })).toBe('got first\nsecond\nend\n');
    await expect(agent.attach(shell, 'main', order)).rejects.toMatchObject({ status: { code: 500 } });
  });

  it('keeps stdin open between clients unless it is for one', async () => {
    const shell = await run('open', 'read a; echo "a=$a"; read b; echo "b=$b"', { stdin: true });
    const first = recorder();
    const one = await agent.attach(shell, 'main', first.order);
    await one.write(Buffer.from('1\n'));
    await first.until('a=1');
    one.cancel();
    const second = recorder();
    const two = await agent.attach(shell, 'main', second.order);
    await two.write(Buffer.from('2\n'));
    expect(await two.ended).toEqual({ kind: 'exited', exitCode: 0 });
    expect(second.seen.stdout).toBe('b=2\n');
  });

  it('attaches to a container on a terminal', async () => {
    const shell = await run('screen', 'read line; stty size; echo "<$line>"; exit 5', {
      stdin: true,
      stdinOnce: true,
      tty: true,
    });
    const { order, seen, until } = recorder({ tty: true });
    const session = await agent.attach(shell, '', order);
    session.resize({ width: 100, height: 20 });
    await until(/^/);
    await session.write(Buffer.from('hello\r'));
    expect(await session.ended).toEqual({ kind: 'exited', exitCode: 5 });
    expect(seen.stdout).toContain('<hello>\r\n');
    const over = await fixture.until('screen', isOver);
    expect(over.status?.containerStatuses?.[0]?.state.terminated?.exitCode).toBe(5);
  });

  it('stops a container on a terminal by signal', async () => {
    const shell = await run('stuck', 'trap "exit 9" TERM; while :; do echo tick; sleep 0.05; done', { tty: true });
    const { order, until } = recorder();
    const session = await agent.attach(shell, '', order);
    await until('tick');
    await fixture.remove('stuck');
    expect(await session.ended).toEqual({ kind: 'exited', exitCode: 9 });
    await fixture.untilGone('stuck');
  });

  it('cuts off an attached client that does not read, and the container goes on', async () => {
    const noisy = await run('noisy', 'read go; head -c 1000000 /dev/zero; echo; echo end', { stdin: true });
    const { order } = recorder({ take: () => new Promise(() => undefined) });
    const session = await agent.attach(noisy, 'main', order);
    await session.write(Buffer.from('go\n'));
    expect(await session.ended).toMatchObject({ kind: 'failed', message: expect.stringContaining('65536 bytes') });
    await fixture.until('noisy', (item) => item.status?.phase === 'Succeeded');
  });

  it('connects to a port of the pod, and says when nothing listens', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('data', (chunk) => socket.write(`echo ${chunk.toString('utf8')}`));
      socket.on('end', () => socket.end('bye'));
    });
    await new Promise<void>((resolve) => server.listen(0, pod.status?.podIP, resolve));
    const { port } = server.address() as AddressInfo;
    let text = '';
    const stream = await agent.dial(pod, { port, take: (bytes) => void (text += Buffer.from(bytes).toString('utf8')) });
    await stream.write(Buffer.from('hi '));
    stream.closeInput();
    expect(await stream.ended).toEqual({ kind: 'exited', exitCode: 0 });
    expect(text).toBe('echo hi bye');
    await new Promise((resolve) => server.close(resolve));
    await expect(agent.dial(pod, { port, take: () => undefined })).rejects.toMatchObject({
      status: { code: 500, message: expect.stringMatching(/cannot connect to port \d+ of the pod/) },
    });
  });
});

describe.runIf(working.includes('bubblewrap') || working.includes('namespaces'))(
  'the rights of a command inside',
  () => {
    const sandboxed = working.filter((sandbox) => sandbox !== 'none');

    it.each(sandboxed)('are those of the container in %s, whatever it does to its programs', async (sandbox) => {
      const fixture = await openNodeFixture();
      const agent = await fixture.start({ runtime: await createProcessRuntime({ sandbox }) });
      const containers = [
        { name: 'main', image: 'any', command: ['sh', '-c', 'echo planted > /tmp/mark; sleep 100'] },
        {
          name: 'user',
          image: 'any',
          command: ['sleep', '100'],
          securityContext: { runAsUser: 1234, runAsGroup: 1234 },
        },
      ];
      await fixture.create({
        name: 'rights',
        spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 0, containers },
      });
      const isWhole = (item: Pod): boolean =>
        item.status?.containerStatuses?.every((status) => status.state.running !== undefined) === true;
      const pod = await fixture.until('rights', isWhole);
      const ask = async (container: string, text: string): Promise<string> => {
        const { order, seen } = recorder();
        const session = await agent.exec(pod, container, { ...order, command: ['sh', '-c', text] });
        await session.ended;
        return seen.stdout + seen.stderr;
      };
      try {
        expect(await ask('main', 'cat /tmp/mark; hostname; pwd')).toBe('planted\nrights\n/\n');
        const status = await ask('main', 'grep -E "CapEff|NoNewPrivs" /proc/self/status');
        // CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, NET_BIND_SERVICE, and at most SYS_CHROOT beside them.
        const held = BigInt(`0x${/CapEff:\s*(\w+)/.exec(status)?.[1] ?? 'ff'}`);
        expect(held & ~0x404ebn).toBe(0n);
        expect(status).toMatch(/NoNewPrivs:\s*1/);
        expect(await ask('main', 'mount -t tmpfs none /tmp; ls /tmp')).toContain('mark');
        expect(await ask('user', 'id -u; id -g; grep CapEff /proc/self/status')).toMatch(
          /^1234\n1234\nCapEff:\s*0+\n$/,
        );
      } finally {
        await fixture.close();
      }
    });
  },
);

describe('streams into simulated pods', () => {
  it('answer as the script says', async () => {
    const fixture = await openNodeFixture();
    const agent = await fixture.start({ runtime: createSimulatedRuntime() });
    const script = 'forever;exec-stdout=hello;exec-stderr=oh;exec-exit=7;port-80=pong';
    await fixture.create({
      name: 'sim',
      annotations: { 'simulation.argosy.io/run': script, 'simulation.argosy.io/run.echo': 'forever;exec-echo' },
      spec: {
        containers: [
          { name: 'main', image: 'any' },
          { name: 'echo', image: 'any' },
        ],
      },
    });
    const pod = await fixture.until('sim', (item) => item.status?.phase === 'Running');
    try {
      const said = recorder();
      const session = await agent.exec(pod, 'main', { ...said.order, command: ['any'] });
      expect(await session.ended).toEqual({ kind: 'exited', exitCode: 7 });
      expect(said.seen).toEqual({ stdout: 'hello\n', stderr: 'oh\n' });
      const echoed = recorder();
      const echo = await agent.exec(pod, 'echo', { ...echoed.order, command: ['cat'] });
      await echo.write(Buffer.from('abc'));
      echo.closeInput();
      expect(await echo.ended).toEqual({ kind: 'exited', exitCode: 0 });
      expect(echoed.seen.stdout).toBe('abc');
      let text = '';
      const port = await agent.dial(pod, { port: 80, take: (bytes) => void (text += Buffer.from(bytes).toString()) });
      await port.write(Buffer.from('ping'));
      await port.ended;
      expect(text).toBe('pong');
      await expect(agent.dial(pod, { port: 81, take: () => undefined })).rejects.toMatchObject({
        status: { code: 500 },
      });
      const attached = await agent.attach(pod, 'main', recorder().order);
      await fixture.remove('sim');
      expect(await attached.ended).toEqual({ kind: 'exited', exitCode: 143 });
    } finally {
      await fixture.close();
    }
  });
});
