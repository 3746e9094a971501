import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessRuntime } from '@argosy/cluster/node';
import { openLiveWire } from './live-wire.ts';
import type { Wire } from './open-wire.ts';
import { openTools, type ToolSession } from './tool-session.ts';

const SERVER = `
const { createServer } = require('http');
const server = createServer((request, response) => response.end('hello ' + request.url));
server.listen(8080, process.env.POD_IP, () => console.log('listening'));
process.on('SIGTERM', () => process.exit(0));
`;

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: none
          command: [node, -e, ${JSON.stringify(SERVER)}]
          env: [{ name: POD_IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }]
          ports: [{ name: http, containerPort: 8080 }]
        - { name: side, image: none, command: [sh, -c, "echo side says; exec sleep 1000"] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: http }] }
`;

/** The body at a local address. */
function fetched(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
  });
}

let wire: Wire;
let pod = '';
beforeAll(async () => {
  wire = await openLiveWire(await createProcessRuntime());
  const tools = await openTools(wire);
  await tools.good('kubectl apply -f -', manifest);
  await tools.good('kubectl rollout status deploy/web --timeout=20s');
  pod = await tools.good('kubectl get pods -l app=web -o jsonpath={.items[0].metadata.name}');
  await tools.close();
});
afterAll(() => wire.close());

const logger = `
apiVersion: v1
kind: Pod
metadata: { name: talker, labels: { job: talk } }
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: main
      image: none
      command: [sh, -c, "for n in 1 2 3 4 5; do echo line $n; done; echo complaint >&2; until test -e /tmp/go; do sleep 0.1; done; exit 1"]
    - { name: other, image: none, command: [sh, -c, "echo other says; exec sleep 1000"] }
