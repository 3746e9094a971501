import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { formatTime, getPath, type Clock, type DurationMs, type Logger } from '@argosy/std';
import { resources } from '@argosy/api';
import { RestError, type Identity } from '@argosy/api/rest';
import type { KubeObject } from '@argosy/kube/meta';
import { deleteObject, type ClusterApi } from '@argosy/kube/port';
import {
  checkClaims,
  encodeToken,
  MAX_SESSION_SECONDS,
  parseToken,
  TOKEN_AUDIENCE,
  TOKEN_ISSUER,
  type SessionClaims,
  type TokenDefect,
} from '@argosy/auth/tokens';
import type { Audit } from '@argosy/auth/audit';
import { passwordKeys, readAccounts, secretText, type Account } from './accounts.ts';
import { bootstrapSecret, editSecret, INITIAL_SECRET_NAME, SECRET_NAME } from './bootstrap.ts';
import { followObject } from './follow-object.ts';
import { createLoginBudget } from './login-budget.ts';
import { createPasswords, isPlausiblePassword, passwordFault, type Passwords } from './passwords.ts';
import { openRevocations, type Revocations } from './revocations.ts';

/** The issuer of identities of local accounts. */
export const LOCAL_ISSUER = 'argosy';

/** The longest account name that a login may give, in characters. */
export const MAX_ACCOUNT_NAME_LENGTH = 32;

/** A valid session. Times are seconds since the epoch. */
export interface Session {
  readonly identity: Identity;
  readonly id: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** What a login gives. */
export interface LoginRequest {
  readonly username: string;
  readonly password: string;
  /** The peer's address; failures are counted by it. */
  readonly address: string;
}

/** What a change of password gives. The caller has checked that `actor` may change `account`. */
export interface PasswordChange {
  readonly actor: string;
  readonly account: string;
  /** The password of `actor`. */
  readonly currentPassword: string;
  readonly newPassword: string;
  readonly address: string;
}

/** Local accounts and their sessions. */
export interface Sessions {
  /**
   * Exchanges a password for a token.
   * Rejects with RestError Unauthenticated (one message for every reason) or ResourceExhausted.
   */
  login(request: LoginRequest): Promise<string>;
  /** The session of a token; `undefined` when the token is not valid now. A few microseconds; never throws. */
  authenticate(token: string): Session | undefined;
  /** Ends the session of a token; nothing to do for tokens that are not valid. */
  logout(token: string, address?: string): Promise<void>;
  /** Changes a password and ends all sessions of the account. Rejects with RestError. */
  changePassword(change: PasswordChange): Promise<void>;
  /** The accounts, without their secrets. */
  accounts(): readonly { readonly name: string; readonly enabled: boolean; readonly capabilities: readonly string[] }[];
  close(): void;
}

/** What sessions need. */
export interface SessionOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly audit: Audit;
  /** @default 'argocd' */
  readonly namespace?: string;
  /** Where the generated admin password is written at the first start (0600). */
  readonly initialPasswordFile?: string;
  /** The life of a session; at most 24 h. @default 24 h */
  readonly sessionDuration?: DurationMs;
  /** bcrypt's work factor. @default 12 */
  readonly bcryptCost?: number;
}

interface State {
  secret: KubeObject | undefined;
  configMap: KubeObject | undefined;
  key: Buffer | undefined;
  accounts: ReadonlyMap<string, Account>;
  /** Account → digest of its password hash under the key. */
  digests: ReadonlyMap<string, string>;
}

interface Context {
  readonly options: SessionOptions;
  readonly namespace: string;
  readonly state: State;
  readonly passwords: Passwords;
  readonly budget: ReturnType<typeof createLoginBudget>;
  readonly revocations: Revocations;
}

/**
 * Opens the accounts of an installation: creates the signing key and the admin password when they are missing, then
 * follows argocd-secret and argocd-cm, so that edits by other tools count at once.
 * Rejects with KubeError when the cluster refuses.
 */
