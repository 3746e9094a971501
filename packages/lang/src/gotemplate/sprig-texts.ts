import { decodeBytes, encodeBytes, GoInteger, GoStruct, entriesOf, kindOf, type GoValue } from '../gofmt/index.ts';
import { compareVersions, parseConstraint, parseVersion, type Version } from '../semver/index.ts';
import { decodeBase32, decodeBase64, encodeBase32, encodeBase64 } from './base-encoding.ts';
import { failCall, goFunction, type FunctionBody, type GoFunction } from './function.ts';
import { formatGoUrl, parseGoUrl } from './go-url.ts';
import type { Entry } from './sprig-strings.ts';

/** Go's path.Clean. */
function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!rooted) parts.push('..');
  }
  const clean = (rooted ? '/' : '') + parts.join('/');
  return clean === '' ? '.' : clean;
}

/** Go's path.Base. */
function basePath(path: string): string {
  if (path === '') return '.';
  const bare = path.replace(/\/+$/, '');
  return bare === '' ? '/' : bare.slice(bare.lastIndexOf('/') + 1);
}

const directory = (path: string): string => cleanPath(path.slice(0, path.lastIndexOf('/') + 1));

/** Go's path.Ext. */
function extension(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot);
}

function overText(work: (text: string) => GoValue): GoFunction {
  return goFunction('string', ([text]) => work(String(text)));
}

/** sprig's functions over paths; the `os` ones are the same on the systems that run these. */
const PATHS: readonly Entry[] = ['', 'os'].flatMap((prefix): Entry[] => {
  const name = (plain: string): string =>
    prefix === '' ? plain : prefix + plain.charAt(0).toUpperCase() + plain.slice(1);
  return [
    [name('base'), overText(basePath)],
    [name('dir'), overText(directory)],
    [name('clean'), overText(cleanPath)],
    [name('ext'), overText(extension)],
    [name('isAbs'), overText((path) => path.startsWith('/'))],
  ];
});

/** Decoded text, or the error's words in its place, as sprig gives them. */
const decoded = (bytes: Uint8Array | string): string => (typeof bytes === 'string' ? bytes : decodeBytes(bytes));

const ENCODINGS: readonly Entry[] = [
  ['b64enc', overText((text) => encodeBase64(encodeBytes(text)))],
  ['b64dec', overText((text) => decoded(decodeBase64(text)))],
  ['b32enc', overText((text) => encodeBase32(encodeBytes(text)))],
  ['b32dec', overText((text) => decoded(decodeBase32(text)))],
];

function hostName(host: string): string {
  const port = /:[0-9]*$/.exec(host);
  const bare = port === null || (host.startsWith('[') && !host.includes(']:')) ? host : host.slice(0, port.index);
  return bare.startsWith('[') && bare.endsWith(']') ? bare.slice(1, -1) : bare;
}

function urlParts(text: string): GoValue {
  const url = parseGoUrl(text);
  if (typeof url === 'string') return failCall(`unable to parse url: ${url}`);
  const { scheme, host, path, query, opaque, fragment, userinfo } = url;
  return { scheme, host, hostname: hostName(host), path, query, opaque, fragment, userinfo: userinfo ?? '' };
}

const urlJoin: FunctionBody = ([map]) => {
  const entries = entriesOf(map) ?? {};
  const part = (key: string): string => {
    const value = Object.hasOwn(entries, key) ? entries[key] : '';
    if (typeof value === 'string') return value;
    if (value === null || value === undefined)
      return failCall('runtime error: invalid memory address or nil pointer dereference');
    return failCall(`unable to parse ${key} key, must be of type string, but ${kindOf(value)} found`);
  };
  const [scheme, host, path, query, opaque, fragment] = ['scheme', 'host', 'path', 'query', 'opaque', 'fragment'].map(
    part,
  ) as [string, string, string, string, string, string];
  const userinfo = part('userinfo');
  const parsed = userinfo === '' ? undefined : parseGoUrl(`proto://${userinfo}@host`);
  if (typeof parsed === 'string') return failCall(`unable to parse userinfo in dict: ${parsed}`);
  const url = {
    scheme,
    host,
    path,
    rawPath: '',
    query,
    forceQuery: false,
    opaque,
    fragment,
    userinfo: parsed?.userinfo,
  };
  return formatGoUrl(url);
};

