import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { must, sha256Hex, type Clock } from '@argosy/std';
import {
  ContainerRefusal,
  instanceKey,
  type ContainerOrder,
  type ExecAnswer,
  type ImageFound,
  type ImageRequest,
  type InstanceChange,
  type InstanceRef,
  type PodRuntime,
  type PodSandbox,
  type RuntimeHost,
  ATTACH_PENDING_BYTES,
  type PodPlace,
} from '../contract.ts';
import { hostsText } from '../hosts-file.ts';
import type { InstanceSeen } from '../plan-types.ts';
import type {
  ContainerSession,
  DialOrder,
  ExecOrder,
  PodStream,
  SessionOrder,
  TerminalSize,
} from '../../apiserver/index.ts';
import { AttachSession } from '../attach-session.ts';
import { dialPort } from '../dial-port.ts';
import { securityParts } from './container-security.ts';
import {
  containerBody,
  containerName,
  LABELS,
  needsSandbox,
  refOfLabels,
  type CreatePlace,
  type PodNetwork,
} from './create-body.ts';
import { containerAnswer, engineVersion, listedContainers, textField, type EngineVersion } from './engine-answers.ts';
import { EngineClient, EngineError, hasStatus } from './engine-client.ts';
import { defaultEngineLimits, type EngineLimits } from './limits.ts';
import { LiveContainer, type LiveContainerParts } from './live-container.ts';
import { killContainer, PodSandboxes, removeContainer } from './pod-sandboxes.ts';
import { ImagePuller } from './pull-images.ts';
import { openExec, runInside } from './run-inside.ts';
import { writtenBytes } from './written-bytes.ts';

/** How pods become containers of an engine. */
export interface ContainerRuntimeOptions {
  /** The engine's unix socket. */
  readonly socketPath: string;
  /**
   * `host`: pods share the machine's network and have a loopback address each. `engine`: pods have addresses of a network
   * of the engine, which only this machine and other pods reach. `none`: loopback only.
   * @default 'host'
   */
  readonly network?: PodNetwork;
  readonly limits?: Partial<EngineLimits>;
}

interface InstancePaths {
  readonly dir: string;
  readonly hosts: string;
  readonly resolvConf: string;
  readonly terminationMessage: string;
}

interface Opened {
  readonly host: RuntimeHost;
  /** Tells this agent's containers from those of others on the same engine. */
  readonly node: string;
  readonly images: ImagePuller;
  readonly sandboxes: PodSandboxes;
}

class ContainerRuntime implements PodRuntime {
  readonly name: string;
  readonly version: string;
  readonly storage = 'host';
  readonly #client: EngineClient;
  readonly #engine: EngineVersion;
  readonly #network: PodNetwork;
  readonly #live = new Map<string, LiveContainer>();
  #opened: Opened | undefined;

  constructor(client: EngineClient, engine: EngineVersion, network: PodNetwork) {
    this.#client = client;
    this.#engine = engine;
    this.#network = network;
    this.name = engine.name;
    this.version = engine.version;
  }

