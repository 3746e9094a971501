import { err, ok, type Result } from '@argosy/std';
import type { ContainerRole } from './pod-types.ts';
import { parseNano } from './quantity.ts';

/** What every command in a simulated container does. */
export interface SimulatedExec {
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly exitCode: number;
  /** Gives its stdin back until that ends. */
  readonly isEcho: boolean;
}

/** What one simulated run of a container does. Times in milliseconds; `runMs` `undefined` runs until stopped. */
export interface SimulatedRun {
  readonly runMs?: number;
  readonly exitCode: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly message?: string;
  readonly isOutOfMemory: boolean;
  readonly startError?: string;
  /** `Reason: sentence` of a container that cannot be created. */
  readonly refusal?: { readonly reason: string; readonly message: string };
  /** Probes fail before this; `undefined` fails them for good. */
  readonly readyAfterMs?: number;
  /** From SIGTERM to the end; `undefined` ignores SIGTERM. */
  readonly stopMs?: number;
  readonly stopExitCode: number;
  readonly exec: SimulatedExec;
  /** Ports that can be connected to, with what they answer. */
  readonly ports: ReadonlyMap<number, string>;
  /** What the run is said to use all the time: thousandths of a processor, and bytes. */
  readonly cpuMilli?: number;
  readonly memoryBytes?: number;
}

/** The annotation for all containers of a pod; `simulation.argosy.io/run.<container>` goes before it. */
export const SIMULATION_ANNOTATION = 'simulation.argosy.io/run';

/** Longest script that is read. */
export const SCRIPT_LIMIT = 16 * 1024;

const SPAN = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

function parseSpan(text: string): number | undefined {
  const match = SPAN.exec(text);
  return match === null ? undefined : Number(match[1]) * (UNITS.get(match[2] ?? '') ?? 1);
}

const FOREVER: SimulatedRun = {
  exitCode: 0,
  stdout: [],
  stderr: [],
  isOutOfMemory: false,
  readyAfterMs: 0,
  stopMs: 0,
  stopExitCode: 143,
  exec: { stdout: [], stderr: [], exitCode: 0, isEcho: false },
  ports: new Map(),
};

type Part = Result<Partial<SimulatedRun>, string>;

function span(name: string, text: string): Result<number, string> {
  const parsed = parseSpan(text);
  return parsed === undefined ? err(`${name}: expected a time like 2s or 500ms, found "${text}"`) : ok(parsed);
}

function code(name: string, text: string): Result<number, string> {
  const value = Number(text);
  const isCode = /^\d{1,3}$/.test(text) && value <= 255;
  return isCode ? ok(value) : err(`${name}: expected a number from 0 to 255, found "${text}"`);
}

function refusal(text: string): SimulatedRun['refusal'] {
  const colon = text.indexOf(':');
  return colon < 0
    ? { reason: text, message: text }
    : { reason: text.slice(0, colon).trim(), message: text.slice(colon + 1).trim() };
}

function mapped(result: Result<number, string>, to: (value: number) => Partial<SimulatedRun>): Part {
  return result.ok ? ok(to(result.value)) : result;
}

function spanOrNever(name: string, value: string): Result<number, string> {
  return value === 'never' ? ok(Number.POSITIVE_INFINITY) : span(name, value);
}

function timedPart(key: string, value: string): Part | undefined {
  switch (key) {
    case 'ready':
      return mapped(spanOrNever(key, value), (readyAfterMs) => ({ readyAfterMs }));
    case 'stop':
      return mapped(spanOrNever(key, value), (stopMs) => ({ stopMs }));
    case 'exit':
      return mapped(code(key, value), (exitCode) => ({ exitCode }));
    case 'stop-exit':
      return mapped(code(key, value), (stopExitCode) => ({ stopExitCode }));
    default:
      return undefined;
  }
}

/** `exec-…`: what commands do; `port-N=text`: what a port answers. */
function streamPart(run: SimulatedRun, key: string, value: string): Part | undefined {
  const { exec } = run;
  switch (key) {
    case 'exec-stdout':
      return ok({ exec: { ...exec, stdout: [...exec.stdout, value] } });
    case 'exec-stderr':
      return ok({ exec: { ...exec, stderr: [...exec.stderr, value] } });
    case 'exec-exit':
      return mapped(code(key, value), (exitCode) => ({ exec: { ...exec, exitCode } }));
    case 'exec-echo':
      return ok({ exec: { ...exec, isEcho: true } });
    default:
      return /^port-\d{1,5}$/.test(key)
        ? ok({ ports: new Map([...run.ports, [Number(key.slice(5)), value]]) })
        : undefined;
  }
}

