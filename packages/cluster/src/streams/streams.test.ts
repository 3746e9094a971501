import { createDeflate, constants } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpdyConnection, type SpdyStream } from './spdy-connection.ts';
import { SPDY_DICTIONARY } from './spdy-dictionary.ts';
import {
  controlFrame,
  dataFrame,
  FIN,
  HeaderReader,
  HeaderWriter,
  PING,
  RST_STREAM,
  SYN_STREAM,
  words,
} from './spdy-frames.ts';
import type { Transport } from './transport.ts';
import { WebSocketConnection } from './websocket.ts';

/** A peer that sends given pieces, then nothing more, and keeps what it gets. */
function peer(pieces: readonly Uint8Array[]): Transport & { readonly got: () => Buffer } {
  const left = pieces.filter((piece) => piece.length > 0).map((piece) => Buffer.from(piece));
  const got: Uint8Array[] = [];
  return {
    read: async () => left.shift(),
    write: async (bytes) => void got.push(bytes),
    end: () => undefined,
    destroy: () => undefined,
    got: () => Buffer.concat(got),
  };
}

/** Packs header blocks as Go clients do: one deflate history, flushed after each. */
async function packed(blocks: readonly Buffer[]): Promise<readonly Buffer[]> {
  const deflate = createDeflate({ dictionary: SPDY_DICTIONARY });
  let chunks: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => chunks.push(chunk));
  const out: Buffer[] = [];
  for (const block of blocks) {
    chunks = [];
    deflate.write(block);
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    out.push(Buffer.concat(chunks));
  }
  return out;
}

const plain = (headers: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat([
    words(headers.length),
    ...headers.flat().flatMap((text) => [words(Buffer.byteLength(text)), Buffer.from(text)]),
  ]);

const open = (id: number, block: Buffer, flags = 0): Buffer =>
  controlFrame(SYN_STREAM, flags, Buffer.concat([words(id, 0), Buffer.alloc(2), block]));

const limits = { frameBytes: 65_536, headerBytes: 2048, streams: 2 };

/** Serves the pieces and tells what the streams got. */
async function served(pieces: readonly Uint8Array[], onStream?: (stream: SpdyStream) => void) {
  const transport = peer(pieces);
  const streams: { headers: { [name: string]: string }; data: string; ended: boolean }[] = [];
  await new SpdyConnection(transport, limits, (stream) => {
    const seen = { headers: Object.fromEntries(stream.headers), data: '', ended: false };
    streams.push(seen);
    stream.onData = (bytes) => void (seen.data += bytes.toString('utf8'));
    stream.onEnd = () => (seen.ended = true);
    onStream?.(stream);
  }).run();
  return { streams, sent: transport.got() };
}

describe('SPDY', () => {
  it('reads headers of one history, however the bytes are cut, and data up to its end', async () => {
    const blocks = await packed([
      plain([['streamtype', 'error']]),
      plain([
        ['streamtype', 'data'],
        ['port', '80'],
      ]),
    ]);
    const bytes = Buffer.concat([
      open(1, blocks[0] as Buffer, FIN),
      open(3, blocks[1] as Buffer),
      dataFrame(3, 0, Buffer.from('hello ')),
      dataFrame(3, FIN, Buffer.from('there')),
    ]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }), async (cuts) => {
        const pieces: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = cuts[turn % cuts.length] ?? 1;
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        const { streams } = await served(pieces);
        expect(streams).toEqual([
          { headers: { streamtype: 'error' }, data: '', ended: true },
          { headers: { streamtype: 'data', port: '80' }, data: 'hello there', ended: true },
        ]);
      }),
      { numRuns: 30 },
    );
  });

  it('writes headers that are read back, one block after the other', async () => {
    const pairs = fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,12}$/), fc.string({ maxLength: 40 })), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(pairs, { minLength: 1, maxLength: 4 }), async (blocks) => {
        const writer = new HeaderWriter();
        const reader = new HeaderReader(limits.headerBytes);
        for (const block of blocks) {
          const headers = new Map(block);
          expect(await reader.read(writer.write(headers))).toEqual(headers);
        }
        reader.close();
      }),
      { numRuns: 30 },
    );
  });

  it('refuses streams above the limit and headers above theirs', async () => {
    const blocks = await packed([1, 2, 3].map(() => plain([['streamtype', 'data']])));
    const { streams, sent } = await served(blocks.map((block, index) => open(index * 2 + 1, block)));
    expect(streams).toHaveLength(2);
    expect(sent.includes(controlFrame(RST_STREAM, 0, words(5, 3)))).toBe(true);
    const [bomb] = await packed([plain([['x', 'x'.repeat(100_000)]])]);
    const broken = await served([open(1, bomb as Buffer)]);
    expect(broken.streams).toHaveLength(0);
    expect(broken.sent.subarray(0, 4)).toEqual(Buffer.from([0x80, 3, 0, 7]));
  });

  it('ends all streams when the peer leaves, and breaks off only the one that is reset', async () => {
    const blocks = await packed([1, 2].map(() => plain([['streamtype', 'data']])));
    const { streams } = await served([
      open(1, blocks[0] as Buffer),
      open(3, blocks[1] as Buffer),
      controlFrame(RST_STREAM, 0, words(1, 5)),
      dataFrame(1, 0, Buffer.from('late')),
      dataFrame(3, 0, Buffer.from('still here')),
    ]);
    expect(streams.map((stream) => [stream.data, stream.ended])).toEqual([
      ['', true],
      ['still here', true],
    ]);
  });

  it('does not read on while data is not taken', async () => {
    const [block] = await packed([plain([['streamtype', 'data']])]);
    const log: string[] = [];
    await served(
      [
        open(1, block as Buffer),
        dataFrame(1, 0, Buffer.from('a')),
        controlFrame(PING, 0, words(1)),
        dataFrame(1, 0, Buffer.from('b')),
      ],
      (stream) => {
        stream.onData = async (bytes) => {
          log.push(`begin ${bytes.toString('utf8')}`);
          await Promise.resolve();
          log.push(`taken ${bytes.toString('utf8')}`);
        };
      },
    );
    expect(log).toEqual(['begin a', 'taken a', 'begin b', 'taken b']);
  });

  it('survives any bytes', async () => {
    const frames = fc.tuple(
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 0, max: 255 }),
      fc.uint8Array({ maxLength: 64 }),
    );
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      frames.map(([type, flags, payload]) => controlFrame(type, flags, payload)),
      frames.map(([id, flags, payload]) => dataFrame(id, flags, payload)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        await served(pieces);
      }),
      { numRuns: 500 },
    );
  });
});

describe('WebSocket', () => {
  it('survives any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), async (pieces) => {
        const connection = new WebSocketConnection(peer(pieces), 1024);
        for (let message = await connection.next(); message !== undefined; message = await connection.next()) {
          expect(message.payload.length).toBeLessThanOrEqual(1024);
        }
      }),
      { numRuns: 500 },
    );
  });
});
