import { connectionFlags, withClient } from '../client/index.ts';
import { CommandError, UsageError, type Command, type Invocation } from '../command/index.ts';
import { formatValue } from '../print/index.ts';
import { getApp, managedResources, parseAppName } from './app-client.ts';
import { explainApplication, isUneventful, type Explanation, type ResourceExplanation } from './explain.ts';
import { valueText } from './field-differences.ts';

/** Fields that are printed of one object; `-o json` has all. */
const SHOWN_FIELD_LIMIT = 50;

function resourceText(told: ResourceExplanation): string {
  const place = told.namespace === '' ? told.name : `${told.namespace}/${told.name}`;
  const health = told.health === '' ? '' : `, ${told.health}`;
  const shown = told.fields.slice(0, SHOWN_FIELD_LIMIT);
  const left = told.fields.length - shown.length;
  const lines = [
    `${told.kind} ${place}: ${told.sync}${health}`,
    ...told.because.map((line) => `  ${line}`),
    ...shown.flatMap(({ path, found, wanted }) => [
      `    ${path}`,
      `      found:  ${valueText(found)}`,
      `      wanted: ${valueText(wanted)}`,
    ]),
    ...(left > 0 ? [`    and ${left} more`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function explanationText(told: Explanation): string {
  const at = told.revision === '' ? '' : ` at ${told.revision}`;
  const lines = [
    `${told.application}: ${told.sync}, ${told.health}${at}`,
    ...told.because.map((line) => `  ${line}`),
    ...(isUneventful(told) ? ['  nothing to explain: everything is as the source says'] : []),
  ];
  return [`${lines.join('\n')}\n`, ...told.resources.map(resourceText)].join('\n');
}

async function run(invocation: Invocation): Promise<number> {
  const { args, flags, terminal } = invocation;
  const [name = '', wanted] = args;
  const format = flags.text('output');
  if (!['wide', 'json', 'yaml'].includes(format)) {
    throw new UsageError(`--output: found ${JSON.stringify(format)}, allowed are wide, json, yaml`);
  }
  return withClient(invocation, async (client) => {
    const key = parseAppName(name, flags.text('app-namespace'));
    const app = await getApp(client, key, flags.boolean('refresh') ? 'normal' : undefined);
    const items = await managedResources(client, key);
    const told = explainApplication(app, items, wanted);
    if (wanted !== undefined && told.resources.length === 0) {
      throw new CommandError(`${name} has no object ${JSON.stringify(wanted)}: the form is NAME or KIND/NAME`);
    }
    terminal.out(format === 'wide' ? explanationText(told) : formatValue(told, format as 'json' | 'yaml'));
    return 0;
  });
}

/** `argosy cd explain`: why an Application is OutOfSync, Degraded, or stands still. */
export const explainCommand: Command = {
  name: 'explain',
  usage: 'APPNAME [NAME | KIND/NAME] [flags]',
  summary: 'Say why an application is out of sync, unhealthy, or stands still',
  description: `Tells of each object what is found and what is wanted, field by field, with the rule behind it, and why
nothing syncs it. With an object's name it tells about that one only.`,
  example: 'argosy cd explain guestbook\nargosy cd explain guestbook Deployment/web -o json',
  flags: [
    ...connectionFlags,
    { name: 'app-namespace', short: 'N', type: 'string', description: 'namespace of the application' },
    { name: 'refresh', type: 'boolean', description: 'compare with the source first' },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      description: 'output format: wide, json or yaml',
      defaultValue: 'wide',
    },
  ],
  args: { least: 1, most: 2 },
  run,
};
