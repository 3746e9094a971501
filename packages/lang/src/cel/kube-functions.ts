import { isObject } from '@argosy/std';
import { DiagnosticError } from '../diagnostic/index.ts';
import {
  addQuantity,
  compareQuantity,
  parseQuantity,
  scaledQuantity,
  subtractQuantity,
  type Quantity,
} from '../quantity/index.ts';
import { parseVersion, type Version } from '../semver/index.ts';
import { compareVersionValues } from './compare.ts';
import {
  formatIp,
  IP_CLASSES,
  maskedRange,
  parseCidr,
  parseIp,
  rangeContains,
  type IpAddress,
  type IpRange,
} from './ip.ts';
import { NAMED_FORMATS } from './named-formats.ts';
import { overload, type Overload } from './registry.ts';
import { fail } from './run.ts';
import { parseUrl, type UrlParts } from './url.ts';
import { CelList, CelObject, CelOptional, mapOf, NONE, type KubeValue } from './values.ts';

/** What an object holds, when it is of the type that the signature promised. */
function held<T extends KubeValue['type']>(value: CelObject, type: T): KubeValue & { readonly type: T } {
  const { held: inner } = value;
  if (inner.type !== type) return fail(`no such overload: ${inner.type}`);
  return inner as KubeValue & { readonly type: T };
}

const quantityOf = (value: CelObject): Quantity => held(value, 'kubernetes.Quantity').quantity;
const versionOf = (value: CelObject): Version => held(value, 'kubernetes.Semver').version;
const urlOf = (value: CelObject): UrlParts => held(value, 'kubernetes.URL').url;
const addressOf = (value: CelObject): IpAddress => held(value, 'net.IP').address;
const rangeOf = (value: CelObject): IpRange => held(value, 'net.CIDR').range;

const ofQuantity = (quantity: Quantity): CelObject => new CelObject({ type: 'kubernetes.Quantity', quantity });
const ofAddress = (address: IpAddress): CelObject => new CelObject({ type: 'net.IP', address });
const ofRange = (range: IpRange): CelObject => new CelObject({ type: 'net.CIDR', range });

function tryQuantity(text: string): Quantity | undefined {
  try {
    return parseQuantity(text);
  } catch (error) {
    if (error instanceof DiagnosticError) return undefined;
    throw error;
  }
}

/** A strict semantic version (2.0.0): no `v`, three numbers without leading zeros. */
function parseStrict(text: string): Version | undefined {
  if (!/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:[-+].*)?$/.test(text)) return undefined;
  const parsed = parseVersion(text);
  return parsed.ok ? parsed.value : undefined;
}

/** Drops a leading `v`, fills up missing parts and cuts leading zeros, as Kubernetes' normalisation does. */
function normalized(text: string): string {
  const [core = '', ...rest] = text.replace(/^v/, '').split(/(?=[-+])/);
  const parts = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3) parts.push('0');
  return parts.join('.') + rest.join('');
}

const readVersion = (text: string, loose: boolean): Version | undefined => parseStrict(loose ? normalized(text) : text);

function versionValue(text: string, loose: boolean): CelObject {
  const version = readVersion(text, loose) ?? fail(`Invalid Semantic Version: ${text}`);
  return new CelObject({ type: 'kubernetes.Semver', version });
}

function quantityInteger(quantity: Quantity): bigint | undefined {
  const value = scaledQuantity(quantity, 0);
  const exact = compareQuantity(quantity, { digits: value, exponent: 0, format: 'DecimalSI' }) === 0;
  return exact && BigInt.asIntN(64, value) === value ? value : undefined;
}

const sign = (number: bigint): bigint => (number < 0n ? -1n : number > 0n ? 1n : 0n);
const integer = (value: bigint): Quantity => ({ digits: value, exponent: 0, format: 'DecimalSI' });
const QUANTITY = 'kubernetes.Quantity';

const QUANTITY_METHODS: readonly Overload[] = [
  overload('sign', [QUANTITY], ([value]) => sign(quantityOf(value).digits)),
  overload('isInteger', [QUANTITY], ([value]) => quantityInteger(quantityOf(value)) !== undefined),
  overload(
    'asInteger',
    [QUANTITY],
    ([value]) => quantityInteger(quantityOf(value)) ?? fail('cannot convert value to integer'),
  ),
  overload('asApproximateFloat', [QUANTITY], ([value]) => {
    const { digits, exponent } = quantityOf(value);
    return Number(`${digits}e${exponent}`);
  }),
  overload('add', [QUANTITY, QUANTITY], ([a, b]) => ofQuantity(addQuantity(quantityOf(a), quantityOf(b)))),
  overload('add', [QUANTITY, 'int'], ([a, b]) => ofQuantity(addQuantity(quantityOf(a), integer(b)))),
  overload('sub', [QUANTITY, QUANTITY], ([a, b]) => ofQuantity(subtractQuantity(quantityOf(a), quantityOf(b)))),
  overload('sub', [QUANTITY, 'int'], ([a, b]) => ofQuantity(subtractQuantity(quantityOf(a), integer(b)))),
  overload('isLessThan', [QUANTITY, QUANTITY], ([a, b]) => compareQuantity(quantityOf(a), quantityOf(b)) < 0),
  overload('isGreaterThan', [QUANTITY, QUANTITY], ([a, b]) => compareQuantity(quantityOf(a), quantityOf(b)) > 0),
  overload('compareTo', [QUANTITY, QUANTITY], ([a, b]) => BigInt(compareQuantity(quantityOf(a), quantityOf(b)))),
];

