import { fnv32a, isObject, must } from '@argosy/std';
import { resources } from '@argosy/api';
import { cdNames } from '@argosy/api/cd';
import { RestError, type RestRequest, type RestRoute } from '@argosy/api/rest';
import { hasReason, type KubeObject } from '@argosy/kube/meta';
import { createObject, deleteObject, patchObject } from '@argosy/kube/port';
import { openClusterCharts } from '../controller/index.ts';
import { normalizeRepoUrl } from '../engine/index.ts';
import {
  findAccess,
  readRepositorySecret,
  RepositoryError,
  type ChartSource,
  type RepositoryAccess,
  type RepositorySecret,
} from '../repo/index.ts';
import {
  bodyObject,
  json,
  route,
  serviceContext,
  type DeliveryServiceOptions,
  type ServiceContext,
} from './context.ts';
import { accessFor, repositorySecretsOf } from './repository-access.ts';

const BASE = '/api/v1/repositories';

/** Data keys that a request may set, by the name of the field in the request. */
const FIELDS: readonly (readonly [string, string])[] = [
  ['repo', 'url'],
  ['name', 'name'],
  ['type', 'type'],
  ['project', 'project'],
  ['username', 'username'],
  ['password', 'password'],
  ['bearerToken', 'bearerToken'],
  ['sshPrivateKey', 'sshPrivateKey'],
  ['tlsClientCertData', 'tlsClientCertData'],
  ['tlsClientCertKey', 'tlsClientCertKey'],
  ['proxy', 'proxy'],
  ['noProxy', 'noProxy'],
];
/** Members that are true or absent, under the same name in the request and in the Secret. */
const FLAGS: readonly string[] = [
  'insecure',
  'insecureIgnoreHostKey',
  'enableLfs',
  'enableOCI',
  'insecureOCIForceHttp',
];
const TYPES: readonly string[] = ['', 'git', 'helm', 'oci'];

/** What the routes work with. */
interface Parts {
  readonly context: ServiceContext;
  readonly charts: ChartSource;
}

type State = { readonly status: 'Successful' | 'Failed'; readonly message: string; readonly attemptedAt: string };

/** A repository as the API shows it: never a password or a key. */
function shown(secret: RepositorySecret, state?: State): { readonly [key: string]: unknown } {
  const { access } = secret;
  return {
    repo: access.url,
    ...(access.username === undefined ? {} : { username: access.username }),
    type: secret.type,
    ...(secret.repositoryName === '' ? {} : { name: secret.repositoryName }),
    ...(access.project === '' ? {} : { project: access.project }),
    ...(access.insecure ? { insecure: true } : {}),
    ...(access.enableOci === true ? { enableOCI: true } : {}),
    ...(access.enableLfs === true ? { enableLfs: true } : {}),
    ...(access.plainHttp === true ? { insecureOCIForceHttp: true } : {}),
    ...(access.noProxy === undefined ? {} : { noProxy: access.noProxy }),
    ...(state === undefined ? {} : { connectionState: state }),
  };
}

/** Asks the repository, with whatever speaks its language. @throws RepositoryError */
async function connect({ context, charts }: Parts, access: RepositoryAccess, type: string): Promise<void> {
  if (type === 'helm' || type === 'oci') await charts.check(access);
  else await context.options.repositories.refs(access);
}

async function connectionState(parts: Parts, access: RepositoryAccess, type: string): Promise<State> {
  const attemptedAt = new Date(parts.context.options.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  try {
    await connect(parts, access, type);
    return { status: 'Successful', message: '', attemptedAt };
  } catch (error) {
    const message = error instanceof RepositoryError ? error.message : 'the repository could not be reached';
    return { status: 'Failed', message, attemptedAt };
  }
}

function secretName(url: string, project: string): string {
  return `repo-${fnv32a(`${url}${project}`)}`;
}

function secretOf(context: ServiceContext, body: { readonly [key: string]: unknown }): KubeObject {
  const text = (name: string): string => (typeof body[name] === 'string' ? body[name] : '');
  if (text('repo') === '') throw new RestError('InvalidArgument', 'repo is required: the URL of the repository');
  const entries = FIELDS.filter(([field]) => text(field) !== '').map(([field, key]): [string, string] => [
    key,
    text(field),
  ]);
  if (!TYPES.includes(text('type'))) {
    throw new RestError('InvalidArgument', `type: found ${JSON.stringify(text('type'))}, allowed are git, helm, oci`);
  }
  for (const flag of FLAGS) if (body[flag] === true) entries.push([flag, 'true']);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName(text('repo'), text('project')),
      namespace: context.namespace,
      labels: { [cdNames.secretType]: 'repository' },
      annotations: { [cdNames.managedBy]: 'argocd.argoproj.io' },
    },
    type: 'Opaque',
    stringData: Object.fromEntries(entries),
  };
}

/** The access that a repository would have, with the credentials of a template where it brings none. */
async function accessOf(context: ServiceContext, object: KubeObject): Promise<RepositorySecret> {
  const fields = isObject(object['stringData']) ? object['stringData'] : {};
  const encoded = Object.entries(fields).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')]);
  const secret = must(
    readRepositorySecret({ ...object, data: Object.fromEntries(encoded) }),
    'the Secret has its label',
  );
  const others = (await repositorySecretsOf(context)).filter(({ prefix }) => prefix);
  const { url, project } = secret.access;
  return { ...secret, access: findAccess([secret, ...others], url, project) };
}

