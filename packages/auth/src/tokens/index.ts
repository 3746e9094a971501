/** The form of our own session tokens: JWT, HS256, one header, bounded life. Pure: signing comes in as a function. */
export {
  checkClaims,
  CLOCK_SKEW_SECONDS,
  encodeToken,
  MAX_SESSION_SECONDS,
  MAX_SUBJECT_LENGTH,
  MAX_TOKEN_LENGTH,
  parseToken,
  TOKEN_AUDIENCE,
  TOKEN_ISSUER,
  type ParsedToken,
  type SessionClaims,
  type Signer,
  type TokenDefect,
} from './token.ts';
