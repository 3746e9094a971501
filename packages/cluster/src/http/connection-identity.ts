import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { CertificateSubject } from './authenticate.ts';

/** Extended key usage "client authentication". */
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';

/** What a connection proves about its peer. `refused` means that a certificate was shown and is not acceptable. */
export type ConnectionIdentity =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'certificate'; readonly subject: CertificateSubject; readonly expiresAt: number };

const NONE: ConnectionIdentity = { kind: 'none' };
const REFUSED: ConnectionIdentity = { kind: 'refused' };

function readIdentity(socket: TLSSocket): ConnectionIdentity {
  const certificate: Partial<PeerCertificate> = socket.getPeerCertificate();
  if (certificate.subject === undefined) return NONE;
  if (!socket.authorized || certificate.ext_key_usage?.includes(CLIENT_AUTHENTICATION) !== true) return REFUSED;
  const { CN, O } = certificate.subject as { CN?: string | string[]; O?: string | string[] };
  if (typeof CN !== 'string' || CN === '') return REFUSED;
  const organizations = O === undefined ? [] : Array.isArray(O) ? O : [O];
  const expiresAt = Date.parse(certificate.valid_to ?? '');
  return { kind: 'certificate', subject: { commonName: CN, organizations }, expiresAt };
}

const known = new WeakMap<TLSSocket, ConnectionIdentity>();

/** Who is at the other end, by its certificate. Read once for each connection; expiry counts at every request. */
export function connectionIdentity(socket: TLSSocket, nowMs: number): ConnectionIdentity {
  let identity = known.get(socket);
  if (identity === undefined) {
    identity = readIdentity(socket);
    known.set(socket, identity);
  }
  if (identity.kind === 'certificate' && !(nowMs < identity.expiresAt)) return REFUSED;
  return identity;
}
