import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createObject } from '@argosy/kube/port';
import { resources } from '@argosy/api';
import { openLiveWire } from './live-wire.ts';
import { admin, type Wire } from './open-wire.ts';
import { clientFrame, openRaw, requestHead, spdyHeaders, webSocketHeaders, type RawStream } from './raw-stream.ts';
import { openTools } from './tool-session.ts';

const POD = '/api/v1/namespaces/default/pods/echo';
const CAT = `${POD}/exec?command=cat&stdin=true&stdout=true`;
const limits = {
  streamIdleMs: 400,
  streamOpenMs: 300,
  streamsPerConnection: 3,
  streamFrameBytes: 4096,
  forwardedPorts: 2,
};

let wire: Wire;
const opened: RawStream[] = [];

/** Sends a request that asks for another protocol. */
async function ask(line: string, headers: { readonly [name: string]: string }): Promise<RawStream> {
  const raw = await openRaw(wire.url, wire.authority.certificate);
  opened.push(raw);
  raw.send(requestHead(line, { Authorization: `Bearer ${wire.adminToken}`, ...headers }));
  return raw;
}
const webSocket = (line: string, protocol = 'v5.channel.k8s.io'): Promise<RawStream> =>
  ask(`GET ${line}`, webSocketHeaders(protocol));
const spdy = (line: string, protocol: string): Promise<RawStream> => ask(`POST ${line}`, spdyHeaders(protocol));

beforeAll(async () => {
  wire = await openLiveWire(undefined, { http: { limits } });
  const annotations = {
    'simulation.argosy.io/run': 'forever;exec-echo;port-80=pong',
    'simulation.argosy.io/run.talk': 'forever;exec-stdout=said;exec-stderr=wrong;exec-exit=7',
  };
  const containers = [
    { name: 'main', image: 'any' },
    { name: 'talk', image: 'any' },
  ];
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'echo', annotations: { ...annotations, 'kubectl.kubernetes.io/default-container': 'main' } },
    spec: { nodeName: 'node-a', containers },
  };
  const api = wire.inProcess(admin);
  await createObject(api, { resource: resources.pods, namespace: 'default', object });
  for await (const event of api.watch({ resource: resources.pods, namespace: 'default' })) {
    if ((event.object as { status?: { phase?: string } }).status?.phase === 'Running') break;
  }
});
afterAll(async () => {
  for (const raw of opened) raw.destroy();
  await wire.close();
});

describe('WebSocket', () => {
  it('accepts the key, echoes the first spoken protocol, and carries channels', async () => {
    const raw = await webSocket(CAT, 'v9.channel.k8s.io, v4.channel.k8s.io, v5.channel.k8s.io');
    const head = (await raw.until('\r\n\r\n')).toString('latin1');
    expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(head).toContain('Sec-WebSocket-Accept: BACScCJPNqyz+UBoqMH89VmURoA=');
    expect(head).toContain('Sec-WebSocket-Protocol: v4.channel.k8s.io');
    raw.send(clientFrame(0x82, '\u0000hi'));
    await raw.until('\x82\x03\x01hi');
  });

  it('joins fragments, answers pings, and closes stdin on channel 255', async () => {
    const raw = await webSocket(CAT);
    raw.send(Buffer.concat([clientFrame(0x02, '\u0000one '), clientFrame(0x89, 'p'), clientFrame(0x80, 'two')]));
    await raw.until('one two');
    expect((await raw.until('\x8a\x01p')).length).toBeGreaterThan(0);
    raw.send(clientFrame(0x82, Buffer.from([255, 0])));
    const all = (await raw.closed).toString('latin1');
    expect(all).toContain('\x03{"metadata":{},"status":"Success"}');
    expect(all.endsWith('\x88\x02\x03\xe8')).toBe(true);
  });

  it.each([
    ['v4.channel.k8s.io', '\x01said\n', '{"causes":[{"reason":"ExitCode","message":"7"}]}'],
    [
      'v4.base64.channel.k8s.io',
      `1${Buffer.from('said\n').toString('base64')}`,
      `3${Buffer.from('{"metadata"').toString('base64').slice(0, 12)}`,
    ],
    [
      'base64.channel.k8s.io',
      `2${Buffer.from('wrong\n').toString('base64')}`,
      `3${Buffer.from('command').toString('base64').slice(0, 9)}`,
    ],
    ['channel.k8s.io', '\x02wrong\n', '\x03command terminated with non-zero exit code: exit status 7'],
    ['', '\x01said\n', '\x03command terminated'],
  ])('speaks %s', async (protocol, output, end) => {
    const raw = await webSocket(`${POD}/exec?container=talk&command=x&stdout=true&stderr=true`, protocol);
    const all = (await raw.closed).toString('latin1');
    expect(all).toContain(output);
    expect(all).toContain(end);
  });

  it.each([
    ['no mask', Buffer.from([0x82, 1, 0]), 1002],
    ['reserved bits', clientFrame(0xc2, 'x'), 1002],
    ['an unknown opcode', clientFrame(0x83, 'x'), 1002],
    ['a fragmented ping', clientFrame(0x09, 'x'), 1002],
    ['a continuation of nothing', clientFrame(0x80, 'x'), 1002],
    ['a text that is no UTF-8', clientFrame(0x81, Buffer.from([0xff])), 1007],
    ['a message above the limit', clientFrame(0x82, Buffer.alloc(4097)), 1009],
    ['a length of 2^63', Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]), 1009],
  ])('closes on %s', async (_name, bytes, code) => {
    const raw = await webSocket(CAT);
    await raw.until('\r\n\r\n');
    raw.send(bytes);
    const all = await raw.closed;
    const close = all.lastIndexOf(Buffer.from([code >> 8, code & 0xff]));
    expect(all[close - 2]).toBe(0x88);
  });

  it('ends when nothing was said for the idle time', async () => {
    const raw = await webSocket(CAT);
    await raw.until('\r\n\r\n');
    const start = Date.now();
    await raw.closed;
    expect(Date.now() - start).toBeGreaterThanOrEqual(300);
  });
});

