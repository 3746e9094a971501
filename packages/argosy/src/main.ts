import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { commandTree, runCommand, type Terminal } from '@argosy/cli';
import { upCommand, VERSION } from './up/index.ts';
import { versionCommand } from './version-command.ts';

/** A second Ctrl-C ends the process without waiting. */
const FORCED_EXIT_CODE = 130;

function createTerminal(): Terminal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(FORCED_EXIT_CODE);
      stop.abort(new Error(signal));
    });
  }
  // A reader that went away (`| head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    out: (line) => void process.stdout.write(line),
    err: (line) => void process.stderr.write(line),
    readInput: () => text(process.stdin),
    readFile: (path) => readFile(path, 'utf8'),
    env: process.env,
    interactive: process.stdout.isTTY && process.stdin.isTTY,
    signal: stop.signal,
  };
}

const argv = process.argv.slice(2);
const program = process.env['ARGOSY_PROGRAM'] ?? 'argosy';
process.exitCode = await runCommand(commandTree(program, [upCommand, versionCommand(VERSION)]), argv, createTerminal());
