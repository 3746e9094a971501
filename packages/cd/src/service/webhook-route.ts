import { after, isObject, milliseconds } from '@argosy/std';
import { resources } from '@argosy/api';
import { cdNames, type Application } from '@argosy/api/cd';
import { RestError, type RestRequest, type RestRoute } from '@argosy/api/rest';
import { keyOf, keyText, type ObjectKey } from '@argosy/kube/meta';
import { getObjectOrUndefined, patchObject } from '@argosy/kube/port';
import { normalizeRepoUrl, sourcesOf } from '../engine/index.ts';
import { json, route, serviceContext, type DeliveryServiceOptions, type ServiceContext } from './context.ts';
import { webhookProviders, type PushHint, type WebhookProvider } from './webhook-payload.ts';

/** The largest webhook body that is read. */
export const MAX_WEBHOOK_BYTES = 5 * 1024 * 1024;
/** Webhooks that one address may send in a minute. */
export const MAX_WEBHOOKS_PER_MINUTE = 60;
/** An Application is refreshed by webhooks at most this often; what comes sooner is merged into one later refresh. */
export const COALESCE_MS = 300;
const MAX_ADDRESSES = 10_000;

/** What the webhook route is given beside the service's options. */
export interface WebhookOptions extends DeliveryServiceOptions {
  /** Accept pushes of providers for which no secret is configured, as hints to refresh and no more. @default true */
  readonly allowUnsigned?: boolean;
}

/** A URL without scheme, user, port and `.git`, so that the http and ssh forms of one repository are equal. */
export function comparableRepoUrl(url: string): string {
  return normalizeRepoUrl(url)
    .replace(/^[a-z+]+:\/\//, '')
    .replace(/^[^@/]*@/, '')
    .replace(/^(alt)?ssh\./, '')
    .replace(/^([^/:]+):\d+\//, '$1/');
}

/** True when a push concerns what the Application asks for. */
export function concerns(app: Application, hint: PushHint): boolean {
  const urls = new Set(hint.urls.map(comparableRepoUrl));
  const pushed = hint.ref.replace(/^refs\/(heads|tags)\//, '');
  return sourcesOf(app.spec).some((source) => {
    if (!urls.has(comparableRepoUrl(source.repoURL))) return false;
    const asked = (source.targetRevision ?? '').replace(/^refs\/(heads|tags)\//, '');
    const wantsHead = asked === '' || asked === 'HEAD';
    return wantsHead ? hint.defaultBranch === '' || pushed === hint.defaultBranch : pushed === '' || pushed === asked;
  });
}

/** Counts webhooks by address in windows of a minute. */
class AddressLimiter {
  readonly #counts = new Map<string, { readonly since: number; count: number }>();

  allows(address: string, now: number): boolean {
    const known = this.#counts.get(address);
    if (known === undefined || now - known.since >= 60_000) {
      if (this.#counts.size >= MAX_ADDRESSES) this.#counts.clear();
      this.#counts.set(address, { since: now, count: 1 });
      return true;
    }
    known.count += 1;
    return known.count <= MAX_WEBHOOKS_PER_MINUTE;
  }
}

/** Refreshes Applications, each at most once in a while; nothing is lost, only merged. */
class Refresher {
  readonly #context: ServiceContext;
  readonly #last = new Map<string, number>();
  readonly #waiting = new Map<string, { cancel(): void }>();

  constructor(context: ServiceContext) {
    this.#context = context;
    context.options.signal.addEventListener('abort', () => {
      for (const timer of this.#waiting.values()) timer.cancel();
    });
  }

  async refresh(key: ObjectKey): Promise<void> {
    const { clock } = this.#context.options;
    const text = keyText(key);
    if (this.#waiting.has(text)) return;
    const wait = (this.#last.get(text) ?? Number.NEGATIVE_INFINITY) + COALESCE_MS - clock.now();
    if (wait <= 0) return await this.#now(key);
    const timer = clock.schedule(after(clock.now(), milliseconds(wait)), () => {
      this.#waiting.delete(text);
      this.#now(key).catch((error: unknown) =>
        this.#context.options.logger.warn('webhook refresh failed', { key: text, error }),
      );
    });
    this.#waiting.set(text, timer);
  }

  async #now(key: ObjectKey): Promise<void> {
    const { api, clock } = this.#context.options;
    this.#last.set(keyText(key), clock.now());
    const annotations = { [cdNames.refresh]: 'normal', [cdNames.refreshTimestamp]: `webhook-${clock.now()}` };
    await patchObject(api, {
      resource: resources.applications,
      key,
      patchType: 'merge',
      patch: { metadata: { annotations } },
    });
  }
}

async function secretFor(context: ServiceContext, provider: WebhookProvider): Promise<string> {
  const target = { resource: resources.secrets, key: { namespace: context.namespace, name: 'argocd-secret' } };
  const secret = await getObjectOrUndefined(context.options.api, target);
  const data = isObject(secret?.['data']) ? secret['data'] : {};
  const value = Object.hasOwn(data, provider.secretKey) ? data[provider.secretKey] : undefined;
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}

function parseBody(raw: Uint8Array): { readonly [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(Buffer.from(raw).toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Falls through to the one refusal below: what was wrong with a stranger's JSON is nobody's business.
  }
  throw new RestError('InvalidArgument', 'Webhook processing failed: the body is not a JSON object');
}

async function verify(
  context: ServiceContext,
  provider: WebhookProvider,
  request: { raw: Uint8Array; header: (name: string) => string | undefined; allowUnsigned: boolean },
): Promise<void> {
  const secret = await secretFor(context, provider);
  if (secret === '') {
    if (!request.allowUnsigned) throw new RestError('InvalidArgument', 'webhook secret not configured');
    return;
  }
  if (!provider.isSigned(request, secret)) {
    throw new RestError('InvalidArgument', 'Webhook processing failed: the signature does not match');
  }
}

async function receive(
  parts: { context: ServiceContext; refresher: Refresher; allowUnsigned: boolean },
  request: RestRequest,
): Promise<void> {
  const { context, refresher, allowUnsigned } = parts;
  const header = request.header ?? (() => undefined);
  const provider = webhookProviders.find((each) => each.recognises(header));
  if (provider === undefined) throw new RestError('InvalidArgument', 'Unknown webhook event');
  const raw = request.rawBody ?? Buffer.from(JSON.stringify(request.body ?? null));
  if (raw.byteLength > MAX_WEBHOOK_BYTES)
    throw new RestError('InvalidArgument', `a webhook has at most ${MAX_WEBHOOK_BYTES} bytes`);
  await verify(context, provider, { raw, header, allowUnsigned });
  const hint = provider.read(parseBody(raw));
  if (hint === undefined || hint.urls.length === 0) return;
  await context.applications.synced();
  const concerned = context.applications.lister.list().filter((app) => concerns(app, hint));
  await Promise.all(concerned.map((app) => refresher.refresh(keyOf(app))));
}

/** POST /api/webhook: a push makes the Applications that it concerns look again, exactly as a poll would. */
export function webhookRoute(options: WebhookOptions): RestRoute {
  const context = serviceContext(options);
  const limiter = new AddressLimiter();
  const parts = { context, refresher: new Refresher(context), allowUnsigned: options.allowUnsigned ?? true };
  return route({
    method: 'POST',
    path: '/api/webhook',
    handle: async (request) => {
      if (!limiter.allows(request.address ?? '', options.clock.now())) {
        throw new RestError('ResourceExhausted', `more than ${MAX_WEBHOOKS_PER_MINUTE} webhooks a minute`);
      }
      await receive(parts, request);
      return json({});
    },
  });
}
