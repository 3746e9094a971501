import type { Command, Flag } from './command.ts';

/** Spaces in front of flags and children. */
const MARGIN = '  ';

function flagTitle(flag: Flag): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  const kinds = {
    boolean: '',
    string: ' string',
    strings: ' strings',
    texts: ' stringArray',
    integer: ' int',
    duration: ' duration',
  };
  const kind = flag.placeholder === undefined ? kinds[flag.type] : ` ${flag.placeholder}`;
  return `${short}--${flag.name}${kind}`;
}

function flagText(flag: Flag): string {
  const notes = [
    flag.defaultValue === undefined || flag.defaultValue === '' ? '' : ` (default ${flag.defaultValue})`,
    flag.env === undefined ? '' : ` [$${flag.env}]`,
  ];
  return flag.description + notes.join('');
}

function twoColumns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${MARGIN}${left.padEnd(width)}   ${right}`.trimEnd()).join('\n');
}

function section(title: string, body: string): string {
  return body === '' ? '' : `\n${title}:\n${body}\n`;
}

function indent(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => (line === '' ? '' : MARGIN + line))
    .join('\n');
}

function usageLines(command: Command, path: string, hasChildren: boolean): string {
  const own = command.run === undefined ? [] : [`${path} ${command.usage ?? '[flags]'}`.trim()];
  const group = hasChildren ? [`${path} [command]`] : [];
  return [...own, ...group].map((line) => MARGIN + line).join('\n');
}

function flagSection(title: string, flags: readonly Flag[]): string {
  return section(title, twoColumns(flags.map((flag) => [flagTitle(flag), flagText(flag)])));
}

/** The usage part, as it stands under an error too. */
export function usageText(command: Command, path: string, inherited: readonly Flag[]): string {
  const children = (command.children ?? []).filter((child) => child.hidden !== true);
  const help: Flag = { name: 'help', short: 'h', type: 'boolean', description: `help for ${command.name}` };
  const aliases = command.aliases ?? [];
  const more = `\nUse "${path} [command] --help" for more information about a command.\n`;
  return [
    `Usage:\n${usageLines(command, path, children.length > 0)}\n`,
    section('Aliases', aliases.length === 0 ? '' : MARGIN + [command.name, ...aliases].join(', ')),
    section('Examples', indent(command.example ?? '')),
    section('Available Commands', twoColumns(children.map((child) => [child.name, child.summary]))),
    flagSection('Flags', [...(command.flags ?? []), help]),
    flagSection('Global Flags', inherited),
    children.length === 0 ? '' : more,
  ].join('');
}

/** What `--help` prints. */
export function helpText(command: Command, path: string, inherited: readonly Flag[]): string {
  return `${(command.description ?? command.summary).trim()}\n\n${usageText(command, path, inherited)}`;
}