export async function openSessions(options: SessionOptions): Promise<Sessions> {
  const namespace = options.namespace ?? 'argocd';
  const ending = new AbortController();
  const cost = options.bcryptCost === undefined ? {} : { cost: options.bcryptCost };
  const passwords = createPasswords({ ...cost, logger: options.logger });
  const state: State = {
    secret: undefined,
    configMap: undefined,
    key: undefined,
    accounts: new Map(),
    digests: new Map(),
  };
  const follow = { ...options, namespace, signal: ending.signal };
  try {
    await bootstrapSecret({ ...options, namespace, passwords });
    await followState(follow, state);
    const revocations = await openRevocations(follow);
    const context = { options, namespace, state, passwords, budget: createLoginBudget(), revocations };
    return sessionsOf(context, () => {
      ending.abort();
      passwords.close();
    });
  } catch (error) {
    ending.abort();
    passwords.close();
    throw error;
  }
}

async function followState(
  follow: SessionOptions & { readonly namespace: string; readonly signal: AbortSignal },
  state: State,
): Promise<void> {
  const key = (name: string): { namespace: string; name: string } => ({ namespace: follow.namespace, name });
  await followObject({
    ...follow,
    resource: resources.secrets,
    key: key(SECRET_NAME),
    onState: (secret) => refresh(state, { secret }),
  });
  await followObject({
    ...follow,
    resource: resources.configMaps,
    key: key('argocd-cm'),
    onState: (configMap) => refresh(state, { configMap }),
  });
}

function refresh(state: State, change: Partial<Pick<State, 'secret' | 'configMap'>>): void {
  Object.assign(state, change);
  const keyText = secretText(state.secret, 'server.secretkey');
  state.key = keyText === undefined || keyText === '' ? undefined : Buffer.from(keyText, 'utf8');
  state.accounts = readAccounts(state.configMap, state.secret);
  const digests = new Map<string, string>();
  for (const account of state.accounts.values()) {
    if (account.passwordHash !== undefined && state.key !== undefined) {
      digests.set(account.name, digestOf(state.key, account.passwordHash));
    }
  }
  state.digests = digests;
}

const digestOf = (key: Buffer, passwordHash: string): string =>
  createHmac('sha256', key).update('password\0').update(passwordHash).digest('base64url').slice(0, 22);

function sessionsOf(context: Context, close: () => void): Sessions {
  return {
    login: (request) => login(context, request),
    authenticate: (token) => {
      const checked = checkToken(context, token);
      return typeof checked === 'string' ? undefined : sessionOf(checked);
    },
    logout: (token, address = '') => logout(context, token, address),
    changePassword: (change) => changePassword(context, change),
    accounts: () =>
      [...context.state.accounts.values()].map(({ name, isEnabled, capabilities }) => ({
        name,
        enabled: isEnabled,
        capabilities,
      })),
    close,
  };
}

const INVALID_LOGIN = 'Invalid username or password';

async function login(context: Context, request: LoginRequest): Promise<string> {
  const { options, state } = context;
  if (request.username === '' || request.password === '') {
    throw new RestError('Unauthenticated', 'no credentials supplied');
  }
  const reason = await refusalOf(context, request);
  const account = state.accounts.get(request.username);
  const actor = account === undefined ? 'unknown account' : request.username;
  const entry = { actor, action: 'session/create', object: actor, address: request.address };
  if (reason !== undefined || account === undefined) {
    options.audit.record({ ...entry, outcome: 'denied', reason: reason ?? 'unknown-account' });
    throw new RestError('Unauthenticated', INVALID_LOGIN);
  }
  options.audit.record({ ...entry, outcome: 'allowed' });
  return issueToken(context, account.name);
}

/** Why a login is refused; `undefined` when it is right. Unknown accounts cost the same work as known ones. */
async function refusalOf(context: Context, request: LoginRequest): Promise<string | undefined> {
  const attempt = context.budget.attempt(request.username, request.address, context.options.clock.now());
  if (!attempt.allowed) return 'too-many-failures';
  const account = usableAccount(context.state, request.username);
  const isPossible = isPlausiblePassword(request.password);
  const isRight = await context.passwords.matches(isPossible ? request.password : '-', account?.passwordHash);
  if (!isRight || !isPossible) return account === undefined ? 'unknown-account' : 'wrong-password';
  attempt.succeeded();
  return undefined;
}

/** An account that may log in; none for names that are too long, unknown, disabled or without the capability. */
function usableAccount(state: State, name: string): Account | undefined {
  const account = name.length <= MAX_ACCOUNT_NAME_LENGTH ? state.accounts.get(name) : undefined;
  return account?.isEnabled === true && account.canLogin ? account : undefined;
}

