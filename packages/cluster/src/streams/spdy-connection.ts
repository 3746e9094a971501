import {
  controlFrame,
  dataFrame,
  FIN,
  GOAWAY,
  HEAD_BYTES,
  HeaderReader,
  HeaderWriter,
  HEADERS,
  PING,
  readHead,
  RST_STREAM,
  SpdyFault,
  SYN_REPLY,
  SYN_STREAM,
  WINDOW_UPDATE,
  words,
  type FrameHead,
  type SpdyHeaders,
} from './spdy-frames.ts';
import { ByteReader, type Transport } from './transport.ts';

/** What one SPDY connection may take. */
export interface SpdyLimits {
  /** Bytes of one frame. */
  readonly frameBytes: number;
  /** Bytes of one unpacked header block. */
  readonly headerBytes: number;
  /** Streams open at one time. */
  readonly streams: number;
}

/** A stream that the peer opened. Its owner sets the handlers before it returns from `onStream`. */
export interface SpdyStream {
  readonly headers: SpdyHeaders;
  /** Takes the peer's bytes; while its promise is pending, the whole connection is not read. */
  onData: (bytes: Buffer) => void | Promise<void>;
  /** The peer has said all, or the stream was broken off. Called once. */
  onEnd: () => void;
  /** Resolves when more can be written. After the end it is dropped. */
  write(bytes: Uint8Array): Promise<void>;
  /** We have said all. */
  end(): void;
  /** Breaks it off both ways. */
  reset(): void;
}

/** The largest piece of data that goes out in one frame. */
const DATA_BYTES = 32 * 1024;
/** Status codes of RST_STREAM. */
const PROTOCOL_ERROR = 1;
const REFUSED_STREAM = 3;
const CANCEL = 5;
const STREAM_IN_USE = 8;
const INVALID_STREAM = 2;

class Stream implements SpdyStream {
  readonly id: number;
  readonly headers: SpdyHeaders;
  onData: SpdyStream['onData'] = () => undefined;
  onEnd: SpdyStream['onEnd'] = () => undefined;
  isPeerDone = false;
  isOurDone = false;
  readonly #connection: SpdyConnection;

  constructor(connection: SpdyConnection, id: number, headers: SpdyHeaders) {
    this.#connection = connection;
    this.id = id;
    this.headers = headers;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.isOurDone; at += DATA_BYTES) {
      await this.#connection.sendData(this.id, 0, bytes.subarray(at, at + DATA_BYTES));
    }
  }

  end(): void {
    if (this.isOurDone) return;
    this.isOurDone = true;
    void this.#connection.sendData(this.id, FIN, Buffer.alloc(0));
    this.#connection.forgetDone(this);
  }

  reset(): void {
    if (this.isOurDone && this.isPeerDone) return;
    this.isOurDone = true;
    this.peerDone();
    void this.#connection.sendReset(this.id, CANCEL);
    this.#connection.forgetDone(this);
  }

  peerDone(): void {
    if (this.isPeerDone) return;
    this.isPeerDone = true;
    this.onEnd();
  }
}

/** The server's end of a SPDY/3.1 connection: the peer opens streams, nothing is pushed. */
export class SpdyConnection {
  readonly #transport: Transport;
  readonly #reader: ByteReader;
  readonly #limits: SpdyLimits;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #headersIn: HeaderReader;
  readonly #headersOut = new HeaderWriter();
  readonly #streams = new Map<number, Stream>();
  #lastId = 0;

  constructor(transport: Transport, limits: SpdyLimits, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport;
    this.#reader = new ByteReader(transport);
    this.#limits = limits;
    this.#onStream = onStream;
    this.#headersIn = new HeaderReader(limits.headerBytes);
  }

