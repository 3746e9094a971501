import { ArtifactFault } from './artifact-fault.ts';

/** Size of a tar block. */
export const BLOCK_BYTES = 512;

/** Longest record of extended attributes that is read, in bytes. */
export const MAX_PAX_BYTES = 1024 * 1024;

/** What one entry of a tar archive is. */
export interface TarEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link';
  readonly mode: number;
  readonly size: number;
  /** Where a link points to. */
  readonly target?: string;
}

/** The header of one entry as it stands in the archive. */
export interface TarHeader {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly size: number;
  readonly target: string;
}

const TYPES = { file: '0', link: '2', directory: '5' } as const;

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

interface RawHeader {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly size: number;
  readonly target: string;
}

function headerBlock(header: RawHeader): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const put = (text: string, at: number): void => void block.write(text, at, 'utf8');
  block.write(header.name, 0, 100, 'utf8');
  put(octal(header.mode, 8), 100);
  put(octal(0, 8), 108);
  put(octal(0, 8), 116);
  put(octal(Math.min(header.size, 0o77777777777), 12), 124);
  put(octal(0, 12), 136);
  put('        ', 148);
  put(header.type, 156);
  block.write(header.target, 157, 100, 'utf8');
  put('ustar\0' + '00', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = Buffer.byteLength(rest);
  let total = length + String(length).length;
  if (length + String(total).length !== total) total = length + String(total).length;
  return `${total}${rest}`;
}

function padded(content: Buffer): Buffer {
  const over = content.length % BLOCK_BYTES;
  return over === 0 ? content : Buffer.concat([content, Buffer.alloc(BLOCK_BYTES - over)]);
}

/** The blocks that come before an entry's content; times and owners are left out so that equal files give equal bytes. */
export function encodeEntry(entry: TarEntry): Buffer {
  const { name, kind, mode, size, target = '' } = entry;
  const shown = kind === 'directory' ? `${name}/` : name;
  const records = [
    ...(Buffer.byteLength(shown) > 100 ? [paxRecord('path', shown)] : []),
    ...(Buffer.byteLength(target) > 100 ? [paxRecord('linkpath', target)] : []),
    ...(size > 0o77777777777 ? [paxRecord('size', String(size))] : []),
  ];
  const pax = Buffer.from(records.join(''));
  const before =
    pax.length === 0
      ? []
      : [headerBlock({ name: 'pax', type: 'x', mode: 0o644, size: pax.length, target: '' }), padded(pax)];
  return Buffer.concat([...before, headerBlock({ name: shown, type: TYPES[kind], mode, size, target })]);
}

/** Zeroes that fill the last block of `size` bytes. */
export function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
}

/** What ends an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK_BYTES);

function text(block: Buffer, from: number, length: number): string {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
}

function number(block: Buffer, from: number, length: number): number {
  // The base-256 form of large numbers.
  if (((block[from] ?? 0) & 0x80) !== 0) return Number(block.readBigUInt64BE(from + length - 8));
  const digits = text(block, from, length).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits === '' ? '0' : digits, 8) : Number.NaN;
}

function hasChecksum(block: Buffer): boolean {
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  return sum === number(block, 148, 8);
}

/** True when bytes begin with a header of a tar archive. */
export function isTar(start: Buffer): boolean {
  return start.length >= BLOCK_BYTES && hasChecksum(start.subarray(0, BLOCK_BYTES));
}

/**
 * Reads one header block; undefined for the zeroes at the end.
 * @throws ArtifactFault when it is none.
 */
export function decodeHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const size = number(block, 124, 12);
  if (!hasChecksum(block) || !Number.isSafeInteger(size))
    throw new ArtifactFault('it is no tar archive, or a damaged one');
  const prefix = text(block, 257, 5) === 'ustar' ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  return {
    name: prefix === '' || block[345] === 0 ? name : `${prefix}/${name}`,
    type: text(block, 156, 1),
    mode: number(block, 100, 8) & 0o777,
    size,
    target: text(block, 157, 100),
  };
}

/** The records of an extended header. */
export function decodePax(content: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length;) {
    const blank = content.indexOf(32, at);
    const length = Number(content.subarray(at, blank).toString());
    if (blank < 0 || !Number.isInteger(length) || length <= 0) break;
    const record = content.subarray(blank + 1, at + length - 1).toString('utf8');
    const equals = record.indexOf('=');
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}
