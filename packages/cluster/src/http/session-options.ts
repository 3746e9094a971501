import { kubeError } from '@argosy/kube/meta';
import type { SessionEnd, TerminalSize } from '../apiserver/index.ts';
import { queryFlag } from './route.ts';

/** Which streams a client of exec or attach asked for. */
export interface SessionOptions {
  readonly container: string;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** Reads PodExecOptions or PodAttachOptions. @throws KubeError BadRequest when no stream is asked for. */
export function readSessionOptions(query: URLSearchParams): SessionOptions {
  const tty = queryFlag(query, 'tty');
  const options = {
    container: query.get('container') ?? '',
    command: query.getAll('command'),
    stdin: queryFlag(query, 'stdin'),
    stdout: queryFlag(query, 'stdout'),
    // A terminal has one output: asked for both, as some clients do, it is told on stdout.
    stderr: queryFlag(query, 'stderr') && !tty,
    tty,
  };
  if (!options.stdin && !options.stdout && !options.stderr) {
    throw kubeError('BadRequest', 'you must specify at least 1 of stdin, stdout, stderr');
  }
  return options;
}

/** What the error channel says at the end, as a Status and as plain words for clients before the fourth protocol. */
export interface EndWords {
  readonly status: string;
  /** Empty after a success. */
  readonly plain: string;
}

function failure(end: SessionEnd): { readonly message: string; readonly [field: string]: unknown } | undefined {
  if (end.kind === 'failed') return { message: end.message, reason: 'InternalError', code: 500 };
  if (end.exitCode === 0) return undefined;
  return {
    message: `command terminated with non-zero exit code: exit status ${end.exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(end.exitCode) }] },
  };
}

/** The words for the end of a session. Attached clients learn of a failure only when the connection to it failed. */
export function endWords(end: SessionEnd, subresource: string): EndWords {
  const told = subresource === 'attach' && end.kind === 'exited' ? undefined : failure(end);
  const status = { metadata: {}, status: told === undefined ? 'Success' : 'Failure', ...told };
  return { status: JSON.stringify(status), plain: told?.message ?? '' };
}

/** Longest text of one terminal size. */
const SIZE_BYTES = 1024;

/** Reads `{"Width":80,"Height":24}`; `undefined` for anything else. */
export function readTerminalSize(text: string): TerminalSize | undefined {
  if (text.length > SIZE_BYTES) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A size that cannot be read changes nothing.
    return undefined;
  }
  const { Width, Height } = (value ?? {}) as { readonly Width?: unknown; readonly Height?: unknown };
  const isSize = Number.isInteger(Width) && Number.isInteger(Height);
  return isSize ? { width: Number(Width), height: Number(Height) } : undefined;
}