  /** Serves until the peer leaves or breaks the rules; all streams have ended then. Never rejects. */
  async run(): Promise<void> {
    try {
      while (await this.#frame());
    } catch (error) {
      if (!(error instanceof SpdyFault)) throw error;
      void this.#transport.write(controlFrame(GOAWAY, 0, words(this.#lastId, PROTOCOL_ERROR)));
    } finally {
      this.#headersIn.close();
      for (const stream of this.#streams.values()) {
        stream.isOurDone = true;
        stream.peerDone();
      }
      this.#streams.clear();
      this.#transport.end();
    }
  }

  /** Says that no more will come, after what was written, and ends the connection. */
  close(): void {
    void this.#transport.write(controlFrame(GOAWAY, 0, words(this.#lastId, 0)));
    this.#transport.end();
  }

  /** For streams: sends data. */
  sendData(id: number, flags: number, bytes: Uint8Array): Promise<void> {
    // The peer's window is not waited for: Kubernetes clients never open it again (they ignore windows both ways).
    return this.#transport.write(dataFrame(id, flags, bytes));
  }

  /** For streams: breaks one off. */
  sendReset(id: number, status: number): Promise<void> {
    return this.#transport.write(controlFrame(RST_STREAM, 0, words(id, status)));
  }

  /** For streams: forgets one that has ended both ways. */
  forgetDone(stream: Stream): void {
    if (stream.isOurDone && stream.isPeerDone) this.#streams.delete(stream.id);
  }

  async #frame(): Promise<boolean> {
    const bytes = await this.#reader.take(HEAD_BYTES);
    if (bytes === undefined) return false;
    const head = readHead(bytes);
    if (head.length > this.#limits.frameBytes) {
      throw new SpdyFault(`a frame may have ${this.#limits.frameBytes} bytes`);
    }
    const payload = await this.#reader.take(head.length);
    if (payload === undefined) return false;
    if (head.type === 0) await this.#data(head, payload);
    else await this.#control(head, payload);
    return head.type !== GOAWAY;
  }

  async #data({ streamId, flags }: FrameHead, payload: Buffer): Promise<void> {
    const stream = this.#streams.get(streamId);
    if (stream === undefined || stream.isPeerDone) {
      // Data on its way when we broke the stream off; a stream that never was is told so.
      return streamId > this.#lastId ? this.sendReset(streamId, INVALID_STREAM) : undefined;
    }
    if (payload.length > 0) {
      await stream.onData(payload);
      // What we answer is waited for everywhere: a peer that does not read is not read either.
      const taken = [streamId, 0].map((id) => controlFrame(WINDOW_UPDATE, 0, words(id, payload.length)));
      await this.#transport.write(Buffer.concat(taken));
    }
    if ((flags & FIN) !== 0) this.#finish(stream);
  }

  #finish(stream: Stream): void {
    stream.peerDone();
    this.forgetDone(stream);
  }

  async #control(head: FrameHead, payload: Buffer): Promise<void> {
    switch (head.type) {
      case SYN_STREAM:
        return this.#open(head, payload);
      case RST_STREAM: {
        const stream = this.#streams.get(idOf(payload));
        if (stream === undefined) return;
        stream.isOurDone = true;
        this.#finish(stream);
        return;
      }
      case PING:
        // Even numbers answer pings of ours, and we send none.
        if (idOf(payload) % 2 === 1) await this.#transport.write(controlFrame(PING, 0, payload.subarray(0, 4)));
        return;
      default:
        // SETTINGS, WINDOW_UPDATE, later HEADERS and unknown types have no meaning for what is carried here.
        return this.#skip(head, payload);
    }
  }

  /** Header blocks share one history: also those that nobody asked for must be unpacked. */
  async #skip({ type }: FrameHead, payload: Buffer): Promise<void> {
    if ((type === SYN_REPLY || type === HEADERS) && payload.length >= 4)
      await this.#headersIn.read(payload.subarray(4));
  }

  async #open({ flags }: FrameHead, payload: Buffer): Promise<void> {
    if (payload.length < 10) throw new SpdyFault('a SYN_STREAM frame is too short');
    const id = idOf(payload);
    const headers = await this.#headersIn.read(payload.subarray(10));
    if (id % 2 === 0) throw new SpdyFault(`stream ${id} is not a client's`);
    if (this.#streams.has(id)) return this.sendReset(id, STREAM_IN_USE);
    if (id <= this.#lastId) throw new SpdyFault(`stream ${id} comes after stream ${this.#lastId}`);
    this.#lastId = id;
    if (this.#streams.size >= this.#limits.streams) return this.sendReset(id, REFUSED_STREAM);
    const stream = new Stream(this, id, headers);
    this.#streams.set(id, stream);
    const reply = Buffer.concat([words(id), this.#headersOut.write(new Map())]);
    await this.#transport.write(controlFrame(SYN_REPLY, 0, reply));
    this.#onStream(stream);
    if ((flags & FIN) !== 0) this.#finish(stream);
  }
}

function idOf(payload: Buffer): number {
  if (payload.length < 4) throw new SpdyFault('a control frame is too short');
  return payload.readUInt32BE(0) & 0x7f_ff_ff_ff;
}
