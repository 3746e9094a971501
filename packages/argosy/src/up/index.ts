export { serveCommand } from './serve-command.ts';
export { upCommand } from './up-command.ts';
export { VERSION } from './version.ts';
