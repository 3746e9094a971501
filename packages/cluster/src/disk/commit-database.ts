import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { CommitError, DataDirectoryLocked, type CommitFailure } from './commit-error.ts';

/** How the database is opened. */
export interface CommitDatabaseOptions {
  readonly directory: string;
  /** `fsync`: an acknowledged write survives a power cut. `os`: it survives a crash of the process. @default fsync */
  readonly durability?: 'fsync' | 'os';
  /** Most pages of 4 KiB that the file may have; beyond it the disk counts as full. @default unlimited */
  readonly maxPageCount?: number;
}

/** One change for the database; no `bytes` means the key goes away. */
export interface CommitRow {
  readonly key: string;
  readonly version: number;
  readonly bytes: Uint8Array | undefined;
}

/** The file behind the log, synchronous. Lives in the worker. */
export interface CommitDatabase {
  /** Highest version ever committed. */
  version(): number;
  /** Up to `limit` rows with keys after `after`, in key order. */
  read(after: string, limit: number): readonly CommitRow[];
  /** Writes all rows in one transaction. @throws CommitError, and then nothing is kept. */
  commit(rows: readonly CommitRow[]): void;
  close(): void;
}

/** Version of the file's layout that this code writes. */
export const SCHEMA_VERSION = 1;

const MIGRATIONS: readonly (readonly string[])[] = [
  [
    'CREATE TABLE objects (key TEXT PRIMARY KEY, version INTEGER NOT NULL, bytes BLOB NOT NULL)',
    'CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL)',
    'INSERT INTO counter (id, version) VALUES (1, 0)',
  ],
];

function failureOf(code: string): CommitFailure {
  if (code.startsWith('SQLITE_FULL')) return 'disk-full';
  if (code.startsWith('SQLITE_READONLY') || code === 'SQLITE_CANTOPEN') return 'read-only';
  return code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB') ? 'corrupt' : 'failed';
}

const SENTENCES: { readonly [failure in CommitFailure]: string } = {
  'disk-full': 'the disk is full: free some space in the data directory',
  'read-only': 'the data directory cannot be written to: check its owner and its mount',
  corrupt: 'the database in the data directory is damaged: restore it from a backup',
  'too-new': 'the data directory was written by a newer version of this program',
  closed: 'the log is closed',
  failed: 'the database refused the write',
};

/** Turns what the database threw into one of our errors. */
export function commitErrorOf(error: unknown): CommitError {
  if (error instanceof CommitError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = error instanceof Error ? error.message : String(error);
  const failure = failureOf(code);
  return new CommitError(failure, `${SENTENCES[failure]} (${text})`);
}

function lockedBy(directory: string): number {
  const path = join(directory, 'pid');
  const pid = existsSync(path) ? Number(readFileSync(path, 'utf8').trim()) : 0;
  return Number.isSafeInteger(pid) ? pid : 0;
}

/** Takes SQLite's own lock for good: the kernel frees it when the process dies, so there are no stale locks. */
function takeLock(database: Database.Database, directory: string): void {
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    database.exec('BEGIN EXCLUSIVE');
    database.exec('COMMIT');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
      throw new DataDirectoryLocked(directory, lockedBy(directory));
    }
    throw error;
  }
}

function migrate(database: Database.Database): void {
  const row = database.prepare('PRAGMA user_version').get() as { readonly user_version?: number } | undefined;
  const found = row?.user_version ?? 0;
  if (found > SCHEMA_VERSION) {
    throw new CommitError('too-new', `${SENTENCES['too-new']} (layout ${found}, known up to ${SCHEMA_VERSION})`);
  }
  for (let version = found; version < SCHEMA_VERSION; version += 1) {
    database.exec('BEGIN');
    for (const statement of MIGRATIONS[version] ?? []) database.exec(statement);
    database.exec(`PRAGMA user_version = ${version + 1}`);
    database.exec('COMMIT');
  }
}

function prepareFile(options: CommitDatabaseOptions): string {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const path = join(options.directory, 'objects.db');
  if (!existsSync(path)) writeFileSync(path, '', { mode: 0o600 });
  return path;
}

function openFile(options: CommitDatabaseOptions): Database.Database {
  const path = prepareFile(options);
  const database = new Database(path);
  try {
    database.pragma('busy_timeout = 0');
    takeLock(database, options.directory);
    database.pragma(`synchronous = ${options.durability === 'os' ? 'NORMAL' : 'FULL'}`);
    if (options.maxPageCount !== undefined) database.pragma(`max_page_count = ${options.maxPageCount}`);
    migrate(database);
    chmodSync(path, 0o600);
    writeFileSync(join(options.directory, 'pid'), `${process.pid}\n`, { mode: 0o600 });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

interface Statements {
  readonly put: Database.Statement;
  readonly drop: Database.Statement;
  readonly count: Database.Statement;
}

function writeRows(database: Database.Database, statements: Statements, rows: readonly CommitRow[]): void {
  let version = 0;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const row of rows) {
      if (row.bytes === undefined) statements.drop.run(row.key);
      else statements.put.run(row.key, row.version, row.bytes);
      version = Math.max(version, row.version);
    }
    statements.count.run(version);
    database.exec('COMMIT');
  } catch (error) {
    // A full disk may have ended the transaction already; then there is nothing to roll back.
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

interface ReadRow {
  readonly key: string;
  readonly version: number;
  readonly bytes: Uint8Array | ArrayBuffer;
}

/** libsql gives blobs as Buffer from `get` and as bare ArrayBuffer from `all`. */
function rowOf({ key, version, bytes }: ReadRow): CommitRow {
  return { key, version, bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes) };
}

/**
 * Opens the database in a directory, creating both when they are missing, and brings its layout up to date.
 * @throws DataDirectoryLocked, CommitError.
 */
export function openCommitDatabase(options: CommitDatabaseOptions): CommitDatabase {
  let database: Database.Database;
  try {
    database = openFile(options);
  } catch (error) {
    throw error instanceof DataDirectoryLocked ? error : commitErrorOf(error);
  }
  const statements: Statements = {
    put: database.prepare(
      'INSERT INTO objects (key, version, bytes) VALUES (?, ?, ?) ' +
        'ON CONFLICT (key) DO UPDATE SET version = excluded.version, bytes = excluded.bytes',
    ),
    drop: database.prepare('DELETE FROM objects WHERE key = ?'),
    count: database.prepare('UPDATE counter SET version = max(version, ?) WHERE id = 1'),
  };
  const page = database.prepare('SELECT key, version, bytes FROM objects WHERE key > ? ORDER BY key LIMIT ?');
  const counter = database.prepare('SELECT version FROM counter WHERE id = 1');
  return {
    version: () => (counter.get() as { readonly version: number }).version,
    read: (after, limit) => (page.all(after, limit) as ReadRow[]).map(rowOf),
    commit: (rows) => {
      try {
        writeRows(database, statements, rows);
      } catch (error) {
        throw commitErrorOf(error);
      }
    },
    close: () => {
      database.close();
    },
  };
}
