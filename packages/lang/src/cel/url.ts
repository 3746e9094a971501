/** An absolute URL (or an absolute path) taken apart. */
export interface UrlParts {
  readonly text: string;
  readonly scheme: string;
  /** Host with its port. */
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  readonly escapedPath: string;
  /** Parameters in the order of their first appearance. */
  readonly query: ReadonlyMap<string, readonly string[]>;
}

const LIMIT_CHARACTERS = 16_384;
const FORM = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?]*))?([^?]*)(?:\?([\s\S]*))?$/;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;
const BAD_ESCAPE = /%(?![0-9a-fA-F]{2})/;

/** `%41` and `+` decoded; `undefined` for a broken escape. */
function decodeQuery(text: string): string | undefined {
  const spaced = text.replaceAll('+', ' ');
  if (BAD_ESCAPE.test(spaced)) return undefined;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Bytes that are no UTF-8 cannot be shown; they are replaced.
    return spaced.replaceAll(/%[0-9a-fA-F]{2}/g, '\ufffd');
  }
}

function parseQuery(text: string): ReadonlyMap<string, readonly string[]> {
  const query = new Map<string, string[]>();
  for (const pair of text.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    const key = decodeQuery(equals < 0 ? pair : pair.slice(0, equals));
    const value = decodeQuery(equals < 0 ? '' : pair.slice(equals + 1));
    if (key !== undefined && value !== undefined) query.set(key, [...(query.get(key) ?? []), value]);
  }
  return query;
}

interface Host {
  readonly hostname: string;
  readonly port: string;
}

function parseHost(host: string): Host | undefined {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/.exec(host);
  if (match === null || /[ <>"\\^`{|}]/.test(host)) return undefined;
  return { hostname: (match[1] ?? '').replace(/^\[|\]$/g, ''), port: match[2] ?? '' };
}

const escapePath = (path: string): string =>
  path.replaceAll(/[^A-Za-z0-9\-_.~$&+,/:;=@!'()*%[\]]/gu, (char) => encodeURIComponent(char));

/** The raw pieces of a URL. */
interface Pieces {
  readonly scheme: string;
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string;
}

function piecesOf(text: string): Pieces | undefined {
  const [, scheme = '', authority, path = '', query = ''] = FORM.exec(text) ?? [];
  const rooted = scheme === '' ? text.startsWith('/') : authority !== undefined || path.startsWith('/');
  return rooted && !BAD_ESCAPE.test(path) ? { scheme, authority, path, query } : undefined;
}

/** Without a scheme there is no host: `//host/path` is a path for a request. */
function placed(pieces: Pieces): { readonly host: string; readonly path: string } {
  const { scheme, authority, path } = pieces;
  if (authority === undefined) return { host: '', path };
  return scheme === '' ? { host: '', path: `//${authority}${path}` } : { host: authority.replace(/^.*@/, ''), path };
}

/**
 * Reads a URL as Go's url.ParseRequestURI: absolute, or a path that begins with `/`. There is no fragment: `#` belongs
 * to the path. `undefined` for what is none.
 */
export function parseUrl(text: string): UrlParts | undefined {
  if (text === '' || text.length > LIMIT_CHARACTERS || CONTROL.test(text)) return undefined;
  const pieces = piecesOf(text);
  if (pieces === undefined) return undefined;
  const { host, path } = placed(pieces);
  const parts = parseHost(host);
  if (parts === undefined) return undefined;
  const scheme = pieces.scheme.toLowerCase();
  return { text, scheme, host, ...parts, escapedPath: escapePath(path), query: parseQuery(pieces.query) };
}
