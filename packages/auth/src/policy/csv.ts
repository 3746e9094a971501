import { err, ok, type Result } from '@argosy/std';

/** The largest policy text, in UTF-16 units. */
export const MAX_POLICY_LENGTH = 1_048_576;

/** The most lines that a policy may hold. */
export const MAX_POLICY_LINES = 20_000;

/** One `p` line: who may, or must not, do what to which objects. */
export interface PolicyRule {
  readonly subject: string;
  readonly resource: string;
  readonly action: string;
  readonly object: string;
  readonly effect: 'allow' | 'deny';
}

/** One `g` line: `member` has what `role` has. */
export interface RoleGrant {
  readonly member: string;
  readonly role: string;
}

/** A policy as its lines say. */
export interface PolicyDocument {
  readonly rules: readonly PolicyRule[];
  readonly grants: readonly RoleGrant[];
}

/** Why a policy text was refused; `line` is 1-based. */
export interface PolicyDiagnostic {
  readonly line: number;
  readonly message: string;
}

/**
 * Reads a policy in Argo CD's CSV form: `p, subject, resource, action, object, allow|deny`, `g, member, role`,
 * `#` comments, quoted fields. One bad line refuses the whole text, as upstream does.
 */
export function parsePolicy(text: string): Result<PolicyDocument, PolicyDiagnostic> {
  if (text.length > MAX_POLICY_LENGTH) {
    return err({ line: 0, message: `policy has ${text.length} characters, at most ${MAX_POLICY_LENGTH} are allowed` });
  }
  const lines = text.split('\n');
  if (lines.length > MAX_POLICY_LINES) {
    return err({ line: 0, message: `policy has ${lines.length} lines, at most ${MAX_POLICY_LINES} are allowed` });
  }
  const rules: PolicyRule[] = [];
  const grants: RoleGrant[] = [];
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const parsed = parseLine(line);
    if (!parsed.ok) return err({ line: index + 1, message: parsed.error });
    if ('role' in parsed.value) grants.push(parsed.value);
    else rules.push(parsed.value);
  }
  return ok({ rules, grants });
}

function parseLine(line: string): Result<PolicyRule | RoleGrant, string> {
  const split = splitFields(line);
  if (!split.ok) return split;
  const kind = split.value[0];
  if (kind === 'g') return parseGrant(split.value);
  return kind === 'p' ? parseRule(split.value) : err(`a line starts with p or g, found ${JSON.stringify(kind)}`);
}

function parseGrant(fields: readonly string[]): Result<RoleGrant, string> {
  if (fields.length !== 3) return err(`a g line has 3 fields (g, member, role), found ${fields.length}`);
  return ok({ member: fields[1] ?? '', role: fields[2] ?? '' });
}

function parseRule(fields: readonly string[]): Result<PolicyRule, string> {
  const count = fields.length;
  const effect = fields[5] ?? '';
  if (count !== 6) return err(`a p line has 6 fields (p, subject, resource, action, object, effect), found ${count}`);
  if (effect !== 'allow' && effect !== 'deny') {
    return err(`the effect is allow or deny, found ${JSON.stringify(effect)}`);
  }
  const [subject, resource, action, object] = fields.slice(1) as [string, string, string, string];
  return ok({ subject, resource, action, object, effect });
}

const FIELD = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y;

function splitFields(line: string): Result<readonly string[], string> {
  const fields: string[] = [];
  FIELD.lastIndex = 0;
  for (;;) {
    const at = FIELD.lastIndex;
    const match = FIELD.exec(line);
    if (match === null) return err(`the quotes of the field at column ${at + 1} do not close`);
    fields.push(match[1] === undefined ? (match[2] ?? '').trim() : match[1].replaceAll('""', '"'));
    if (match[3] === '') return ok(fields);
  }
}
