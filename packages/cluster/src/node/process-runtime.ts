import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { must, type Instant } from '@argosy/std';
import type { ContainerSession, DialOrder, ExecOrder, PodStream, SessionOrder } from '../apiserver/index.ts';
import { AttachSession } from './attach-session.ts';
import { ContainerOutput } from './container-output.ts';
import {
  ATTACH_PENDING_BYTES,
  ContainerRefusal,
  instanceKey,
  type ContainerOrder,
  type InstanceChange,
  type InstanceRef,
  type InstanceUsage,
  type PodPlace,
  type PodRuntime,
  type RuntimeHost,
} from './contract.ts';
import { dialPort } from './dial-port.ts';
import { ExecSession } from './exec-session.ts';
import { programFault, SYSTEM_PATH } from './find-program.ts';
import { hostsText } from './hosts-file.ts';
import { readHostRoot, type HostRoot } from './host-root.ts';
import { readRecord, writeRecord, type InstanceRecord } from './instance-state.ts';
import { isKeeper, bootId, processStartTicks } from './process-identity.ts';
import { execInside, spawnBeside, type ExecPlace } from './process-exec.ts';
import {
  agentFile,
  bubblewrapLaunch,
  instanceFiles,
  launchKeeper,
  makePipes,
  namespaceLaunch,
  openWriters,
  PipeStock,
  readPipe,
  type InstanceFiles,
  type PipeReader,
  type SandboxLaunch,
} from './process-launch.ts';
import { LiveProcess, type LiveParts } from './live-process.ts';
import { MemoryWatch } from './memory-watch.ts';
import { measureTrees } from './process-usage.ts';
import { namespaceScript } from './namespace-script.ts';
import { checkSecurity, sandboxArguments } from './sandbox-arguments.ts';
import { terminalFault } from './terminal.ts';

const run = promisify(execFile);

/** How containers become processes of this machine. */
export interface ProcessRuntimeOptions {
  /** `auto` uses bubblewrap when it works, else the system's own namespaces, else none. @default auto */
  readonly sandbox?: 'auto' | 'bubblewrap' | 'namespaces' | 'none';
  /** More folders of this machine that containers may read. @default none */
  readonly readOnlyPaths?: readonly string[];
  /** Kept output of commands run inside. @default 10 KiB */
  readonly execOutputBytes?: number;
  /** Output that may wait for a slow attached client before it is cut off. @default 4 MiB */
  readonly attachPendingBytes?: number;
}

interface Sandbox {
  readonly kind: 'bwrap' | 'unshare';
  readonly version: string;
  readonly host: HostRoot;
}

const agentUid = (): number => process.getuid?.() ?? 0;

type Probe = { readonly version: string } | { readonly fault: string };

const PROBE_SPACES = ['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--cap-drop', 'ALL'];
const PROBE_ENVIRONMENT = { env: { PATH: SYSTEM_PATH }, timeout: 5000 };

const faultOf = (error: unknown): { readonly fault: string } => ({
  fault: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
});

/** Asks bubblewrap to run one program; its version when that worked. */
async function probeBubblewrap(host: HostRoot): Promise<Probe> {
  try {
    const version = await run('bwrap', ['--version'], PROBE_ENVIRONMENT);
    const list = [...PROBE_SPACES, ...host.arguments, '--proc', '/proc', '--dev', '/dev', '--', 'true'];
    await run('bwrap', list, PROBE_ENVIRONMENT);
    return { version: version.stdout.trim().replace(/^bubblewrap /, '') };
  } catch (error) {
    return faultOf(error);
  }
}

