import { isObject, sha256Hex } from '@argosy/std';
import type { RepositoryAccess } from './access.ts';
import { displayUrl, RepositoryError } from './errors.ts';
import { authorizationOf, refusalOf, type HttpAnswer, type HttpFetcher } from './http-fetch.ts';

/** Bytes of a manifest or of one page of tags. */
export const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;
/** Tags that are read of one repository. */
export const TAG_LIMIT = 20_000;
const TAG_PAGE = 1000;

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** True for a digest as the registry writes it. */
export const isDigest = (text: string): boolean => DIGEST.test(text);

/** True for a source that is an artifact of a registry. */
export const isArtifactUrl = (url: string): boolean => /^oci:\/\//i.test(url);

/** One part of an artifact. */
export interface OciLayer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** A manifest, with its own digest. */
export interface OciManifest {
  readonly digest: string;
  readonly layers: readonly OciLayer[];
}

const invalid = (words: string): RepositoryError => new RepositoryError('InvalidRequest', words);

/** The address and name that `oci://host/path` or `host/path` mean. */
export function parseOciUrl(url: string, plainHttp: boolean): { readonly base: string; readonly name: string } {
  const match = /^(?:oci:\/\/)?([\w.-]+(?::\d+)?|\[[0-9a-f:]+\](?::\d+)?)\/(.+?)\/*$/i.exec(url.trim());
  const [, host = '', name = ''] = match ?? [];
  if (!NAME.test(name)) throw invalid(`${displayUrl(url)} is not a repository of a registry: oci://host/path`);
  const known = host === 'docker.io' ? 'registry-1.docker.io' : host;
  return { base: `${plainHttp ? 'http' : 'https'}://${known}`, name };
}

function layerOf(value: unknown): OciLayer {
  const { mediaType, digest, size } = isObject(value) ? value : {};
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || typeof size !== 'number' || !isDigest(digest)) {
    throw new RepositoryError('Unknown', 'the manifest of the artifact has a layer without mediaType, digest or size');
  }
  return { mediaType, digest, size };
}

function parseJson(body: Buffer): { readonly [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Told below: what is no JSON is no answer of a registry.
  }
  throw new RepositoryError('Unknown', 'the registry answered with something else than a JSON object');
}

/** The parameters of a `WWW-Authenticate` header. */
function challengeOf(header: string): { readonly scheme: string; readonly parameter: (name: string) => string } {
  const scheme = /^\s*(\w+)/.exec(header)?.[1]?.toLowerCase() ?? '';
  const found = new Map([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value ?? '']));
  return { scheme, parameter: (name) => found.get(name) ?? '' };
}

/** Asks one repository of a registry, by the distribution API; for as long as one piece of work lasts. */
export class RegistrySession {
  readonly #http: HttpFetcher;
  readonly #access: RepositoryAccess;
  readonly #base: string;
  readonly #name: string;
  #authorization: string | undefined;

  constructor(http: HttpFetcher, access: RepositoryAccess, url: string) {
    this.#http = http;
    this.#access = access;
    const { base, name } = parseOciUrl(url, access.plainHttp === true);
    this.#base = base;
    this.#name = name;
  }

  /** Asks the registry itself whether it lets us in. @throws RepositoryError */
  async ping(): Promise<void> {
    await this.#ask(`${this.#base}/v2/`, MANIFEST_LIMIT_BYTES);
  }

  /** All tags. */
  async tags(): Promise<readonly string[]> {
    const tags: string[] = [];
    for (let last = ''; ;) {
      const more = last === '' ? '' : `&last=${encodeURIComponent(last)}`;
      const answer = await this.#get(`tags/list?n=${TAG_PAGE}${more}`, MANIFEST_LIMIT_BYTES);
      const { tags: listed } = parseJson(answer.body);
      const page = Array.isArray(listed) ? listed.filter((tag): tag is string => typeof tag === 'string') : [];
      tags.push(...page);
      if (tags.length > TAG_LIMIT)
        throw new RepositoryError('TooLarge', `${this.#name} has more than ${TAG_LIMIT} tags`);
      const next = page.at(-1) ?? '';
      if (!answer.header('link').includes('rel="next"') || next === '' || next === last) return tags;
      last = next;
    }
  }

