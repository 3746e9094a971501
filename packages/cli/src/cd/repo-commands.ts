import { isObject } from '@argosy/std';
import { connectionFlags, withClient } from '../client/index.ts';
import { UsageError, type Command, type Flag, type Invocation } from '../command/index.ts';
import { formatTable, formatValue } from '../print/index.ts';

const BASE = '/api/v1/repositories';

/** A repository as the server tells it. */
interface Repository {
  readonly repo: string;
  readonly type?: string;
  readonly name?: string;
  readonly project?: string;
  readonly insecure?: boolean;
  readonly enableOCI?: boolean;
  readonly enableLfs?: boolean;
  readonly connectionState?: { readonly status: string; readonly message: string };
}

const text = (name: string, description: string): Flag => ({ name, type: 'string', description });
const flag = (name: string, description: string): Flag => ({ name, type: 'boolean', description });
const output: Flag = {
  name: 'output',
  short: 'o',
  type: 'string',
  description: 'output format: wide, url, json or yaml',
  defaultValue: 'wide',
};

/** Flags that name a file, by the field that its content fills. Secrets are never arguments. */
const FILES: readonly (readonly [flag: string, field: string])[] = [
  ['password-file', 'password'],
  ['bearer-token-file', 'bearerToken'],
  ['ssh-private-key-path', 'sshPrivateKey'],
  ['tls-client-cert-path', 'tlsClientCertData'],
  ['tls-client-cert-key-path', 'tlsClientCertKey'],
  ['proxy-file', 'proxy'],
];
const TEXTS: readonly (readonly [flag: string, field: string])[] = [
  ['type', 'type'],
  ['name', 'name'],
  ['project', 'project'],
  ['username', 'username'],
  ['no-proxy', 'noProxy'],
];
const FLAGS: readonly (readonly [flag: string, field: string])[] = [
  ['insecure-skip-server-verification', 'insecure'],
  ['insecure-ignore-host-key', 'insecureIgnoreHostKey'],
  ['enable-oci', 'enableOCI'],
  ['insecure-oci-force-http', 'insecureOCIForceHttp'],
];

async function secretFields({ flags, terminal }: Invocation): Promise<{ readonly [field: string]: string }> {
  const fields: { [field: string]: string } = {};
  for (const [name, field] of FILES) {
    const path = flags.text(name);
    if (path === '') continue;
    const content = path === '-' ? await terminal.readInput() : await terminal.readFile(path);
    fields[field] = field.startsWith('ssh') || field.startsWith('tls') ? content : content.trim();
  }
  return fields;
}

async function runAdd(invocation: Invocation): Promise<number> {
  const { args, flags, terminal } = invocation;
  const [url = ''] = args;
  const texts = TEXTS.filter(([name]) => flags.text(name) !== '').map(([name, field]) => [field, flags.text(name)]);
  const switches = FLAGS.filter(([name]) => flags.boolean(name)).map(([, field]) => [field, true]);
  const plain: { readonly [field: string]: unknown } = Object.fromEntries([...texts, ...switches]);
  const body = { repo: url, ...plain, ...(await secretFields(invocation)) };
  return withClient(invocation, async (client) => {
    const query = flags.boolean('upsert') ? { upsert: 'true' } : {};
    await client.call({ method: 'POST', path: BASE, query, body });
    terminal.out(`Repository '${url}' added\n`);
    return 0;
  });
}

function tableOf(repositories: readonly Repository[]): string {
  const rows = repositories.map((each) => [
    each.type ?? 'git',
    each.name ?? '',
    each.repo,
    String(each.insecure === true),
    String(each.enableOCI === true),
    String(each.enableLfs === true),
    each.connectionState?.status ?? '',
    each.connectionState?.message ?? '',
    each.project ?? '',
  ]);
  return formatTable([['TYPE', 'NAME', 'REPO', 'INSECURE', 'OCI', 'LFS', 'STATUS', 'MESSAGE', 'PROJECT'], ...rows]);
}

async function runList(invocation: Invocation): Promise<number> {
  const { flags, terminal } = invocation;
  const format = flags.text('output');
  if (!['wide', 'url', 'json', 'yaml'].includes(format)) {
    throw new UsageError(`--output: found ${JSON.stringify(format)}, allowed are wide, url, json, yaml`);
  }
  return withClient(invocation, async (client) => {
    const answer = await client.call({ method: 'GET', path: BASE });
    const items = isObject(answer) && Array.isArray(answer['items']) ? (answer['items'] as readonly Repository[]) : [];
    if (format === 'url') terminal.out(items.map(({ repo }) => `${repo}\n`).join(''));
    else if (format === 'wide') terminal.out(tableOf(items));
    else terminal.out(formatValue(items, format as 'json' | 'yaml'));
    return 0;
  });
}

async function runRemove(invocation: Invocation): Promise<number> {
  return withClient(invocation, async (client) => {
    for (const url of invocation.args) {
      await client.call({ method: 'DELETE', path: `${BASE}/${encodeURIComponent(url)}` });
      invocation.terminal.out(`Repository '${url}' removed\n`);
    }
    return 0;
  });
}

/** `argosy cd repo`: the repositories that Applications are read from. */
export const repoCommand: Command = {
  name: 'repo',
  summary: 'Manage repositories of Git, Helm charts and OCI artifacts',
  example: 'argosy cd repo add https://charts.example.com --type helm --name team\nargosy cd repo list',
  flags: [...connectionFlags],
  children: [
    {
      name: 'add',
      usage: 'URL [flags]',
      summary: 'Add a repository, if it can be reached',
      description: 'Secrets are read from files (- is standard input), never from arguments.',
      example:
        'argosy cd repo add https://git.example.com/web.git --username ada --password-file token\nargosy cd repo add registry.example.com/charts --type helm --enable-oci',
      flags: [
        { ...text('type', 'git, helm or oci'), defaultValue: 'git' },
        text('name', 'name, for charts that refer to it by @name'),
        text('project', 'only for Applications of this project'),
        text('username', 'user'),
        text('password-file', 'file with the password'),
        text('bearer-token-file', 'file with a bearer token'),
        text('ssh-private-key-path', 'file with an SSH key'),
        text('tls-client-cert-path', 'file with a client certificate (PEM)'),
        text('tls-client-cert-key-path', 'file with its key (PEM)'),
        text('proxy-file', 'file with the URL of a proxy'),
        text('no-proxy', 'hosts that are asked without the proxy, separated by commas'),
        flag('insecure-skip-server-verification', 'believe any certificate'),
        flag('insecure-ignore-host-key', 'believe any host key'),
        flag('enable-oci', 'the Helm repository is a registry'),
        flag('insecure-oci-force-http', 'ask the registry without TLS'),
        flag('upsert', 'replace a repository of the same address'),
      ],
      args: { least: 1, most: 1 },
      run: runAdd,
    },
    {
      name: 'list',
      aliases: ['ls'],
      summary: 'List repositories',
      example: 'argosy cd repo list -o url',
      flags: [output],
      args: { least: 0, most: 0 },
      run: runList,
    },
    {
      name: 'rm',
      usage: 'URL… [flags]',
      summary: 'Remove repositories',
      example: 'argosy cd repo rm https://charts.example.com',
      args: { least: 1, most: 100 },
      run: runRemove,
    },
  ],
};
