import { setOwn } from '@argosy/std';
import {
  entriesOf,
  formatGoJson,
  GoMap,
  GoNamed,
  GoObject,
  integerOf,
  itemsOf,
  parseGoJson,
  toPlainText,
  type GoValue,
} from '@argosy/lang/gofmt';

/** Deeper values take the long way, which has a limit of its own. */
const DIRECT_DEPTH = 200;

/** Maps, lists and scalars need no text in between. */
function isDirect(value: object, depth: number): boolean {
  return depth <= DIRECT_DEPTH && (!(value instanceof GoObject) || (value instanceof GoMap && !value.isNil));
}

/** A Go value as JSON holds it; integers come as bigint. Structs and the like go the way of their JSON text. */
export function toJsonValue(value: GoValue, depth = 0): unknown {
  if (typeof value === 'string') return toPlainText(value);
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (value instanceof GoNamed) return toJsonValue(value.value, depth);
  const integer = integerOf(value);
  if (integer !== undefined) return integer;
  if (!isDirect(value, depth)) return parseGoJson(formatGoJson(value, { escapeHtml: false }), 'float64');
  const items = itemsOf(value);
  return items === undefined ? membersToJson(value, depth) : items.map((item) => toJsonValue(item, depth + 1));
}

function membersToJson(value: GoValue, depth: number): unknown {
  const copy: { [key: string]: unknown } = {};
  for (const [key, member] of Object.entries(entriesOf(value) ?? {})) setOwn(copy, key, toJsonValue(member, depth + 1));
  return copy;
}

/** The same for a JSON-schema check, where every number is a number. */
export function toPlainJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(toPlainJson);
  if (typeof value !== 'object' || value === null) return value ?? null;
  const copy: { [key: string]: unknown } = {};
  for (const [key, member] of Object.entries(value)) setOwn(copy, key, toPlainJson(member));
  return copy;
}
