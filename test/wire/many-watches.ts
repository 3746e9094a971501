import { once } from 'node:events';
import { connect, type ClientHttp2Session } from 'node:http2';
import type { Wire } from './open-wire.ts';

/** Streams of one connection; the server allows 1,000. */
const PER_CONNECTION = 1000;

/** Watches that are all open at one time. */
export interface ManyWatches {
  /** Resolves when every watch was told of an object with this name. */
  told(name: string): Promise<void>;
  close(): void;
}

/** Opens watches of one namespace's ConfigMaps over as few connections as may be. */
export async function openManyWatches(wire: Wire, count: number): Promise<ManyWatches> {
  const sessions: ClientHttp2Session[] = [];
  const answers: Promise<unknown>[] = [];
  const waiting = new Map<string, { left: number; resolve: () => void }>();
  for (let index = 0; index < count; index += 1) {
    if (index % PER_CONNECTION === 0) sessions.push(connect(wire.url, { ca: wire.authority.certificate }));
    const session = sessions.at(-1);
    const stream = session?.request({
      ':path': '/api/v1/namespaces/default/configmaps?watch=true&fieldSelector=metadata.name!%3Dx',
      authorization: `Bearer ${wire.adminToken}`,
    });
    if (stream === undefined) continue;
    stream.on('error', () => undefined);
    answers.push(once(stream, 'response'));
    stream.on('data', (chunk: Buffer) => {
      for (const [name, item] of waiting) {
        if (!chunk.includes(`"name":"${name}"`)) continue;
        item.left -= 1;
        if (item.left === 0) item.resolve();
      }
    });
  }
  await Promise.all(answers);
  return {
    told: (name) => new Promise((resolve) => void waiting.set(name, { left: count, resolve })),
    close: () => {
      for (const session of sessions) session.destroy();
    },
  };
}
