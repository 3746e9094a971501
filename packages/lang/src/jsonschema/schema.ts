import { err, equalJson, isObject, ok, type JsonValue, type Result } from '@argosy/std';
import { diagnostic, DiagnosticError, limitReached, type Diagnostic } from '../diagnostic/index.ts';
import { compileRegex, type Regex } from '../regex/index.ts';
import { hasFormat } from './formats.ts';

/** Named limits of one validation. */
export interface JsonSchemaLimits {
  /** Subschemas applied to values. */
  readonly steps: number;
  /** Values inside of one another, `$ref`s included. */
  readonly depth: number;
  /** Problems that are told. */
  readonly problems: number;
}

/** Far above what a chart's values need. */
export const DEFAULT_JSON_SCHEMA_LIMITS: JsonSchemaLimits = Object.freeze({
  steps: 1_000_000,
  depth: 500,
  problems: 1000,
});

/** One thing that is wrong with a value: `path` is `(root)` or members joined by dots. */
export interface SchemaProblem {
  readonly path: string;
  readonly message: string;
}

/** A schema that values can be checked against. */
export interface JsonSchema {
  /** All problems of a value, in the words of the library that helm 3 uses; none when it is valid. */
  validate(value: JsonValue): Result<readonly SchemaProblem[], Diagnostic>;
}

type Members = { readonly [key: string]: unknown };

/** What one application of a schema came to; `score` tells which of several failed alternatives came closest. */
interface Outcome {
  readonly problems: SchemaProblem[];
  score: number;
}

interface Site {
  readonly schema: unknown;
  readonly value: unknown;
  readonly path: string;
  readonly depth: number;
}

const own = (members: Members, key: string): unknown => (Object.hasOwn(members, key) ? members[key] : undefined);
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);
const inner = (path: string, key: string): string => (path === '(root)' ? key : `${path}.${key}`);
const newOutcome = (): Outcome => ({ problems: [], score: 0 });

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value === 'object' ? 'object' : typeof value;
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

const codePoints = (text: string): number => [...text].length;

/** One validation: counts its work and collects problems. */
class Validation {
  readonly #root: unknown;
  readonly #limits: JsonSchemaLimits;
  readonly #patterns: Map<string, Regex>;
  #steps = 0;

  constructor(root: unknown, limits: JsonSchemaLimits, patterns: Map<string, Regex>) {
    this.#root = root;
    this.#limits = limits;
    this.#patterns = patterns;
  }

  run(value: JsonValue): readonly SchemaProblem[] {
    const outcome = newOutcome();
    this.#apply({ schema: this.#root, value, path: '(root)', depth: 0 }, outcome);
    return outcome.problems;
  }

  #report(outcome: Outcome, path: string, message: string): void {
    outcome.score -= 2;
    if (outcome.problems.length < this.#limits.problems) outcome.problems.push({ path, message });
  }

  #merge(into: Outcome, from: Outcome): void {
    into.problems.push(...from.problems.slice(0, this.#limits.problems - into.problems.length));
    into.score += from.score;
  }

  /** The outcome of a subschema by itself. */
  #try(site: Site): Outcome {
    const outcome = newOutcome();
    this.#apply(site, outcome);
    return outcome;
  }

  #apply(site: Site, outcome: Outcome): void {
    this.#steps += 1;
    const { steps, depth } = this.#limits;
    if (this.#steps > steps) throw new DiagnosticError(limitReached('JSON schema steps', steps));
    if (site.depth > depth) throw new DiagnosticError(limitReached('JSON schema depth', depth));
    const { schema } = site;
    if (schema === false) return this.#report(outcome, site.path, 'False always fails validation');
    if (!isObject(schema)) return;
    const reference = own(schema, '$ref');
    if (typeof reference === 'string') {
      return this.#apply({ ...site, schema: this.#resolve(reference), depth: site.depth + 1 }, outcome);
    }
    if (!this.#checkType(site, schema, outcome)) return;
    this.#combinations(site, schema, outcome);
    this.#byKind(site, schema, outcome);
    outcome.score += 1;
  }

  #byKind(site: Site, schema: Members, outcome: Outcome): void {
    const { value } = site;
    if (Array.isArray(value)) this.#array(site, schema, outcome);
    if (isObject(value)) this.#object(site, schema, outcome);
    if (typeof value === 'number') this.#number(site, schema, outcome);
    this.#common(site, schema, outcome);
    if (typeof value === 'string') this.#text(site, schema, outcome);
    if (isObject(value)) this.#members(site, schema, outcome);
  }

