import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { after, milliseconds, type Clock } from '@argosy/std';
import type { InstanceRef, PodRuntime } from './contract.ts';
import { askHealth } from './grpc-probe.ts';
import type { Container, Handler } from './pod-types.ts';

/** What reaching a container gave. */
export interface ReachAnswer {
  readonly success: boolean;
  readonly message: string;
}

/** A container to be reached, and how long that may take. */
export interface ReachTarget {
  readonly ref: InstanceRef;
  readonly container: Container;
  readonly podIp: string;
  readonly timeoutMs: number;
  readonly purpose: 'probe' | 'hook';
}

/** Bytes of an HTTP answer that are read. */
const BODY_LIMIT = 10 * 1024;

function portOf(container: Container, port: number | string): number | undefined {
  if (typeof port === 'number') return port;
  const named = container.ports?.find((item) => item.name === port)?.containerPort;
  const parsed = /^\d{1,5}$/.test(port) ? Number(port) : undefined;
  return named ?? parsed;
}

function hasCode(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function getOverHttp(
  target: ReachTarget,
  get: NonNullable<Handler['httpGet']>,
  signal: AbortSignal,
): Promise<ReachAnswer> {
  const port = portOf(target.container, get.port);
  if (port === undefined) return Promise.resolve({ success: false, message: `unknown port "${get.port}"` });
  const isTls = get.scheme?.toUpperCase() === 'HTTPS';
  const host = get.host === undefined || get.host === '' ? target.podIp : get.host;
  const url = `${isTls ? 'https' : 'http'}://${host}:${port}${get.path ?? '/'}`;
  const headers = Object.fromEntries((get.httpHeaders ?? []).map((header) => [header.name, header.value]));
  return new Promise((resolve) => {
    const options = {
      host,
      port,
      path: get.path ?? '/',
      headers: { 'User-Agent': 'kube-probe/1.32', ...headers },
      signal,
    };
    // Probes ask for health, not for identity: like upstream they do not verify the certificate.
    const request = isTls ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
    request.on('error', (error) => resolve({ success: false, message: `Get "${url}": ${hasCode(error)}` }));
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      let read = 0;
      response.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (read > BODY_LIMIT) response.destroy();
      });
      response.on('error', () => undefined);
      response.resume();
      const success = status >= 200 && status < 400;
      resolve({ success, message: success ? '' : `HTTP probe failed with statuscode: ${status}` });
    });
    request.end();
  });
}

function dial(target: ReachTarget, tcp: NonNullable<Handler['tcpSocket']>, signal: AbortSignal): Promise<ReachAnswer> {
  const port = portOf(target.container, tcp.port);
  if (port === undefined) return Promise.resolve({ success: false, message: `unknown port "${tcp.port}"` });
  const host = tcp.host === undefined || tcp.host === '' ? target.podIp : tcp.host;
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    socket.on('connect', () => {
      socket.destroy();
      resolve({ success: true, message: '' });
    });
    socket.on('error', (error) => {
      resolve({ success: false, message: `dial tcp ${host}:${port}: ${hasCode(error)}` });
    });
  });
}

/** Gives work a time limit; what comes later than that is a failure. */
async function bounded(
  clock: Clock,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<ReachAnswer>,
): Promise<ReachAnswer> {
  const controller = new AbortController();
  const timer = clock.schedule(after(clock.now(), milliseconds(timeoutMs)), () => controller.abort());
  const answer = await work(controller.signal);
  timer.cancel();
  return controller.signal.aborted ? { success: false, message: `timed out after ${timeoutMs / 1000}s` } : answer;
}

async function runCommand(runtime: PodRuntime, target: ReachTarget, command: readonly string[]): Promise<ReachAnswer> {
  const answer = await runtime.exec(target.ref, command, target.timeoutMs);
  return { success: answer.exitCode === 0, message: answer.exitCode === 0 ? '' : answer.output.trim() };
}

/** Runs a probe or a hook against a container: command, HTTP, TCP, gRPC or sleep. Never throws; trouble is an answer. */
export async function reach(
  io: { readonly runtime: PodRuntime; readonly clock: Clock },
  target: ReachTarget,
  handler: Handler,
): Promise<ReachAnswer> {
  const { runtime, clock } = io;
  if (runtime.reach !== undefined) return runtime.reach(target.ref, handler, target.purpose);
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec !== undefined) return runCommand(runtime, target, exec.command ?? []);
  if (httpGet !== undefined) return bounded(clock, target.timeoutMs, (signal) => getOverHttp(target, httpGet, signal));
  if (tcpSocket !== undefined) return bounded(clock, target.timeoutMs, (signal) => dial(target, tcpSocket, signal));
  if (grpc !== undefined) {
    const address = { host: target.podIp, port: grpc.port, service: grpc.service ?? '' };
    return bounded(clock, target.timeoutMs, (signal) => askHealth(address, signal));
  }
  if (sleep !== undefined) {
    await new Promise<void>((resolve) => {
      clock.schedule(after(clock.now(), milliseconds(sleep.seconds * 1000)), resolve);
    });
    return { success: true, message: '' };
  }
  return {
    success: false,
    message: 'this kind of probe is not offered by this node: use exec, httpGet, tcpSocket or grpc',
  };
}