describe('SPDY', () => {
  it('names the protocol and answers a ping', async () => {
    const raw = await spdy(CAT, 'v4.channel.k8s.io');
    expect((await raw.until('\r\n\r\n')).toString('latin1')).toContain('X-Stream-Protocol-Version: v4.channel.k8s.io');
    raw.send(Buffer.from([0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1]));
    await raw.until('\x80\x03\x00\x06\x00\x00\x00\x04\x00\x00\x00\x01');
  });

  it.each([
    ['another version', Buffer.from([0x80, 2, 0, 1, 0, 0, 0, 0])],
    ['a frame above the limit', Buffer.from([0, 0, 0, 1, 0, 1, 0, 0])],
    ['a short SYN_STREAM', Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1])],
    [
      'headers that are not packed',
      Buffer.concat([Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Buffer.from('junk')]),
    ],
  ])('says GOAWAY on %s', async (_name, bytes) => {
    const raw = await spdy(CAT, 'v4.channel.k8s.io');
    await raw.until('\r\n\r\n');
    raw.send(bytes);
    expect((await raw.closed).toString('latin1')).toContain('\x80\x03\x00\x07');
  });

  it('ends when the client does not open its streams', async () => {
    const raw = await spdy(`${POD}/exec?container=talk&command=x&stdout=true`, 'v4.channel.k8s.io');
    expect((await raw.closed).toString('latin1')).toContain('\x80\x03\x00\x07');
  });
});

describe('port-forward in the old WebSocket form', () => {
  it('tells each port on both channels and passes bytes', async () => {
    const raw = await webSocket(`${POD}/portforward?ports=80&ports=81`, 'v4.channel.k8s.io');
    await raw.until('\x82\x03\x00\x50\x00\x82\x03\x01\x50\x00');
    await raw.until('\x03cannot connect to port 81 of the pod');
    raw.send(clientFrame(0x82, '\u0000ping'));
    await raw.until('\x00pong');
    expect((await raw.closed).toString('latin1').endsWith('\x88\x02\x03\xe8')).toBe(true);
  });
});

