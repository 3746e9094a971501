/** One entry of a tree object. */
export interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

/** Takes a tree object apart. `idBytes` is 20, or 32 in repositories with SHA-256. */
export function parseTree(content: Buffer, idBytes: number): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(32, at);
    const zero = content.indexOf(0, space + 1);
    if (space < 0 || zero < 0) break;
    const mode = content.subarray(at, space).toString('latin1');
    const name = content.subarray(space + 1, zero).toString('utf8');
    const id = content.subarray(zero + 1, zero + 1 + idBytes).toString('hex');
    entries.push({ mode, name, id });
    at = zero + 1 + idBytes;
  }
  return entries;
}

/** Who made a commit, when, and why. `date` is RFC 3339 in UTC. */
export interface CommitFacts {
  readonly author: string;
  readonly date: string;
  readonly message: string;
}

/** Reads a commit object. */
export function parseCommit(content: Buffer): CommitFacts {
  const text = content.toString('utf8');
  const split = text.indexOf('\n\n');
  const head = split < 0 ? text : text.slice(0, split);
  const match = /^author (.*) (\d+) [+-]\d{4}$/m.exec(head);
  const seconds = Number(match?.[2] ?? 0);
  return {
    author: match?.[1] ?? '',
    date: new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'),
    message: split < 0 ? '' : text.slice(split + 2).replace(/\n+$/, ''),
  };
}
