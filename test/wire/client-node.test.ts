import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server } from 'node:net';
import { PassThrough } from 'node:stream';
import {
  Attach,
  CoreV1Api,
  Exec,
  KubeConfig,
  Log,
  makeInformer,
  PatchStrategy,
  PortForward,
  setHeaderOptions,
  Watch,
  type V1Pod,
  type V1Status,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessRuntime } from '@argosy/cluster/node';
import { kubeconfigText } from '@argosy/kube/client';
import { openLiveWire } from './live-wire.ts';
import { admin, type Wire } from './open-wire.ts';

const namespace = 'default';
const script =
  "require('net').createServer((s)=>s.once('data',(d)=>s.end('pong '+d))).listen(7000, process.env.POD_IP, () => console.log('up')); setInterval(()=>{}, 1000)";

let wire: Wire;
let config: KubeConfig;
let core: CoreV1Api;
const servers: Server[] = [];

/** Everything a stream gets, and a wait for a text in it. */
function listener(): { readonly stream: PassThrough; text: () => string; until: (wanted: string) => Promise<void> } {
  const stream = new PassThrough();
  let seen = '';
  stream.on('data', (chunk: Buffer) => {
    seen += chunk.toString('utf8');
  });
  const until = async (wanted: string): Promise<void> => {
    while (!seen.includes(wanted)) await once(stream, 'data');
  };
  return { stream, text: () => seen, until };
}

beforeAll(async () => {
  wire = await openLiveWire(await createProcessRuntime());
  const { certificate, privateKey } = await wire.authority.clientLeaf(admin.name, admin.groups);
  config = new KubeConfig();
  config.loadFromString(kubeconfigText({ server: wire.url, ca: wire.authority.certificate, certificate, privateKey }));
  core = config.makeApiClient(CoreV1Api);
});
afterAll(async () => {
  for (const server of servers) server.close();
  await wire.close();
});

describe('@kubernetes/client-node', { timeout: 20_000 }, () => {
  it('hears of a pod by informer, from its creation to its deletion', async () => {
    const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () =>
      core.listNamespacedConfigMap({ namespace }),
    );
    const heard: string[] = [];
    const gone = new Promise<void>((resolve) => {
      for (const event of ['add', 'update'] as const) {
        informer.on(event, (object) => void (object.metadata?.name === 'seen' && heard.push(event)));
      }
      informer.on('delete', (object) => {
        if (object.metadata?.name === 'seen') resolve();
      });
    });
    await informer.start();
    // Without apiVersion and kind, as typed clients send it.
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'seen' }, data: { a: '1' } } });
    const body = [{ op: 'replace', path: '/data/a', value: '2' }];
    await core.patchNamespacedConfigMap({ namespace, name: 'seen', body });
    const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
    await core.patchNamespacedConfigMap({ namespace, name: 'seen', body: { data: { b: '3' } } }, merge);
    await core.deleteNamespacedConfigMap({ namespace, name: 'seen' });
    await gone;
    await informer.stop();
    expect(heard).toEqual(['add', 'update', 'update']);
  });

  it('runs a pod and waits for it by watch', async () => {
    const fieldRef = { fieldPath: 'status.podIP' };
    const container = {
      name: 'main',
      image: 'none',
      command: ['node', '-e', script],
      env: [{ name: 'POD_IP', valueFrom: { fieldRef } }],
    };
    const spec = { terminationGracePeriodSeconds: 0, containers: [container] };
    await core.createNamespacedPod({ namespace, body: { metadata: { name: 'p' }, spec } });
    const watch = new Watch(config);
    let stop: AbortController | undefined;
    await new Promise<void>((resolve, reject) => {
      const onEvent = (_type: string, pod: V1Pod): void => {
        if (pod.metadata?.name === 'p' && pod.status?.phase === 'Running') resolve();
      };
      watch.watch(`/api/v1/namespaces/${namespace}/pods`, {}, onEvent, reject).then((controller) => {
        stop = controller;
      }, reject);
    });
    stop?.abort();
  });

  it('follows a log', async () => {
    const out = listener();
    const controller = await new Log(config).log(namespace, 'p', 'main', out.stream, { follow: true, tailLines: 5 });
    await out.until('up\n');
    controller.abort();
  });

  it('executes with stdin, both outputs and the status of the end', async () => {
    const [out, err] = [listener(), listener()];
    const input = new PassThrough();
    const status = new Promise<V1Status>((resolve) => {
      const command = ['sh', '-c', 'read x; echo "got $x"; echo bad >&2; exit 6'];
      void new Exec(config).exec(namespace, 'p', 'main', command, out.stream, err.stream, input, false, resolve);
    });
    input.write('line\n');
    const told = await status;
    expect(told.reason).toBe('NonZeroExitCode');
    expect(told.details?.causes?.[0]).toMatchObject({ reason: 'ExitCode', message: '6' });
    expect(out.text()).toBe('got line\n');
    expect(err.text()).toBe('bad\n');
  });

  it('attaches to a running container', async () => {
    const spec = {
      restartPolicy: 'Never',
      containers: [{ name: 'main', image: 'none', stdin: true, command: ['sh', '-c', 'read x; echo "<$x>"'] }],
    };
    await core.createNamespacedPod({ namespace, body: { metadata: { name: 'reader' }, spec } });
    await expect
      .poll(async () => (await core.readNamespacedPod({ namespace, name: 'reader' })).status?.phase)
      .toBe('Running');
    const out = listener();
    const input = new PassThrough();
    await new Attach(config).attach(namespace, 'reader', 'main', out.stream, null, input, false);
    input.write('hello\n');
    await out.until('<hello>');
  });

  it('forwards a port', async () => {
    const forward = new PortForward(config);
    const server = createServer((socket) => void forward.portForward(namespace, 'p', [7000], socket, null, socket));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('ping');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString('utf8')).toBe('pong ping');
    socket.destroy();
  });
});
