import { checkLimit } from './refusal.ts';

/** Characters of one PEM text that is read: a key of 8,192 bits has some 6,500. */
export const PEM_LIMIT_CHARACTERS = 262_144;

/** What stands between the lines BEGIN and END. */
export interface PemBlock {
  readonly type: string;
  readonly bytes: Uint8Array;
}

const BEGIN = '-----BEGIN ';
const END = '\n-----END ';
const DASHES = '-----';

/** Go skips lines with a colon at the start of a block: they are headers. */
function withoutHeaders(body: string): string {
  const lines = body.split('\n');
  const first = lines.findIndex((line) => !line.includes(':'));
  return lines.slice(first < 0 ? lines.length : first).join('');
}

function readBlock(text: string, start: number): PemBlock | undefined {
  const lineEnd = text.indexOf('\n', start);
  const line = text.slice(start, lineEnd).trimEnd();
  if (lineEnd < 0 || !line.endsWith(DASHES)) return undefined;
  const type = line.slice(BEGIN.length, -DASHES.length);
  // An empty block's END follows at once, so the search begins on the line break.
  const end = text.indexOf(END, lineEnd);
  if (end < 0 || !text.startsWith(`${type}${DASHES}`, end + END.length)) return undefined;
  const after = text.slice(end + END.length + type.length + DASHES.length);
  if (!/^[ \t\r]*(\n|$)/.test(after)) return undefined;
  const body = withoutHeaders(text.slice(lineEnd + 1, Math.max(end, lineEnd + 1))).replace(/\s/g, '');
  if (body.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(body)) return undefined;
  return { type, bytes: new Uint8Array(Buffer.from(body, 'base64')) };
}

/** The first block of a text, as Go's pem.Decode finds it: what is no block is passed over. */
export function decodePem(text: string): PemBlock | undefined {
  checkLimit('PEM characters', text.length, PEM_LIMIT_CHARACTERS);
  for (let at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + 1)) {
    const block = at === 0 || text.charAt(at - 1) === '\n' ? readBlock(text, at) : undefined;
    if (block !== undefined) return block;
  }
  return undefined;
}

/** A block in lines of 64 characters, as Go and OpenSSL write it. */
export function encodePem(type: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`${BEGIN}${type}${DASHES}`, ...lines, `-----END ${type}${DASHES}`, ''].join('\n');
}
