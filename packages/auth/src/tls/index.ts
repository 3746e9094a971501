/** The local certificate authority and the keys of the embedded cluster: generated once, stored privately. */
export { AuthorityError } from './authority-error.ts';
export {
  ensureAuthority,
  type Authority,
  type AuthorityOptions,
  type CertificateRequest,
  type LeafPem,
  type SigningKeyPem,
} from './authority.ts';
export { type KeyPairPem } from './certificate.ts';
