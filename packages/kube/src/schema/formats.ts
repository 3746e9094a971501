import { parseTime } from '@argosy/std';

const IPV4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;
const HOSTNAME = /^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const DURATION = /^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))*$/;
const BASE64 = /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/;

function isIpv6(text: string): boolean {
  const parts = text.split('::');
  if (parts.length > 2 || !text.includes(':')) return false;
  const groups = parts.flatMap((part) => (part === '' ? [] : part.split(':')));
  const last = groups.at(-1) ?? '';
  const tail = IPV4.test(last);
  const plain = tail ? groups.slice(0, -1) : groups;
  const count = plain.length + (tail ? 2 : 0);
  return plain.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group)) && (parts.length === 2 ? count < 8 : count === 8);
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  return IPV4.test(address) ? Number(bits) <= 32 : isIpv6(address) && Number(bits) <= 128;
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && parseTime(`${text}T00:00:00Z`) !== undefined;
}

/** True when `text` is base64 as Go's standard decoder reads it: padded, line breaks allowed. */
export function isBase64(text: string): boolean {
  return BASE64.test(text) && text.replace(/[\r\n]/g, '').length % 4 === 0;
}

const CHECKS: { readonly [format: string]: (text: string) => boolean } = {
  'date-time': (text) => parseTime(text) !== undefined,
  datetime: (text) => parseTime(text) !== undefined,
  date: isDate,
  byte: isBase64,
  ipv4: (text) => IPV4.test(text),
  ipv6: isIpv6,
  ip: (text) => IPV4.test(text) || isIpv6(text),
  cidr: isCidr,
  email: (text) => text.length <= 320 && /^[^\s@<>()]+@[^\s@<>()]+$/.test(text),
  hostname: (text) => text.length <= 255 && HOSTNAME.test(text),
  uri: (text) => /^([A-Za-z][A-Za-z0-9+.-]*:|\/)\S*$/.test(text),
  mac: (text) => /^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$/.test(text),
  uuid: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
  duration: (text) => text === '0' || DURATION.test(text),
};

/** True when `text` has the named OpenAPI format, or the format is not one that Kubernetes enforces. */
export function hasFormat(format: string, text: string): boolean {
  return !Object.hasOwn(CHECKS, format) || CHECKS[format]?.(text) === true;
}
