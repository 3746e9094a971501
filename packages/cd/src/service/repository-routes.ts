import { fnv32a, isObject } from '@argosy/std';
import { resources } from '@argosy/api';
import { cdNames } from '@argosy/api/cd';
import { RestError, type RestRequest, type RestRoute } from '@argosy/api/rest';
import { hasReason, type KubeObject } from '@argosy/kube/meta';
import { createObject, deleteObject, patchObject } from '@argosy/kube/port';
import { normalizeRepoUrl } from '../engine/index.ts';
import { RepositoryError, type RepositoryAccess, type RepositorySecret } from '../repo/index.ts';
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
];

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
    ...(state === undefined ? {} : { connectionState: state }),
  };
}

async function connectionState(context: ServiceContext, access: RepositoryAccess): Promise<State> {
  const { repositories, clock } = context.options;
  const attemptedAt = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  try {
    await repositories.refs(access);
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
  if (body['insecure'] === true) entries.push(['insecure', 'true']);
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

function repositoryBody(request: RestRequest): { readonly [key: string]: unknown } {
  const body = bodyObject(request);
  return isObject(body['repo']) ? body['repo'] : body;
}

const textIn = (body: { readonly [key: string]: unknown }, name: string): string => {
  const value = body[name];
  return typeof value === 'string' ? value : '';
};

const objectOf = (url: string, project: string): string => (project === '' ? url : `${project}/${url}`);

async function createRepository(context: ServiceContext, request: RestRequest): Promise<unknown> {
  const object = secretOf(context, repositoryBody(request));
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
  const body = repositoryBody(request);
  const url = textIn(body, 'repo');
  const access: RepositoryAccess = await accessFor(context, url, textIn(body, 'project'));
  return { repo: url, type: 'git', connectionState: await connectionState(context, access) };
}

async function findSecret(context: ServiceContext, url: string): Promise<RepositorySecret> {
  const wanted = normalizeRepoUrl(url);
  const secrets = await repositorySecretsOf(context);
  const found = secrets.find((secret) => !secret.prefix && normalizeRepoUrl(secret.access.url) === wanted);
  if (found === undefined) throw new RestError('NotFound', `repo ${JSON.stringify(url)} not found`);
  return found;
}

/** Repositories: list, get, create, delete, on upstream's paths. */
export function repositoryRoutes(options: DeliveryServiceOptions): readonly RestRoute[] {
  const context = serviceContext(options);
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
        return json(shown(secret, await connectionState(context, secret.access)));
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
      handle: async (request) => json(await createRepository(context, request)),
    }),
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
