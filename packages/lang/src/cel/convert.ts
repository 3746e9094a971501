import { decodeBytes, encodeBytes, formatGoFloat, parseGoFloat64, parseGoInt, parseGoUint } from '../gofmt/index.ts';
import { formatQuantity } from '../quantity/index.ts';
import { formatCidr, formatIp } from './ip.ts';
import { overload, type Overload } from './registry.ts';
import { toInt, toUint } from './operators.ts';
import { fail, spendUnits } from './run.ts';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp, toTimestamp } from './time.ts';
import { CelType, type CelObject, fromJson, typeName } from './values.ts';

const SECOND_NS = 1_000_000_000n;

/** A double as `string(x)` writes it. */
export function formatDouble(value: number): string {
  return formatGoFloat(value, 'g', -1);
}

/** The text of a value of the Kubernetes libraries. */
export function formatObject(value: CelObject): string {
  const { held } = value;
  if (held.type === 'kubernetes.Quantity') return formatQuantity(held.quantity);
  if (held.type === 'kubernetes.Semver') return held.version.original;
  if (held.type === 'kubernetes.URL') return held.url.text;
  if (held.type === 'net.IP') return formatIp(held.address);
  return held.type === 'net.CIDR' ? formatCidr(held.range) : held.name;
}

function integral(value: number, kind: string): bigint {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 64) return fail(`${kind} overflow`);
  return BigInt(Math.trunc(value));
}

function parseBool(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  return fail(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function parsed<T extends bigint | number>(value: T | string, call: string, text: string): T {
  if (typeof value === 'string') return fail(`strconv.${call}: parsing ${JSON.stringify(text)}: ${value}`);
  return value as T;
}

/** The double of a text: Go's words for infinities are taken too. */
function parseDouble(text: string): number {
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinity !== null) return infinity[1] === '-' ? -Infinity : Infinity;
  return /^nan$/i.test(text) ? Number.NaN : parsed(parseGoFloat64(text), 'ParseFloat', text);
}

function bytesToText(bytes: Uint8Array): string {
  const text = decodeBytes(bytes);
  return /\p{Cs}/u.test(text) ? fail('invalid UTF-8 in bytes, cannot convert to string') : text;
}

const TIMESTAMP = 'google.protobuf.Timestamp';
const DURATION = 'google.protobuf.Duration';
const KUBE_TYPES = ['kubernetes.Quantity', 'kubernetes.URL', 'net.IP', 'net.CIDR', 'kubernetes.Semver'] as const;

/** Conversions between types: `int(x)`, `string(x)`, `timestamp(x)` … */
export const CONVERSIONS: readonly Overload[] = [
  overload('int', ['int'], ([value]) => value),
  overload('int', ['uint'], ([value]) => toInt(value.value)),
  overload('int', ['double'], ([value]) => {
    // compat(lang-0711): the ends of the range are refused, since a double there may already be rounded.
    if (!(value > -(2 ** 63) && value < 2 ** 63)) fail('integer overflow');
    return toInt(integral(value, 'integer'));
  }),
  overload('int', ['string'], ([text]) => parsed(parseGoInt(text, 10), 'ParseInt', text)),
  overload(
    'int',
    [TIMESTAMP],
    ([value]) => (value.ns - (((value.ns % SECOND_NS) + SECOND_NS) % SECOND_NS)) / SECOND_NS,
  ),
  overload('int', [DURATION], ([value]) => value.ns),
  overload('uint', ['uint'], ([value]) => value),
  overload('uint', ['int'], ([value]) => toUint(value)),
  overload('uint', ['double'], ([value]) => toUint(value < 0 ? -1n : integral(value, 'unsigned integer'))),
  overload('uint', ['string'], ([text]) => toUint(parsed(parseGoUint(text, 10), 'ParseUint', text))),
  overload('double', ['double'], ([value]) => value),
  overload('double', ['int'], ([value]) => Number(value)),
  overload('double', ['uint'], ([value]) => Number(value.value)),
  overload('double', ['string'], ([text]) => parseDouble(text)),
  overload('bool', ['bool'], ([value]) => value),
  overload('bool', ['string'], ([text]) => parseBool(text)),
  overload('string', ['string'], ([text]) => text),
  overload('string', ['bool'], ([value]) => String(value)),
  overload('string', ['int'], ([value]) => String(value)),
  overload('string', ['uint'], ([value]) => String(value.value)),
  overload('string', ['double'], ([value]) => formatDouble(value)),
  overload('string', ['bytes'], ([bytes], run) => {
    spendUnits(run, bytes.length);
    return bytesToText(bytes);
  }),
  overload('string', [TIMESTAMP], ([value]) => formatTimestamp(value)),
  overload('string', [DURATION], ([value]) => formatDuration(value)),
  ...KUBE_TYPES.map((type) => overload('string', [type], ([value]) => formatObject(value))),
  overload('bytes', ['bytes'], ([bytes]) => bytes),
  overload('bytes', ['string'], ([text], run) => {
    spendUnits(run, text.length);
    return encodeBytes(text);
  }),
  overload('timestamp', [TIMESTAMP], ([value]) => value),
  overload('timestamp', ['string'], ([text]) => parseTimestamp(text)),
  overload('timestamp', ['int'], ([value]) => toTimestamp(value * SECOND_NS)),
  overload('duration', [DURATION], ([value]) => value),
  overload('duration', ['string'], ([text]) => parseDuration(text)),
  overload('type', ['any'], ([value]) => new CelType(typeName(value))),
  overload('dyn', ['any'], ([value]) => fromJson(value)),
];
