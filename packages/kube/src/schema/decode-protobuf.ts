import { formatTime, instant, setOwn } from '@argosy/std';

import { gvkOf, kubeError, type KubeObject } from '../meta/index.ts';
import { builtinSchema } from './builtin-schema.ts';
import { normalizeObject } from './normalize-object.ts';
import { ANY_SCHEMA, type TypeSchema } from './type-schema.ts';
import {
  BYTES,
  encodeBase64,
  FIXED64,
  malformedBody,
  partBytes,
  partText,
  readDouble,
  readInteger,
} from './wire-reader.ts';
import { readPart, readTag, skipField, VARINT, type WireReader } from './wire-reader.ts';

type Draft = { [key: string]: unknown };

/** What stands before every protobuf object of Kubernetes: `k8s` and a zero byte. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00];

/** Deepest nesting of messages that is followed. */
export const MAX_MESSAGE_DEPTH = 100;

interface NumberedField {
  readonly name: string;
  readonly schema: TypeSchema;
  readonly embedded: boolean;
}

const numberedFields = new WeakMap<TypeSchema, ReadonlyMap<number, NumberedField>>();

function fieldsByNumber(schema: TypeSchema): ReadonlyMap<number, NumberedField> {
  const known = numberedFields.get(schema);
  if (known !== undefined) return known;
  const numbers = new Map<number, NumberedField>();
  // Fields of embedded structs have numbers of their own message, so the embedding's own numbers come last.
  const embedded = schema.embeddedStructs;
  const foreign = new Set([...embedded.values()].flatMap((struct) => [...struct.fields.values()]));
  for (const [name, field] of schema.fields) {
    if (!foreign.has(field) && field.go !== undefined)
      numbers.set(field.go.number, { name, schema: field, embedded: false });
  }
  for (const [number, struct] of embedded) numbers.set(number, { name: '', schema: struct, embedded: true });
  numberedFields.set(schema, numbers);
  return numbers;
}

/** The fields of a small message as number → integer or part. */
function readParts(part: WireReader): ReadonlyMap<number, number | WireReader> {
  const parts = new Map<number, number | WireReader>();
  while (part.at < part.end) {
    const { number, wire } = readTag(part);
    if (wire === VARINT) parts.set(number, readInteger(part));
    else if (wire === BYTES) parts.set(number, readPart(part));
    else skipField(part, wire);
  }
  return parts;
}