`;

const variants = [
  { name: 'kubectl 1.32 by WebSocket', layer: 'v32', env: {} },
  {
    name: 'kubectl 1.32 by SPDY',
    layer: 'v32',
    env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' },
  },
  { name: 'kubectl 1.35 by WebSocket', layer: 'v35', env: {} },
] as const;

describe.each(variants)('streams of $name', { timeout: 30_000 }, ({ layer, env }) => {
  let tools: ToolSession;
  beforeAll(async () => {
    tools = await openTools(wire, { layer, env });
  });
  afterAll(() => tools.close());
  const exec = (...words: readonly string[]): readonly string[] => ['kubectl', 'exec', pod, '-c', 'web', ...words];

  it('executes: output, errors, exit code, stdin', async () => {
    expect(await tools.run(exec('--', 'sh', '-c', 'echo out; echo bad >&2; exit 3'))).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'bad\ncommand terminated with exit code 3\n',
    });
    expect(await tools.good(exec('-i', '--', 'tr', 'a-z', 'A-Z'), 'some input\n')).toBe('SOME INPUT\n');
    expect(await tools.good('kubectl exec deploy/web -c side -- hostname')).toBe(`${pod}\n`);
    const big = 'x'.repeat(300_000);
    expect(await tools.good(exec('-i', '--', 'cat'), big)).toBe(big);
  });

  it('says in the words of the server why it cannot', async () => {
    expect(await tools.bad('kubectl exec nobody -- ls')).toBe(
      'Error from server (NotFound): pods "nobody" not found\n',
    );
    expect(await tools.bad(`kubectl exec ${pod} -c other -- ls`)).toContain(
      `container other is not valid for pod ${pod}`,
    );
    expect(await tools.bad(`kubectl exec ${pod} -c web --as=nobody -- ls`)).toContain(`pods "${pod}" is forbidden`);
  });

  it('gives a terminal with a size, keys and Ctrl-C', async () => {
    const shell = tools.startOnTerminal([
      'kubectl',
      'exec',
      '-it',
      pod,
      '-c',
      'web',
      '--',
      'sh',
      '-c',
      'test -t 0 && echo is-tty; read x; echo "<$x>"; exec sleep 100',
    ]);
    await shell.until(/is-tty/);
    shell.write('typed\r');
    await shell.until(/<typed>/);
    shell.write('\u0003');
    expect((await shell.ended).code).toBe(130);
  });

  it('copies files and folders both ways', async () => {
    const folder = join(tools.home, 'tree', 'deep');
    await mkdir(folder, { recursive: true });
    await writeFile(join(tools.home, 'tree', 'top.txt'), 'top');
    await writeFile(join(folder, 'bytes'), Buffer.alloc(200_000, 7));
    await tools.good(`kubectl cp ${join(tools.home, 'tree')} ${pod}:/tmp/copied -c web`);
    expect(await tools.good(exec('--', 'cat', '/tmp/copied/top.txt'))).toBe('top');
    await tools.good(`kubectl cp ${pod}:/tmp/copied ${join(tools.home, 'back')} -c web`);
    expect(await readFile(join(tools.home, 'back', 'top.txt'), 'utf8')).toBe('top');
    expect((await readFile(join(tools.home, 'back', 'deep', 'bytes'))).equals(Buffer.alloc(200_000, 7))).toBe(true);
    await tools.good(exec('--', 'rm', '-r', '/tmp/copied'));
  });

  it.each(['pod', 'service', 'deployment'])('forwards a port of a %s', async (kind) => {
    const target = { pod: `${pod} :8080`, service: 'svc/web :80', deployment: 'deploy/web :8080' }[kind];
    const forward = tools.start(`kubectl port-forward ${target}`);
    const [, port] = /127\.0\.0\.1:(\d+) ->/.exec(await forward.until(/127\.0\.0\.1:\d+ ->/)) ?? [];
    const bodies = await Promise.all(['/a', '/b', '/c'].map((path) => fetched(`http://127.0.0.1:${port}${path}`)));
    expect(bodies).toEqual(['hello /a', 'hello /b', 'hello /c']);
    await forward.stop();
  });

  it('says when nothing listens at a forwarded port', async () => {
    const forward = tools.start(`kubectl port-forward ${pod} :9`);
    const [, port] = /127\.0\.0\.1:(\d+) ->/.exec(await forward.until(/127\.0\.0\.1:\d+ ->/)) ?? [];
    await expect(fetched(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    await forward.until(/cannot connect to port 9 of the pod/);
    await forward.stop();
  });

  it('runs a pod with stdin, and attaches to one', async () => {
    const run = ['kubectl', 'run', 'once', '-i', '--rm', '--restart=Never', '--image=none', '--command', '--'];
    const said = await tools.run([...run, 'sh', '-c', 'read x; echo "got $x"; cat; exit 4'], 'one\ntwo\n');
    expect(said.stdout).toContain('got one\ntwo\n');
    expect(said.code).toBe(4);
    await tools.good('kubectl wait --for=delete pod/once --timeout=10s');
    const shell = tools.startOnTerminal([
      'kubectl',
      'run',
      'screen',
      '-it',
      '--rm',
      '--restart=Never',
      '--image=none',
      '--command',
      '--',
      'sh',
      '-c',
      'read x; stty size; echo "<$x>"',
    ]);
    // What a container says before its client is there is in its log only.
    await shell.until(/press(ing)? enter/);
    shell.write('keys\r');
    await shell.until(/<keys>/);
    expect((await shell.ended).code).toBe(0);
    await tools.good('kubectl wait --for=delete pod/screen --timeout=10s');
  });

  it('looks into a running pod with an ephemeral container', async () => {
    const name = `look-${layer}-${Object.keys(env).length}`;
    const debug = [
      'kubectl',
      'debug',
      pod,
      '-i',
      '-q',
      '--image=none',
      '-c',
      name,
      '--profile=baseline',
      '--',
      'sh',
      '-c',
    ];
    const said = await tools.run([...debug, 'read x; echo "seen $x"; hostname'], 'me\n');
    expect(said).toMatchObject({ code: 0, stdout: `seen me\n${pod}\n` });
    expect(await tools.good(`kubectl logs ${pod} -c ${name}`)).toBe(`seen me\n${pod}\n`);
    const state = `jsonpath={.status.ephemeralContainerStatuses[?(@.name=="${name}")].state.terminated.exitCode}`;
    await tools.good(['kubectl', 'wait', `pod/${pod}`, `--for=${state}=0`, '--timeout=10s']);
    expect(await tools.good(`kubectl get pod ${pod} -o jsonpath={.status.phase}`)).toBe('Running');
    expect(await tools.good('kubectl get deploy web -o jsonpath={.status.readyReplicas}')).toBe('1');
  });
});