/** Builds one sandbox from the system's own namespaces and runs a program in it. */
async function probeNamespaces(host: HostRoot): Promise<Probe> {
  const dir = mkdtempSync(join(tmpdir(), 'argosy-probe-'));
  try {
    const version = await run('unshare', ['--version'], PROBE_ENVIRONMENT);
    const place = { root: join(dir, 'root'), isDirectory };
    mkdirSync(place.root);
    const list = [...PROBE_SPACES, ...host.arguments, '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'];
    const script = join(dir, 'script');
    writeFileSync(script, namespaceScript(list, place), { mode: 0o600 });
    const { wrapper } = namespaceLaunch('', agentUid() === 0);
    const [program, ...args] = [...wrapper.slice(0, -1), '-c', '. "$0" 4>/dev/null', script, 'true'];
    await run(program, args, PROBE_ENVIRONMENT);
    return { version: /[\d.]+$/.exec(version.stdout.trim())?.[0] ?? '' };
  } catch (error) {
    return faultOf(error);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const isDirectory = (path: string): boolean => statSync(path).isDirectory();

function checkedPart(text: string): string {
  if (!/^[A-Za-z0-9][-A-Za-z0-9_.]*$/.test(text))
    throw new ContainerRefusal('CreateContainerError', `name not usable: ${text}`);
  return text;
}

class ProcessRuntime implements PodRuntime {
  readonly name: string;
  readonly version: string;
  readonly storage = 'host';
  readonly #sandbox: Sandbox | undefined;
  readonly #fault: string;
  readonly #outputBytes: number;
  readonly #pendingBytes: number;
  readonly #live = new Map<string, LiveProcess>();
  readonly #noticed = new Set<string>();
  #host: RuntimeHost | undefined;
  #memory: MemoryWatch | undefined;
  #pipes: PipeStock | undefined;

  constructor(sandbox: Sandbox | undefined, fault: string, options: ProcessRuntimeOptions) {
    this.#sandbox = sandbox;
    this.#fault = fault;
    this.#outputBytes = options.execOutputBytes ?? 10 * 1024;
    this.#pendingBytes = options.attachPendingBytes ?? ATTACH_PENDING_BYTES;
    this.name = sandbox?.kind ?? 'process';
    this.version = sandbox?.version ?? process.version.slice(1);
  }

  async open(host: RuntimeHost): Promise<readonly InstanceChange[]> {
    this.#host = host;
    const stock = join(host.stateDir, 'pipes');
    mkdirSync(stock, { recursive: true, mode: 0o700 });
    this.#pipes = new PipeStock(stock);
    await this.#pipes.fill();
    writeFileSync(agentFile(host.stateDir), `${process.pid}\n`, { mode: 0o600 });
    const known: InstanceChange[] = [];
    for (const ref of listInstances(host.stateDir)) {
      const live = await this.#adopt(ref, host);
      if (live !== undefined) known.push({ ref, instance: live.seen });
    }
    this.#memory = new MemoryWatch(host.clock, () => this.#live.values());
    this.#memory.wake();
    return known;
  }

  async start(order: ContainerOrder): ReturnType<PodRuntime['start']> {
    const host = must(this.#host, 'runtime is open');
    const refusal = checkSecurity(order, agentUid());
    if (refusal !== undefined) throw new ContainerRefusal(refusal.reason, refusal.message);
    const noTerminal = order.tty ? terminalFault() : undefined;
    if (noTerminal !== undefined) throw new ContainerRefusal('CreateContainerError', noTerminal);
    const files = this.#folder(order, host);
    const id = randomBytes(32).toString('hex');
    const fault = programFault(order, new Map(order.env).get('PATH') ?? '');
    if (fault !== undefined) return this.#startError(order, { files, id, message: fault });
    const now = host.clock.now();
    await must(this.#pipes, 'pipes').take(files.stdout, files.stderr);
    // A terminal needs something to read from, also when nobody may write to it.
    if (order.stdin !== 'none' || order.tty) await makePipes([files.stdin]);
    const live = this.#launch(order, { files, id, now });
    await live.standing;
    return live.seen;
  }

  async signal(ref: InstanceRef, signal: string): Promise<void> {
    await this.#live.get(instanceKey(ref))?.signal(signal);
  }

  async exec(ref: InstanceRef, command: readonly string[], timeoutMs: number): ReturnType<PodRuntime['exec']> {
    const { clock } = must(this.#host, 'runtime is open');
    try {
      const place = await this.#beside(ref, command);
      return await execInside(place, { timeoutMs, outputBytes: this.#outputBytes, clock });
    } catch (error) {
      return { exitCode: 126, output: error instanceof Error ? error.message : String(error) };
    }
  }

  async openExec(ref: InstanceRef, order: ExecOrder): Promise<ContainerSession> {
    const fault = order.tty ? terminalFault() : undefined;
    if (fault !== undefined) throw new ContainerRefusal('Terminal', fault);
    const { clock } = must(this.#host, 'runtime is open');
    const place = await this.#beside(ref, order.command);
    try {
      return new ExecSession(spawnBeside(place, order), order, clock);
    } catch (error) {
      // The container ended while the command was being brought into it.
      throw new ContainerRefusal('NotRunning', `container ${ref.container} has just ended: ${String(error)}`);
    }
  }

  async attach(ref: InstanceRef, order: SessionOrder): Promise<ContainerSession> {
    const live = this.#live.get(instanceKey(ref));
    if (live === undefined) throw new ContainerRefusal('NotRunning', `container ${ref.container} is not running`);
    return new AttachSession(live, order, this.#pendingBytes);
  }

  dial(pod: PodPlace, order: DialOrder): Promise<PodStream> {
    return dialPort(pod.podIp, order);
  }

  /** Where a command joins a running container. @throws ContainerRefusal when it does not run. */
  async #beside(ref: InstanceRef, command: readonly string[]): Promise<ExecPlace> {
    const live = this.#live.get(instanceKey(ref));
    if (live?.seen.state !== 'running') {
      throw new ContainerRefusal('NotRunning', `container ${ref.container} is not running`);
    }
    const isSandboxed = live.record.mode !== 'process';
    const sandboxPid = isSandboxed ? await live.mainPid() : undefined;
    if (isSandboxed && sandboxPid === undefined) {
      throw new ContainerRefusal('NotRunning', `container ${ref.container} has just ended`);
    }
    return { command, env: live.record.env, sandboxPid, dir: live.files.dir };
  }

  usage(): readonly InstanceUsage[] {
    const running = [...this.#live.values()].filter(({ record }) => record.ended === undefined);
    const trees = measureTrees(running.map(({ record }) => record.keeperPid));
    return running.flatMap(({ ref, record }) => {
      const used = trees.get(record.keeperPid);
      return used === undefined ? [] : [{ ref, ...used }];
    });
  }

  async removePod(podUid: string): Promise<void> {
    const host = must(this.#host, 'runtime is open');
    for (const [key, live] of this.#live) {
      if (live.ref.podUid !== podUid) continue;
      await live.kill();
      this.#live.delete(key);
    }
    this.#noticed.delete(podUid);
    rmSync(join(host.stateDir, 'pods', checkedPart(podUid), 'containers'), { recursive: true, force: true });
  }

  async close(options: { readonly killContainers: boolean }): Promise<void> {
    this.#memory?.stop();
    // First of all: a container that ends from here on must save its output by itself.
    if (this.#host !== undefined) rmSync(agentFile(this.#host.stateDir), { force: true });
    for (const live of this.#live.values()) {
      if (options.killContainers) await live.kill();
      else await live.letGo();
    }
    this.#live.clear();
  }

  #folder(ref: InstanceRef, host: RuntimeHost): InstanceFiles {
    const pod = join(host.stateDir, 'pods', checkedPart(ref.podUid));
    const dir = join(pod, 'containers', checkedPart(ref.container), String(ref.attempt));
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return instanceFiles(dir);
  }

  #launch(order: ContainerOrder, start: { files: InstanceFiles; id: string; now: Instant }): LiveProcess {
    const { files, id, now } = start;
    writeFileSync(files.terminationMessage, '', { mode: 0o666 });
    const isolated = this.#isolate(order, files);
    const writers = openWriters(files);
    // The readers come before the program: a short-lived one may have written and gone when this function returns.
    const output = new ContainerOutput(order.log);
    const readers = openReaders(files, output);
    const launch = {
      id,
      files,
      command: [...order.command, ...order.args],
      env: Object.fromEntries(order.env),
      cwd: isolated === undefined ? (order.workingDir ?? files.dir) : files.dir,
      ...(isolated === undefined ? {} : { sandbox: isolated }),
      tty: order.tty,
    };
    const child = launchKeeper(launch, writers);
    const keeperPid = child.pid ?? 0;
    const ticks = processStartTicks(keeperPid);
    const record: InstanceRecord = {
      id,
      mode: this.#sandbox?.kind ?? 'process',
      bootId: bootId(),
      keeperPid,
      ...(ticks === undefined ? {} : { keeperTicks: ticks }),
      startedAt: now,
      terminationPolicy: order.terminationMessagePolicy,
      ...wishesOf(order),
      env: order.env,
    };
    writeRecord(files.state, record);
    return this.#keep({ ref: order, files, record, log: order.log, output }, { child, readers });
  }

  #keep(
    parts: Omit<LiveParts, 'host'>,
    io: { readonly child: ReturnType<typeof launchKeeper>; readonly readers: readonly PipeReader[] },
  ): LiveProcess {
    const host = must(this.#host, 'runtime is open');
    const { podUid, container, attempt } = parts.ref;
    const live = new LiveProcess({ ...parts, ref: { podUid, container, attempt }, host });
    this.#live.set(instanceKey(parts.ref), live);
    live.watch(io.child, io.readers);
    this.#memory?.wake();
    return live;
  }

  /** What makes the sandbox, or nothing for a plain process; then the pod is told so, once. */
  #isolate(order: ContainerOrder, files: InstanceFiles): SandboxLaunch | undefined {
    if (this.#sandbox === undefined) {
      this.#refuseUnsandboxed(order);
      return undefined;
    }
    writeFileSync(files.hosts, hostsText(order.sandbox), { mode: 0o644 });
    const naming = order.sandbox.resolvConf;
    if (naming !== undefined) writeFileSync(files.resolvConf, naming, { mode: 0o644 });
    const place = {
      ...(naming === undefined ? {} : { resolvFile: files.resolvConf }),
      host: this.#sandbox.host,
      agentUid: agentUid(),
      hostsFile: files.hosts,
      terminationFile: files.terminationMessage,
      exists: existsSync,
    };
    const list = sandboxArguments(order, place);
    if (!list.ok) throw new ContainerRefusal(list.error.reason, list.error.message);
    if (this.#sandbox.kind === 'bwrap') return bubblewrapLaunch(list.value);
    const root = join(files.dir, 'root');
    mkdirSync(root, { recursive: true });
    return namespaceLaunch(namespaceScript(list.value, { root, isDirectory }), agentUid() === 0);
  }

  #refuseUnsandboxed(order: ContainerOrder): void {
    const host = must(this.#host, 'runtime is open');
    const { podUid } = order;
    if (!this.#noticed.has(podUid)) {
      this.#noticed.add(podUid);
      host.onNotice(podUid, 'Sandbox', `runs as a plain process group: ${this.#fault}`);
    }
    const wanted = order.mounts.filter((mount) => !mount.isOptional).map((mount) => mount.mountPath);
    if (wanted.length > 0) {
      throw new ContainerRefusal(
        'CreateContainerError',
        `volumes cannot be offered at ${wanted.join(', ')}: without a sandbox these would be paths of this machine ` +
          `(${this.#fault}); install bubblewrap or use a container engine`,
      );
    }
    const { runAsUser } = order.security;
    if (runAsUser !== undefined && runAsUser !== agentUid()) {
      throw new ContainerRefusal(
        'CreateContainerError',
        `runAsUser ${runAsUser} cannot be honoured without a sandbox; the only user here is ${agentUid()}`,
      );
    }
  }

  #startError(
    order: ContainerOrder,
    start: { files: InstanceFiles; id: string; message: string },
  ): LiveProcess['seen'] {
    const host = must(this.#host, 'runtime is open');
    const now = host.clock.now();
    const record: InstanceRecord = {
      id: start.id,
      mode: this.#sandbox?.kind ?? 'process',
      bootId: bootId(),
      keeperPid: 0,
      startedAt: now,
      terminationPolicy: order.terminationMessagePolicy,
      env: [],
      ended: { finishedAt: now, exitCode: 128, reason: 'StartError', message: start.message },
    };
    writeRecord(start.files.state, record);
    void order.log.end().catch(() => undefined);
    const { podUid, container, attempt } = order;
    const { log } = order;
    const output = new ContainerOutput(log);
    const parts = { ref: { podUid, container, attempt }, files: start.files, record, log, output, host };
    const live = new LiveProcess(parts);
    this.#live.set(instanceKey(order), live);
    return live.seen;
  }

  async #adopt(ref: InstanceRef, host: RuntimeHost): Promise<LiveProcess | undefined> {
    const files = instanceFiles(
      join(host.stateDir, 'pods', ref.podUid, 'containers', ref.container, String(ref.attempt)),
    );
    const record = readRecord(files.state);
    if (record === undefined) {
      // The agent was killed between making the folder and writing the record: nothing was told to anybody yet.
      rmSync(files.dir, { recursive: true, force: true });
      return undefined;
    }
    const log = host.openLog(ref);
    const isAlive = record.bootId === bootId() && isKeeper(record.keeperPid, record.id, record.keeperTicks);
    const output = new ContainerOutput(log);
    const live = new LiveProcess({ ref, files, record, log, output, host });
    this.#live.set(instanceKey(ref), live);
    if (record.ended !== undefined) void log.end().catch(() => undefined);
    else if (isAlive) live.watch(undefined, openReaders(files, output));
    else await live.finishLost();
    return live;
  }
}

/** What of an order must be known again after a restart of the agent. */
function wishesOf(order: ContainerOrder): Pick<InstanceRecord, 'memoryLimitBytes' | 'tty' | 'stdin'> {
  const { memoryLimitBytes, stdin, tty } = order;
  return {
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
    ...(tty ? { tty } : {}),
    ...(stdin === 'none' ? {} : { stdin }),
  };
}

function openReaders(files: InstanceFiles, output: ContainerOutput): readonly PipeReader[] {
  return [readPipe(files.stdout, 'stdout', output), readPipe(files.stderr, 'stderr', output)];
}

function folders(path: string): readonly string[] {
  return existsSync(path) ? readdirSync(path).toSorted() : [];
}

/** Every instance that has a folder, attempts in ascending order. */
function listInstances(stateDir: string): readonly InstanceRef[] {
  const pods = join(stateDir, 'pods');
  return folders(pods).flatMap((podUid) =>
    folders(join(pods, podUid, 'containers')).flatMap((container) =>
      folders(join(pods, podUid, 'containers', container))
        .map(Number)
        .filter((attempt) => Number.isInteger(attempt))
        .toSorted((a, b) => a - b)
        .map((attempt) => ({ podUid, container, attempt })),
    ),
  );
}

interface Choice {
  readonly name: 'bubblewrap' | 'namespaces';
  readonly kind: Sandbox['kind'];
  readonly probe: (host: HostRoot) => Promise<Probe>;
}

const CHOICES: readonly Choice[] = [
  { name: 'bubblewrap', kind: 'bwrap', probe: probeBubblewrap },
  { name: 'namespaces', kind: 'unshare', probe: probeNamespaces },
];

/**
 * A runtime whose containers are processes of this machine: inside bubblewrap when that works (tried once, here), inside
 * namespaces made by the system's own programs when those work, as plain process groups otherwise. Containers outlive
 * the agent: each has a keeper process that notes its exit code, its output waits in named pipes, and the next agent
 * adopts it. Rejects when a sandbox that was asked for by name does not work.
 */
export async function createProcessRuntime(options: ProcessRuntimeOptions = {}): Promise<PodRuntime> {
  const wanted = options.sandbox ?? 'auto';
  if (wanted === 'none') return new ProcessRuntime(undefined, 'the sandbox is switched off', options);
  const host = readHostRoot(process.execPath, [...(options.readOnlyPaths ?? [])]);
  const faults: string[] = [];
  for (const { name, kind, probe } of CHOICES.filter((choice) => wanted === 'auto' || choice.name === wanted)) {
    const found = await probe(host);
    if ('version' in found) return new ProcessRuntime({ kind, version: found.version, host }, '', options);
    faults.push(`${name} does not work here: ${found.fault}`);
  }
  if (wanted !== 'auto') throw new Error(faults.join('; '));
  return new ProcessRuntime(undefined, faults.join('; '), options);
}

/** The folder of the program that runs the agent: on every container's PATH, so that `node` is found. */
export function programFolder(): string {
  return dirname(process.execPath);
}
