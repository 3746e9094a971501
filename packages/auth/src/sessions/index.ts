/** Local accounts, login, session tokens and the policy of an installation, kept in its own cluster. */
export {
  LOCAL_ISSUER,
  MAX_ACCOUNT_NAME_LENGTH,
  openSessions,
  type LoginRequest,
  type PasswordChange,
  type Session,
  type SessionOptions,
  type Sessions,
} from './sessions.ts';
export { followPolicy, type FollowPolicyOptions } from './follow-policy.ts';
export { INITIAL_PASSWORD_LENGTH, INITIAL_SECRET_NAME, SECRET_NAME } from './bootstrap.ts';
export {
  addressPrefix,
  BUDGET_SLOTS,
  createLoginBudget,
  FAILURE_WINDOW_MS,
  MAX_ACCOUNT_FAILURES,
  MAX_PAIR_FAILURES,
  MAX_PREFIX_FAILURES,
  type Attempt,
  type LoginBudget,
} from './login-budget.ts';
export {
  BCRYPT_COST,
  createPasswords,
  MAX_CONCURRENT_CHECKS,
  MAX_PASSWORD_BYTES,
  MAX_WAITING_CHECKS,
  MIN_PASSWORD_LENGTH,
  MIN_THREAD_COST,
  type PasswordOptions,
  type Passwords,
} from './passwords.ts';
export { MAX_ENDED_PER_ACCOUNT, REVOCATIONS_NAME } from './revocations.ts';