  async open(host: RuntimeHost): Promise<readonly InstanceChange[]> {
    const node = sha256Hex(host.stateDir).slice(0, 16);
    const sandboxes = new PodSandboxes(this.#client, this.#engine, { node, network: this.#network });
    this.#opened = { host, node, sandboxes, images: new ImagePuller(this.#client, host.clock) };
    await sandboxes.open();
    const known: InstanceChange[] = [];
    for (const { id, labels } of await this.#list({})) {
      const ref = refOfLabels(labels);
      const live = ref === undefined ? undefined : await this.#adopt(ref, id);
      if (live !== undefined) known.push({ ref: live.ref, instance: live.seen });
    }
    return known.toSorted((a, b) => a.ref.attempt - b.ref.attempt);
  }

  ensureImage(request: ImageRequest): Promise<ImageFound> {
    return this.#open().images.ensure(request);
  }

  async prepareSandbox(sandbox: PodSandbox): Promise<{ readonly podIp?: string }> {
    if (!needsSandbox(sandbox, this.#network)) return {};
    const { address } = await this.#open().sandboxes.ensure(sandbox);
    return address === '' ? {} : { podIp: address };
  }

  async start(order: ContainerOrder): Promise<InstanceSeen> {
    const { sandboxes, images } = this.#open();
    const image = await images.find(order.imageId ?? order.image);
    const security = securityParts(order, image?.user ?? '');
    if (!security.ok) throw new ContainerRefusal(security.error.reason, security.error.message);
    const isJoined = needsSandbox(order.sandbox, this.#network);
    const sandboxId = isJoined ? (await sandboxes.ensure(order.sandbox)).id : undefined;
    const paths = this.#prepareFiles(order);
    const place: CreatePlace = {
      node: this.#open().node,
      network: this.#network,
      engine: this.#engine.name,
      sandboxId,
      security: security.value,
      files: {
        hosts: paths.hosts,
        terminationMessage: paths.terminationMessage,
        ...(order.sandbox.resolvConf === undefined ? {} : { resolvConf: paths.resolvConf }),
      },
    };
    const id = await this.#create(order, place);
    return this.#startCreated(order, id, paths);
  }

  async signal(ref: InstanceRef, signal: string): Promise<void> {
    const live = this.#live.get(instanceKey(ref));
    if (live?.seen.state !== 'running') return;
    // The planner's ordinary word for "end": the image may have chosen another one.
    if (signal === 'SIGKILL') live.noteKill();
    const wanted = signal === 'SIGTERM' && live.stopSignal !== '' ? live.stopSignal : signal;
    try {
      await this.#client.call({ method: 'POST', path: `/containers/${live.id}/kill`, query: { signal: wanted } });
    } catch (error) {
      // Ended or removed in this moment: what the signal was for has happened.
      if (!hasStatus(error, 404, 409)) throw error;
    }
  }

  async exec(ref: InstanceRef, command: readonly string[], timeoutMs: number): Promise<ExecAnswer> {
    const live = this.#live.get(instanceKey(ref));
    if (live?.seen.state !== 'running') return { exitCode: 126, output: `container ${ref.container} is not running` };
    try {
      return await runInside({ client: this.#client, clock: this.#clock() }, live.id, { command, timeoutMs });
    } catch (error) {
      if (error instanceof EngineError) return { exitCode: 126, output: error.message };
      throw error;
    }
  }

  async openExec(ref: InstanceRef, order: ExecOrder): Promise<ContainerSession> {
    const live = this.#running(ref);
    try {
      return await openExec({ client: this.#client, clock: this.#clock() }, live.id, order);
    } catch (error) {
      if (error instanceof EngineError) throw new ContainerRefusal('NotRunning', error.message);
      throw error;
    }
  }

  async attach(ref: InstanceRef, order: SessionOrder): Promise<ContainerSession> {
    const live = this.#live.get(instanceKey(ref));
    if (live === undefined) throw new ContainerRefusal('NotRunning', `container ${ref.container} is not running`);
    const isOpen = order.stdin && live.hasStdin && live.seen.state === 'running';
    const input = isOpen ? await this.#openInput(live) : undefined;
    const target = {
      output: live.output,
      get seen() {
        return live.seen;
      },
      whenEnded: (listener: () => void) => live.whenEnded(listener),
      openInput: () => input,
      // The engine itself ends a stdin that is for one client.
      endInput: () => undefined,
      resize: (size: TerminalSize) => live.resize(size),
    };
    return new AttachSession(target, order, ATTACH_PENDING_BYTES);
  }

  dial(pod: PodPlace, order: DialOrder): Promise<PodStream> {
    if (this.#network !== 'none') return dialPort(pod.podIp, order);
    const words = 'the pods of this node have no network (--pod-network none)';
    return Promise.reject(new ContainerRefusal('PortForward', words));
  }

  async #openInput(live: LiveContainer): Promise<Duplex> {
    const query = { stream: '1', stdin: '1' };
    const path = `/containers/${live.id}/attach`;
    const { socket } = await this.#client.hijack({ method: 'POST', path, query });
    socket.on('error', () => socket.destroy());
    socket.resume();
    return socket;
  }

  #running(ref: InstanceRef): LiveContainer {
    const live = this.#live.get(instanceKey(ref));
    if (live?.seen.state === 'running') return live;
    throw new ContainerRefusal('NotRunning', `container ${ref.container} is not running`);
  }

  async removeInstance(ref: InstanceRef): Promise<void> {
    const live = this.#live.get(instanceKey(ref));
    this.#live.delete(instanceKey(ref));
    await removeContainer(this.#client, live?.id ?? containerName(ref));
    rmSync(this.#paths(ref).dir, { recursive: true, force: true });
  }

  async removePod(podUid: string): Promise<void> {
    const { host, sandboxes } = this.#open();
    const found = await this.#list({ [LABELS.podUid]: podUid });
    const containers = found.filter(({ labels }) => refOfLabels(labels) !== undefined);
    await Promise.all(containers.map(({ id }) => removeContainer(this.#client, id)));
    for (const [key, live] of this.#live) {
      if (live.ref.podUid !== podUid) continue;
      await live.letGo();
      this.#live.delete(key);
    }
    await sandboxes.remove(podUid);
    rmSync(join(host.stateDir, 'pods', podUid, 'containers'), { recursive: true, force: true });
  }

  async close(options: { readonly killContainers: boolean }): Promise<void> {
    for (const live of this.#live.values()) {
      if (options.killContainers) await this.signal(live.ref, 'SIGKILL');
    }
    for (const live of this.#live.values()) {
      if (options.killContainers) await live.ended();
      await live.letGo();
    }
    if (options.killContainers && this.#opened !== undefined) {
      for (const { id } of await this.#list({ [LABELS.kind]: 'sandbox' })) await killContainer(this.#client, id);
    }
    this.#live.clear();
    this.#client.close();
  }

  #open(): Opened {
    return must(this.#opened, 'runtime is open');
  }

  #clock(): Clock {
    return this.#open().host.clock;
  }

  /** This agent's containers with more labels. */
  async #list(labels: { readonly [label: string]: string }): Promise<ReturnType<typeof listedContainers>> {
    const wanted = { [LABELS.node]: this.#open().node, ...labels };
    const filters = JSON.stringify({ label: Object.entries(wanted).map(([name, value]) => `${name}=${value}`) });
    const query = { all: 'true', filters };
    return listedContainers(await this.#client.call({ method: 'GET', path: '/containers/json', query }));
  }

  #paths(ref: InstanceRef): InstancePaths {
    const { stateDir } = this.#open().host;
    const dir = join(stateDir, 'pods', ref.podUid, 'containers', ref.container, String(ref.attempt));
    const file = (name: string): string => join(dir, name);
    return {
      dir,
      hosts: file('hosts'),
      resolvConf: file('resolv.conf'),
      terminationMessage: file('termination-log'),
    };
  }

  #prepareFiles(order: ContainerOrder): InstancePaths {
    const paths = this.#paths(order);
    mkdirSync(paths.dir, { recursive: true, mode: 0o700 });
    writeFileSync(paths.hosts, hostsText(order.sandbox), { mode: 0o644 });
    if (order.sandbox.resolvConf !== undefined) writeFileSync(paths.resolvConf, order.sandbox.resolvConf);
    // Written by whatever user the container runs as; the folder above is private.
    if (!existsSync(paths.terminationMessage)) writeFileSync(paths.terminationMessage, '', { mode: 0o666 });
    return paths;
  }

  async #create(order: ContainerOrder, place: CreatePlace): Promise<string> {
    const name = containerName(order);
    const call = {
      method: 'POST',
      path: '/containers/create',
      query: { name },
      body: containerBody(order, place),
    } as const;
    try {
      return textField(await this.#client.call(call), 'Id');
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (!isNameTaken(error)) throw new ContainerRefusal('CreateContainerError', error.message);
    }
    // Left by an agent that was killed between creating and starting: nobody has seen it run.
    await removeContainer(this.#client, name);
    return textField(await this.#client.call(call), 'Id');
  }

  async #startCreated(order: ContainerOrder, id: string, paths: InstancePaths): Promise<InstanceSeen> {
    const live = this.#keep(order, { id, order, paths });
    try {
      // Before the start: a short-lived container has written and gone when that returns.
      await this.#attach(live);
      await this.#client.call({ method: 'POST', path: `/containers/${id}/start` });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return this.#startError(order, live, error.message);
    }
    const state = await this.#inspect(id);
    // One that has ended already is told once, whole: with its message.
    if (state.isRunning) live.watch(state);
    else await live.recover(state);
    return live.seen;
  }

  async #attach(live: LiveContainer): Promise<void> {
    const query = { stream: '1', stdout: '1', stderr: '1' };
    const { socket, head } = await this.#client.hijack({
      method: 'POST',
      path: `/containers/${live.id}/attach`,
      query,
    });
    if (head.length > 0) socket.unshift(head);
    live.copy(socket);
  }

  async #startError(order: ContainerOrder, live: LiveContainer, words: string): Promise<InstanceSeen> {
    await live.letGo();
    const now = this.#clock().now();
    await removeContainer(this.#client, live.id);
    this.#live.delete(instanceKey(order));
    return {
      ...live.seen,
      state: 'exited',
      startedAt: now,
      finishedAt: now,
      exitCode: 128,
      reason: 'StartError',
      message: `failed to start container "${order.container}": ${words}`,
    };
  }

  #keep(
    ref: InstanceRef,
    made: { readonly id: string; readonly order: ContainerOrder; readonly paths: InstancePaths },
  ): LiveContainer {
    const { id, order, paths } = made;
    const parts = this.#parts(ref, {
      id,
      imageId: order.imageId ?? '',
      terminationMessagePath: paths.terminationMessage,
      terminationPolicy: order.terminationMessagePolicy,
      hasStdin: order.stdin !== 'none',
      isTerminal: order.tty,
      log: order.log,
    });
    const live = new LiveContainer(parts, undefined);
    this.#live.set(instanceKey(ref), live);
    return live;
  }

  #parts(ref: InstanceRef, own: Omit<LiveContainerParts, 'ref' | 'engine' | 'host' | 'client'>): LiveContainerParts {
    const { podUid, container, attempt } = ref;
    const { host } = this.#open();
    return { ref: { podUid, container, attempt }, engine: this.#engine.name, host, client: this.#client, ...own };
  }

  async #inspect(id: string): ReturnType<typeof inspectContainer> {
    return inspectContainer(this.#client, id);
  }

  /** Takes over a container that an earlier agent started; one that never ran is removed. */
  async #adopt(ref: InstanceRef, id: string): Promise<LiveContainer | undefined> {
    const { host } = this.#open();
    const state = await this.#inspect(id);
    if (state.startedAt === undefined) {
      await removeContainer(this.#client, id);
      return undefined;
    }
    const log = host.openLog(ref);
    const parts = this.#parts(ref, {
      id,
      imageId: state.imageId,
      terminationMessagePath: this.#paths(ref).terminationMessage,
      hasStdin: state.hasStdin,
      isTerminal: state.isTerminal,
      terminationPolicy: state.labels.get(LABELS.terminationPolicy) ?? 'File',
      log,
    });
    const live = new LiveContainer(parts, state);
    this.#live.set(instanceKey(ref), live);
    await this.#catchUp(live, log, state.isRunning);
    if (state.isRunning) live.watch(state);
    else await live.recover(state);
    return live;
  }

  /** Copies what the container wrote while no agent was there, from the engine's own log. */
  async #catchUp(live: LiveContainer, log: ContainerOrder['log'], isRunning: boolean): Promise<void> {
    const skip = await writtenBytes(log);
    const since = skip === undefined ? { since: String(Math.ceil(this.#clock().now() / 1000)) } : {};
    const query = { stdout: '1', stderr: '1', follow: isRunning ? '1' : '0', ...since };
    const path = `/containers/${live.id}/logs`;
    live.copy(await this.#client.stream({ method: 'GET', path, query }), skip);
  }
}

async function inspectContainer(client: EngineClient, id: string): Promise<ReturnType<typeof containerAnswer>> {
  return containerAnswer(await client.call({ method: 'GET', path: `/containers/${id}/json` }));
}

/** Docker answers 409; Podman 500 with a sentence. */
function isNameTaken(error: EngineError): boolean {
  return error.status === 409 || /name .* (already )?in use/.test(error.message);
}

/**
 * A runtime whose containers are those of an engine (Docker, or `podman system service`), spoken to by the Docker Engine
 * API over a unix socket. Containers outlive the agent and are found again by their labels.
 * @throws EngineError when the engine does not answer.
 */
export async function createContainerRuntime(options: ContainerRuntimeOptions): Promise<PodRuntime> {
  const client = new EngineClient(options.socketPath, { ...defaultEngineLimits, ...options.limits });
  const engine = engineVersion(await client.call({ method: 'GET', path: '/version' }));
  return new ContainerRuntime(client, engine, options.network ?? 'host');
}