async function logout(context: Context, token: string, address: string): Promise<void> {
  const checked = checkToken(context, token);
  if (typeof checked === 'string') return;
  const { account, claims } = checked;
  await context.revocations.revoke(account, claims);
  const entry = { actor: account, action: 'session/delete', object: claims.jti, address };
  context.options.audit.record({ ...entry, outcome: 'allowed' });
}

function signer(key: Buffer): (text: string) => string {
  return (text) => createHmac('sha256', key).update(text).digest('base64url');
}

function issueToken(context: Context, account: string): string {
  const { state, options } = context;
  const pwd = state.digests.get(account);
  if (state.key === undefined || pwd === undefined) throw new RestError('Unavailable', 'sessions are not ready');
  const nowSeconds = Math.floor(options.clock.now() / 1000);
  const life = Math.min(
    MAX_SESSION_SECONDS,
    Math.floor((options.sessionDuration ?? MAX_SESSION_SECONDS * 1000) / 1000),
  );
  const claims: SessionClaims = {
    iss: TOKEN_ISSUER,
    aud: TOKEN_AUDIENCE,
    sub: `${account}:login`,
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + life,
    jti: randomUUID(),
    pwd,
  };
  return encodeToken(claims, signer(state.key));
}

interface Checked {
  readonly account: string;
  readonly claims: SessionClaims;
}

function checkToken(context: Context, token: string): Checked | TokenDefect {
  const { state } = context;
  const parsed = parseToken(token);
  if (!parsed.ok) return parsed.error;
  const { claims, signature, signedText } = parsed.value;
  if (state.key === undefined || !equalText(signature, signer(state.key)(signedText))) return 'signature';
  const checked = checkClaims(claims, context.options.clock.now());
  if (!checked.ok) return checked.error;
  return checkAccount(context, { account: checked.value.account, claims });
}

function checkAccount(context: Context, checked: Checked): Checked | TokenDefect {
  const { state, revocations } = context;
  const account = usableAccount(state, checked.account);
  if (account === undefined) return 'account';
  const isCurrent = equalText(checked.claims.pwd, state.digests.get(account.name) ?? '');
  if (!isCurrent || checked.claims.iat < account.passwordChangedAt) return 'password-changed';
  return revocations.isRevoked(account.name, checked.claims) ? 'revoked' : checked;
}

function equalText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function sessionOf(checked: Checked): Session {
  const { account, claims } = checked;
  return {
    identity: { subject: account, username: account, groups: [], issuer: LOCAL_ISSUER },
    id: claims.jti,
    issuedAt: claims.iat,
    expiresAt: claims.exp,
  };
}

async function changePassword(context: Context, change: PasswordChange): Promise<void> {
  const { options, state, namespace } = context;
  const account = state.accounts.get(change.account);
  if (account === undefined) throw new RestError('NotFound', `account '${change.account}' does not exist`);
  const fault = passwordFault(change.newPassword);
  if (fault !== undefined) throw new RestError('InvalidArgument', fault);
  const entry = { actor: change.actor, action: 'accounts/update-password', object: change.account };
  const login = { username: change.actor, password: change.currentPassword, address: change.address };
  const reason = await refusalOf(context, login);
  options.audit.record({
    ...entry,
    address: change.address,
    outcome: reason === undefined ? 'allowed' : 'denied',
    ...(reason === undefined ? {} : { reason }),
  });
  if (reason !== undefined) throw new RestError('InvalidArgument', 'current password does not match');
  const hash = await context.passwords.hash(change.newPassword);
  const keys = passwordKeys(change.account);
  const mtime = formatTime(options.clock.now());
  let written: KubeObject | undefined;
  await editSecret({ api: options.api, namespace }, async (data, secret) => {
    const encoded = { [keys.password]: encode(hash), [keys.mtime]: encode(mtime) };
    written = { ...(secret as KubeObject), data: { ...data, ...encoded } } as KubeObject;
    return { [keys.password]: hash, [keys.mtime]: mtime };
  });
  // In force here at once; other replicas learn it from their watch.
  if (written !== undefined && getPath(written, ['data']) !== undefined) refresh(state, { secret: written });
  if (change.account === 'admin') await forgetInitialPassword(context);
}

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

async function forgetInitialPassword(context: Context): Promise<void> {
  const key = { namespace: context.namespace, name: INITIAL_SECRET_NAME };
  try {
    await deleteObject(context.options.api, { resource: resources.secrets, key });
  } catch (error) {
    context.options.logger.warn('the initial admin Secret could not be deleted', { error: String(error) });
  }
}