describe.each(['v32', 'v35'] as const)('kubectl logs of %s', { timeout: 30_000 }, (layer) => {
  let tools: ToolSession;
  beforeAll(async () => {
    tools = await openTools(wire, { layer });
    await tools.good('kubectl apply -f -', logger);
    await tools.good('kubectl wait --for=condition=Ready pod/talker --timeout=10s');
    const follow = tools.start('kubectl logs -f talker -c main');
    await follow.until(/complaint/);
    await follow.stop();
  });
  afterAll(async () => {
    await tools.good('kubectl delete pod talker');
    await tools.close();
  });
  const stamp = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z`;

  it.each([
    ['talker', /^line 1\nline 2\nline 3\nline 4\nline 5\ncomplaint\n$/],
    ['talker -c other', /^other says\n$/],
    ['talker --tail=2', /^line 5\ncomplaint\n$/],
    ['talker --limit-bytes=10', /^line 1\nlin$/],
    ['talker --tail=1 --timestamps', new RegExp(`^${stamp} complaint\n$`)],
    ['talker --since=1h --tail=1', /^complaint\n$/],
    ['talker --since-time=2099-01-01T00:00:00Z', /^$/],
    [
      'talker --all-containers --tail=1 --prefix',
      // kubectl reads containers side by side: their order is open.
      /^(\[pod\/talker\/main\] complaint\n()|\[pod\/talker\/other\] other says\n()){2}\2\3$/,
    ],
    ['-l job=talk --all-containers --tail=1', /^(complaint\n()|other says\n()){2}\2\3$/],
    ['-l job=talk --prefix --tail=1', /^\[pod\/talker\/main\] complaint\n$/],
    ['deploy/web -c side', /^side says\n$/],
  ])('logs %s', async (args, says) => {
    expect(await tools.good(`kubectl logs ${args}`)).toMatch(says);
  });

  it('leaves a debug profile that asks for too much waiting, and says why', async () => {
    await tools.good(['kubectl', 'debug', 'talker', '--image=none', '-c', 'much', '--profile=general', '--', 'sh']);
    const waiting = '{.status.ephemeralContainerStatuses[0].state.waiting';
    const wanted = `--for=jsonpath=${waiting}.reason}=CreateContainerError`;
    await tools.good(['kubectl', 'wait', 'pod/talker', wanted, '--timeout=10s']);
    expect(await tools.good(`kubectl get pod talker -o jsonpath=${waiting}.message}`)).toContain('SYS_PTRACE');
  });

  it('follows to the end, then tells the instance before', async () => {
    expect(await tools.bad('kubectl logs talker --previous')).toContain(
      'previous terminated container "main" in pod "talker" not found',
    );
    expect(await tools.bad('kubectl logs talker -c none')).toContain('container none is not valid for pod talker');
    const follow = tools.start('kubectl logs -f talker --tail=1');
    await follow.until(/complaint/);
    await tools.good('kubectl exec talker -c main -- touch /tmp/go');
    expect((await follow.ended).code).toBe(0);
    await tools.good([
      'kubectl',
      'wait',
      'pod/talker',
      '--for=jsonpath={.status.containerStatuses[0].restartCount}=1',
      '--timeout=20s',
    ]);
    expect(await tools.good('kubectl logs talker --previous --tail=1')).toBe('complaint\n');
  });
});
