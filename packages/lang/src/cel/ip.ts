/** An IP address: 4 or 6, and its bits as one integer. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

/** A network: an address and how many of its leading bits count. */
export interface IpRange {
  readonly address: IpAddress;
  readonly bits: number;
}

/** The longest text that is read as an address. */
const LIMIT_CHARACTERS = 64;

function parseFour(text: string): bigint | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let bits = 0n;
  for (const part of match.slice(1)) {
    // A leading zero is refused: some programs read it as octal.
    if (Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return undefined;
    bits = bits * 256n + BigInt(part);
  }
  return bits;
}

/** The groups of one side of `::`; a trailing dotted part counts for two. */
function parseGroups(text: string): readonly bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const four = index === parts.length - 1 && part.includes('.') ? parseFour(part) : undefined;
    if (four !== undefined) groups.push(four >> 16n, four & 0xffffn);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function parseSix(text: string): bigint | undefined {
  const sides = text.split('::');
  if (sides.length > 2) return undefined;
  const head = parseGroups(sides[0] ?? '');
  const tail = sides.length === 2 ? parseGroups(sides[1] ?? '') : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (sides.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return groups.reduce((bits, group) => (bits << 16n) | group, 0n);
}

/** Reads an address without a zone; `undefined` for what is none, and for IPv4 written as IPv6. */
export function parseIp(text: string): IpAddress | undefined {
  if (text.length > LIMIT_CHARACTERS) return undefined;
  const four = parseFour(text);
  if (four !== undefined) return { family: 4, bits: four };
  const six = text.includes(':') ? parseSix(text) : undefined;
  if (six === undefined || six >> 32n === 0xffffn) return undefined;
  return { family: 6, bits: six };
}

const widthOf = (address: IpAddress): number => (address.family === 4 ? 32 : 128);

/** Reads `10.0.0.0/8`; host bits may be set. */
export function parseCidr(text: string): IpRange | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = parseIp(match?.[1] ?? '');
  const bits = Number(match?.[2] ?? '999');
  return address === undefined || bits > widthOf(address) ? undefined : { address, bits };
}

/** The groups of an IPv6 address with the longest run of zeros (two or more) as `::`. */
function formatSix(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => (bits >> BigInt(112 - index * 16)) & 0xffffn);
  let [best, length] = [-1, 1];
  for (let start = 0; start < 8; start += 1) {
    let end = start;
    while (end < 8 && groups[end] === 0n) end += 1;
    if (end - start > length) [best, length] = [start, end - start];
  }
  const hex = (from: number, to?: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return best < 0 ? hex(0) : `${hex(0, best)}::${hex(best + length)}`;
}

/** The canonical text of an address. */
export function formatIp(address: IpAddress): string {
  const { bits, family } = address;
  if (family === 6) return formatSix(bits);
  return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join('.');
}

/** The text of a network. */
export function formatCidr(range: IpRange): string {
  return `${formatIp(range.address)}/${range.bits}`;
}

/** True for the same address of the same family. */
export function sameAddress(a: IpAddress, b: IpAddress): boolean {
  return a.family === b.family && a.bits === b.bits;
}

/** The network's own address: host bits cleared. */
export function maskedRange(range: IpRange): IpRange {
  const host = BigInt(widthOf(range.address) - range.bits);
  return { address: { family: range.address.family, bits: (range.address.bits >> host) << host }, bits: range.bits };
}

/** True when the address lies in the network. */
export function rangeContains(range: IpRange, address: IpAddress): boolean {
  if (range.address.family !== address.family) return false;
  return sameAddress(maskedRange(range).address, maskedRange({ address, bits: range.bits }).address);
}

const block = (text: string): IpRange => parseCidr(text) ?? { address: { family: 4, bits: 0n }, bits: 0 };
const isIn = (address: IpAddress, ...blocks: readonly IpRange[]): boolean =>
  blocks.some((range) => rangeContains(range, address));

const UNSPECIFIED = [block('0.0.0.0/32'), block('::/128')];
const LOOPBACK = [block('127.0.0.0/8'), block('::1/128')];
const LINK_LOCAL = [block('169.254.0.0/16'), block('fe80::/10')];
const LINK_LOCAL_MULTICAST = [block('224.0.0.0/24')];
const MULTICAST = [block('224.0.0.0/4'), block('ff00::/8')];
const BROADCAST = [block('255.255.255.255/32')];

/** What an address is for, by the names of Go's net/netip. */
export const IP_CLASSES: ReadonlyMap<string, (address: IpAddress) => boolean> = new Map([
  ['isUnspecified', (address: IpAddress) => isIn(address, ...UNSPECIFIED)],
  ['isLoopback', (address: IpAddress) => isIn(address, ...LOOPBACK)],
  ['isLinkLocalUnicast', (address: IpAddress) => isIn(address, ...LINK_LOCAL)],
  [
    'isLinkLocalMulticast',
    (address: IpAddress) =>
      isIn(address, ...LINK_LOCAL_MULTICAST) ||
      (address.family === 6 && ((address.bits >> 112n) & 0xff0fn) === 0xff02n),
  ],
  [
    'isGlobalUnicast',
    (address: IpAddress) => !isIn(address, ...BROADCAST, ...UNSPECIFIED, ...LOOPBACK, ...MULTICAST, ...LINK_LOCAL),
  ],
]);
