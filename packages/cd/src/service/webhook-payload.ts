import { createHmac, timingSafeEqual } from 'node:crypto';
import { isObject } from '@argosy/std';

/** What a push says, reduced to what may be compared. Nothing of it is called, stored or logged. */
export interface PushHint {
  readonly urls: readonly string[];
  /** `refs/heads/main`, `refs/tags/v1`, or a bare name. */
  readonly ref: string;
  readonly defaultBranch: string;
}

/** A provider of webhooks: how it is recognised, signed and read. */
export interface WebhookProvider {
  readonly name: string;
  /** The key of its secret in argocd-secret. */
  readonly secretKey: string;
  readonly recognises: (header: (name: string) => string | undefined) => boolean;
  readonly isSigned: (message: SignedMessage, secret: string) => boolean;
  /** `undefined`: a kind of event that is not a push. */
  readonly read: (body: { readonly [key: string]: unknown }) => PushHint | undefined;
}

/** What a signature is checked over. */
export interface SignedMessage {
  readonly raw: Uint8Array;
  readonly header: (name: string) => string | undefined;
}

function equalTexts(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function hmac(algorithm: string, secret: string, raw: Uint8Array): string {
  return createHmac(algorithm, secret).update(raw).digest('hex');
}

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (current, key) => (isObject(current) && Object.hasOwn(current, key) ? current[key] : undefined),
    value,
  );
const text = (value: unknown): string => (typeof value === 'string' && value.length <= 2048 ? value : '');
const texts = (...values: readonly unknown[]): readonly string[] => values.map(text).filter((value) => value !== '');
const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined);

function hubSignature({ raw, header }: SignedMessage, secret: string): boolean {
  const strong = header('x-hub-signature-256');
  if (strong !== undefined) return equalTexts(strong, `sha256=${hmac('sha256', secret, raw)}`);
  return equalTexts(header('x-hub-signature') ?? '', `sha1=${hmac('sha1', secret, raw)}`);
}

const github: WebhookProvider = {
  name: 'GitHub',
  secretKey: 'webhook.github.secret',
  recognises: (header) => header('x-github-event') !== undefined,
  isSigned: hubSignature,
  read: (body) => ({
    urls: texts(
      at(body, 'repository', 'html_url'),
      at(body, 'repository', 'clone_url'),
      at(body, 'repository', 'ssh_url'),
    ),
    ref: text(body['ref']),
    defaultBranch: text(at(body, 'repository', 'default_branch')),
  }),
};

const gogs: WebhookProvider = {
  ...github,
  name: 'Gogs',
  secretKey: 'webhook.gogs.secret',
  recognises: (header) => header('x-gogs-event') !== undefined,
  isSigned: ({ raw, header }, secret) => equalTexts(header('x-gogs-signature') ?? '', hmac('sha256', secret, raw)),
};

const gitlab: WebhookProvider = {
  name: 'GitLab',
  secretKey: 'webhook.gitlab.secret',
  recognises: (header) => header('x-gitlab-event') !== undefined,
  isSigned: ({ header }, secret) => equalTexts(header('x-gitlab-token') ?? '', secret),
  read: (body) => ({
    urls: texts(
      at(body, 'project', 'web_url'),
      at(body, 'project', 'git_http_url'),
      at(body, 'project', 'git_ssh_url'),
    ),
    ref: text(body['ref']),
    defaultBranch: text(at(body, 'project', 'default_branch')),
  }),
};

const bitbucket: WebhookProvider = {
  name: 'Bitbucket',
  secretKey: 'webhook.bitbucket.secret',
  recognises: (header) => header('x-hook-uuid') !== undefined,
  isSigned: hubSignature,
  read: (body) => ({
    urls: texts(at(body, 'repository', 'links', 'html', 'href')),
    ref: text(at(first(at(body, 'push', 'changes')), 'new', 'name')),
    defaultBranch: text(at(body, 'repository', 'mainbranch', 'name')),
  }),
};

const bitbucketServer: WebhookProvider = {
  name: 'Bitbucket Server',
  secretKey: 'webhook.bitbucketserver.secret',
  recognises: (header) => header('x-event-key') !== undefined,
  isSigned: hubSignature,
  read: (body) => {
    const links = at(body, 'repository', 'links', 'clone');
    return {
      urls: texts(...(Array.isArray(links) ? links.slice(0, 10).map((link) => at(link, 'href')) : [])),
      ref: text(at(first(body['changes']), 'ref', 'id')),
      defaultBranch: '',
    };
  },
};

const azureDevOps: WebhookProvider = {
  name: 'Azure DevOps',
  secretKey: 'webhook.azuredevops.password',
  recognises: (header) => header('x-vss-activityid') !== undefined,
  isSigned: ({ header }, secret) => {
    const given = Buffer.from((header('authorization') ?? '').replace(/^Basic /i, ''), 'base64').toString('utf8');
    return equalTexts(given.slice(given.indexOf(':') + 1), secret);
  },
  read: (body) => ({
    urls: texts(at(body, 'resource', 'repository', 'remoteUrl'), at(body, 'resource', 'repository', 'url')),
    ref: text(at(first(at(body, 'resource', 'refUpdates')), 'name')),
    defaultBranch: text(at(body, 'resource', 'repository', 'defaultBranch')).replace('refs/heads/', ''),
  }),
};

/** All providers, in the order in which their headers are looked for: Gogs also sends GitHub's. */
export const webhookProviders: readonly WebhookProvider[] = [
  azureDevOps,
  gogs,
  github,
  gitlab,
  bitbucket,
  bitbucketServer,
];