function amount(name: string, text: string, to: (count: number) => Partial<SimulatedRun>): Part {
  const nano = parseNano(text);
  if (nano === undefined) return err(`${name}: expected a quantity like 250m or 64Mi, found "${text}"`);
  return ok(to(Number(nano) / 1e9));
}

function usagePart(key: string, value: string): Part | undefined {
  if (key === 'cpu') return amount(key, value, (count) => ({ cpuMilli: count * 1000 }));
  return key === 'memory' ? amount(key, value, (count) => ({ memoryBytes: count })) : undefined;
}

function textPart(run: SimulatedRun, key: string, value: string): Part {
  switch (key) {
    case 'stdout':
      return ok({ stdout: [...run.stdout, value] });
    case 'stderr':
      return ok({ stderr: [...run.stderr, value] });
    case 'message':
      return ok({ message: value });
    case 'oom':
      return ok({ isOutOfMemory: true, exitCode: 137 });
    case 'start-error':
      return ok({ startError: value });
    case 'refuse':
      return ok({ refusal: refusal(value) ?? { reason: value, message: value } });
    default:
      return err(
        `"${key}" is not known; allowed are exit, stdout, stderr, message, oom, start-error, refuse, ` +
          'ready, stop, stop-exit, exec-stdout, exec-stderr, exec-exit, exec-echo, port-<number>, cpu, memory',
      );
  }
}

function readPart(run: SimulatedRun, key: string, value: string): Part {
  return timedPart(key, value) ?? usagePart(key, value) ?? streamPart(run, key, value) ?? textPart(run, key, value);
}

function parseRun(text: string): Result<SimulatedRun, string> {
  const [first = '', ...rest] = text.split(';').map((part) => part.trim());
  let run: SimulatedRun = FOREVER;
  if (first !== 'forever') {
    const runMs = span('run time', first);
    if (!runMs.ok) return runMs;
    run = { ...run, runMs: runMs.value };
  }
  for (const part of rest.filter((item) => item !== '')) {
    const equals = part.indexOf('=');
    const key = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? '' : part.slice(equals + 1);
    const change = readPart(run, key, value);
    if (!change.ok) return change;
    run = { ...run, ...change.value };
  }
  return ok(run);
}

/**
 * Reads a script: runs divided by `|` (the last one repeats), each `<time or forever>;key=value;…`.
 * `2s;exit=1 | forever;ready=3s` fails once after two seconds and then runs, ready after three.
 */
export function parseSimulation(text: string): Result<readonly SimulatedRun[], string> {
  if (text.length > SCRIPT_LIMIT) return err(`the script has ${text.length} characters; ${SCRIPT_LIMIT} are allowed`);
  const runs: SimulatedRun[] = [];
  for (const part of text.split('|')) {
    const run = parseRun(part.trim());
    if (!run.ok) return run;
    runs.push(run.value);
  }
  return ok(runs);
}

/** What a container without a script does: init containers end at once, restarting pods run on, others end after 1 s. */
export function defaultRun(role: ContainerRole, restartPolicy: string): SimulatedRun {
  if (role === 'init') return { ...FOREVER, runMs: 0 };
  return role === 'sidecar' || role === 'ephemeral' || restartPolicy === 'Always'
    ? FOREVER
    : { ...FOREVER, runMs: 1000 };
}

/** The run of an attempt. The error names the annotation and what is wrong with it. */
export function runOf(
  annotations: { readonly [key: string]: string },
  container: { readonly name: string; readonly role: ContainerRole; readonly restartPolicy: string },
  attempt: number,
): Result<SimulatedRun, string> {
  const own = `${SIMULATION_ANNOTATION}.${container.name}`;
  const key = [own, SIMULATION_ANNOTATION].find((name) => Object.hasOwn(annotations, name));
  if (key === undefined) return ok(defaultRun(container.role, container.restartPolicy));
  const runs = parseSimulation(annotations[key] ?? '');
  if (!runs.ok) return err(`annotation ${key}: ${runs.error}`);
  const run = runs.value[Math.min(attempt, runs.value.length - 1)];
  return ok(run ?? FOREVER);
}
