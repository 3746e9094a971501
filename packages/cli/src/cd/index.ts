export { appCommand } from './app-commands.ts';
