import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usualSockets } from './find-socket.ts';
import { FrameReader } from './frames.ts';
import { defaultPullPolicy, parseImageName } from './image-name.ts';
import { pauseImage } from './pause-image.ts';
import { authHeader, usersFor } from './registry-auth.ts';
import { resolvConfOf } from '../resolv-conf.ts';

const nameOf = (text: string) => {
  const parsed = parseImageName(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};

describe('image names', () => {
  it.each([
    ['busybox', 'docker.io/library/busybox:latest', 'Always'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36', 'IfNotPresent'],
    ['team/app', 'docker.io/team/app:latest', 'Always'],
    ['localhost/app', 'localhost/app:latest', 'Always'],
    ['quay.io/a/b/c:v1', 'quay.io/a/b/c:v1', 'IfNotPresent'],
    ['127.0.0.1:5000/x', '127.0.0.1:5000/x:latest', 'Always'],
    [`ghcr.io/a/b:v1@sha256:${'a'.repeat(64)}`, `ghcr.io/a/b@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
  ])('%s means %s, pulled %s', (text, full, policy) => {
    const name = nameOf(text);
    expect(name.full).toBe(full);
    expect(defaultPullPolicy(name)).toBe(policy);
  });

  it.each(['', 'UPPER', 'a//b', 'a:b:c/d', 'x@sha256:short', 'a b', '-x', 'x:', '../x'])('refuses %j', (text) => {
    expect(parseImageName(text)).toEqual({
      ok: false,
      error: `couldn't parse image name "${text}": invalid reference format`,
    });
  });

  it('never throws, and a whole name means itself', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        const parsed = parseImageName(text);
        if (parsed.ok) expect(nameOf(parsed.value.full).full).toBe(parsed.value.full);
      }),
    );
  });
});

describe('pull secrets', () => {
  const auth = (text: string): string => Buffer.from(text).toString('base64');
  const secret = JSON.stringify({
    auths: {
      'https://index.docker.io/v1/': { auth: auth('hub:h') },
      'quay.io': { username: 'all', password: 'a' },
      'quay.io/team': { auth: auth('team:t:with:colons') },
      '*.example.com': { auth: auth('star:s') },
    },
  });
  it.each([
    ['busybox', ['hub:h']],
    ['quay.io/team/app', ['team:t:with:colons', 'all:a']],
    ['quay.io/teamwork/app', ['all:a']],
    ['reg.example.com/x', ['star:s']],
    ['a.reg.example.com/x', []],
    ['ghcr.io/x/y', []],
  ])('offer for %s the users %j, the closest first', (image, users) => {
    const found = usersFor(nameOf(image), [secret, 'not json', '[]']);
    expect(found.map((user) => `${user.username}:${user.password}`)).toEqual(users);
  });

  it('reads the old form without auths, and writes the header as base64url with padding', () => {
    const old = JSON.stringify({ 'ghcr.io': { auth: auth('a:b') } });
    const [user] = usersFor(nameOf('ghcr.io/x/y'), [old]);
    const header = authHeader(user ?? { username: '', password: '' }, 'ghcr.io');
    expect(header).toMatch(/^[-_A-Za-z0-9]+={0,2}$/);
    expect(header.length % 4).toBe(0);
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      username: 'a',
      password: 'b',
      serveraddress: 'ghcr.io',
    });
  });
});

describe('framed output', () => {
  const frame = (stream: number, text: string): Buffer => {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };

  it('is the same however the bytes are cut', () => {
    const texts = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string()), { maxLength: 8 });
    fc.assert(
      fc.property(texts, fc.array(fc.nat(20), { maxLength: 30 }), (parts, cuts) => {
        const all = Buffer.concat(parts.map(([stream, text]) => frame(stream, text)));
        const reader = new FrameReader(1024);
        const got = { stdout: '', stderr: '' };
        let at = 0;
        for (const size of [...cuts, all.length]) {
          for (const { stream, payload } of reader.read(all.subarray(at, at + size))) {
            got[stream] += payload.toString('latin1');
          }
          at += size;
        }
        const want = (stream: number): string =>
          parts.map(([kind, text]) => (kind === stream ? Buffer.from(text).toString('latin1') : '')).join('');
        expect(got).toEqual({ stdout: want(1), stderr: want(2) });
      }),
    );
  });

  it('refuses what is not framed and frames over the limit', () => {
    expect(() => new FrameReader(1024).read(Buffer.from('plain text output'))).toThrow('is not framed');
    expect(() => new FrameReader(3).read(frame(1, 'four'))).toThrow('has 4 bytes; allowed are 3');
  });
});

describe('the rest of the node', () => {
  it('knows a pause program for each architecture, and no other', () => {
    for (const architecture of ['amd64', 'arm64']) {
      const archive = pauseImage(architecture);
      expect(archive?.subarray(257, 262).toString()).toBe('ustar');
      expect(archive?.subarray(512, 516).toString('latin1')).toBe('\x7fELF');
      expect((archive?.length ?? 1) % 512).toBe(0);
    }
    expect(pauseImage('s390x')).toBeUndefined();
  });

  it('looks for sockets where DOCKER_HOST says first', () => {
    const places = usualSockets({ DOCKER_HOST: 'unix:///a/b.sock', XDG_RUNTIME_DIR: '/run/user/7' }, '/home/x');
    expect(places[0]).toBe('/a/b.sock');
    expect(places).toContain('/run/user/7/podman/podman.sock');
    expect(places).toContain('/home/x/.docker/run/docker.sock');
    expect(usualSockets({ DOCKER_HOST: 'tcp://1.2.3.4:2375' }, '/home/x')[0]).toBe('/var/run/docker.sock');
  });

  const host = 'nameserver 1.1.1.1\nsearch corp.example\noptions timeout:2 ndots:1\n';
  const pod = (spec: object) => ({ metadata: { namespace: 'team' }, spec: { containers: [], ...spec } });
  it.each([
    ['the machine’s own without a cluster server', {}, undefined, undefined],
    [
      'the cluster’s with one',
      {},
      '10.0.0.10',
      'nameserver 10.0.0.10\nsearch team.svc.cluster.local svc.cluster.local cluster.local corp.example\noptions ndots:5\n',
    ],
    ['the machine’s on the host network', { hostNetwork: true }, '10.0.0.10', undefined],
    [
      'the pod’s alone for None',
      {
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['9.9.9.9'], searches: ['x'], options: [{ name: 'ndots', value: '2' }] },
      },
      '10.0.0.10',
      'nameserver 9.9.9.9\nsearch x\noptions ndots:2\n',
    ],
    [
      'both for Default with dnsConfig',
      { dnsPolicy: 'Default', dnsConfig: { nameservers: ['9.9.9.9'], options: [{ name: 'ndots', value: '2' }] } },
      undefined,
      'nameserver 1.1.1.1\nnameserver 9.9.9.9\nsearch corp.example\noptions timeout:2 ndots:2\n',
    ],
  ])('resolv.conf: %s', (...row) => {
    const [, spec, clusterDns, text] = row;
    const names = { host, ...(clusterDns === undefined ? {} : { clusterDns }) };
    expect(resolvConfOf(pod(spec), names)).toBe(text);
  });
});
