/** Output of a container: which stream, and what it wrote. */
export interface OutputFrame {
  readonly stream: 'stdout' | 'stderr';
  readonly payload: Buffer;
}

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Takes apart the stream that engines send for containers without a terminal: a header of 8 bytes (1 stdout or 2 stderr,
 * three zeros, the length in four bytes, big end first) and the payload. Payloads are handed on as they come in; a
 * frame need not be whole.
 */
export class FrameReader {
  readonly #limitBytes: number;
  #header = Buffer.alloc(0);
  #stream: OutputFrame['stream'] = 'stdout';
  #left = 0;

  /** `limitBytes`: the longest frame that is believed. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** The pieces of output in a chunk. @throws Error when the stream is not framed, or a frame is over the limit. */
  read(chunk: Buffer): readonly OutputFrame[] {
    const frames: OutputFrame[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#left === 0) {
        rest = this.#readHeader(rest);
        continue;
      }
      const payload = rest.subarray(0, this.#left);
      frames.push({ stream: this.#stream, payload });
      this.#left -= payload.length;
      rest = rest.subarray(payload.length);
    }
    return frames;
  }

  #readHeader(chunk: Buffer): Buffer {
    const wanted = HEADER_BYTES - this.#header.length;
    this.#header = Buffer.concat([this.#header, chunk.subarray(0, wanted)]);
    if (this.#header.length < HEADER_BYTES) return Buffer.alloc(0);
    const kind = this.#header[0] ?? 0;
    const length = this.#header.readUInt32BE(4);
    if (kind > STDERR || this.#header.readUIntBE(1, 3) !== 0) {
      throw new Error(`the engine's output is not framed: found the header ${this.#header.toString('hex')}`);
    }
    if (length > this.#limitBytes) {
      throw new Error(`a frame of the engine's output has ${length} bytes; allowed are ${this.#limitBytes}`);
    }
    this.#stream = kind === STDERR ? 'stderr' : 'stdout';
    this.#left = length;
    this.#header = Buffer.alloc(0);
    return chunk.subarray(wanted);
  }
}