describe('what is refused before the protocol changes', () => {
  const statusOf = async (raw: RawStream): Promise<{ code: number; message: string }> => {
    const text = (await raw.closed).toString('utf8');
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as {
      code: number;
      message: string;
      kind: string;
    };
    expect(body.kind).toBe('Status');
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${body.code} `));
    return body;
  };

  it.each([
    [CAT.replace('echo', 'nobody'), 404, 'pods "nobody" not found'],
    [`${CAT}&container=other`, 400, 'container other is not valid for pod echo'],
    [`${POD}/exec?command=cat`, 400, 'you must specify at least 1 of stdin, stdout, stderr'],
    [`${POD}/exec?stdout=true`, 400, 'you must specify at least one command'],
    [`${POD}/portforward?ports=0`, 400, 'invalid port "0"'],
    [`${POD}/portforward`, 400, 'query parameter "ports" is required'],
    [`${POD}/portforward?ports=1,2,3`, 400, '3 ports are asked for, allowed are 2'],
    [`${POD}/log`, 400, 'an upgrade is possible only for exec, attach and portforward of pods'],
    ['/version', 400, 'an upgrade is possible only for exec, attach and portforward of pods'],
  ])('%s: %i', async (path, code, message) => {
    const status = await statusOf(await webSocket(path, 'v4.channel.k8s.io'));
    expect(status.code).toBe(code);
    expect(status.message).toContain(message);
  });

  it.each([
    {
      name: 'an unknown protocol of channels',
      headers: webSocketHeaders('v9.channel.k8s.io'),
      code: 403,
      says: 'v9.channel.k8s.io',
    },
    {
      name: 'an unknown protocol of streams',
      line: `POST ${POD}/portforward`,
      headers: spdyHeaders('v9'),
      code: 403,
      says: 'portforward.k8s.io',
    },
    {
      name: 'another upgrade',
      headers: { Connection: 'Upgrade', Upgrade: 'h2c' },
      code: 400,
      says: 'unsupported protocol "h2c"',
    },
    {
      name: 'a WebSocket of another version',
      headers: { ...webSocketHeaders(''), 'Sec-WebSocket-Version': '8' },
      code: 400,
      says: 'must be 13',
    },
    {
      name: 'a WebSocket without key',
      headers: { ...webSocketHeaders(''), 'Sec-WebSocket-Key': 'x' },
      code: 400,
      says: '16 bytes',
    },
    {
      name: 'nobody',
      headers: { ...webSocketHeaders(''), Authorization: 'Bearer wrong' },
      code: 401,
      says: 'Unauthorized',
    },
    {
      name: 'another verb',
      line: `PUT ${CAT}`,
      headers: spdyHeaders('v4.channel.k8s.io'),
      code: 405,
      says: 'does not allow this method',
    },
  ])('$name', async ({ line = `GET ${CAT}`, headers, code, says }) => {
    const status = await statusOf(await ask(line, headers));
    expect(status.code).toBe(code);
    expect(status.message).toContain(says);
  });

  it('a plain GET of exec', async () => {
    const raw = await ask(`GET ${CAT}`, { Connection: 'close' });
    expect((await raw.closed).toString('utf8')).toContain('Upgrade request required');
  });

  it('somebody without the right: get for WebSocket, create for SPDY, also when impersonated', async () => {
    const tools = await openTools(wire);
    await tools.good('kubectl create role looker --verb=get --resource=pods,pods/exec');
    await tools.good('kubectl create rolebinding looker --role=looker --user=dev');
    await tools.close();
    const as = { 'Impersonate-User': 'dev' };
    const allowed = await ask(`GET ${CAT}`, { ...webSocketHeaders('v5.channel.k8s.io'), ...as });
    await allowed.until('101 Switching Protocols');
    const status = await statusOf(await ask(`POST ${CAT}`, { ...spdyHeaders('v4.channel.k8s.io'), ...as }));
    expect(status).toMatchObject({
      code: 403,
      message: expect.stringContaining('User "dev" cannot create resource "pods/exec"'),
    });
    const attach = await statusOf(await ask(`GET ${POD}/attach?stdout=true`, { ...webSocketHeaders(''), ...as }));
    expect(attach.message).toContain('cannot get resource "pods/attach"');
  });
});

describe('kubectl proxy', () => {
  it('passes an upgrade through', async () => {
    const tools = await openTools(wire);
    const proxy = tools.start('kubectl proxy --port=0 --reject-paths=^/none$');
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(await proxy.until(/127\.0\.0\.1:\d+/)) ?? [];
    const raw = await openRaw(`http://127.0.0.1:${port}`);
    raw.send(
      requestHead(`GET ${CAT}`, { ...webSocketHeaders('v5.channel.k8s.io'), Host: `127.0.0.1:${port}` }).replace(
        'Host: cluster\r\n',
        '',
      ),
    );
    await raw.until('101 Switching Protocols');
    raw.send(clientFrame(0x82, '\u0000through'));
    await raw.until('\x01through');
    raw.destroy();
    await proxy.stop();
    await tools.close();
  });
});
