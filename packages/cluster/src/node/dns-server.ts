import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer, isIPv4, type Server, type Socket } from 'node:net';
import { resources } from '@argosy/api';
import { isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { ControllerContext } from '@argosy/kube/runtime';
import { DNS_CODES, encodeAnswer, readQuestion, type DnsQuestion } from './dns-message.ts';
import { answerFromCluster, type DnsWorld } from './dns-zone.ts';

/** Bounds of the name server. */
export interface DnsLimits {
  /** Questions that wait for another server; further ones are answered SERVFAIL. @default 256 */
  readonly forwarded: number;
  /** Milliseconds that another server has. @default 2000 */
  readonly forwardMs: number;
  /** TCP connections; further ones are closed at once. @default 64 */
  readonly connections: number;
  /** Milliseconds that a TCP connection may be silent. @default 10 000 */
  readonly idleMs: number;
}

/** The limits unless told otherwise. */
export const defaultDnsLimits: DnsLimits = Object.freeze({
  forwarded: 256,
  forwardMs: 2000,
  connections: 64,
  idleMs: 10_000,
});

/** Where the name server listens and whom it asks. */
export interface DnsServerOptions {
  /** A loopback address: never anything that others can reach. */
  readonly address: string;
  /** @default 53, the only one that resolv.conf can name; 0 takes a free one */
  readonly port?: number;
  /** Servers for names outside of the cluster, as `ip` or `ip:port`. @default those of /etc/resolv.conf */
  readonly upstreams?: readonly string[];
  readonly limits?: Partial<DnsLimits>;
}

/** A running name server. */
export interface DnsServer {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

const DNS_PORT = 53;

/** The name servers of a resolv.conf, IPv4 ones. */
export function nameserversOf(text: string): readonly string[] {
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '').filter((ip) => isIPv4(ip));
}

function hostNameservers(): readonly string[] {
  try {
    return nameserversOf(readFileSync('/etc/resolv.conf', 'utf8'));
  } catch {
    // A machine without the file asks nobody.
    return [];
  }
}

const byClusterAddress = (service: KubeObject): readonly string[] => {
  const spec = isObject(service['spec']) ? service['spec'] : {};
  const address = spec['clusterIP'];
  return typeof address === 'string' && isIPv4(address) ? [address] : [];
};

const byPodAddress = (pod: KubeObject): readonly string[] => {
  const status = isObject(pod['status']) ? pod['status'] : {};
  return typeof status['podIP'] === 'string' ? [`${pod.metadata.namespace ?? ''}/${status['podIP']}`] : [];
};

async function followWorld(context: ControllerContext): Promise<DnsWorld> {
  const services = context.informers.informer(resources.services);
  const endpoints = context.informers.informer(resources.endpoints);
  const pods = context.informers.informer(resources.pods);
  services.addIndex('cluster-address', byClusterAddress);
  pods.addIndex('pod-address', byPodAddress);
  await Promise.all([services.synced(), endpoints.synced(), pods.synced()]);
  return {
    service: (namespace, name) => services.lister.get({ namespace, name }),
    endpoints: (namespace, name) => endpoints.lister.get({ namespace, name }),
    serviceByAddress: (address) => services.lister.byIndex('cluster-address', address)[0],
    hasPod: (namespace, address) => pods.lister.byIndex('pod-address', `${namespace}/${address}`).length > 0,
  };
}

const isLoopback = (address: string): boolean => /^127\.|^::1$|^::ffff:127\./.test(address);

/** One question to one other server, on a socket of its own: its port is as hard to guess as its id. */
function askOnce(upstream: string, message: Buffer, timeoutMs: number): Promise<Buffer> {
  const [host = '', port] = upstream.split(':');
  const socket = createSocket('udp4');
  let timer: NodeJS.Timeout | undefined;
  return new Promise<Buffer>((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${upstream} did not answer within ${timeoutMs} ms`)), timeoutMs);
    socket.on('error', reject);
    socket.on('message', (answer) => {
      if (answer.length < 12 || answer.readUInt16BE(0) !== message.readUInt16BE(0)) return;
      resolve(answer);
    });
    socket.connect(Number(port ?? DNS_PORT), host, () => socket.send(message));
  }).finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

class ClusterDns {
  readonly #limits: DnsLimits;
  readonly #world: DnsWorld;
  readonly #upstreams: readonly string[];
  readonly #connections = new Set<Socket>();
  #forwarded = 0;
  #isClosed = false;

  constructor(world: DnsWorld, options: DnsServerOptions) {
    this.#world = world;
    this.#limits = { ...defaultDnsLimits, ...options.limits };
    const listed = options.upstreams ?? hostNameservers();
    // Asking oneself would go round for ever.
    this.#upstreams = listed.filter((upstream) => upstream !== options.address);
  }

  async answer(message: Buffer, most: (question: DnsQuestion) => number): Promise<Buffer | undefined> {
    const question = readQuestion(message);
    if (question === undefined) return undefined;
    const own = answerFromCluster(question, this.#world);
    if (own !== undefined) return encodeAnswer(question, own, most(question));
    return this.#forward(message, question);
  }

  async #forward(message: Buffer, question: DnsQuestion): Promise<Buffer> {
    const failure = encodeAnswer(question, { code: DNS_CODES.serverFailure, isOwn: false, answers: [] }, 512);
    if (this.#forwarded >= this.#limits.forwarded) return failure;
    this.#forwarded += 1;
    try {
      for (const upstream of this.#upstreams) {
        const answer = await askOnce(upstream, message, this.#limits.forwardMs).catch(() => undefined);
        if (answer !== undefined) return answer;
      }
      return failure;
    } finally {
      this.#forwarded -= 1;
    }
  }

  onDatagram(socket: UdpSocket, message: Buffer, from: RemoteInfo): void {
    if (!isLoopback(from.address)) return;
    void this.answer(message, (question) => question.udpBytes).then((answer) => {
      if (answer !== undefined && !this.#isClosed) socket.send(answer, from.port, from.address, () => undefined);
    });
  }

  onConnection(socket: Socket): void {
    const isForeign = !isLoopback(socket.remoteAddress ?? '');
    socket.on('error', () => socket.destroy());
    if (isForeign || this.#connections.size >= this.#limits.connections) {
      socket.destroy();
      return;
    }
    this.#connections.add(socket);
    socket.setTimeout(this.#limits.idleMs, () => socket.destroy());
    socket.on('close', () => this.#connections.delete(socket));
    let waiting: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      waiting = this.#takeMessages(socket, Buffer.concat([waiting, chunk]));
    });
  }

  /** Answers the whole messages in what has come, and gives back the rest: less than 64 KiB by the length's two bytes. */
  #takeMessages(socket: Socket, bytes: Buffer): Buffer {
    let rest = bytes;
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      const message = rest.subarray(2, end);
      rest = rest.subarray(end);
      void this.answer(message, () => 65_535).then((answer) => {
        if (answer === undefined) socket.destroy();
        else socket.write(Buffer.concat([lengthOf(answer), answer]));
      });
    }
    return rest;
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#connections) socket.destroy();
  }
}

function lengthOf(message: Buffer): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(message.length, 0);
  return head;
}

function bindUdp(socket: UdpSocket, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', reject);
      resolve(socket.address().port);
    });
  });
}

function listenTcp(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/**
 * Answers names of the cluster on a loopback address, by UDP and TCP, and passes other questions on. Only programs of
 * this machine are answered.
 * @throws Error when `address` is not loopback, and the system's own when the port cannot be opened (53 needs a right).
 */
export async function startDnsServer(context: ControllerContext, options: DnsServerOptions): Promise<DnsServer> {
  const { address } = options;
  if (!address.startsWith('127.')) throw new Error(`address "${address}": the name server listens on 127.0.0.0/8 only`);
  const dns = new ClusterDns(await followWorld(context), options);
  const udp = createSocket('udp4');
  const tcp = createServer((socket) => dns.onConnection(socket));
  try {
    const port = await bindUdp(udp, address, options.port ?? DNS_PORT);
    await listenTcp(tcp, address, port);
    udp.on('message', (message, from) => dns.onDatagram(udp, message, from));
    udp.on('error', (error) => context.logger.warn('name server', { error: error.message }));
    return {
      address,
      port,
      close: async () => {
        dns.close();
        await new Promise<void>((resolve) => udp.close(() => resolve()));
        await new Promise<void>((resolve) => tcp.close(() => resolve()));
      },
    };
  } catch (error) {
    udp.close();
    tcp.close();
    throw error;
  }
}
