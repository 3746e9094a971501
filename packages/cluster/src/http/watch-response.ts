import type { Writable } from 'node:stream';
import type { ResourceRef } from '@argosy/kube/meta';
import type { WatchRequest, UserInfo } from '@argosy/kube/port';
import type { ControlPlane, WatchFrame, WatchSink } from '../apiserver/index.ts';
import type { Negotiated } from './negotiate.ts';
import { beginStream, statusOf, type Exchange } from './respond.ts';
import { partialMetadata, tableOf, type IncludeObject } from './table-response.ts';

/** A sink that takes the first state as one piece, whatever its size; live frames wait behind it. */
export interface StreamingSink extends WatchSink {
  readonly pushInitial: (frames: readonly WatchFrame[]) => void;
}

/** What a watch is answered from. */
export interface WatchInput {
  readonly user: UserInfo;
  readonly request: WatchRequest;
  readonly negotiated: Negotiated;
  readonly include: IncludeObject;
  readonly bufferBytes: number;
  /** Where the watch registers its end for the time it is open. */
  readonly openStreams: Set<() => void>;
}

const PREFIX = new Map(
  (['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'] as const).map((type) => [
    type,
    Buffer.from(`{"type":"${type}","object":`),
  ]),
);
const SUFFIX = Buffer.from('}\n');

type Encode = (frame: WatchFrame) => Uint8Array;

function tableEncoder(plane: ControlPlane, resource: ResourceRef, include: IncludeObject): Encode {
  let columns = true;
  return (frame) => {
    const object = frame.object();
    const objects = frame.type === 'BOOKMARK' ? [] : [object];
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    const table = tableOf(plane, { resource, objects, metadata, include, columns });
    columns = false;
    return Buffer.from(JSON.stringify(table));
  };
}

function encoderOf(plane: ControlPlane, input: WatchInput): Encode {
  if (input.negotiated.transform === 'table') return tableEncoder(plane, input.request.resource, input.include);
  if (input.negotiated.transform === 'none') return (frame) => frame.bytes;
  return (frame) => Buffer.from(JSON.stringify(partialMetadata(frame.object())));
}

/** Writes frames to one client; frames of one turn leave together. */
function createWriter(out: Writable, encode: Encode): (frame: WatchFrame) => void {
  let corked = false;
  const uncork = (): void => {
    corked = false;
    out.uncork();
  };
  return (frame) => {
    if (!corked) {
      corked = true;
      out.cork();
      setImmediate(uncork);
    }
    out.write(PREFIX.get(frame.type));
    out.write(encode(frame));
    out.write(SUFFIX);
  };
}

/** The first state is fed as fast as it is read; live frames wait behind it, and later only in the stream's buffer. */
function createSink(out: Writable, encode: Encode, options: { bufferBytes: number; auditId: string }): StreamingSink {
  const writeFrame = createWriter(out, encode);
  let initial: readonly WatchFrame[] = [];
  let fed = 0;
  const waiting: WatchFrame[] = [];
  let waitingBytes = 0;
  let closing: { readonly error: Error | undefined } | undefined;

  const finish = (error: Error | undefined): void => {
    if (out.writableEnded || out.destroyed) return;
    if (error !== undefined) {
      out.write(`{"type":"ERROR","object":${JSON.stringify(statusOf(error, options.auditId))}}\n`);
    }
    out.end();
  };
  const feed = (): void => {
    for (; fed < initial.length && out.writableLength < options.bufferBytes; fed += 1) {
      const frame = initial[fed];
      if (frame !== undefined) writeFrame(frame);
    }
    if (fed < initial.length) {
      out.once('drain', feed);
      return;
    }
    initial = [];
    fed = 0;
    for (const frame of waiting.splice(0)) writeFrame(frame);
    waitingBytes = 0;
    if (closing !== undefined) finish(closing.error);
  };
  return {
    push: (frame) => {
      if (out.destroyed || out.writableEnded) return false;
      if (initial.length > 0) {
        waiting.push(frame);
        waitingBytes += frame.bytes.length;
        return waitingBytes <= options.bufferBytes;
      }
      writeFrame(frame);
      return out.writableLength <= options.bufferBytes;
    },
    pushInitial: (frames) => {
      initial = [...initial, ...frames];
      feed();
    },
    end: (error) => {
      if (initial.length > 0) closing = { error };
      else finish(error);
    },
  };
}

/**
 * Opens a watch and streams it. Resolves when the stream has ended, by whichever side.
 * @throws KubeError when the watch is refused; nothing was sent then.
 */
export async function streamWatch(plane: ControlPlane, exchange: Exchange, input: WatchInput): Promise<void> {
  const early: (() => void)[] = [];
  const target: { sink?: StreamingSink } = {};
  // Frames that arrive while the watch is being opened wait until it is known not to be refused.
  const forward = <T>(act: (sink: StreamingSink) => T, otherwise: T): T => {
    if (target.sink !== undefined) return act(target.sink);
    early.push(() => void (target.sink !== undefined && act(target.sink)));
    return otherwise;
  };
  const sink: StreamingSink = {
    push: (frame) => forward((real) => real.push(frame), true),
    pushInitial: (frames) => forward((real) => real.pushInitial(frames), undefined),
    end: (error) => forward((real) => real.end(error), undefined),
  };
  const stop = plane.openWatch(input.user, input.request, sink);
  const end = (): void => sink.end();
  input.openStreams.add(end);
  try {
    const out = beginStream(exchange, 'application/json');
    target.sink = createSink(out, encoderOf(plane, input), {
      bufferBytes: input.bufferBytes,
      auditId: exchange.auditId,
    });
    for (const act of early.splice(0)) act();
    await closed(out);
  } finally {
    input.openStreams.delete(end);
    stop();
  }
}

function closed(out: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (out.destroyed || out.closed) return resolve();
    out.once('close', () => resolve());
    out.once('error', () => resolve());
    // HTTP/1.1 keeps the connection, so a finished answer may never emit 'close'.
    out.once('finish', () => resolve());
  });
}
