import { encodeBytes, decodeBytes, quoteGo } from '../gofmt/index.ts';

/** The parts of a URL as Go's net/url holds them, decoded. */
export interface GoUrl {
  readonly scheme: string;
  readonly opaque: string;
  /** As it is written, `user` or `user:password`; `undefined` when there is no `@`. */
  readonly userinfo: string | undefined;
  readonly host: string;
  readonly path: string;
  readonly rawPath: string;
  readonly query: string;
  /** A `?` with nothing behind it. */
  readonly forceQuery: boolean;
  readonly fragment: string;
}

/** A URL, or Go's words for what is wrong with it. */
export type UrlResult = GoUrl | string;

/** Bytes that need no escape, by the part of the URL. */
const SAFE = {
  path: /[A-Za-z0-9\-_.~$&+,/:;=@]/,
  user: /[A-Za-z0-9\-_.~$&+,;=]/,
  host: /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/,
  fragment: /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/,
} as const;

function escape(text: string, part: keyof typeof SAFE): string {
  let out = '';
  for (const byte of encodeBytes(text)) {
    const char = String.fromCharCode(byte);
    out += byte < 0x80 && SAFE[part].test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** Thrown inside this file only; carries Go's words. */
class UrlFault extends Error {}

function unescape(text: string): string {
  if (!text.includes('%')) return text;
  const wrong = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(text);
  if (wrong !== null) throw new UrlFault(`invalid URL escape ${quoteGo(wrong[0])}`);
  const bytes: number[] = [];
  for (let at = 0; at < text.length;) {
    if (text.charAt(at) === '%') {
      bytes.push(Number.parseInt(text.slice(at + 1, at + 3), 16));
      at += 3;
      continue;
    }
    const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
    bytes.push(...encodeBytes(char));
    at += char.length;
  }
  return decodeBytes(Uint8Array.from(bytes));
}

function checkPort(host: string): void {
  const close = host.lastIndexOf(']');
  if (host.startsWith('[') && close < 0) throw new UrlFault("missing ']' in host");
  const rest = host.startsWith('[')
    ? host.slice(close + 1)
    : host.includes(':')
      ? host.slice(host.lastIndexOf(':'))
      : '';
  if (rest !== '' && !/^:[0-9]*$/.test(rest)) throw new UrlFault(`invalid port ${quoteGo(rest)} after host`);
}

function parseAuthority(authority: string): { readonly userinfo: string | undefined; readonly host: string } {
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  checkPort(host);
  const decoded = unescape(host);
  if (/[ \\^`{|}]/.test(decoded)) {
    throw new UrlFault(`invalid character ${quoteGo(/[ \\^`{|}]/.exec(decoded)?.[0] ?? '')} in host name`);
  }
  if (at < 0) return { userinfo: undefined, host: decoded };
  const raw = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(raw)) throw new UrlFault('net/url: invalid userinfo');
  const colon = raw.indexOf(':');
  const user = escape(unescape(colon < 0 ? raw : raw.slice(0, colon)), 'user');
  return { userinfo: colon < 0 ? user : `${user}:${escape(unescape(raw.slice(colon + 1)), 'user')}`, host: decoded };
}

function splitScheme(text: string): readonly [string, string] {
  const match = /^([a-zA-Z][a-zA-Z0-9+\-.]*):/.exec(text);
  if (match !== null) return [(match[1] ?? '').toLowerCase(), text.slice(match[0].length)];
  if (text.startsWith(':')) throw new UrlFault('missing protocol scheme');
  return ['', text];
}

const EMPTY: GoUrl = {
  scheme: '',
  opaque: '',
  userinfo: undefined,
  host: '',
  path: '',
  rawPath: '',
  query: '',
  forceQuery: false,
  fragment: '',
};

function parseRest(scheme: string, text: string): GoUrl {
  const mark = text.indexOf('?');
  const query = mark < 0 ? '' : text.slice(mark + 1);
  const rest = mark < 0 ? text : text.slice(0, mark);
  const found = { ...EMPTY, scheme, query, forceQuery: mark >= 0 && query === '' };
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...found, opaque: rest };
    if (/^[^/]*:/.test(rest)) throw new UrlFault('first path segment in URL cannot contain colon');
  }
  return { ...found, ...parseHierarchy(rest, scheme !== '') };
}

/** `//authority/path`, or only a path. */
function parseHierarchy(
  text: string,
  hasScheme: boolean,
): Omit<GoUrl, 'scheme' | 'opaque' | 'query' | 'forceQuery' | 'fragment'> {
  const hasAuthority = text.startsWith('//') && (hasScheme || !text.startsWith('///'));
  const slash = hasAuthority ? text.indexOf('/', 2) : 0;
  const end = slash < 0 ? text.length : slash;
  const authority = hasAuthority ? parseAuthority(text.slice(2, end)) : { userinfo: undefined, host: '' };
  const raw = text.slice(end);
  const path = unescape(raw);
  return { ...authority, path, rawPath: escape(path, 'path') === raw ? '' : raw };
}

/** Go's url.Parse. */
export function parseGoUrl(text: string): UrlResult {
  try {
    const hash = text.indexOf('#');
    const front = hash < 0 ? text : text.slice(0, hash);
    if (Array.from(front).some((char) => char < ' ' || char === '\u007f'))
      throw new UrlFault('net/url: invalid control character in URL');
    if (front === '*') return { ...EMPTY, path: '*' };
    const [scheme, rest] = splitScheme(front);
    const url = parseRest(scheme, rest);
    return hash < 0 ? url : { ...url, fragment: unescape(text.slice(hash + 1)) };
  } catch (error) {
    if (!(error instanceof UrlFault)) throw error;
    return `parse ${quoteGo(text)}: ${error.message}`;
  }
}

function authorityText(url: GoUrl): string {
  const { host, userinfo, scheme, path } = url;
  if (scheme === '' && host === '' && userinfo === undefined) return '';
  const user = userinfo === undefined ? '' : `${userinfo}@`;
  return host !== '' || path !== '' || userinfo !== undefined ? `//${user}${escape(host, 'host')}` : '';
}

/** Go's URL.String. */
export function formatGoUrl(url: GoUrl): string {
  const scheme = url.scheme === '' ? '' : `${url.scheme}:`;
  const tail =
    (url.forceQuery || url.query !== '' ? `?${url.query}` : '') +
    (url.fragment === '' ? '' : `#${escape(url.fragment, 'fragment')}`);
  if (url.opaque !== '') return scheme + url.opaque + tail;
  const front = scheme + authorityText(url);
  return front + pathText(url, front) + tail;
}

/** The path behind what comes before it: separated from a host, and never taken for a scheme. */
function pathText(url: GoUrl, front: string): string {
  const path = escape(url.path, 'path');
  if (path !== '' && !path.startsWith('/') && url.host !== '') return `/${path}`;
  return front === '' && /^[^/]*:/.test(path) ? `./${path}` : path;
}
