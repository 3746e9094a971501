import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant } from '@argosy/std';
import {
  checkClaims,
  CLOCK_SKEW_SECONDS,
  encodeToken,
  MAX_SESSION_SECONDS,
  MAX_SUBJECT_LENGTH,
  MAX_TOKEN_LENGTH,
  parseToken,
  type SessionClaims,
} from './index.ts';

const sign = (text: string): string => createHmac('sha256', 'key').update(text).digest('base64url');
const claims: SessionClaims = {
  iss: 'argocd',
  aud: 'argocd',
  sub: 'admin:login',
  iat: 1000,
  nbf: 1000,
  exp: 2000,
  jti: 'id',
  pwd: 'digest',
};
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = encodeToken(claims, sign);
const [header = '', payload = '', signature = ''] = token.split('.');

describe('parseToken', () => {
  it('reads what encodeToken wrote', () => {
    expect(parseToken(token)).toEqual({
      ok: true,
      value: { signedText: `${header}.${payload}`, signature, claims },
    });
    expect(sign(`${header}.${payload}`)).toBe(signature);
  });

  it.each([
    { reason: 'no parts', text: 'x', defect: 'malformed' },
    { reason: 'four parts', text: `${token}.x`, defect: 'malformed' },
    { reason: 'too long', text: 'x'.repeat(MAX_TOKEN_LENGTH + 1), defect: 'malformed' },
    { reason: 'alg none', text: `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`, defect: 'header' },
    { reason: 'another alg', text: `${encode({ alg: 'HS512', typ: 'JWT' })}.${payload}.x`, defect: 'header' },
    { reason: 'a key in the header', text: `${encode({ alg: 'HS256', jwk: {} })}.${payload}.x`, defect: 'header' },
    { reason: 'padding', text: `${header}.${payload}=.${signature}`, defect: 'malformed' },
    { reason: 'a cut signature', text: `${header}.${payload}.${signature.slice(1)}`, defect: 'malformed' },
    { reason: 'claims that are no object', text: `${header}.${encode([])}.${signature}`, defect: 'claims' },
    { reason: 'exp as text', text: `${header}.${encode({ ...claims, exp: '9' })}.${signature}`, defect: 'claims' },
    {
      reason: 'exp missing',
      text: `${header}.${encode({ ...claims, exp: undefined })}.${signature}`,
      defect: 'claims',
    },
    { reason: 'jti empty', text: `${header}.${encode({ ...claims, jti: '' })}.${signature}`, defect: 'claims' },
  ])('refuses $reason', ({ text, defect }) => {
    expect(parseToken(text)).toEqual({ ok: false, error: defect });
  });

  it('never throws on any text', () => {
    fc.assert(fc.property(fc.string(), (text) => !parseToken(text).ok));
    fc.assert(fc.property(fc.string(), (text) => typeof parseToken(`${header}.${text}.${signature}`).ok === 'boolean'));
  });
});

describe('checkClaims', () => {
  const at = (seconds: number): ReturnType<typeof instant> => instant(seconds * 1000);

  it.each([
    { reason: 'good', change: {}, now: 1500, result: 'admin' },
    { reason: 'the last second', change: {}, now: 1999, result: 'admin' },
    { reason: 'over', change: {}, now: 2000, result: 'expired' },
    { reason: 'within the skew', change: {}, now: 1000 - CLOCK_SKEW_SECONDS, result: 'admin' },
    { reason: 'from the future', change: {}, now: 999 - CLOCK_SKEW_SECONDS, result: 'not-yet-valid' },
    { reason: 'lives too long', change: { exp: 1001 + MAX_SESSION_SECONDS }, now: 1500, result: 'lifetime' },
    { reason: 'another issuer', change: { iss: 'argocd/' }, now: 1500, result: 'issuer' },
    { reason: 'another audience', change: { aud: 'x' }, now: 1500, result: 'audience' },
    { reason: 'an API key', change: { sub: 'admin:apiKey' }, now: 1500, result: 'subject' },
    { reason: 'a project token', change: { sub: 'proj:a:login' }, now: 1500, result: 'subject' },
    { reason: 'no account', change: { sub: ':login' }, now: 1500, result: 'subject' },
    { reason: 'a control character', change: { sub: 'a\n:login' }, now: 1500, result: 'subject' },
    {
      reason: 'a long subject',
      change: { sub: `${'x'.repeat(MAX_SUBJECT_LENGTH)}:login` },
      now: 1500,
      result: 'subject',
    },
  ])('$reason → $result', ({ change, now, result }) => {
    const checked = checkClaims({ ...claims, ...change }, at(now));
    expect(checked.ok ? checked.value.account : checked.error).toBe(result);
  });
});
