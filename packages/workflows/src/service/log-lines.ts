import type { ClusterApi, LogRequest } from '@argosy/kube/port';

/** Longest line that is sent whole, in bytes; longer ones are sent in pieces. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** One line of a pod's log, with the time that the cluster gave it. */
export interface PodLogLine {
  readonly time: string;
  readonly content: string;
  readonly podName: string;
}

/** The lines of some bytes, without their ends. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    while (rest.length > MAX_LINE_BYTES) {
      yield rest.slice(0, MAX_LINE_BYTES);
      rest = rest.slice(MAX_LINE_BYTES);
    }
  }
  if (rest !== '') yield rest;
}

/** The lines of one container's log. Times are asked for so that logs can be merged, and taken off the content. */
export async function* podLogLines(api: ClusterApi, request: LogRequest): AsyncGenerator<PodLogLine> {
  const podName = request.key.name;
  for await (const line of splitLines(api.logs({ ...request, timestamps: true }))) {
    const space = line.indexOf(' ');
    const time = space > 0 && /^\d{4}-/.test(line) ? line.slice(0, space) : '';
    yield { time, content: time === '' ? line : line.slice(space + 1), podName };
  }
}

/** Merges streams whose items are in order into one that is. Reads one item ahead of each. */
export async function* mergeInOrder(streams: readonly AsyncIterator<PodLogLine>[]): AsyncGenerator<PodLogLine> {
  const heads = await Promise.all(streams.map(async (stream) => ({ stream, head: await stream.next() })));
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const item of heads) {
      if (item.head.done === true) continue;
      if (first === undefined || item.head.value.time < (first.head.value as PodLogLine).time) first = item;
    }
    if (first === undefined) return;
    yield first.head.value as PodLogLine;
    first.head = await first.stream.next();
  }
}
