import { err, ok, setOwn, type JsonValue, type Result } from '@argosy/std';
import { DiagnosticError, diagnostic, limitReached, type Diagnostic } from '../diagnostic/index.ts';
import { typeName, arrayOf, LuaTable, type LuaValue } from './value.ts';
import { toText } from './operations.ts';
import { decodeBytes, encodeBytes } from './text.ts';

/** Levels of a value that is turned into JSON. */
export const LUA_LIMIT_JSON_DEPTH = 200;
/** Members of a value that is turned into JSON. */
export const LUA_LIMIT_JSON_MEMBERS = 200_000;

/**
 * A JSON value as Lua sees it: objects and arrays become tables, filled when they are first looked at, so `json` must not
 * change while they are in use. Null members are left out.
 */
export function fromJson(json: unknown): LuaValue {
  if (typeof json === 'string') return encodeBytes(json);
  if (typeof json === 'number' || typeof json === 'boolean') return json;
  if (typeof json === 'bigint') return Number(json);
  if (Array.isArray(json)) return arrayTable(json);
  return typeof json === 'object' && json !== null ? objectTable(json) : undefined;
}

function arrayTable(items: readonly unknown[]): LuaTable {
  return new LuaTable((table) => {
    for (const item of items) {
      const value = fromJson(item);
      // compat(lang-0510): a null in a list is dropped and what follows moves up, as Argo CD's conversion does.
      if (value !== undefined) table.array.push(value);
    }
  });
}

function objectTable(object: object): LuaTable {
  return new LuaTable((table) => {
    for (const [key, item] of Object.entries(object)) table.set(encodeBytes(key), fromJson(item));
  });
}

/** How `toJson` chooses between arrays and objects. */
export interface ToJsonOptions {
  /**
   * `cd`: the first key decides; holes, mixed keys and functions are errors; an empty table is `[]`.
   * `events`: a table with an element 1…n is an array with holes as null and other keys lost; an empty table is `{}`,
   * unless its metatable has `__is_array`.
   * @default 'cd'
   */
  readonly dialect?: 'cd' | 'events';
}

/** A Lua value as JSON; an error for what JSON cannot hold, and for limits. */
export function toJson(value: LuaValue, options: ToJsonOptions = {}): Result<JsonValue, Diagnostic> {
  try {
    return ok(new Encoder(options.dialect ?? 'cd').encode(value));
  } catch (error) {
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    throw error;
  }
}

class Encoder {
  private readonly dialect: 'cd' | 'events';
  private readonly open = new Set<LuaTable>();
  private members = 0;

  constructor(dialect: 'cd' | 'events') {
    this.dialect = dialect;
  }

  encode(value: LuaValue): JsonValue {
    if (value === undefined) return null;
    if (typeof value === 'string') return decodeBytes(value);
    if (typeof value === 'boolean') return value;
    if (typeof value === 'number') return encodeNumber(value);
    if (value instanceof LuaTable) return this.nested(value);
    throw failure(`cannot encode ${typeName(value)} to JSON`);
  }

  private nested(table: LuaTable): JsonValue {
    if (this.open.has(table)) throw failure('cannot encode recursively nested tables to JSON');
    if (this.open.size >= LUA_LIMIT_JSON_DEPTH) {
      throw new DiagnosticError(limitReached('levels of a result', LUA_LIMIT_JSON_DEPTH));
    }
    this.open.add(table);
    const json = this.dialect === 'cd' ? this.byFirstKey(table) : this.byElements(table);
    this.open.delete(table);
    return json;
  }

  private count(): void {
    this.members += 1;
    if (this.members > LUA_LIMIT_JSON_MEMBERS) {
      throw new DiagnosticError(limitReached('members of a result', LUA_LIMIT_JSON_MEMBERS));
    }
  }

  private byFirstKey(table: LuaTable): JsonValue {
    const array = arrayOf(table);
    const first = table.memberFrom(0);
    if (array.length > 0) return this.strictArray(array, first !== undefined);
    if (first === undefined) return [];
    return this.fields(table, (key) => {
      if (typeof key !== 'string') {
        throw failure(
          typeof key === 'number' ? 'cannot encode sparse array' : 'cannot encode mixed or invalid key types',
        );
      }
      return decodeBytes(key);
    });
  }

  private strictArray(array: readonly LuaValue[], mixed: boolean): JsonValue {
    const items: JsonValue[] = [];
    for (const item of array) {
      if (item === undefined) throw failure('cannot encode sparse array');
      this.count();
      items.push(this.encode(item));
    }
    if (mixed) throw failure('cannot encode mixed or invalid key types');
    return items;
  }

  private byElements(table: LuaTable): JsonValue {
    const size = table.length();
    if (size === 0) {
      const marked = table.metatable?.get('__is_array') === true;
      return marked ? [] : this.fields(table, (key) => decodeBytes(toText(key) ?? typeName(key)));
    }
    const items: JsonValue[] = [];
    for (let at = 1; at <= size; at += 1) {
      this.count();
      items.push(this.encode(table.get(at)));
    }
    return items;
  }

  private fields(table: LuaTable, name: (key: LuaValue) => string): JsonValue {
    const object: { [key: string]: JsonValue } = {};
    for (let member = table.memberFrom(0); member !== undefined; member = table.memberFrom(member.place + 1)) {
      this.count();
      setOwn(object, name(member.key), this.encode(member.value));
    }
    return object;
  }
}

function encodeNumber(value: number): JsonValue {
  if (Number.isFinite(value)) return Object.is(value, -0) ? 0 : value;
  throw failure(`json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`);
}

function failure(message: string): DiagnosticError {
  return new DiagnosticError(diagnostic(message));
}
