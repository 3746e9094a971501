import type { CommitFailure } from './commit-error.ts';
import type { CommitRow } from './commit-database.ts';

/** Rows packed for a worker: one buffer for all bytes, moved and not copied. A length of −1 is a deletion. */
export interface PackedRows {
  readonly keys: readonly string[];
  readonly versions: Float64Array;
  readonly lengths: Int32Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the log asks its worker. */
export type CommitOrder =
  | { readonly kind: 'append'; readonly id: number; readonly rows: PackedRows }
  | { readonly kind: 'load'; readonly after: string }
  | { readonly kind: 'close' };

/** What the worker tells. */
export type CommitReport =
  | { readonly kind: 'opened' }
  | { readonly kind: 'locked'; readonly pid: number }
  | { readonly kind: 'failed'; readonly failure: CommitFailure; readonly message: string }
  | { readonly kind: 'appended'; readonly ids: readonly number[] }
  | {
      readonly kind: 'refused';
      readonly ids: readonly number[];
      readonly failure: CommitFailure;
      readonly message: string;
    }
  | { readonly kind: 'page'; readonly rows: PackedRows; readonly last: boolean; readonly version: number }
  | { readonly kind: 'closed' };

/** Packs rows into transferable buffers. */
export function packRows(rows: readonly CommitRow[]): PackedRows {
  let total = 0;
  for (const row of rows) total += row.bytes?.byteLength ?? 0;
  const packed: PackedRows = {
    keys: rows.map((row) => row.key),
    versions: Float64Array.from(rows, (row) => row.version),
    lengths: Int32Array.from(rows, (row) => row.bytes?.byteLength ?? -1),
    bytes: new Uint8Array(total),
  };
  let offset = 0;
  for (const { bytes } of rows) {
    if (bytes === undefined) continue;
    packed.bytes.set(bytes, offset);
    offset += bytes.byteLength;
  }
  return packed;
}

/** The inverse of `packRows`; the bytes are views into the packed buffer. */
export function unpackRows(packed: PackedRows): readonly CommitRow[] {
  let offset = 0;
  return packed.keys.map((key, index) => {
    const length = packed.lengths[index] ?? -1;
    const bytes = length < 0 ? undefined : packed.bytes.subarray(offset, offset + length);
    offset += Math.max(length, 0);
    return { key, version: packed.versions[index] ?? 0, bytes };
  });
}