function integerOf(value: number | WireReader | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function textOf(value: number | WireReader | undefined): string {
  return typeof value === 'object' ? partText(value) : '';
}

/** An empty Time message is the zero time, which JSON writes as null. */
function readTime(part: WireReader, micro: boolean): string | null {
  if (part.at === part.end) return null;
  const parts = readParts(part);
  const text = formatTime(instant(integerOf(parts.get(1)) * 1000));
  const micros = Math.floor(integerOf(parts.get(2)) / 1000);
  return micro ? `${text.slice(0, -1)}.${String(micros).padStart(6, '0')}Z` : text;
}

function readIntOrString(part: WireReader): number | string {
  const parts = readParts(part);
  return integerOf(parts.get(1)) === 1 ? textOf(parts.get(3)) : integerOf(parts.get(2));
}

/** Nanoseconds as Go prints a duration: `1h2m3.5s`. */
function durationText(nanoseconds: number): string {
  const sign = nanoseconds < 0 ? '-' : '';
  const whole = Math.abs(nanoseconds);
  if (whole === 0) return '0s';
  if (whole < 1000) return `${sign}${whole}ns`;
  if (whole < 1_000_000) return `${sign}${whole / 1000}µs`;
  if (whole < 1_000_000_000) return `${sign}${whole / 1_000_000}ms`;
  const hours = Math.floor(whole / 3_600_000_000_000);
  const minutes = Math.floor(whole / 60_000_000_000) % 60;
  const rest = `${(whole % 60_000_000_000) / 1_000_000_000}s`;
  return `${sign}${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${rest}`;
}

function isEnvelope(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/** Embedded JSON: RawExtension, JSON and FieldsV1 hold it as bytes in field 1. */
function readRaw(part: WireReader, depth: number): unknown {
  const raw = readParts(part).get(1);
  if (typeof raw !== 'object' || raw.at === raw.end) return null;
  if (isEnvelope(partBytes(raw))) return decodeEnvelope(partBytes(raw), depth + 1);
  try {
    return JSON.parse(partText(raw)) as unknown;
  } catch {
    throw malformedBody('an embedded object is no JSON');
  }
}

function readScalarPart(schema: TypeSchema, part: WireReader): unknown {
  switch (schema.scalar) {
    case 'string':
      return partText(part);
    case 'bytes':
      return encodeBase64(partBytes(part));
    case 'quantity':
      return textOf(readParts(part).get(1)) || '0';
    case 'int-or-string':
      return readIntOrString(part);
    case 'time':
      return readTime(part, false);
    case 'micro-time':
      return readTime(part, true);
    case 'duration':
      return durationText(integerOf(readParts(part).get(1)));
    default:
      throw malformedBody('a number is encoded as bytes');
  }
}

function readScalar(schema: TypeSchema, reader: WireReader, wire: number): unknown {
  if (wire === BYTES) return readScalarPart(schema, readPart(reader));
  if (wire === FIXED64 && schema.scalar === 'number') return readDouble(reader);
  if (wire === VARINT && schema.scalar === 'boolean') return readInteger(reader) !== 0;
  if (wire === VARINT && schema.scalar === 'integer') return readInteger(reader);
  throw malformedBody(`a ${schema.scalar ?? 'value'} has wire type ${wire}`);
}

function zeroOf(schema: TypeSchema): unknown {
  if (schema.shape === 'list') return [];
  if (schema.shape !== 'scalar') return {};
  if (schema.scalar === 'integer' || schema.scalar === 'number') return 0;
  if (schema.scalar === 'boolean') return false;
  return schema.scalar === 'quantity' ? '0' : '';
}

function readEntry(schema: TypeSchema, part: WireReader, depth: number): readonly [string, unknown] {
  let key = '';
  let value = zeroOf(schema);
  while (part.at < part.end) {
    const { number, wire } = readTag(part);
    if (number === 1 && wire === BYTES) key = partText(readPart(part));
    else if (number === 2) value = readValue(schema, part, { wire, depth });
    else skipField(part, wire);
  }
  return [key, value];
}

function wrappedList(part: WireReader): string[] {
  const items: string[] = [];
  while (part.at < part.end) {
    const { number, wire } = readTag(part);
    if (number === 1 && wire === BYTES) items.push(partText(readPart(part)));
    else skipField(part, wire);
  }
  return items;
}

interface How {
  readonly wire: number;
  readonly depth: number;
}

function readValue(schema: TypeSchema, reader: WireReader, how: How): unknown {
  if (schema.shape === 'scalar') return readScalar(schema, reader, how.wire);
  if (how.wire !== BYTES) throw malformedBody(`a message has wire type ${how.wire}`);
  const part = readPart(reader);
  if (schema.shape === 'any') return readRaw(part, how.depth);
  if (schema.go?.wrapped === true) return wrappedList(part);
  return readStruct(schema, part, { target: {}, depth: how.depth + 1 });
}

/** Scalars in a list may be packed into one part; strings and messages never are. */
function isPacked(element: TypeSchema, wire: number): boolean {
  const packable = element.scalar === 'integer' || element.scalar === 'number' || element.scalar === 'boolean';
  return wire === BYTES && element.shape === 'scalar' && packable;
}

function readItems(element: TypeSchema, reader: WireReader, how: How): readonly unknown[] {
  if (!isPacked(element, how.wire)) return [readValue(element, reader, how)];
  const part = readPart(reader);
  const wire = element.scalar === 'number' ? FIXED64 : VARINT;
  const items: unknown[] = [];
  while (part.at < part.end) items.push(readScalar(element, part, wire));
  return items;
}

/** What a field of a list or map has so far; a fresh draft the first time. */
function draftAt<T extends object>(target: Draft, name: string, fresh: T): T {
  if (!Object.hasOwn(target, name)) target[name] = fresh;
  return target[name] as T;
}

function readField(field: NumberedField, reader: WireReader, into: { target: Draft } & How): void {
  const { target, wire, depth } = into;
  const { name, schema } = field;
  const element = schema.go?.wrapped === true && schema.shape === 'list' ? undefined : schema.element;
  if (schema.shape === 'list' && element !== undefined) {
    draftAt<unknown[]>(target, name, []).push(...readItems(element, reader, into));
  } else if (schema.shape === 'map' && element !== undefined && wire === BYTES) {
    const [key, value] = readEntry(element, readPart(reader), depth);
    setOwn(draftAt<Draft>(target, name, {}), key, value);
  } else {
    target[name] = readValue(schema, reader, into);
  }
}

function readStruct(schema: TypeSchema, part: WireReader, into: { target: Draft; depth: number }): Draft {
  if (into.depth > MAX_MESSAGE_DEPTH) throw malformedBody(`messages are nested deeper than ${MAX_MESSAGE_DEPTH}`);
  const fields = fieldsByNumber(schema);
  while (part.at < part.end) {
    const { number, wire } = readTag(part);
    const field = fields.get(number);
    if (field === undefined) skipField(part, wire);
    else if (field.embedded) readStruct(field.schema, readPart(part), { target: into.target, depth: into.depth + 1 });
    else readField(field, part, { target: into.target, wire, depth: into.depth });
  }
  return into.target;
}

function decodeEnvelope(bytes: Uint8Array, depth: number): KubeObject {
  if (!isEnvelope(bytes)) throw malformedBody('it does not begin with the Kubernetes mark "k8s"');
  const envelope = readParts({ bytes, at: MAGIC.length, end: bytes.length });
  const typeMeta = envelope.get(1);
  const named = typeof typeMeta === 'object' ? readParts(typeMeta) : new Map<number, WireReader>();
  const apiVersion = textOf(named.get(1));
  const kind = textOf(named.get(2));
  const schema = builtinSchema(gvkOf({ apiVersion, kind }));
  if (schema === undefined || schema === ANY_SCHEMA) {
    throw kubeError(
      'UnsupportedMediaType',
      `${apiVersion} ${JSON.stringify(kind)} cannot be read from protobuf: send JSON`,
    );
  }
  const raw = envelope.get(2);
  const body = typeof raw === 'object' ? readStruct(schema, raw, { target: {}, depth }) : {};
  const metadata = schema.fields.has('metadata') ? { metadata: {} } : {};
  return { apiVersion, kind, ...metadata, ...normalizeObject(schema, body) } as unknown as KubeObject;
}

/**
 * Reads `application/vnd.kubernetes.protobuf`: the `k8s` mark, the envelope and a built-in object, as the JSON that
 * Go's encoder would write for it (zeros of omitempty fields dropped, quantities canonical). Fields that the table
 * does not know are passed over.
 * @throws KubeError BadRequest for malformed bytes, UnsupportedMediaType for kinds that are not built in.
 */
export function decodeProtobufObject(bytes: Uint8Array): KubeObject {
  return decodeEnvelope(bytes, 0);
}
