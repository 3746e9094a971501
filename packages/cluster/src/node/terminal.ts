import { spawn } from 'node:child_process';
import type { TerminalSize } from '../apiserver/index.ts';
import { hasSystemProgram, SYSTEM_PATH } from './find-program.ts';

/** Largest number of rows or columns that a terminal is given. */
export const TERMINAL_CELLS = 4096;

/** A word for `/bin/sh`. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Why this machine cannot offer terminals; `undefined` when it can. */
export function terminalFault(platform: NodeJS.Platform = process.platform): string | undefined {
  if (platform !== 'linux') return `terminals (tty) are offered on Linux only, this machine runs ${platform}`;
  const missing = ['script', 'stty', 'tty'].filter((name) => !hasSystemProgram(name));
  return missing.length === 0 ? undefined : `terminals (tty) need ${missing.join(', ')} (util-linux, coreutils)`;
}

/**
 * A command that runs `words` on a new terminal, with the terminal's other side on its own stdin and stdout and the exit
 * code passed on. `say` is a shell redirection that gets the terminal's path, such as `>&4` or `> file`.
 */
export function onTerminal(words: readonly string[], say: string): readonly string[] {
  const inner = `tty ${say}; exec ${words.map(shellWord).join(' ')}`;
  return ['script', '-q', '-e', '-f', '-E', 'always', '-c', inner, '/dev/null'];
}

/** The environment of `script`: it runs its command with SHELL. */
export const TERMINAL_ENVIRONMENT = { PATH: SYSTEM_PATH, SHELL: '/bin/sh' };

const clamp = (count: number): string => String(Math.max(0, Math.min(TERMINAL_CELLS, Math.trunc(count) || 0)));

/** Tells a terminal of this machine its size; its programs get SIGWINCH. Resolves also when it is gone. */
export function resizeTerminal(path: string, size: TerminalSize): Promise<void> {
  if (!/^\/dev\/pts\/\d+$/.test(path)) return Promise.resolve();
  const args = ['-F', path, 'rows', clamp(size.height), 'cols', clamp(size.width)];
  return new Promise((resolve) => {
    const child = spawn('stty', args, { stdio: 'ignore', env: { PATH: SYSTEM_PATH } });
    child.on('error', () => resolve());
    child.on('exit', () => resolve());
  });
}
