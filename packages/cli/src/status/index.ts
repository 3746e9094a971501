import type { Application } from '@argosy/api/cd';
import type { Workflow } from '@argosy/api/workflows';
import { isObject } from '@argosy/std';
import { connectionFlags, resolveConnection, withClient } from '../client/index.ts';
import type { Command, Flag, Invocation } from '../command/index.ts';
import { CommandError } from '../command/index.ts';
import { formatTable, formatValue } from '../print/index.ts';

const outputFlag: Flag = {
  name: 'output',
  short: 'o',
  type: 'string',
  description: 'output format: wide, json or yaml',
  defaultValue: 'wide',
};

/** How many things are in each state, in first-seen order. */
function countBy(words: readonly string[]): { readonly [word: string]: number } {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries(counts);
}

const countsText = (counts: { readonly [word: string]: number }): string =>
  Object.entries(counts)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ') || 'none';

const itemsOf = (answer: unknown): readonly unknown[] => {
  const items = isObject(answer) ? answer['items'] : undefined;
  return Array.isArray(items) ? items : [];
};

async function runStatus(invocation: Invocation): Promise<number> {
  const format = invocation.flags.text('output');
  if (!['wide', 'json', 'yaml'].includes(format)) {
    throw new CommandError(`--output: found ${JSON.stringify(format)}, allowed are wide, json, yaml`);
  }
  const { url } = await resolveConnection(invocation.flags, invocation.terminal.env);
  return withClient(invocation, async (client) => {
    const [version, apps, workflows] = await Promise.all([
      client.call({ method: 'GET', path: '/api/version' }),
      client.call({ method: 'GET', path: '/api/v1/applications' }),
      client.call({ method: 'GET', path: '/api/v1/workflows/' }),
    ]);
    const applications = itemsOf(apps) as readonly Application[];
    const status = {
      server: url,
      version: isObject(version) ? (version['Version'] ?? null) : null,
      applications: {
        sync: countBy(applications.map((app) => app.status?.sync?.status ?? 'Unknown')),
        health: countBy(applications.map((app) => app.status?.health?.status ?? 'Unknown')),
      },
      workflows: countBy((itemsOf(workflows) as readonly Workflow[]).map((item) => item.status?.phase || 'Pending')),
    };
    if (format === 'json' || format === 'yaml') invocation.terminal.out(formatValue(status, format));
    else {
      invocation.terminal.out(
        formatTable([
          ['Server:', url],
          ['Version:', JSON.stringify(status.version).replaceAll('"', '')],
          ['Applications:', `${countsText(status.applications.sync)} (${countsText(status.applications.health)})`],
          ['Workflows:', countsText(status.workflows)],
        ]),
      );
    }
    return 0;
  });
}

/** `status`: is it up, and how is what it looks after. */
export const statusCommand: Command = {
  name: 'status',
  summary: 'Show whether the server is up and how its applications and workflows are',
  example: 'argosy status\nargosy status -o json',
  flags: [...connectionFlags, outputFlag],
  args: { least: 0, most: 0 },
  run: runStatus,
};
