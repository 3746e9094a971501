import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Agent, request } from 'undici';
import { isObject } from '@argosy/std';
import { CommandError, type Flag, type FlagValues, type Invocation } from '../command/index.ts';
import { createRestClient, REMOTE_ERROR_EXIT_CODE, type Connection, type RestClient } from './rest-client.ts';

/** Flags that every command which talks to a server takes. */
export const connectionFlags: readonly Flag[] = [
  { name: 'server', type: 'string', description: 'address of the Argosy server', env: 'ARGOSY_SERVER' },
  { name: 'auth-token', type: 'string', description: 'session token', env: 'ARGOSY_AUTH_TOKEN' },
  { name: 'server-crt', type: 'string', description: 'file with the server authority in PEM' },
  { name: 'insecure', type: 'boolean', description: "do not check the server's certificate" },
  {
    name: 'data-dir',
    type: 'string',
    description: 'data directory of the local "argosy up", where address and login are found',
    env: 'ARGOSY_DATA_DIR',
  },
];

/** What `argosy up` leaves in its data directory for clients on the same machine. */
export interface LocalServer {
  readonly url: string;
  readonly caFile: string;
  readonly adminPasswordFile: string;
  readonly kubeconfig: string;
}

/** The file inside the data directory that describes the running server. */
export const LOCAL_SERVER_FILE = 'server.json';

/** The data directory when none is named. */
export function defaultDataDirectory(env: { readonly [name: string]: string | undefined }): string {
  return env['ARGOSY_DATA_DIR'] ?? join(homedir(), '.argosy');
}

function dataDirectory(flags: FlagValues, env: Invocation['terminal']['env']): string {
  const given = flags.text('data-dir');
  return given === '' ? defaultDataDirectory(env) : given;
}

/**
 * Reads what the local server left behind.
 * @throws CommandError that says what to do when there is none.
 */
export async function readLocalServer(directory: string): Promise<LocalServer> {
  const path = join(directory, LOCAL_SERVER_FILE);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new CommandError(
      `no server is known: ${path} does not exist. Start one with "argosy up", or name one with --server and --auth-token`,
      REMOTE_ERROR_EXIT_CODE,
    );
  }
  return JSON.parse(text) as LocalServer;
}

async function login(server: LocalServer, caPem: string): Promise<string> {
  const password = (await readFile(server.adminPasswordFile, 'utf8')).trim();
  const agent = new Agent({ connect: { ca: caPem } });
  try {
    const answer = await request(`${server.url}/api/v1/session`, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password }),
    });
    const body: unknown = await answer.body.json();
    const token = isObject(body) ? body['token'] : undefined;
    if (answer.statusCode === 200 && typeof token === 'string') return token;
    const message = isObject(body) && typeof body['message'] === 'string' ? body['message'] : `${answer.statusCode}`;
    throw new CommandError(`login refused: ${message}`, REMOTE_ERROR_EXIT_CODE);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    throw new CommandError(`cannot reach ${server.url}: ${cause}. Is "argosy up" running?`, REMOTE_ERROR_EXIT_CODE);
  } finally {
    await agent.close();
  }
}

/** Keeps the last session in the data directory, readable by the owner only. */
function cachedLogin(directory: string, server: LocalServer, caPem: string): Connection['token'] {
  const path = join(directory, 'session-token');
  return async (renew) => {
    const cached = renew ? undefined : await readFile(path, 'utf8').catch(() => undefined);
    if (cached !== undefined && cached !== '') return cached;
    const token = await login(server, caPem);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, token, { mode: 0o600 });
    return token;
  };
}

function normalizeUrl(server: string): string {
  const url = /^https?:\/\//.test(server) ? server : `https://${server}`;
  return url.replace(/\/+$/, '');
}

type Environment = Invocation['terminal']['env'];

/** The first that is not empty. */
function firstOf(...texts: readonly (string | undefined)[]): string {
  return texts.find((text) => text !== undefined && text !== '') ?? '';
}

async function remoteConnection(server: string, token: string, flags: FlagValues): Promise<Connection> {
  const crt = flags.text('server-crt');
  return {
    url: normalizeUrl(server),
    insecure: flags.boolean('insecure'),
    token: () => Promise.resolve(token),
    ...(crt === '' ? {} : { caPem: await readFile(crt, 'utf8') }),
  };
}

async function localConnection(server: string, flags: FlagValues, env: Environment): Promise<Connection> {
  const directory = dataDirectory(flags, env);
  const local = await readLocalServer(directory);
  const caPem = await readFile(firstOf(flags.text('server-crt'), local.caFile), 'utf8');
  const url = server === '' ? local.url : normalizeUrl(server);
  const token = cachedLogin(directory, { ...local, url }, caPem);
  return { url, caPem, insecure: flags.boolean('insecure'), token };
}

/** Finds the server: by flags or environment, else the local one of the data directory. */
export async function resolveConnection(flags: FlagValues, env: Environment): Promise<Connection> {
  const server = firstOf(flags.text('server'), env['ARGOCD_SERVER'], env['ARGO_SERVER']);
  const bearer = firstOf(env['ARGO_TOKEN']).replace(/^Bearer /, '');
  const token = firstOf(flags.text('auth-token'), env['ARGOCD_AUTH_TOKEN'], bearer);
  if (server !== '' && token !== '') return remoteConnection(server, token, flags);
  return localConnection(server, flags, env);
}

/** Runs `work` with a client for this call and closes it afterwards. */
export async function withClient<T>(invocation: Invocation, work: (client: RestClient) => Promise<T>): Promise<T> {
  const client = createRestClient(await resolveConnection(invocation.flags, invocation.terminal.env));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