const SEMVER = 'kubernetes.Semver';
const SEMVER_METHODS: readonly Overload[] = [
  overload('major', [SEMVER], ([value]) => versionOf(value).major),
  overload('minor', [SEMVER], ([value]) => versionOf(value).minor),
  overload('patch', [SEMVER], ([value]) => versionOf(value).patch),
  overload('isLessThan', [SEMVER, SEMVER], ([a, b]) => compareVersionValues(versionOf(a), versionOf(b)) < 0),
  overload('isGreaterThan', [SEMVER, SEMVER], ([a, b]) => compareVersionValues(versionOf(a), versionOf(b)) > 0),
  overload('compareTo', [SEMVER, SEMVER], ([a, b]) => BigInt(compareVersionValues(versionOf(a), versionOf(b)))),
];

function queryOf(url: UrlParts): unknown {
  const entries = [...url.query].map(([key, values]) => [`s${key}`, [key, new CelList(values)]] as const);
  return mapOf(new Map(entries));
}

const URL_METHODS: readonly Overload[] = [
  overload('getScheme', ['kubernetes.URL'], ([value]) => urlOf(value).scheme),
  overload('getHost', ['kubernetes.URL'], ([value]) => urlOf(value).host),
  overload('getHostname', ['kubernetes.URL'], ([value]) => urlOf(value).hostname),
  overload('getPort', ['kubernetes.URL'], ([value]) => urlOf(value).port),
  overload('getEscapedPath', ['kubernetes.URL'], ([value]) => urlOf(value).escapedPath),
  overload('getQuery', ['kubernetes.URL'], ([value]) => queryOf(urlOf(value))),
];

const readAddress = (text: string): IpAddress =>
  parseIp(text) ?? fail(`IP Address '${text}' parse error during conversion from string`);
const readRange = (text: string): IpRange =>
  parseCidr(text) ?? fail(`network address parse error during conversion from string: ${text}`);

function containsRange(outer: IpRange, inner: IpRange): boolean {
  return inner.bits >= outer.bits && rangeContains(outer, inner.address);
}

const NETWORK_METHODS: readonly Overload[] = [
  overload('family', ['net.IP'], ([value]) => BigInt(addressOf(value).family)),
  ...[...IP_CLASSES].map(([name, test]) => overload(name, ['net.IP'], ([value]) => test(addressOf(value)))),
  overload('ip', ['net.CIDR'], ([value]) => ofAddress(rangeOf(value).address)),
  overload('masked', ['net.CIDR'], ([value]) => ofRange(maskedRange(rangeOf(value)))),
  overload('prefixLength', ['net.CIDR'], ([value]) => BigInt(rangeOf(value).bits)),
  overload('containsIP', ['net.CIDR', 'net.IP'], ([range, ip]) => rangeContains(rangeOf(range), addressOf(ip))),
  overload('containsIP', ['net.CIDR', 'string'], ([range, ip]) => rangeContains(rangeOf(range), readAddress(ip))),
  overload('containsCIDR', ['net.CIDR', 'net.CIDR'], ([a, b]) => containsRange(rangeOf(a), rangeOf(b))),
  overload('containsCIDR', ['net.CIDR', 'string'], ([a, b]) => containsRange(rangeOf(a), readRange(b))),
];

function validate(name: string, text: string): CelOptional {
  const faults = NAMED_FORMATS.get(name)?.(text) ?? [];
  return faults.length === 0 ? NONE : new CelOptional(true, new CelList(faults));
}

const formatValue = (name: string): CelObject => new CelObject({ type: 'kubernetes.NamedFormat', name });

/** Methods of the Kubernetes libraries. */
export const KUBE_METHODS: readonly Overload[] = [
  ...QUANTITY_METHODS,
  ...SEMVER_METHODS,
  ...URL_METHODS,
  ...NETWORK_METHODS,
  overload('validate', ['kubernetes.NamedFormat', 'string'], ([format, text]) =>
    validate(held(format, 'kubernetes.NamedFormat').name, text),
  ),
];

/** Functions of the Kubernetes libraries. */
export const KUBE_FUNCTIONS: readonly Overload[] = [
  overload('quantity', ['string'], ([text]) => ofQuantity(parseQuantity(text))),
  overload('isQuantity', ['string'], ([text]) => tryQuantity(text) !== undefined),
  overload('semver', ['string'], ([text]) => versionValue(text, false)),
  overload('semver', ['string', 'bool'], ([text, loose]) => versionValue(text, loose)),
  overload('isSemver', ['string'], ([text]) => readVersion(text, false) !== undefined),
  overload('isSemver', ['string', 'bool'], ([text, loose]) => readVersion(text, loose) !== undefined),
  overload('url', ['string'], ([text]) => {
    const url = parseUrl(text) ?? fail(`URL parse error during conversion from string: ${text}`);
    return new CelObject({ type: 'kubernetes.URL', url });
  }),
  overload('isURL', ['string'], ([text]) => isObject(parseUrl(text))),
  overload('ip', ['string'], ([text]) => ofAddress(readAddress(text))),
  overload('isIP', ['string'], ([text]) => parseIp(text) !== undefined),
  overload('ip.isCanonical', ['string'], ([text]) => formatIp(readAddress(text)) === text),
  overload('cidr', ['string'], ([text]) => ofRange(readRange(text))),
  overload('isCIDR', ['string'], ([text]) => parseCidr(text) !== undefined),
  overload('format.named', ['string'], ([name]) =>
    NAMED_FORMATS.has(name) ? new CelOptional(true, formatValue(name)) : NONE,
  ),
  ...[...NAMED_FORMATS.keys()].map((name) => overload(`format.${name}`, [], () => formatValue(name))),
];
