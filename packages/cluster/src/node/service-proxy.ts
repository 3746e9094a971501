import { connect, createServer, type Server, type Socket } from 'node:net';
import { isObject } from '@argosy/std';
import { resources } from '@argosy/api';
import { keyText, type KubeObject, type ObjectKey } from '@argosy/kube/meta';
import type { ControllerContext } from '@argosy/kube/runtime';

/** How the proxy is bounded and where it may listen. */
export interface ServiceProxyOptions {
  /** Cluster addresses that are listened on begin with this. @default 127. */
  readonly addressPrefix?: string;
  /** Open connections through one Service port; further ones are closed at once. @default 1024 */
  readonly connectionsPerService?: number;
  /** Told of a Service port that cannot be listened on. */
  readonly onFault?: (service: ObjectKey, message: string) => void;
}

/** A running proxy. */
export interface ServiceProxy {
  /** The addresses that are listened on now, as `ip:port`, sorted. */
  listening(): readonly string[];
  /** Resolves when everything asked for so far is listened on or has failed. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

interface Backend {
  readonly host: string;
  readonly port: number;
}

interface Listener {
  readonly server: Server;
  readonly sockets: Set<Socket>;
  readonly ready: Promise<void>;
  backends: readonly Backend[];
  next: number;
}

interface WantedPort {
  readonly name: string;
  readonly port: number;
  readonly nodePort: number;
}

const NODE_PORT_HOST = '127.0.0.1';

function records(value: unknown): readonly { readonly [key: string]: unknown }[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** The TCP ports of a Service. */
function portsOf(spec: { readonly [key: string]: unknown }): readonly WantedPort[] {
  return records(spec['ports'])
    .filter((port) => (text(port['protocol']) || 'TCP') === 'TCP')
    .map((port) => ({ name: text(port['name']), port: count(port['port']), nodePort: count(port['nodePort']) }));
}

/** The ready addresses behind a named port of an Endpoints object. */
export function backendsOf(endpoints: KubeObject | undefined, portName: string): readonly Backend[] {
  return records(endpoints?.['subsets']).flatMap((subset) => {
    const ports = records(subset['ports']).filter((port) => text(port['name']) === portName);
    return ports.flatMap((port) =>
      records(subset['addresses']).map((address) => ({ host: text(address['ip']), port: count(port['port']) })),
    );
  });
}

/** Where a Service wants to be reached: `ip:port` → name of the port. */
export function addressesOf(service: KubeObject, addressPrefix: string): ReadonlyMap<string, string> {
  const spec = isObject(service['spec']) ? service['spec'] : {};
  const clusterIp = text(spec['clusterIP']);
  const wanted = new Map<string, string>();
  for (const port of portsOf(spec)) {
    if (clusterIp.startsWith(addressPrefix)) wanted.set(`${clusterIp}:${port.port}`, port.name);
    if (port.nodePort > 0) wanted.set(`${NODE_PORT_HOST}:${port.nodePort}`, port.name);
  }
  return wanted;
}

class LoopbackProxy implements ServiceProxy {
  readonly #context: ControllerContext;
  readonly #options: ServiceProxyOptions;
  readonly #byService = new Map<string, Map<string, Listener>>();
  readonly #leave: (() => void)[] = [];
  readonly #closing = new Set<Promise<void>>();

  constructor(context: ControllerContext, options: ServiceProxyOptions) {
    this.#context = context;
    this.#options = options;
  }

  async start(): Promise<void> {
    const services = this.#context.informers.informer(resources.services);
    const endpoints = this.#context.informers.informer(resources.endpoints);
    await Promise.all([services.synced(), endpoints.synced()]);
    const refresh = ({ key }: { readonly key: ObjectKey }): void =>
      this.#refresh(key, services.lister.get(key), endpoints.lister.get(key));
    this.#leave.push(services.onChange(refresh), endpoints.onChange(refresh));
  }

  listening(): readonly string[] {
    const open = [...this.#byService.values()].flatMap((listeners) => [...listeners]);
    return open
      .filter(([, listener]) => listener.server.listening)
      .map(([address]) => address)
      .toSorted();
  }

  async settled(): Promise<void> {
    await Promise.all(
      [...this.#byService.values()].flatMap((listeners) => [...listeners.values()].map((item) => item.ready)),
    );
    await Promise.all(this.#closing);
  }

  async close(): Promise<void> {
    for (const leave of this.#leave) leave();
    for (const listeners of this.#byService.values()) for (const listener of listeners.values()) this.#shut(listener);
    this.#byService.clear();
    await Promise.all(this.#closing);
  }

  #refresh(key: ObjectKey, service: KubeObject | undefined, endpoints: KubeObject | undefined): void {
    const wanted =
      service === undefined ? new Map<string, string>() : addressesOf(service, this.#options.addressPrefix ?? '127.');
    const listeners = this.#byService.get(keyText(key)) ?? new Map<string, Listener>();
    for (const [address, listener] of listeners) {
      if (wanted.has(address)) continue;
      listeners.delete(address);
      this.#shut(listener);
    }
    for (const [address, portName] of wanted) {
      const listener = listeners.get(address) ?? this.#listen(key, address);
      listener.backends = backendsOf(endpoints, portName);
      listeners.set(address, listener);
    }
    if (listeners.size === 0) this.#byService.delete(keyText(key));
    else this.#byService.set(keyText(key), listeners);
  }

  #listen(key: ObjectKey, address: string): Listener {
    const colon = address.lastIndexOf(':');
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#forward(listener, socket));
    const ready = new Promise<void>((resolve) => {
      server.once('listening', resolve);
      server.on('error', (error) => {
        const message = `service ${keyText(key)}: cannot listen on ${address}: ${error.message}`;
        this.#context.logger.warn('service port not offered', { service: keyText(key), address, error: error.message });
        this.#options.onFault?.(key, message);
        resolve();
      });
    });
    const listener: Listener = { server, sockets, ready, backends: [], next: 0 };
    server.listen({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
    return listener;
  }

  #forward(listener: Listener, socket: Socket): void {
    const limit = this.#options.connectionsPerService ?? 1024;
    const backend = listener.backends[listener.next % Math.max(1, listener.backends.length)];
    listener.next += 1;
    socket.on('error', () => socket.destroy());
    if (backend === undefined || listener.sockets.size >= limit * 2) {
      // Nothing ready stands behind the Service, or its limit is reached: refused like by a closed port.
      socket.resetAndDestroy();
      return;
    }
    const upstream = connect({ host: backend.host, port: backend.port, allowHalfOpen: true });
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      listener.sockets.add(one);
      one.on('close', () => {
        listener.sockets.delete(one);
        other.destroy();
      });
      one.on('error', () => other.destroy());
    }
    socket.pipe(upstream);
    upstream.pipe(socket);
  }

  #shut(listener: Listener): void {
    const closed = new Promise<void>((resolve) => {
      listener.server.close(() => resolve());
      for (const socket of listener.sockets) socket.destroy();
    });
    this.#closing.add(closed);
    void closed.then(() => this.#closing.delete(closed));
  }
}

/**
 * Offers every Service with a loopback cluster address on that address (and its node ports on 127.0.0.1) and passes TCP
 * connections to the ready addresses of its Endpoints in turn. Follows changes until closed.
 */
export async function startServiceProxy(
  context: ControllerContext,
  options: ServiceProxyOptions = {},
): Promise<ServiceProxy> {
  const proxy = new LoopbackProxy(context, options);
  await proxy.start();
  return proxy;
}