  #resolve(reference: string): unknown {
    if (!reference.startsWith('#')) {
      throw new DiagnosticError(diagnostic(`$ref ${JSON.stringify(reference)} leads out of the schema`));
    }
    let current: unknown = this.#root;
    for (const part of decodeURIComponent(reference.slice(1)).split('/').slice(1)) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (Array.isArray(current)) current = (current as readonly unknown[])[Number(key)];
      else if (isObject(current)) current = own(current, key);
      else current = undefined;
    }
    if (current === undefined)
      throw new DiagnosticError(diagnostic(`$ref ${JSON.stringify(reference)} leads to nothing`));
    return current;
  }

  #checkType({ value, path }: Site, schema: Members, outcome: Outcome): boolean {
    const given = own(schema, 'type');
    if (given === undefined) return true;
    const types = (Array.isArray(given) ? given : [given]).map(String);
    const found = typeName(value);
    if (types.includes(found) || (found === 'integer' && types.includes('number'))) return true;
    const expected = types.length === 1 ? (types[0] ?? '') : `[${types.join(',')}]`;
    this.#report(outcome, path, `Invalid type. Expected: ${expected}, given: ${found}`);
    return false;
  }

  #combinations(site: Site, schema: Members, outcome: Outcome): void {
    const at = (part: unknown): Site => ({ ...site, schema: part, depth: site.depth + 1 });
    this.#anyOf(site, asList(own(schema, 'anyOf')).map(at), outcome);
    this.#oneOf(site, asList(own(schema, 'oneOf')).map(at), outcome);
    const all = asList(own(schema, 'allOf')).map((part) => this.#try(at(part)));
    for (const each of all) this.#merge(outcome, each);
    if (all.some((each) => each.problems.length > 0)) {
      this.#report(outcome, site.path, 'Must validate all the schemas (allOf)');
    }
    const not = own(schema, 'not');
    if (not !== undefined && this.#try(at(not)).problems.length === 0) {
      this.#report(outcome, site.path, 'Must not validate the schema (not)');
    }
    this.#dependencies(site, schema, outcome);
    this.#condition(site, schema, outcome);
  }

  #anyOf({ path }: Site, choices: readonly Site[], outcome: Outcome): void {
    if (choices.length === 0) return;
    let best: Outcome | undefined;
    for (const choice of choices) {
      const tried = this.#try(choice);
      if (tried.problems.length === 0) return;
      if (best === undefined || tried.score > best.score) best = tried;
    }
    this.#report(outcome, path, 'Must validate at least one schema (anyOf)');
    if (best !== undefined) this.#merge(outcome, best);
  }

  #oneOf({ path }: Site, choices: readonly Site[], outcome: Outcome): void {
    if (choices.length === 0) return;
    let best: Outcome | undefined;
    let valid = 0;
    for (const choice of choices) {
      const tried = this.#try(choice);
      if (tried.problems.length === 0) valid += 1;
      else if (valid === 0 && (best === undefined || tried.score > best.score)) best = tried;
    }
    if (valid === 1) return;
    this.#report(outcome, path, 'Must validate one and only one schema (oneOf)');
    if (valid === 0 && best !== undefined) this.#merge(outcome, best);
  }

  #dependencies(site: Site, schema: Members, outcome: Outcome): void {
    const dependencies = own(schema, 'dependencies');
    const { value } = site;
    if (!isObject(dependencies) || !isObject(value)) return;
    for (const key of Object.keys(value).sort()) {
      const dependency = own(dependencies, key);
      if (Array.isArray(dependency)) {
        const missing = dependency.map(String).filter((name) => !Object.hasOwn(value, name));
        for (const name of missing) this.#report(outcome, site.path, `Has a dependency on ${name}`);
      } else if (dependency !== undefined) {
        this.#apply({ ...site, schema: dependency, depth: site.depth + 1 }, outcome);
      }
    }
  }

  #condition(site: Site, schema: Members, outcome: Outcome): void {
    const test = own(schema, 'if');
    if (test === undefined) return;
    const holds = this.#try({ ...site, schema: test, depth: site.depth + 1 }).problems.length === 0;
    const part = own(schema, holds ? 'then' : 'else');
    if (part === undefined) return;
    const tried = this.#try({ ...site, schema: part, depth: site.depth + 1 });
    if (tried.problems.length === 0) return;
    const words = holds ? 'Must validate "then" as "if" was valid' : 'Must validate "else" as "if" was not valid';
    this.#report(outcome, site.path, words);
    this.#merge(outcome, tried);
  }

  #common({ value, path }: Site, schema: Members, outcome: Outcome): void {
    const field = path;
    const fixed = own(schema, 'const');
    if (Object.hasOwn(schema, 'const') && !equalJson(fixed as JsonValue, value as JsonValue)) {
      this.#report(outcome, path, `${field} does not match: ${jsonOf(fixed)}`);
    }
    const choices = own(schema, 'enum');
    if (
      Array.isArray(choices) &&
      !choices.some((choice: unknown) => equalJson(choice as JsonValue, value as JsonValue))
    ) {
      this.#report(outcome, path, `${field} must be one of the following: ${choices.map(jsonOf).join(', ')}`);
    }
    const format = own(schema, 'format');
    if (typeof format === 'string' && typeof value === 'string' && !hasFormat(format, value)) {
      this.#report(outcome, path, `Does not match format '${format}'`);
    }
  }

  #array(site: Site, schema: Members, outcome: Outcome): void {
    const values = site.value as readonly unknown[];
    this.#items(site, schema, outcome);
    this.#bound({ path: site.path, schema, outcome }, { count: values.length, least: 'minItems', most: 'maxItems' });
    if (own(schema, 'uniqueItems') === true) this.#unique(values, site.path, outcome);
    const contains = own(schema, 'contains');
    if (contains === undefined) return;
    const tries = values.map((value, index) =>
      this.#try({ schema: contains, value, path: inner(site.path, String(index)), depth: site.depth + 1 }),
    );
    if (tries.some((each) => each.problems.length === 0)) return;
    this.#report(outcome, site.path, 'At least one of the items must match');
    const best = tries.toSorted((a, b) => b.score - a.score)[0];
    if (best !== undefined) this.#merge(outcome, best);
  }

  #items({ value, path, depth }: Site, schema: Members, outcome: Outcome): void {
    const items = own(schema, 'items');
    if (items === undefined) return;
    const extra = own(schema, 'additionalItems');
    const values = value as readonly unknown[];
    const tuple = Array.isArray(items) ? (items as readonly unknown[]) : undefined;
    if (tuple !== undefined && extra === false && values.length > tuple.length) {
      this.#report(outcome, path, 'No additional items allowed on array');
    }
    values.forEach((item, index) => {
      const part = tuple === undefined ? items : index < tuple.length ? tuple[index] : isObject(extra) ? extra : true;
      const at = { schema: part, value: item, path: inner(path, String(index)), depth: depth + 1 };
      this.#merge(outcome, this.#try(at));
    });
  }

  #bound(
    at: { readonly path: string; readonly schema: Members; readonly outcome: Outcome },
    what: { readonly count: number; readonly least: string; readonly most: string },
  ): void {
    const { path, schema, outcome } = at;
    const noun = what.least === 'minItems' ? ['Array', 'items'] : ['', 'properties'];
    const start = noun[0] === '' ? 'Must have' : `${noun[0]} must have`;
    const least = own(schema, what.least);
    const most = own(schema, what.most);
    if (typeof least === 'number' && what.count < least)
      this.#report(outcome, path, `${start} at least ${least} ${noun[1]}`);
    if (typeof most === 'number' && what.count > most)
      this.#report(outcome, path, `${start} at most ${most} ${noun[1]}`);
  }

  #unique(values: readonly unknown[], path: string, outcome: Outcome): void {
    const seen = new Map<string, number>();
    values.forEach((value, index) => {
      const text = jsonOf(value);
      const before = seen.get(text);
      if (before !== undefined) this.#report(outcome, path, `array items[${before},${index}] must be unique`);
      seen.set(text, index);
    });
  }

  #object(site: Site, schema: Members, outcome: Outcome): void {
    const value = site.value as Members;
    const keys = Object.keys(value).sort();
    const bounds = { count: keys.length, least: 'minProperties', most: 'maxProperties' };
    this.#bound({ path: site.path, schema, outcome }, bounds);
    for (const name of asList(own(schema, 'required')).map(String)) {
      if (!Object.hasOwn(value, name)) this.#report(outcome, site.path, `${name} is required`);
    }
    for (const key of keys) this.#member(site, { schema, key }, outcome);
    const names = own(schema, 'propertyNames');
    if (names === undefined) return;
    for (const key of keys) {
      const tried = this.#try({ schema: names, value: key, path: site.path, depth: site.depth + 1 });
      if (tried.problems.length === 0) continue;
      this.#report(outcome, site.path, `Property name of "${key}" does not match`);
      this.#merge(outcome, tried);
    }
  }

  /** patternProperties and additionalProperties of one member. */
  #member(site: Site, { schema, key }: { schema: Members; key: string }, outcome: Outcome): void {
    const patterns = own(schema, 'patternProperties');
    const value = (site.value as Members)[key];
    const at = (part: unknown): Site => ({ schema: part, value, path: inner(site.path, key), depth: site.depth + 1 });
    let matched = false;
    for (const [pattern, part] of Object.entries(isObject(patterns) ? patterns : {})) {
      if (!this.#pattern(pattern).test(key)) continue;
      matched = true;
      this.#merge(outcome, this.#try(at(part)));
    }
    const properties = own(schema, 'properties');
    if (matched || (isObject(properties) && Object.hasOwn(properties, key))) return;
    const extra = own(schema, 'additionalProperties');
    if (extra === false) this.#report(outcome, site.path, `Additional property ${key} is not allowed`);
    else if (isObject(extra)) this.#merge(outcome, this.#try(at(extra)));
  }

  #members(site: Site, schema: Members, outcome: Outcome): void {
    const properties = own(schema, 'properties');
    if (!isObject(properties)) return;
    const value = site.value as Members;
    for (const key of Object.keys(properties).sort()) {
      if (!Object.hasOwn(value, key)) continue;
      const at = { schema: properties[key], value: value[key], path: inner(site.path, key), depth: site.depth + 1 };
      this.#apply(at, outcome);
    }
  }

  #number({ value, path }: Site, schema: Members, outcome: Outcome): void {
    const found = value as number;
    const bound = (name: string, fails: (limit: number) => boolean, words: string): void => {
      const limit = own(schema, name);
      if (typeof limit === 'number' && fails(limit)) this.#report(outcome, path, `Must be ${words} ${limit}`);
    };
    bound('multipleOf', (limit) => Math.abs(found / limit - Math.round(found / limit)) > 1e-9, 'a multiple of');
    bound('maximum', (limit) => found > limit, 'less than or equal to');
    bound('exclusiveMaximum', (limit) => found >= limit, 'less than');
    bound('minimum', (limit) => found < limit, 'greater than or equal to');
    bound('exclusiveMinimum', (limit) => found <= limit, 'greater than');
  }

  #text({ value, path }: Site, schema: Members, outcome: Outcome): void {
    const found = value as string;
    const least = own(schema, 'minLength');
    const most = own(schema, 'maxLength');
    const pattern = own(schema, 'pattern');
    if (typeof least === 'number' && codePoints(found) < least)
      this.#report(outcome, path, `String length must be greater than or equal to ${least}`);
    if (typeof most === 'number' && codePoints(found) > most)
      this.#report(outcome, path, `String length must be less than or equal to ${most}`);
    if (typeof pattern === 'string' && !this.#pattern(pattern).test(found))
      this.#report(outcome, path, `Does not match pattern '${pattern}'`);
  }

  #pattern(source: string): Regex {
    const known = this.#patterns.get(source);
    if (known !== undefined) return known;
    const compiled = compileRegex(source);
    if (!compiled.ok) {
      throw new DiagnosticError(diagnostic(`pattern ${JSON.stringify(source)}: ${compiled.error.message}`));
    }
    this.#patterns.set(source, compiled.value);
    return compiled.value;
  }
}

/** Compiles a draft-7 schema given as JSON text. `$ref` stays inside the document: nothing is ever fetched. */
export function compileJsonSchema(text: string, given: Partial<JsonSchemaLimits> = {}): Result<JsonSchema, Diagnostic> {
  const limits = { ...DEFAULT_JSON_SCHEMA_LIMITS, ...given };
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    return err(diagnostic(error instanceof Error ? error.message : 'malformed JSON'));
  }
  if (!isObject(root) && typeof root !== 'boolean') return err(diagnostic('a schema is an object or a boolean'));
  const patterns = new Map<string, Regex>();
  return ok({
    validate: (value) => {
      try {
        return ok(new Validation(root, limits, patterns).run(value));
      } catch (error) {
        if (error instanceof DiagnosticError) return err(error.diagnostic);
        if (error instanceof RangeError) return err(limitReached('JSON schema depth', limits.depth));
        throw error;
      }
    },
  });
}
