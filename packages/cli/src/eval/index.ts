export { evalCommand } from './eval-command.ts';
