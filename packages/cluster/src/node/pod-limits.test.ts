import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import { createObject } from '@argosy/kube/port';
import { askHealth } from './grpc-probe.ts';
import { openNodeFixture, type NodeFixture } from './node-fixture.ts';
import type { Container, Pod, PodSpec } from './pod-types.ts';
import { createProcessRuntime } from './process-runtime.ts';

const runtime = await createProcessRuntime();
const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
const terminated = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state.terminated;

describe('limits of pods that are processes', () => {
  let fixture: NodeFixture;
  beforeAll(async () => {
    fixture = await openNodeFixture();
    await fixture.start({ runtime });
  });
  afterAll(() => fixture.close());

  const run = async (
    name: string,
    text: string,
    more: Partial<Container> & { readonly pod?: Partial<PodSpec> } = {},
  ) => {
    const { pod: spec = {}, ...own } = more;
    const container = { name: 'main', image: 'any', command: ['sh', '-c', text], ...own };
    await fixture.create({ name, spec: { restartPolicy: 'Never', containers: [container], ...spec } });
    return fixture.until(name, isOver);
  };
  const eventsOf = async (name: string): Promise<readonly string[]> =>
    (await fixture.events())
      .filter((event) => (event['involvedObject'] as { name?: string }).name === name)
      .map((event) => `${String(event['reason'])} ${String(event['message'])}`);

  it('ends a container that holds more memory than it may: OOMKilled 137', async () => {
    const program = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(20_000_000, 1)), 20)';
    const pod = await run('hungry', `node -e '${program}'`, { resources: { limits: { memory: '150Mi' } } });
    expect(terminated(pod)).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  });

  it('counts the children of a container, and leaves one within its limit alone', async () => {
    const parent = `node -e 'require("child_process").spawnSync("node", ["-e", "const b = Buffer.alloc(3e8, 1); setInterval(() => b, 1e6)"])'`;
    const pod = await run('parent', parent, { resources: { limits: { memory: '200Mi' } } });
    expect(terminated(pod)?.reason).toBe('OOMKilled');
    const modest = await run('modest', 'sleep 1; echo fine', { resources: { limits: { memory: '16Mi' } } });
    expect(modest.status?.phase).toBe('Succeeded');
  });

  it('evicts a pod whose emptyDir grows over its limit', async () => {
    const text = 'head -c 3000000 /dev/zero > /data/file; exec sleep 1000';
    const pod = await run('full', text, {
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
      pod: {
        terminationGracePeriodSeconds: 0,
        volumes: [{ name: 'data', emptyDir: { sizeLimit: '1Mi' } }],
      },
    });
    expect(pod.status).toMatchObject({
      phase: 'Failed',
      reason: 'Evicted',
      message: 'Usage of EmptyDir volume "data" exceeds the limit "1Mi". ',
    });
    expect(await eventsOf('full')).toContain('Evicted Usage of EmptyDir volume "data" exceeds the limit "1Mi". ');
  });

  it('tells in an event which keys of envFrom cannot be variables', async () => {
    const metadata = { name: 'odd' };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { GOOD: 'yes', '1bad': 'x', '2-bad': 'y' } };
    await createObject(fixture.api, { resource: resources.configMaps, namespace: 'default', object });
    await run('odd-env', 'echo $GOOD', { envFrom: [{ configMapRef: { name: 'odd' } }] });
    expect(await fixture.logText({ name: 'odd-env' })).toBe('yes\n');
    expect(await eventsOf('odd-env')).toContain(
      'InvalidEnvironmentVariableNames Keys [1bad, 2-bad] from the EnvFrom configmap default/odd were skipped since they ' +
        'are considered invalid environment variable names.',
    );
  });
});

describe('gRPC health', () => {
  it.each([
    { name: 'serving', body: [0, 0, 0, 0, 2, 8, 1], status: '0', success: true, message: '' },
    { name: 'not serving', body: [0, 0, 0, 0, 2, 8, 2], status: '0', success: false, message: '"NOT_SERVING"' },
    { name: 'unknown', body: [0, 0, 0, 0, 0], status: '0', success: false, message: '"UNKNOWN"' },
    { name: 'refused', body: [], status: '12', success: false, message: 'rpc error: code = 12' },
  ])('$name is told', async ({ body, status, success, message }) => {
    const asked: Buffer[] = [];
    const server = createServer();
    server.on('stream', (stream, headers) => {
      expect(headers[':path']).toBe('/grpc.health.v1.Health/Check');
      stream.on('data', (chunk: Buffer) => asked.push(chunk));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }));
      stream.on('end', () => stream.end(Buffer.from(body)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const answer = await askHealth({ host: '127.0.0.1', port, service: 'shop' }, new AbortController().signal);
    expect(answer.success).toBe(success);
    expect(answer.message).toContain(message);
    expect(Buffer.concat(asked)).toEqual(Buffer.concat([Buffer.from([0, 0, 0, 0, 6, 10, 4]), Buffer.from('shop')]));
    await new Promise((resolve) => server.close(resolve));
  });

  it('tells that nobody listens', async () => {
    const answer = await askHealth({ host: '127.0.0.1', port: 1, service: '' }, new AbortController().signal);
    expect(answer).toEqual({ success: false, message: 'failed to connect service "127.0.0.1:1": ECONNREFUSED' });
  });
});
