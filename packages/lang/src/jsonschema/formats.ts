import { compileRegex } from '../regex/index.ts';

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[-+]\d{2}:\d{2})?$/;
const HOST =
  /^([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9])(\.([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9]))*$/;
const UUID = /^[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}$/;
const EMAIL = /^[^\s@<>]+@[^\s@<>]+$/;
const POINTER = /^(\/([^~/]|~[01])*)*$/;

const isIpv4 = (text: string): boolean => {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
};

function isIpv6(text: string): boolean {
  const sides = text.split('::');
  if (!text.includes(':') || sides.length > 2) return false;
  const groups = sides.flatMap((side) => (side === '' ? [] : side.split(':')));
  const last = groups.at(-1) ?? '';
  // The last two groups may be written as an IPv4 address.
  const plain = isIpv4(last) ? [...groups.slice(0, -1), '0', '0'] : groups;
  const fits = sides.length === 2 ? plain.length < 8 : plain.length === 8;
  return fits && plain.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group));
}

const isUri = (text: string): boolean => /^[a-zA-Z][a-zA-Z0-9+.-]*:[^\s\\]*$/.test(text);

function isDateTime(text: string): boolean {
  const [date = '', time = ''] = text.split(/[Tt ]/);
  return DATE.test(date) && TIME.test(time);
}

const CHECKS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['date', (text: string) => DATE.test(text)],
  ['time', (text: string) => TIME.test(text)],
  ['date-time', isDateTime],
  ['hostname', (text: string) => text.length < 256 && HOST.test(text)],
  ['email', (text: string) => EMAIL.test(text)],
  ['idn-email', (text: string) => EMAIL.test(text)],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['uri', isUri],
  ['iri', isUri],
  ['uri-reference', (text: string) => !/[\s\\]/.test(text)],
  ['iri-reference', (text: string) => !/[\s\\]/.test(text)],
  ['uuid', (text: string) => UUID.test(text)],
  ['regex', (text: string) => text === '' || compileRegex(text).ok],
  ['json-pointer', (text: string) => POINTER.test(text)],
]);

/** True when the text has the form that a `format` names; formats that nobody knows hold everything. */
export function hasFormat(format: string, text: string): boolean {
  return CHECKS.get(format)?.(text) ?? true;
}
