import { getPath, isObject, parseTime } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';

/** A local account as argocd-cm and argocd-secret describe it. */
export interface Account {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly canLogin: boolean;
  readonly capabilities: readonly string[];
  readonly passwordHash?: string;
  /** Seconds since the epoch; tokens issued before are void. */
  readonly passwordChangedAt: number;
}

/** The text of one key of a Secret, decoded; `undefined` when it is not set. */
export function secretText(secret: KubeObject | undefined, key: string): string | undefined {
  const encoded = getPath(secret, ['data', key]);
  return typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString('utf8') : undefined;
}

/** The keys under which an account's password and its time are kept. */
export function passwordKeys(account: string): { readonly password: string; readonly mtime: string } {
  const prefix = account === 'admin' ? 'admin' : `accounts.${account}`;
  return { password: `${prefix}.password`, mtime: `${prefix}.passwordMtime` };
}

const ACCOUNT_KEY = /^accounts\.([^.]+)$/;

/** The accounts of an installation: `admin`, and one for each `accounts.<name>` of argocd-cm. */
export function readAccounts(
  configMap: KubeObject | undefined,
  secret: KubeObject | undefined,
): ReadonlyMap<string, Account> {
  const settings = getPath(configMap, ['data']);
  const text = (key: string): string | undefined => {
    const value = isObject(settings) && Object.hasOwn(settings, key) ? settings[key] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const accounts = new Map<string, Account>();
  const add = (name: string, capabilities: readonly string[], isEnabled: boolean): void => {
    const keys = passwordKeys(name);
    const passwordHash = secretText(secret, keys.password);
    const changedAt = parseTime(secretText(secret, keys.mtime) ?? '') ?? 0;
    accounts.set(name, {
      name,
      isEnabled,
      capabilities,
      canLogin: capabilities.includes('login'),
      passwordChangedAt: Math.floor(changedAt / 1000),
      ...(passwordHash === undefined ? {} : { passwordHash }),
    });
  };
  add('admin', ['login'], text('admin.enabled') !== 'false');
  for (const key of isObject(settings) ? Object.keys(settings) : []) {
    const name = ACCOUNT_KEY.exec(key)?.[1];
    if (name === undefined || name === 'admin') continue;
    const capabilities = (text(key) ?? '').split(',').map((word) => word.trim());
    add(name, capabilities, text(`accounts.${name}.enabled`) !== 'false');
  }
  return accounts;
}