function versionText(version: Version): string {
  const prerelease = version.prerelease === '' ? '' : `-${version.prerelease}`;
  const metadata = version.metadata === '' ? '' : `+${version.metadata}`;
  return `${version.major}.${version.minor}.${version.patch}${prerelease}${metadata}`;
}

/** What printing by a wrong verb shows. */
function versionFields(version: Version): ReadonlyMap<string, GoValue> {
  const { major, minor, patch, prerelease, metadata, original } = version;
  return new Map<string, GoValue>([
    ['major', uint(major)],
    ['minor', uint(minor)],
    ['patch', uint(patch)],
    ['pre', prerelease],
    ['metadata', metadata],
    ['original', original],
  ]);
}

const VERSIONS = new WeakMap<object, Version>();
const VERSION_TYPE = '*semver.Version';

function otherVersion(value: GoValue): Version {
  const version = typeof value === 'object' && value !== null ? VERSIONS.get(value) : undefined;
  return version ?? failCall('runtime error: invalid memory address or nil pointer dereference');
}

const uint = (value: bigint): GoInteger => new GoInteger('uint64', value);

function raised(version: Version, part: 'major' | 'minor' | 'patch'): GoStruct {
  const rest = { prerelease: '', metadata: '' };
  if (part === 'major')
    return versionValue({ ...version, ...rest, major: version.major + 1n, minor: 0n, patch: 0n }, true);
  if (part === 'minor') return versionValue({ ...version, ...rest, minor: version.minor + 1n, patch: 0n }, true);
  const step = version.prerelease === '' ? 1n : 0n;
  return versionValue({ ...version, ...rest, patch: version.patch + step }, true);
}

/** A version with its methods; `raw` for one that was computed and shows its own form. */
function versionValue(given: Version, computed = false): GoStruct {
  const version = computed
    ? { ...given, original: (given.original.startsWith('v') ? 'v' : '') + versionText(given) }
    : given;
  const compare = (test: (order: number) => GoValue): GoFunction =>
    goFunction(VERSION_TYPE, ([other]) => test(compareVersions(version, otherVersion(other))));
  const methods = new Map<string, GoFunction>([
    ['Major', goFunction('', () => uint(version.major))],
    ['Minor', goFunction('', () => uint(version.minor))],
    ['Patch', goFunction('', () => uint(version.patch))],
    ['Prerelease', goFunction('', () => version.prerelease)],
    ['Metadata', goFunction('', () => version.metadata)],
    ['Original', goFunction('', () => version.original)],
    ['String', goFunction('', () => versionText(version))],
    ['Compare', compare((order) => BigInt(order))],
    ['Equal', compare((order) => order === 0)],
    ['GreaterThan', compare((order) => order > 0)],
    ['LessThan', compare((order) => order < 0)],
    ['IncMajor', goFunction('', () => raised(version, 'major'))],
    ['IncMinor', goFunction('', () => raised(version, 'minor'))],
    ['IncPatch', goFunction('', () => raised(version, 'patch'))],
  ]);
  const type = computed ? VERSION_TYPE.slice(1) : VERSION_TYPE;
  const value = new GoStruct(type, { fields: versionFields(version), methods, text: () => versionText(version) });
  VERSIONS.set(value, version);
  return value;
}

const semver: FunctionBody = ([text]) => {
  const version = parseVersion(String(text));
  return version.ok ? versionValue(version.value) : failCall(version.error.message);
};

const semverCompare: FunctionBody = ([range, text]) => {
  const constraint = parseConstraint(String(range));
  if (!constraint.ok) return failCall(constraint.error.message);
  const version = parseVersion(String(text));
  return version.ok ? constraint.value.check(version.value) : failCall(version.error.message);
};

/** sprig's functions over paths, encodings, URLs and versions, and the few that fit nowhere else. */
export const TEXT_FUNCTIONS: readonly Entry[] = [
  ...PATHS,
  ...ENCODINGS,
  ['urlParse', overText(urlParts)],
  ['urlJoin', goFunction('map', urlJoin)],
  ['semver', goFunction('string', semver)],
  ['semverCompare', goFunction('string, string', semverCompare)],
  ['fail', overText((message) => failCall(message))],
  ['hello', goFunction('', () => 'Hello!')],
];
