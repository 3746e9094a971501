import { getPath, isObject } from '@argosy/std';
import { resources } from '@argosy/api';
import { keyText, type KubeObject, type ObjectKey } from '@argosy/kube/meta';
import type { ControllerContext } from '@argosy/kube/runtime';
import { BackendChoice, type Backend } from './backend-choice.ts';
import { startTcpRelay, type Relay } from './tcp-relay.ts';
import { startUdpRelay } from './udp-relay.ts';

/** How the proxy is bounded and where it may listen. */
export interface ServiceProxyOptions {
  /** Cluster addresses that are listened on begin with this. @default 127. */
  readonly addressPrefix?: string;
  /** Services, as `namespace/name`, that somebody else offers. @default none */
  readonly skips?: readonly string[];
  /** Open connections (by UDP: clients) of one Service port; further ones are closed at once. @default 1024 */
  readonly connectionsPerService?: number;
  /** Told of a Service port that cannot be listened on. */
  readonly onFault?: (service: ObjectKey, message: string) => void;
}

/** A running proxy. */
export interface ServiceProxy {
  /** The addresses that are listened on now, as `ip:port` and `ip:port/udp`, sorted. */
  listening(): readonly string[];
  /** Resolves when everything asked for so far is listened on or has failed. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

interface Listener {
  readonly relay: Relay;
  readonly choice: BackendChoice;
}

interface WantedPort {
  readonly name: string;
  readonly port: number;
  readonly nodePort: number;
  /** `''` for TCP, `/udp` for UDP. */
  readonly suffix: string;
}

const NODE_PORT_HOST = '127.0.0.1';

function records(value: unknown): readonly { readonly [key: string]: unknown }[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

const SUFFIXES: { readonly [protocol: string]: string } = { TCP: '', UDP: '/udp' };

/** The TCP and UDP ports of a Service. */
function portsOf(spec: { readonly [key: string]: unknown }): readonly WantedPort[] {
  return records(spec['ports']).flatMap((port) => {
    const suffix = SUFFIXES[text(port['protocol']) || 'TCP'];
    if (suffix === undefined) return [];
    return [{ name: text(port['name']), port: count(port['port']), nodePort: count(port['nodePort']), suffix }];
  });
}

/** Seconds that a client stays with its backend when the Service asks for that and does not say how long. */
const CLIENT_IP_SECONDS = 10_800;

/** How long a client stays with its backend; 0 when the Service does not ask for it. */
export function affinityMsOf(service: KubeObject | undefined): number {
  const spec = isObject(service?.['spec']) ? service['spec'] : {};
  if (spec['sessionAffinity'] !== 'ClientIP') return 0;
  const seconds = getPath(spec, ['sessionAffinityConfig', 'clientIP', 'timeoutSeconds']);
  return (typeof seconds === 'number' ? seconds : CLIENT_IP_SECONDS) * 1000;
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

/** Where a Service wants to be reached: `ip:port` or `ip:port/udp` → name of the port. */
export function addressesOf(service: KubeObject, addressPrefix: string): ReadonlyMap<string, string> {
  const spec = isObject(service['spec']) ? service['spec'] : {};
  const clusterIp = text(spec['clusterIP']);
  const wanted = new Map<string, string>();
  for (const port of portsOf(spec)) {
    if (clusterIp.startsWith(addressPrefix)) wanted.set(`${clusterIp}:${port.port}${port.suffix}`, port.name);
    if (port.nodePort > 0) wanted.set(`${NODE_PORT_HOST}:${port.nodePort}${port.suffix}`, port.name);
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
      .filter(([, listener]) => listener.relay.isListening())
      .map(([address]) => address)
      .toSorted();
  }

  async settled(): Promise<void> {
    await Promise.all(
      [...this.#byService.values()].flatMap((listeners) => [...listeners.values()].map((item) => item.relay.ready)),
    );
    await Promise.all(this.#closing);
  }

  async close(): Promise<void> {
    for (const leave of this.#leave) leave();
    for (const listeners of this.#byService.values()) for (const listener of listeners.values()) this.#shut(listener);
    this.#byService.clear();
    await Promise.all(this.#closing);
  }

  #wanted(key: ObjectKey, service: KubeObject | undefined): ReadonlyMap<string, string> {
    const { skips = [], addressPrefix = '127.' } = this.#options;
    if (service === undefined || skips.includes(keyText(key))) return new Map();
    return addressesOf(service, addressPrefix);
  }

  #refresh(key: ObjectKey, service: KubeObject | undefined, endpoints: KubeObject | undefined): void {
    const wanted = this.#wanted(key, service);
    const listeners = this.#byService.get(keyText(key)) ?? new Map<string, Listener>();
    for (const [address, listener] of listeners) {
      if (wanted.has(address)) continue;
      listeners.delete(address);
      this.#shut(listener);
    }
    for (const [address, portName] of wanted) {
      const listener = listeners.get(address) ?? this.#listen(key, address);
      listener.choice.set(backendsOf(endpoints, portName), affinityMsOf(service));
      listeners.set(address, listener);
    }
    if (listeners.size === 0) this.#byService.delete(keyText(key));
    else this.#byService.set(keyText(key), listeners);
  }

  #listen(key: ObjectKey, address: string): Listener {
    const [place = '', protocol] = address.split('/');
    const colon = place.lastIndexOf(':');
    const choice = new BackendChoice();
    const start = protocol === 'udp' ? startUdpRelay : startTcpRelay;
    const relay = start({
      host: place.slice(0, colon),
      port: Number(place.slice(colon + 1)),
      choice,
      limit: this.#options.connectionsPerService ?? 1024,
      onError: (error) => {
        const message = `service ${keyText(key)}: cannot listen on ${address}: ${error.message}`;
        this.#context.logger.warn('service port not offered', { service: keyText(key), address, error: error.message });
        this.#options.onFault?.(key, message);
      },
    });
    return { relay, choice };
  }

  #shut(listener: Listener): void {
    const closed = listener.relay.close();
    this.#closing.add(closed);
    void closed.then(() => this.#closing.delete(closed));
  }
}

/**
 * Offers every Service with a loopback cluster address on that address (and its node ports on 127.0.0.1) and passes TCP
 * connections and UDP datagrams to the ready addresses of its Endpoints in turn. Follows changes until closed.
 */
export async function startServiceProxy(
  context: ControllerContext,
  options: ServiceProxyOptions = {},
): Promise<ServiceProxy> {
  const proxy = new LoopbackProxy(context, options);
  await proxy.start();
  return proxy;
}
