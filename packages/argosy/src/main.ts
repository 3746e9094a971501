import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { commandTree, inputLines, runCommand, type Terminal } from '@argosy/cli';
import { clusterCommand } from './cluster/index.ts';
import { upCommand, VERSION } from './up/index.ts';
import { versionCommand } from './version-command.ts';

/** A second Ctrl-C ends the process without waiting. */
const FORCED_EXIT_CODE = 130;

/** One Ctrl-C may arrive twice, from the terminal and from the program that started this one. */
const SAME_SIGNAL_MS = 2000;

function createTerminal(): Terminal {
  const stop = new AbortController();
  let firstAt = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted && performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(FORCED_EXIT_CODE);
      if (stop.signal.aborted) return;
      firstAt = performance.now();
      stop.abort(new Error(signal));
    });
  }
  // A reader that went away (`| head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    out: (line) => void process.stdout.write(line),
    err: (line) => void process.stderr.write(line),
    readInput: () => text(process.stdin),
    inputLines: () => inputLines(process.stdin),
    readFile: (path) => readFile(path, 'utf8'),
    env: process.env,
    interactive: process.stdout.isTTY && process.stdin.isTTY,
    signal: stop.signal,
  };
}

const argv = process.argv.slice(2);
const program = process.env['ARGOSY_PROGRAM'] ?? 'argosy';
const terminal = createTerminal();

try {
  process.exitCode = await runCommand(
    commandTree(program, [upCommand, clusterCommand, versionCommand(VERSION)]),
    argv,
    terminal,
  );
} catch (error) {
  // A bug of ours, or trouble that nobody foresaw: the sentence for everyone, the stack for who asks for it.
  const detail =
    error instanceof Error ? (process.env['ARGOSY_TRACE'] === '1' ? error.stack : error.message) : String(error);
  terminal.err(`Error: ${detail ?? 'unknown'}\n`);
  process.exitCode = 1;
}
