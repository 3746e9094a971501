export { renderCommand } from './render-command.ts';
