import { isObject } from '@argosy/std';
import { parseYaml } from '@argosy/lang/yaml';
import type { RepositoryAccess } from './access.ts';
import type { WantedChart } from './chart-source.ts';
import { chooseVersion, isExactVersion } from './chart-versions.ts';
import { displayUrl, RepositoryError } from './errors.ts';
import { authorizationOf, refusalOf, type HttpFetcher } from './http-fetch.ts';

/** Bytes of an index.yaml. Upstream takes 1 GiB; this one is read in one piece. */
export const INDEX_LIMIT_BYTES = 32 * 1024 * 1024;
/** Bytes of a packed chart. */
export const CHART_LIMIT_BYTES = 100 * 1024 * 1024;
/** Indexes that are remembered; the one used longest ago goes. */
export const REMEMBERED_INDEX_LIMIT = 32;

/** One version of a chart in an index. */
export interface IndexEntry {
  readonly version: string;
  readonly url: string;
  /** Hexadecimal SHA-256; `''` when the index has none. */
  readonly digest: string;
}

type ChartIndex = ReadonlyMap<string, readonly IndexEntry[]>;

interface RememberedIndex {
  readonly etag: string;
  readonly index: ChartIndex;
}

function entryOf(value: unknown): IndexEntry | undefined {
  if (!isObject(value)) return undefined;
  const { version, urls, digest } = value;
  const [url] = Array.isArray(urls) ? (urls as readonly unknown[]) : [];
  if (typeof version !== 'string' || typeof url !== 'string') return undefined;
  return { version, url, digest: typeof digest === 'string' ? digest.replace(/^sha256:/, '').toLowerCase() : '' };
}

/** Reads an index.yaml; entries that name no version or no address are passed over. */
export function readChartIndex(text: string, url: string): ChartIndex {
  const limits = { sourceCharacters: INDEX_LIMIT_BYTES, nodes: 20_000_000 };
  const parsed = parseYaml(text, { limits });
  const entries = parsed.ok && isObject(parsed.value) ? parsed.value['entries'] : undefined;
  if (!isObject(entries)) {
    throw new RepositoryError('Unknown', `index.yaml of ${displayUrl(url)} is no chart index: it has no entries`);
  }
  const list = ([name, found]: readonly [string, unknown]): readonly [string, readonly IndexEntry[]] => [
    name,
    (Array.isArray(found) ? found : []).map(entryOf).filter((entry) => entry !== undefined),
  ];
  return new Map(Object.entries(entries).map(list));
}

/** Chart repositories over HTTP: an index.yaml, and packed charts beside it or elsewhere. */
export class HttpCharts {
  readonly #http: HttpFetcher;
  readonly #indexes = new Map<string, RememberedIndex>();

  constructor(http: HttpFetcher) {
    this.#http = http;
  }

  /** The version that is meant. An exact one of a known index is taken from there, unless it is asked for anew. */
  async find(access: RepositoryAccess, wanted: WantedChart, fresh: boolean): Promise<IndexEntry> {
    const known = this.#indexes.get(this.#key(access))?.index;
    const enough = known !== undefined && (!fresh || isExactVersion(wanted.version));
    const remembered = enough ? choose(known, wanted) : undefined;
    if (remembered !== undefined) return remembered;
    const index = await this.#load(access);
    const found = choose(index, wanted);
    if (found !== undefined) return found;
    const where = displayUrl(access.url);
    if (!index.has(wanted.chart)) {
      throw new RepositoryError('RevisionNotFound', `chart ${wanted.chart} not found in ${where}`);
    }
    const words = `No version matching constraint '${wanted.version}' for chart ${wanted.chart} in ${where}`;
    throw new RepositoryError('RevisionNotFound', words);
  }

  /** The packed chart of an entry. */
  async download(access: RepositoryAccess, entry: IndexEntry, passCredentials: boolean): Promise<Buffer> {
    const base = new URL(`${access.url.replace(/\/+$/, '')}/`);
    const url = new URL(entry.url, base);
    const trusted = passCredentials || url.origin === base.origin;
    const authorization = trusted ? authorizationOf(access) : undefined;
    const { tlsClientCertificate: _certificate, tlsClientKey: _key, ...without } = access;
    const using = trusted ? access : without;
    const answer = await this.#http.get(using, { url: url.href, maxBytes: CHART_LIMIT_BYTES, authorization });
    if (answer.status !== 200) throw refusalOf(url.href, answer.status);
    return answer.body;
  }

  /** Reads the index anew. @throws RepositoryError */
  async check(access: RepositoryAccess): Promise<void> {
    await this.#load(access);
  }

  #key({ project, url }: RepositoryAccess): string {
    return `${project}\n${url}`;
  }

  async #load(access: RepositoryAccess): Promise<ChartIndex> {
    const url = `${access.url.replace(/\/+$/, '')}/index.yaml`;
    const known = this.#indexes.get(this.#key(access));
    const etag = known?.etag ?? '';
    const answer = await this.#http.get(access, {
      url,
      maxBytes: INDEX_LIMIT_BYTES,
      authorization: authorizationOf(access),
      ...(etag === '' ? {} : { headers: { 'if-none-match': etag } }),
    });
    if (answer.status === 304 && known !== undefined) return known.index;
    if (answer.status !== 200) throw refusalOf(url, answer.status);
    const index = readChartIndex(answer.body.toString('utf8'), access.url);
    this.#remember(this.#key(access), { etag: answer.header('etag'), index });
    return index;
  }

  #remember(key: string, found: RememberedIndex): void {
    this.#indexes.delete(key);
    this.#indexes.set(key, found);
    const [oldest] = this.#indexes.keys();
    if (this.#indexes.size > REMEMBERED_INDEX_LIMIT && oldest !== undefined) this.#indexes.delete(oldest);
  }
}

function choose(index: ChartIndex, { chart, version }: WantedChart): IndexEntry | undefined {
  const entries = index.get(chart) ?? [];
  const chosen = chooseVersion(
    version,
    entries.map((entry) => entry.version),
  );
  return entries.find((entry) => entry.version === chosen);
}
