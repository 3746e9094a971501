import { X509Certificate } from 'node:crypto';
import { contextTag, dottedIdentifier, elementsOf, sequenceIn, type Element } from './der.ts';
import { Refusal } from './refusal.ts';

const SUBJECT_KEY_ID = '2.5.29.14';

/** The parts of a certificate's body, without the version where it stands. */
function bodyParts(bytes: Uint8Array): readonly Element[] {
  const body = sequenceIn(bytes)[0];
  const parts = elementsOf(body?.content ?? new Uint8Array(0));
  return parts[0]?.tag === contextTag(0) ? parts.slice(1) : parts;
}

function keyIdIn(parts: readonly Element[]): Uint8Array | undefined {
  const list = parts.find((part) => part.tag === contextTag(3));
  if (list === undefined) return undefined;
  const found = sequenceIn(list.content)
    .map((extension) => elementsOf(extension.content))
    .find(([id]) => id !== undefined && dottedIdentifier(id.content) === SUBJECT_KEY_ID);
  return elementsOf(found?.at(-1)?.content ?? new Uint8Array(0))[0]?.content;
}

/** What is taken from a certificate: the subject, the name of its key where it is given, and the key. */
export interface ReadCertificate {
  readonly name: Uint8Array;
  readonly keyId: Uint8Array | undefined;
  readonly publicKey: Uint8Array;
}

/** Reads the bytes of a certificate. Refuses in Go's words for bytes that are none. */
export function readCertificate(bytes: Uint8Array): ReadCertificate {
  try {
    const { publicKey } = new X509Certificate(bytes);
    const parts = bodyParts(bytes);
    // Serial number, algorithm, issuer, validity, subject, key.
    const name = parts[4]?.whole ?? new Uint8Array(0);
    return { name, keyId: keyIdIn(parts), publicKey: publicKey.export({ format: 'der', type: 'spki' }) };
  } catch {
    throw new Refusal('x509: malformed certificate');
  }
}
