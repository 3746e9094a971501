import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { AuthorityError } from './authority-error.ts';

const SECRET_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
/** Larger files are not ours; reading them would only cost memory. */
const FILE_LIMIT_BYTES = 64 * 1024;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}

/** Makes the directory, readable by its owner only. An existing one is tightened. */
export async function ensureSecretDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
    await chmod(directory, DIRECTORY_MODE);
  } catch (error) {
    throw new AuthorityError(directory, `the directory cannot be made private (${codeOf(error)})`);
  }
}

/**
 * Reads a secret file; `undefined` when it does not exist.
 * @throws AuthorityError when it can be read by others, is too large or cannot be read. The content is never told.
 */
export async function readSecretFile(path: string): Promise<string | undefined> {
  try {
    const { mode, size } = await stat(path);
    if ((mode & 0o077) !== 0) {
      const found = (mode & 0o777).toString(8).padStart(4, '0');
      throw new AuthorityError(path, `the file has mode ${found}; others can read it, allowed is 0600`);
    }
    if (size > FILE_LIMIT_BYTES)
      throw new AuthorityError(path, `the file has ${size} bytes, allowed are ${FILE_LIMIT_BYTES}`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (error instanceof AuthorityError) throw error;
    throw new AuthorityError(path, `the file cannot be read (${codeOf(error)})`);
  }
}

async function writeBeside(path: string, text: string): Promise<string> {
  const temporary = `${path}.${randomUUID()}.new`;
  await writeFile(temporary, text, { mode: SECRET_MODE, flag: 'wx', flush: true });
  return temporary;
}

/** Replaces a secret file in one step; a crash leaves the old or the new one, whole. */
export async function replaceSecretFile(path: string, text: string): Promise<void> {
  try {
    await rename(await writeBeside(path, text), path);
  } catch (error) {
    throw new AuthorityError(path, `the file cannot be written (${codeOf(error)})`);
  }
}

/** Writes a secret file unless it exists; the one that is there in the end is given back, whoever wrote it. */
export async function createSecretFile(path: string, text: string): Promise<string> {
  let temporary: string | undefined;
  try {
    temporary = await writeBeside(path, text);
    await link(temporary, path);
    return text;
  } catch (error) {
    const existing = codeOf(error) === 'EEXIST' ? await readSecretFile(path) : undefined;
    if (existing === undefined) throw new AuthorityError(path, `the file cannot be written (${codeOf(error)})`);
    return existing;
  } finally {
    if (temporary !== undefined) await rm(temporary, { force: true });
  }
}
