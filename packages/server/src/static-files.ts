import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { compareText } from '@argosy/std';
import { endWith, headerOf, sendJson, type Exchange } from './exchange.ts';

/** The most bytes that a page's files may have together: they are held in memory. */
export const MAX_STATIC_BYTES = 64 * 1024 * 1024;

/** The most files of a page. */
export const MAX_STATIC_FILES = 2000;

/** A directory that cannot serve as the page. */
export class StaticFilesError extends Error {
  override readonly name = 'StaticFilesError';
}

/** A page's files, read once. */
export interface StaticFiles {
  /** Answers GET and HEAD for a file or, for pages, with index.html; false when there is nothing to answer with. */
  serve(exchange: Exchange): boolean;
}

interface StaticFile {
  readonly bytes: Uint8Array;
  readonly zipped: Uint8Array | undefined;
  readonly contentType: string;
  readonly tag: string;
  readonly cacheControl: string;
}

const TYPES: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

const HASHED = /-[A-Za-z0-9_-]{8,}\.(?:js|css|svg|png|woff2)$/;

/**
 * Reads a built page into memory: names map to files exactly, so no request can name anything else.
 * Rejects with StaticFilesError when there is no index.html or a limit is passed.
 */
export async function loadStaticFiles(directory: string): Promise<StaticFiles> {
  const files = new Map<string, StaticFile>();
  let sizeBytes = 0;
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (found.length > MAX_STATIC_FILES) {
    throw new StaticFilesError(`${directory} has ${found.length} files, at most ${MAX_STATIC_FILES} are allowed`);
  }
  for (const path of found.sort(compareText)) {
    const bytes = await readFile(path);
    sizeBytes += bytes.length;
    if (sizeBytes > MAX_STATIC_BYTES) {
      throw new StaticFilesError(`${directory} has more than ${MAX_STATIC_BYTES} bytes`);
    }
    const name = path
      .slice(directory.length)
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .join('/');
    files.set(`/${name}`, describeFile(name, bytes));
  }
  const index = files.get('/index.html');
  if (index === undefined) throw new StaticFilesError(`${directory} has no index.html`);
  return { serve: (exchange) => serve(exchange, files, index) };
}

function describeFile(name: string, bytes: Uint8Array): StaticFile {
  const contentType = TYPES[extname(name)] ?? 'application/octet-stream';
  const isText = /^(?:text|application\/json|image\/svg)/.test(contentType);
  const cacheControl = HASHED.test(name)
    ? 'public, max-age=31536000, immutable'
    : name === 'index.html'
      ? 'no-store'
      : 'no-cache';
  return {
    bytes,
    zipped: isText && bytes.length > 1024 ? gzipSync(bytes) : undefined,
    contentType,
    tag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    cacheControl,
  };
}

function serve(exchange: Exchange, files: ReadonlyMap<string, StaticFile>, index: StaticFile): boolean {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') {
    exchange.outgoing.setHeader('allow', 'GET, HEAD');
    sendJson(exchange, 405, { error: 'method not allowed', code: 12, message: 'method not allowed' });
    return true;
  }
  const file = files.get(exchange.path) ?? (isPage(exchange) ? index : undefined);
  if (file === undefined) return false;
  sendFile(exchange, file);
  return true;
}

/** A page of the application: the root, or whatever a browser asks for as a document. */
function isPage(exchange: Exchange): boolean {
  if (exchange.path === '/') return true;
  return !exchange.path.startsWith('/assets/') && (headerOf(exchange, 'accept') ?? '').includes('text/html');
}

function sendFile(exchange: Exchange, file: StaticFile): void {
  const { outgoing } = exchange;
  outgoing.setHeader('etag', file.tag);
  outgoing.setHeader('cache-control', file.cacheControl);
  outgoing.setHeader('vary', 'accept-encoding');
  if (headerOf(exchange, 'if-none-match') === file.tag) {
    outgoing.statusCode = 304;
    outgoing.end();
    return;
  }
  const isZipped = file.zipped !== undefined && /\bgzip\b/.test(headerOf(exchange, 'accept-encoding') ?? '');
  const bytes = isZipped && file.zipped !== undefined ? file.zipped : file.bytes;
  if (isZipped) outgoing.setHeader('content-encoding', 'gzip');
  outgoing.statusCode = 200;
  outgoing.setHeader('content-type', file.contentType);
  outgoing.setHeader('content-length', bytes.length);
  endWith(outgoing, exchange.method === 'HEAD' ? '' : bytes);
}