  /** The manifest behind a tag or a digest, checked against its digest. */
  async manifest(reference: string): Promise<OciManifest> {
    if (!TAG.test(reference) && !isDigest(reference)) throw invalid(`${reference} is neither a tag nor a digest`);
    const answer = await this.#get(`manifests/${reference}`, MANIFEST_LIMIT_BYTES, MANIFEST_TYPE);
    const digest = `sha256:${sha256Hex(answer.body)}`;
    if (isDigest(reference) && reference !== digest) throw mismatch(reference, digest);
    const { layers } = parseJson(answer.body);
    if (!Array.isArray(layers)) {
      throw new RepositoryError('Unsupported', `${this.#name}:${reference} is not a single artifact: it has no layers`);
    }
    return { digest, layers: layers.map(layerOf) };
  }

  /** The bytes of a layer, checked against its digest. */
  async blob(layer: OciLayer, maxBytes: number): Promise<Buffer> {
    if (layer.size > maxBytes) {
      throw new RepositoryError(
        'TooLarge',
        `a layer of ${this.#name} has ${layer.size} bytes, allowed are ${maxBytes}`,
      );
    }
    const { body } = await this.#get(`blobs/${layer.digest}`, maxBytes);
    const digest = `sha256:${sha256Hex(body)}`;
    if (digest !== layer.digest) throw mismatch(layer.digest, digest);
    return body;
  }

  async #get(path: string, maxBytes: number, accept?: string): Promise<HttpAnswer> {
    return await this.#ask(`${this.#base}/v2/${this.#name}/${path}`, maxBytes, accept);
  }

  async #ask(url: string, maxBytes: number, accept?: string): Promise<HttpAnswer> {
    const ask = { url, maxBytes, headers: accept === undefined ? {} : { accept } };
    const first = await this.#http.get(this.#access, { ...ask, authorization: this.#authorization });
    const answer = first.status === 401 ? await this.#retry(first, ask) : first;
    if (answer.status !== 200) throw refusalOf(url, answer.status);
    return answer;
  }

  async #retry(refused: HttpAnswer, ask: { readonly url: string; readonly maxBytes: number }): Promise<HttpAnswer> {
    const { scheme, parameter } = challengeOf(refused.header('www-authenticate'));
    const own = authorizationOf(this.#access);
    const isToken = scheme === 'bearer' && this.#access.bearerToken === undefined;
    this.#authorization = isToken ? await this.#token(parameter, own) : own;
    if (this.#authorization === undefined) return refused;
    return await this.#http.get(this.#access, { ...ask, authorization: this.#authorization });
  }

  /** Changes the credentials for a token of the service that the registry names. */
  async #token(parameter: (name: string) => string, own: string | undefined): Promise<string> {
    const realm = parameter('realm');
    if (!URL.canParse(realm)) throw invalid(`${this.#base} names no token service`);
    const url = new URL(realm);
    if (url.protocol !== 'https:' && this.#access.plainHttp !== true) {
      throw invalid(`${this.#base} asks for credentials to be sent over ${url.protocol.replace(':', '')}`);
    }
    for (const name of ['service', 'scope']) if (parameter(name) !== '') url.searchParams.set(name, parameter(name));
    const ask = { url: url.href, maxBytes: MANIFEST_LIMIT_BYTES, authorization: own };
    const answer = await this.#http.get(this.#access, ask);
    if (answer.status !== 200) throw refusalOf(realm, answer.status);
    const { token, access_token: accessToken } = parseJson(answer.body);
    const found = typeof token === 'string' && token !== '' ? token : accessToken;
    if (typeof found !== 'string') throw new RepositoryError('Unknown', `${displayUrl(realm)} gave no token`);
    return `Bearer ${found}`;
  }
}

function mismatch(wanted: string, found: string): RepositoryError {
  return new RepositoryError('CorruptRepository', `the digest of the artifact is ${found}, ${wanted} was promised`);
}
