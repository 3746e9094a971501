import { lookup } from 'node:dns';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { BlockList, isIP } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Artifact } from '@argosy/api/workflows';
import { getPath, isObject } from '@argosy/std';
import { Agent, request, type Dispatcher } from 'undici';

import type { ArtifactDriver, DriverIo } from './artifact-driver.ts';
import { ArtifactFault, ArtifactMeter } from './artifact-fault.ts';

/** Most redirections that are followed for one artifact. */
export const MAX_REDIRECTS = 5;

/** Addresses that hand out credentials of a machine to whoever asks; artifacts never come from there. */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6');

function isForbidden(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return FORBIDDEN.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

function refusal(host: string): ArtifactFault {
  return new ArtifactFault(
    `http.url leads to ${host}, an address of this machine's link; artifacts never come from there`,
  );
}

type Lookup = NonNullable<NonNullable<Parameters<typeof lookup>[1]>>;

const agent = new Agent({
  connect: {
    lookup: (host, options, callback) => {
      lookup(host, options as Lookup & { all: true }, (error, addresses, family?: number) => {
        const list = Array.isArray(addresses) ? addresses : [{ address: String(addresses), family: family ?? 4 }];
        if (error === null && list.some((item) => isForbidden(item.address))) callback(refusal(host), [], 4);
        else callback(error, addresses as unknown as string, family ?? 4);
      });
    },
  },
});

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new ArtifactFault('http.url must be an http or https URL');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isForbidden(host)) throw refusal(host);
  return url;
}

function headersOf(artifact: Artifact): { readonly [name: string]: string } {
  const given = getPath(artifact.http, ['headers']);
  const pairs = (Array.isArray(given) ? given : []).filter(isObject);
  return Object.fromEntries(pairs.map((item) => [String(item['name']), String(item['value'])]));
}

function checkAuth(artifact: Artifact): string {
  if (getPath(artifact.http, ['auth']) !== undefined) throw new ArtifactFault('http.auth is not supported yet');
  return String(getPath(artifact.http, ['url']));
}

async function get(artifact: Artifact, io: DriverIo): Promise<Dispatcher.ResponseData> {
  const first = urlOf(checkAuth(artifact));
  let url = first;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    // Headers may hold a secret: they go to the host that they were written for and to no other.
    const headers = url.origin === first.origin ? headersOf(artifact) : {};
    const response = await request(url, { headers, dispatcher: agent, signal: io.signal });
    const location = response.headers['location'];
    if (response.statusCode < 300 || response.statusCode >= 400 || typeof location !== 'string') return response;
    await response.body.dump();
    url = urlOf(new URL(location, url).href);
  }
  throw new ArtifactFault(`http.url redirects more than ${MAX_REDIRECTS} times`);
}

async function* metered(body: AsyncIterable<unknown>, meter: ArtifactMeter): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    meter.addBytes((chunk as Uint8Array).length);
    yield chunk as Uint8Array;
  }
}

/** The URL is left out: it may carry a token. */
function statusFault(verb: string, status: number): ArtifactFault {
  return new ArtifactFault(`the server answered ${verb} with ${status}`, { isMissing: status === 404 });
}

async function load(artifact: Artifact, target: string, io: DriverIo): Promise<void> {
  const { statusCode, body } = await get(artifact, io);
  if (statusCode < 200 || statusCode > 299) {
    await body.dump();
    throw statusFault('GET', statusCode);
  }
  const chunks = Readable.from(metered(body, new ArtifactMeter(io.limits)));
  await pipeline(chunks, createWriteStream(target, { flags: 'wx', mode: 0o666 }));
}

async function save(artifact: Artifact, source: string, io: DriverIo): Promise<void> {
  const url = urlOf(checkAuth(artifact));
  const found = await lstat(source);
  if (!found.isFile()) throw new ArtifactFault('http keeps files; pack folders with archive.tar');
  const headers = { ...headersOf(artifact), 'content-length': String(found.size) };
  const body = createReadStream(source);
  const options = { method: 'PUT', headers, body, dispatcher: agent, signal: io.signal } as const;
  const response = await request(url, options);
  await response.body.dump();
  if (response.statusCode < 200 || response.statusCode > 299) throw statusFault('PUT', response.statusCode);
}

/** Reads artifacts from web servers, and puts them there. */
export const httpDriver: ArtifactDriver = Object.freeze({ load, save });
