import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContainerSession, SessionOrder } from '../../apiserver/index.ts';
import type { NodeAgent } from '../node-agent.ts';
import { openNodeFixture, type NodeFixture } from '../node-fixture.ts';
import type { Container, Pod } from '../pod-types.ts';
import { createContainerRuntime } from './container-runtime.ts';
import { missingForEngine, openEngineFixture, type EngineFixture } from './engine-fixture.ts';

/** An order that keeps what comes. */
function recorder(more: Partial<SessionOrder> = {}) {
  const seen = { stdout: '', stderr: '' };
  const order: SessionOrder = {
    stdin: true,
    stdout: true,
    stderr: true,
    tty: false,
    take: (stream, bytes) => {
      seen[stream] += Buffer.from(bytes).toString('utf8');
    },
    ...more,
  };
  return { order, seen };
}

const isRunning = (pod: Pod): boolean => pod.status?.containerStatuses?.[0]?.state.running !== undefined;
const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

describe.skipIf(missingForEngine() !== '')(
  'streams into containers (needs podman, runc, busybox-static and root)',
  () => {
    let engine: EngineFixture;
    let fixture: NodeFixture;
    let agent: NodeAgent;
    beforeAll(async () => {
      engine = await openEngineFixture();
      fixture = await openNodeFixture();
      agent = await fixture.start({
        runtime: await createContainerRuntime({ socketPath: engine.socketPath, network: 'engine' }),
      });
    }, 60_000);
    afterAll(async () => {
      await fixture?.close();
      await engine?.close();
    }, 60_000);

    const run = async (name: string, text: string, more: Partial<Container> = {}): Promise<Pod> => {
      const image = { name: 'main', image: engine.image, imagePullPolicy: 'Never' };
      const container = { ...image, command: ['sh', '-c', text], ...more };
      const spec = { restartPolicy: 'Never', terminationGracePeriodSeconds: 0, containers: [container] };
      await fixture.create({ name, spec });
      return fixture.until(name, (pod) => isRunning(pod) || isOver(pod));
    };
    const exec = (pod: Pod, text: string, order: SessionOrder): Promise<ContainerSession> =>
      agent.exec(pod, '', { ...order, command: ['sh', '-c', text] });

    it('runs commands beside a container: both streams, stdin with its end, exit code, terminal with a size', async () => {
      const pod = await run('beside', 'sleep 1000', { env: [{ name: 'WHO', value: "it's me" }] });
      const plain = recorder();
      const first = await exec(pod, 'echo "$WHO"; echo bad >&2; cat; exit 3', plain.order);
      await first.write(Buffer.from('typed\n'));
      first.closeInput();
      expect(await first.ended).toEqual({ kind: 'exited', exitCode: 3 });
      expect(plain.seen).toEqual({ stdout: "it's me\ntyped\n", stderr: 'bad\n' });

      const terminal = recorder({ tty: true });
      const second = await exec(pod, 'read line; stty size; echo "<$line>"; test -t 0; exit $?', terminal.order);
      second.resize({ width: 132, height: 43 });
      await second.write(Buffer.from('key\n'));
      expect(await second.ended).toEqual({ kind: 'exited', exitCode: 0 });
      expect(terminal.seen.stdout).toContain('<key>\r\n');

      const large = recorder({ stdin: false });
      const third = await exec(pod, 'head -c 1000000 /dev/zero | tr "\\0" x', large.order);
      expect(await third.ended).toEqual({ kind: 'exited', exitCode: 0 });
      expect(large.seen.stdout).toHaveLength(1_000_000);
    });

    it('bounds commands of probes in time and output', async () => {
      const pod = await run('bounded', 'sleep 1000');
      const runtime = await createContainerRuntime({ socketPath: engine.socketPath });
      await expect(
        runtime.exec({ podUid: pod.metadata.uid ?? '', container: 'main', attempt: 0 }, ['true'], 1000),
      ).resolves.toEqual({ exitCode: 126, output: 'container main is not running' });
      const late = await run('late', 'sleep 1000', {
        startupProbe: { exec: { command: ['sleep', '100'] }, periodSeconds: 1, failureThreshold: 100 },
      });
      await expect
        .poll(async () => JSON.stringify(await fixture.events()), { timeout: 10_000 })
        .toContain('Startup probe failed: command timed out after 1s');
      expect(late.status?.phase).toBe('Running');
    });

    it('attaches to the main process: its stdin, its output from now on, its end', async () => {
      const pod = await run('main', 'while read line; do echo "got $line"; [ "$line" = end ] && exit 7; done', {
        stdin: true,
      });
      const { order, seen } = recorder();
      const session = await agent.attach(pod, '', order);
      await session.write(Buffer.from('one\nend\n'));
      expect(await session.ended).toEqual({ kind: 'exited', exitCode: 7 });
      expect(seen.stdout).toBe('got one\ngot end\n');
      expect(await fixture.logText({ name: 'main' })).toBe('got one\ngot end\n');
    });

    it('ends the stdin of a container that has it once', async () => {
      const pod = await run('once', 'cat; echo over', { stdin: true, stdinOnce: true });
      const { order, seen } = recorder();
      const session = await agent.attach(pod, '', order);
      await session.write(Buffer.from('text\n'));
      session.closeInput();
      expect(await session.ended).toEqual({ kind: 'exited', exitCode: 0 });
      expect(seen.stdout).toBe('text\nover\n');
    });

    it('gives a main process its terminal, and its lines to the log', async () => {
      const pod = await run('terminal', 'read line; test -t 1 && echo "is-tty $line"', { stdin: true, tty: true });
      const { order } = recorder({ tty: true });
      const session = await agent.attach(pod, '', order);
      await session.write(Buffer.from('x\n'));
      expect(await session.ended).toEqual({ kind: 'exited', exitCode: 0 });
      expect(await fixture.logText({ name: 'terminal' })).toContain('is-tty x\r\n');
    });

    it('connects to a port at the address of the pod', async () => {
      const pod = await run('port', 'echo hello | nc -l -p 8077; sleep 1000', {
        startupProbe: { exec: { command: ['sh', '-c', 'netstat -ltn | grep -q 8077'] }, periodSeconds: 1 },
      });
      await fixture.until('port', (item) => item.status?.containerStatuses?.[0]?.started === true);
      let got = '';
      const stream = await agent.dial(pod, {
        port: 8077,
        take: (bytes) => {
          got += Buffer.from(bytes).toString('utf8');
        },
      });
      stream.closeInput();
      await stream.ended;
      expect(got).toBe('hello\n');
      await expect(agent.dial(pod, { port: 1, take: () => undefined })).rejects.toThrow('cannot connect to port 1');
    });
  },
);
