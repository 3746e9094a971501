import { isObject } from '@argosy/std';
import type { OidcIssuer } from './oidc.ts';

/** Most issuers of one configuration. */
export const MAX_OIDC_ISSUERS = 64;

type Members = { readonly [field: string]: unknown };

const VERSIONS = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`);

/** A configuration that cannot be used; the message names the field, what was found and what is allowed. */
export class AuthenticationConfigError extends Error {
  override readonly name = 'AuthenticationConfigError';
}

function refuse(field: string, found: unknown, allowed: string): never {
  throw new AuthenticationConfigError(`${field}: found ${JSON.stringify(found) ?? 'nothing'}, allowed is ${allowed}`);
}

function objectAt(source: Members, key: string, field: string): Members {
  const value = source[key];
  return isObject(value) ? value : refuse(`${field}.${key}`, value, 'an object');
}

function textAt(source: Members, key: string, field: string): string {
  const value = source[key];
  return typeof value === 'string' && value !== '' ? value : refuse(`${field}.${key}`, value, 'a text');
}

/** A claim with its prefix. CEL expressions are refused aloud. */
function mappingOf(source: Members, field: string): { readonly claim: string; readonly prefix: string } {
  if (source['expression'] !== undefined) refuse(`${field}.expression`, source['expression'], 'only claim and prefix');
  const prefix = source['prefix'];
  if (typeof prefix !== 'string') refuse(`${field}.prefix`, prefix, 'a text (it may be empty)');
  return { claim: textAt(source, 'claim', field), prefix };
}

function requiredClaims(rules: unknown, field: string): { readonly [claim: string]: string } {
  if (rules === undefined) return {};
  if (!Array.isArray(rules)) return refuse(field, rules, 'a list');
  return Object.fromEntries(
    rules.map((rule: unknown, index) => {
      const at = `${field}[${index}]`;
      if (!isObject(rule) || rule['expression'] !== undefined) return refuse(at, rule, '{claim, requiredValue}');
      const value = rule['requiredValue'];
      return [
        textAt(rule, 'claim', at),
        typeof value === 'string' ? value : refuse(`${at}.requiredValue`, value, 'a text'),
      ];
    }),
  );
}

function issuerUrl(issuer: Members, field: string): string {
  const url = textAt(issuer, 'url', field);
  const isSound = URL.canParse(url) && new URL(url).protocol === 'https:' && !/[?#@]/.test(url);
  return isSound ? url : refuse(`${field}.url`, url, 'an https URL without user, query and fragment');
}

function audiencesOf(issuer: Members, field: string): readonly string[] {
  const list = issuer['audiences'];
  const texts = Array.isArray(list)
    ? list.filter((item): item is string => typeof item === 'string' && item !== '')
    : [];
  return texts.length > 0 ? texts : refuse(`${field}.audiences`, list, 'a list of at least one text');
}

function issuerOf(entry: unknown, field: string): OidcIssuer {
  if (!isObject(entry)) return refuse(field, entry, 'an object');
  const issuer = objectAt(entry, 'issuer', field);
  const mappings = objectAt(entry, 'claimMappings', field);
  const at = `${field}.claimMappings`;
  const groups = mappings['groups'];
  const authority = issuer['certificateAuthority'];
  for (const name of ['uid', 'extra'])
    if (mappings[name] !== undefined) refuse(`${at}.${name}`, mappings[name], 'nothing');
  if (entry['userValidationRules'] !== undefined) {
    refuse(`${field}.userValidationRules`, entry['userValidationRules'], 'nothing');
  }
  return {
    url: issuerUrl(issuer, `${field}.issuer`),
    audiences: audiencesOf(issuer, `${field}.issuer`),
    ...(typeof authority === 'string' && authority !== '' ? { certificateAuthority: authority } : {}),
    username: mappingOf(objectAt(mappings, 'username', at), `${at}.username`),
    ...(isObject(groups) ? { groups: mappingOf(groups, `${at}.groups`) } : {}),
    requiredClaims: requiredClaims(entry['claimValidationRules'], `${field}.claimValidationRules`),
  };
}

/**
 * Reads Kubernetes' AuthenticationConfiguration (`apiserver.config.k8s.io`): its `jwt` issuers with claims and prefixes.
 * @throws AuthenticationConfigError for anything that would not be done as it says.
 */
export function readAuthenticationConfig(document: unknown): readonly OidcIssuer[] {
  if (!isObject(document)) return refuse('the document', document, 'an AuthenticationConfiguration');
  const { apiVersion, kind, jwt } = document;
  if (typeof apiVersion !== 'string' || !VERSIONS.includes(apiVersion)) {
    refuse('apiVersion', apiVersion, VERSIONS.join(', '));
  }
  if (kind !== 'AuthenticationConfiguration') refuse('kind', kind, 'AuthenticationConfiguration');
  if (!Array.isArray(jwt) || jwt.length > MAX_OIDC_ISSUERS)
    return refuse('jwt', jwt, `at most ${MAX_OIDC_ISSUERS} issuers`);
  const issuers = jwt.map((entry: unknown, index) => issuerOf(entry, `jwt[${index}]`));
  const urls = issuers.map((issuer) => issuer.url);
  const twice = urls.find((url, index) => urls.indexOf(url) !== index);
  return twice === undefined ? issuers : refuse('jwt', twice, 'each issuer once');
}
