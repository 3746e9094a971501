// Plain JavaScript on purpose: this runs before anything is installed or built.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const LEAST_NODE = [20, 19];

/** Ends with one clear sentence and a code. */
function fail(message) {
  process.stderr.write(`argosy: ${message}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  fail(`needs Node ${LEAST_NODE.join('.')} or newer; this is Node ${process.versions.node} (${process.execPath})`);
}

function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    hash.update(path);
    if (existsSync(join(root, path))) hash.update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function run(program, args, quiet) {
  try {
    execFileSync(program, args, { cwd: root, stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
  } catch (error) {
    if (quiet) process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? ''}`);
    fail(`"${[program, ...args].join(' ')}" did not succeed`);
  }
}

/** Installs exactly what the lock file says, once for each lock file. */
function install(quiet) {
  const stamp = join(root, 'node_modules', '.argosy-installed');
  const wanted = digest(['package.json', 'package-lock.json']);
  if (readStamp(stamp) === wanted) return;
  if (!quiet) process.stdout.write('Installing dependencies…\n');
  // Not `npm ci`: it refuses a lock file that does not name the binaries of every platform. This takes the locked
  // versions all the same, and leaves the file as it is.
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], quiet);
  writeFileSync(stamp, wanted);
}

/** Newest change below a folder, and how many files there are: cheap to take, enough to see staleness. */
function newest(folder) {
  let latest = 0;
  let count = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue;
    const path = join(folder, entry.name);
    const inner = entry.isDirectory() ? newest(path) : { latest: statSync(path).mtimeMs, count: 1 };
    latest = Math.max(latest, inner.latest);
    count += inner.count;
  }
  return { latest, count };
}

/** Builds when a source is newer than the last build, or the set of sources changed. */
function build(quiet) {
  const stamp = join(root, 'dist', '.built');
  const sources = newest(join(root, 'packages'));
  const tool = statSync(join(root, 'tools', 'build.ts')).mtimeMs;
  const wanted = `${sources.latest} ${sources.count} ${tool} ${digest(['package-lock.json'])}`;
  if (readStamp(stamp) === wanted) return;
  if (!quiet) process.stdout.write('Building…\n');
  run(process.execPath, ['--import', 'tsx', 'tools/build.ts'], quiet);
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** Runs a program in the foreground, hands signals on, and ends as it ends. */
function become(args) {
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: process.env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
}

/** Installs and builds what is stale, then runs the command line with `args`. */
export async function launch(args, options) {
  checkNode();
  const quiet = options.quiet === true;
  install(quiet);
  build(quiet);
  process.env.ARGOSY_PROGRAM ??= basename(process.argv[1] ?? 'argosy');
  process.argv = [process.argv[0], join(root, 'dist', 'argosy.js'), ...args];
  await import(join(root, 'dist', 'argosy.js'));
}

async function main(args) {
  checkNode();
  if (args[0] === '--build' || args[0] === '--test' || args[0] === '--check') {
    install(false);
    if (args[0] !== '--check') build(false);
    if (args[0] === '--check') become(['--import', 'tsx', join(root, 'tools', 'check.ts')]);
    if (args[0] === '--test') become(['--import', 'tsx', join(root, 'tools', 'test.ts'), ...args.slice(1)]);
    return;
  }
  await launch(args, { quiet: false });
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  await main(process.argv.slice(2));
}
