/** What went wrong with a repository, told apart once, here, so that nobody else reads git's English. */
export type RepositoryErrorKind =
  | 'NotFound'
  | 'AuthenticationRequired'
  | 'HostUnreachable'
  | 'HostKeyUnknown'
  | 'CertificateUntrusted'
  | 'Timeout'
  | 'RevisionNotFound'
  | 'PathNotFound'
  | 'TooLarge'
  | 'CorruptRepository'
  | 'DisappearedMidFetch'
  | 'InvalidRequest'
  | 'RenderFailed'
  | 'Unsupported'
  | 'Cancelled'
  | 'Unknown';

/** The only error that leaves this folder. `message` is a sentence without credentials and without local paths. */
export class RepositoryError extends Error {
  override readonly name = 'RepositoryError';
  readonly kind: RepositoryErrorKind;

  constructor(kind: RepositoryErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

const MAX_DETAIL_CHARACTERS = 400;

const PATTERNS: readonly (readonly [RepositoryErrorKind, RegExp])[] = [
  ['HostKeyUnknown', /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i],
  [
    'CertificateUntrusted',
    /certificate (verif(y|ication) failed|problem)|SSL certificate|self.signed certificate|peer's certificate/i,
  ],
  [
    'AuthenticationRequired',
    /could not read (Username|Password)|Authentication failed|terminal prompts disabled|Permission denied \(|HTTP 40[13]|returned error: 40[13]|invalid credentials/i,
  ],
  [
    'HostUnreachable',
    /Could not resolve host|Connection refused|Failed to connect|No route to host|Network is unreachable|Connection timed out|Name or service not known|Couldn't connect to server/i,
  ],
  ['Timeout', /Operation too slow|Operation timed out/i],
  ['RevisionNotFound', /couldn't find remote ref|not our ref|unadvertised object/i],
  [
    'DisappearedMidFetch',
    /early EOF|unexpected disconnect|hung up unexpectedly|RPC failed|the remote end hung up|premature end|curl 18|transfer closed/i,
  ],
  [
    'NotFound',
    /does not appear to be a git repository|[Rr]epository .* not found|[Rr]epository not found|does not exist|returned error: 404|not a git repository/i,
  ],
  [
    'CorruptRepository',
    /corrupt|bad object|unable to unpack|invalid index-pack|inflate|broken|bad signature|missing blob/i,
  ],
];

/** Drops what must not be told: credentials in URLs, bearer tokens, local directories. */
export function sanitizeGitText(text: string, hidden: readonly string[] = []): string {
  let clean = text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1').replace(/(bearer|basic)\s+\S+/gi, '$1 ***');
  for (const secret of hidden) if (secret.length > 0) clean = clean.replaceAll(secret, '<cache>');
  const lines = clean
    .split(/[\r\n]+/)
    .map((line) =>
      [...line]
        .filter((char) => char >= ' ' && char !== '\u007f')
        .join('')
        .trim(),
    )
    .filter((line) => line !== '' && !line.startsWith('hint:') && !line.startsWith('warning:'));
  const telling = lines.filter((line) => /^(fatal|error|ssh|remote|ERROR)/.test(line));
  return (telling.length > 0 ? telling : lines).slice(0, 4).join('; ').slice(0, MAX_DETAIL_CHARACTERS);
}

const SENTENCES: Partial<Record<RepositoryErrorKind, string>> = {
  NotFound: 'repository not found',
  AuthenticationRequired:
    'authentication required: the repository asks for credentials that are missing or not accepted',
  HostUnreachable: 'the host of the repository cannot be reached',
  HostKeyUnknown: 'the host key of the repository is not known',
  CertificateUntrusted: 'the certificate of the repository is not trusted',
  DisappearedMidFetch: 'the repository went away while it was being fetched',
  CorruptRepository: 'the repository is corrupt',
  Timeout: 'the repository answered too slowly',
};

/** Reads git's complaint about `url` once and says what it means. */
export function classifyGitFailure(
  url: string,
  stderr: string,
  options: { readonly hidden?: readonly string[] } = {},
): RepositoryError {
  const kind = PATTERNS.find(([, pattern]) => pattern.test(stderr))?.[0] ?? 'Unknown';
  const detail = sanitizeGitText(stderr, options.hidden);
  const sentence = SENTENCES[kind] ?? 'git failed';
  return new RepositoryError(kind, `${sentence}: ${displayUrl(url)}${detail === '' ? '' : ` (${detail})`}`);
}

/** A repository URL as it may be shown: without user information. */
export function displayUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1').slice(0, 300);
}