function repositoryBody(request: RestRequest): { readonly [key: string]: unknown } {
  const body = bodyObject(request);
  return isObject(body['repo']) ? body['repo'] : body;
}

const textIn = (body: { readonly [key: string]: unknown }, name: string): string => {
  const value = body[name];
  return typeof value === 'string' ? value : '';
};

const objectOf = (url: string, project: string): string => (project === '' ? url : `${project}/${url}`);

async function createRepository(parts: Parts, request: RestRequest): Promise<unknown> {
  const { context } = parts;
  const object = secretOf(context, repositoryBody(request));
  const secret = await accessOf(context, object);
  // A repository that cannot be read is not stored, as upstream does for all but those of one project.
  if (secret.access.project === '') await connect(parts, secret.access, secret.type);
  const { api } = context.options;
  const { namespace } = context;
  try {
    await createObject(api, { resource: resources.secrets, namespace, object });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
    if (request.query.get('upsert') !== 'true') {
      throw new RestError('InvalidArgument', 'existing repository spec is different; use upsert flag to force update');
    }
    const key = { namespace, name: object.metadata.name };
    await patchObject(api, {
      resource: resources.secrets,
      key,
      patchType: 'merge',
      patch: { stringData: object['stringData'] },
    });
  }
  return shown(secret, await connectionState(parts, secret.access, secret.type));
}

/** The connection of a stored repository; its credentials may be those of a template. */
async function stateOf(parts: Parts, { access, type }: RepositorySecret): Promise<State> {
  const full = await accessFor(parts.context, access.url, access.project);
  return await connectionState(parts, full, type);
}

async function findSecret(context: ServiceContext, url: string): Promise<RepositorySecret> {
  const wanted = normalizeRepoUrl(url);
  const secrets = await repositorySecretsOf(context);
  const found = secrets.find((secret) => !secret.prefix && normalizeRepoUrl(secret.access.url) === wanted);
  if (found === undefined) throw new RestError('NotFound', `repo ${JSON.stringify(url)} not found`);
  return found;
}

/** Tries a repository that is not stored. */
function validateRoute(parts: Parts): RestRoute {
  const { context } = parts;
  return route({
    method: 'POST',
    path: `${BASE}/{repo}/validate`,
    access: {
      resource: 'repositories',
      action: 'create',
      object: ({ params, query }) => objectOf(params['repo'] ?? '', query.get('project') ?? ''),
    },
    handle: async (request) => {
      // Upstream's clients send the credentials in the query or the body; ours must be in the body.
      const project = request.query.get('project') ?? '';
      const named = { ...repositoryBody(request), repo: request.params['repo'] ?? '', project };
      const object = secretOf(context, named);
      const { access, type } = await accessOf(context, object);
      await connect(parts, access, type);
      return json({});
    },
  });
}

/** Repositories: list, get, create, validate, delete, on upstream's paths. */
export function repositoryRoutes(options: DeliveryServiceOptions): readonly RestRoute[] {
  const context = serviceContext(options);
  const parts: Parts = { context, charts: openClusterCharts(options, context.namespace) };
  const mine = (action: string) => ({
    resource: 'repositories',
    action,
    object: async (request: RestRequest): Promise<string> => {
      const { access } = await findSecret(context, request.params['repo'] ?? '');
      return objectOf(access.url, access.project);
    },
  });
  return [
    route({
      method: 'GET',
      path: BASE,
      access: { resource: 'repositories', action: 'get', object: () => '*' },
      handle: async ({ identity }) => {
        const secrets = (await repositorySecretsOf(context)).filter((secret) => !secret.prefix);
        const visible = secrets.filter(({ access }) =>
          options.policy.enforce(identity, 'repositories', {
            action: 'get',
            object: objectOf(access.url, access.project),
          }),
        );
        return json({ metadata: {}, items: visible.map((secret) => shown(secret)) });
      },
    }),
    route({
      method: 'GET',
      path: `${BASE}/{repo}`,
      access: mine('get'),
      handle: async ({ params }) => {
        const secret = await findSecret(context, params['repo'] ?? '');
        return json(shown(secret, await stateOf(parts, secret)));
      },
    }),
    route({
      method: 'POST',
      path: BASE,
      access: {
        resource: 'repositories',
        action: 'create',
        object: (request) => {
          const body = repositoryBody(request);
          return objectOf(textIn(body, 'repo'), textIn(body, 'project'));
        },
      },
      handle: async (request) => json(await createRepository(parts, request)),
    }),
    validateRoute(parts),
    route({
      method: 'DELETE',
      path: `${BASE}/{repo}`,
      access: mine('delete'),
      handle: async ({ params }) => {
        const { name } = await findSecret(context, params['repo'] ?? '');
        await deleteObject(options.api, { resource: resources.secrets, key: { namespace: context.namespace, name } });
        return json({});
      },
    }),
  ];
}
