import { randomBytes, randomInt } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatTime, getPath, isObject, type Clock, type Logger } from '@argosy/std';
import { resources } from '@argosy/api';
import { hasReason, type KubeObject, type ObjectKey } from '@argosy/kube/meta';
import { createObject, getObjectOrUndefined, updateObject, type ClusterApi } from '@argosy/kube/port';
import { secretText } from './accounts.ts';
import type { Passwords } from './passwords.ts';

/** The Secret that holds password hashes and the signing key. */
export const SECRET_NAME = 'argocd-secret';

/** The Secret that holds the first admin password in clear, until it is changed. */
export const INITIAL_SECRET_NAME = 'argocd-initial-admin-secret';

/** Characters of a generated password. */
export const INITIAL_PASSWORD_LENGTH = 24;

/** Tries of a read-modify-write that meets conflicts. */
export const MAX_WRITE_TRIES = 10;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-';

/** What the first start needs. */
export interface BootstrapOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  readonly passwords: Passwords;
  /** Where a generated admin password is written, mode 0600; nowhere when absent. */
  readonly initialPasswordFile?: string;
}

/** Makes sure that a signing key and an admin password exist. Changes nothing that is already there. */
export async function bootstrapSecret(options: BootstrapOptions): Promise<void> {
  const generated: { readonly password: string; readonly hash: string }[] = [];
  await editSecret(options, async (data, secret) => {
    const wanted: { [key: string]: string } = {};
    if (!Object.hasOwn(data, 'server.secretkey')) wanted['server.secretkey'] = randomBytes(32).toString('base64');
    if (secretText(secret, 'admin.password') === undefined) {
      generated[0] ??= await generatePassword(options.passwords);
      wanted['admin.password'] = generated[0].hash;
      wanted['admin.passwordMtime'] = formatTime(options.clock.now());
    }
    return wanted;
  });
  const secret = await readSecret(options, SECRET_NAME);
  const [made] = generated;
  // Another replica may have been first: then its password counts, and it has written the Secret.
  if (made === undefined || secretText(secret, 'admin.password') !== made.hash) return;
  await publishInitialPassword(options, made.password);
}

async function generatePassword(passwords: Passwords): Promise<{ readonly password: string; readonly hash: string }> {
  let password = '';
  while (password.length < INITIAL_PASSWORD_LENGTH) password += ALPHABET.charAt(randomInt(ALPHABET.length));
  return { password, hash: await passwords.hash(password) };
}

async function publishInitialPassword(options: BootstrapOptions, password: string): Promise<void> {
  const secret = secretObject(options.namespace, INITIAL_SECRET_NAME, { password });
  try {
    await createObject(options.api, { resource: resources.secrets, namespace: options.namespace, object: secret });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
    const found = await readSecret(options, INITIAL_SECRET_NAME);
    const resourceVersion = found?.metadata.resourceVersion;
    const object = resourceVersion === undefined ? secret : withVersion(secret, resourceVersion);
    const key = { namespace: options.namespace, name: INITIAL_SECRET_NAME };
    await updateObject(options.api, { resource: resources.secrets, key, object });
  }
  const file = options.initialPasswordFile;
  if (file === undefined) return;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  options.logger.info('wrote the initial admin password', { file });
}

type SecretScope = { readonly api: ClusterApi; readonly namespace: string };

/** Reads a Secret of the installation's namespace. */
export function readSecret(scope: SecretScope, name: string): Promise<KubeObject | undefined> {
  return getObjectOrUndefined(scope.api, { resource: resources.secrets, key: { namespace: scope.namespace, name } });
}

/**
 * Sets keys of argocd-secret by read-modify-write; `change` may be asked again after a conflict.
 * Rejects with the last KubeError when conflicts do not end.
 */
export async function editSecret(
  scope: SecretScope,
  change: (
    data: { readonly [key: string]: unknown },
    secret: KubeObject | undefined,
  ) => Promise<{ readonly [key: string]: string }>,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const secret = await readSecret(scope, SECRET_NAME);
    const found = getPath(secret, ['data']);
    const texts = await change(isObject(found) ? found : {}, secret);
    if (Object.keys(texts).length === 0) return;
    try {
      await writeTexts(scope, secret, texts);
      return;
    } catch (error) {
      if (tries >= MAX_WRITE_TRIES || !hasReason(error, 'Conflict', 'AlreadyExists')) throw error;
    }
  }
}

async function writeTexts(
  scope: SecretScope,
  secret: KubeObject | undefined,
  texts: { readonly [key: string]: string },
): Promise<void> {
  const fresh = secretObject(scope.namespace, SECRET_NAME, texts);
  if (secret === undefined) {
    await createObject(scope.api, { resource: resources.secrets, namespace: scope.namespace, object: fresh });
    return;
  }
  const before = getPath(secret, ['data']);
  const data = { ...(isObject(before) ? before : {}), ...(fresh as { data?: object }).data };
  const key: ObjectKey = { namespace: scope.namespace, name: SECRET_NAME };
  const object = { ...secret, apiVersion: 'v1', kind: 'Secret', data } as KubeObject;
  await updateObject(scope.api, { resource: resources.secrets, key, object });
}

function secretObject(namespace: string, name: string, texts: { readonly [key: string]: string }): KubeObject {
  const data: { [key: string]: string } = {};
  for (const key of Object.keys(texts)) data[key] = Buffer.from(texts[key] ?? '', 'utf8').toString('base64');
  const labels = { 'app.kubernetes.io/part-of': 'argocd', 'app.kubernetes.io/name': name };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name, labels },
    type: 'Opaque',
    data,
  } as KubeObject;
}

const withVersion = (object: KubeObject, resourceVersion: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion },
});
