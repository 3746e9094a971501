import { withClient } from '../client/index.ts';
import { CommandError, type Command, type Flag, type Invocation } from '../command/index.ts';
import { changeWorkflow } from './workflow-client.ts';
import { followCreated, namespaceOf, outputFlag, print } from './workflow-commands.ts';

const anyArgs = { least: 1, most: 1000 };
const text = (name: string, description: string): Flag => ({ name, type: 'string', description });
const selectorFlag = text('node-field-selector', 'only nodes like this, e.g. displayName=approve,phase=Running');
const parameterFlag: Flag = { name: 'parameter', short: 'p', type: 'texts', description: 'an argument, NAME=VALUE' };
const followFlags: readonly Flag[] = [
  outputFlag,
  { name: 'wait', short: 'w', type: 'boolean', description: 'wait until it has finished' },
  { name: 'log', type: 'boolean', description: 'show its log until it has finished' },
];

type BodyOf = (invocation: Invocation) => object;

const noBody: BodyOf = () => ({});

/** A command that asks for one change of each workflow and says that it was done. */
function simple(
  verb: string,
  done: string,
  more: { readonly flags?: readonly Flag[]; readonly body?: BodyOf } = {},
): Command {
  const { flags = [], body = noBody } = more;
  return {
    name: verb,
    usage: 'NAME… [flags]',
    summary: `${verb.charAt(0).toUpperCase()}${verb.slice(1)} workflows`,
    example: `argosy wf ${verb} hello-x7k2p`,
    flags,
    args: anyArgs,
    run: (invocation) =>
      withClient(invocation, async (client) => {
        for (const name of invocation.args) {
          await changeWorkflow(client, { namespace: namespaceOf(invocation), name, verb }, body(invocation));
          invocation.terminal.out(`workflow ${name} ${done}\n`);
        }
        return 0;
      }),
  };
}

/** A command that lets each workflow run again and then follows what it became. */
function again(
  verb: string,
  summary: string,
  more: { readonly flags: readonly Flag[]; readonly body: BodyOf },
): Command {
  return {
    name: verb,
    usage: 'NAME… [flags]',
    summary,
    example: `argosy wf ${verb} hello-x7k2p --wait`,
    flags: [...followFlags, parameterFlag, ...more.flags],
    args: anyArgs,
    run: (invocation) =>
      withClient(invocation, async (client) => {
        let succeeded = true;
        for (const name of invocation.args) {
          const target = { namespace: namespaceOf(invocation), name, verb };
          const workflow = await changeWorkflow(client, target, more.body(invocation));
          succeeded = (await followCreated(invocation, client, workflow)) && succeeded;
        }
        return succeeded ? 0 : 1;
      }),
  };
}

const selected: BodyOf = ({ flags }) => ({ nodeFieldSelector: flags.text('node-field-selector') });

function outputParameters(invocation: Invocation): string {
  const pairs = invocation.flags.list('output-parameter').map((item): [string, string] => {
    const equals = item.indexOf('=');
    if (equals < 1) throw new CommandError(`expected parameter of the form: NAME=VALUE. Received: ${item}`);
    return [item.slice(0, equals), item.slice(equals + 1)];
  });
  return pairs.length === 0 ? '' : JSON.stringify(Object.fromEntries(pairs));
}

async function runSet(invocation: Invocation): Promise<number> {
  const { flags, args, terminal } = invocation;
  const body = {
    nodeFieldSelector: flags.text('node-field-selector'),
    phase: flags.text('phase'),
    message: flags.text('message'),
    outputParameters: outputParameters(invocation),
  };
  return withClient(invocation, async (client) => {
    const target = { namespace: namespaceOf(invocation), name: args[0] ?? '', verb: 'set' };
    const changed = await changeWorkflow(client, target, body);
    if (flags.text('output') === '') terminal.out('workflow values set\n');
    else print(invocation, changed);
    return 0;
  });
}

const node: Command = {
  name: 'node',
  summary: 'Change nodes that wait',
  children: [
    {
      name: 'set',
      usage: 'NAME [flags]',
      summary: 'Set outputs, phase or message of Suspend nodes',
      example: 'argosy wf node set build-x7k2p --node-field-selector displayName=approve --output-parameter answer=yes',
      flags: [
        outputFlag,
        selectorFlag,
        text('phase', 'Succeeded, Failed, Error or Skipped'),
        text('message', 'what to say'),
        {
          name: 'output-parameter',
          short: 'p',
          type: 'texts',
          description: 'an output that must be supplied, NAME=VALUE',
        },
      ],
      args: { least: 1, most: 1 },
      run: runSet,
    },
  ],
};

/** The commands that change workflows that run, or let them run again. */
export const operationCommands: readonly Command[] = [
  again('retry', 'Run what failed again', {
    flags: [
      { name: 'restart-successful', type: 'boolean', description: 'also run selected nodes again that succeeded' },
      selectorFlag,
    ],
    body: (invocation) => ({
      ...selected(invocation),
      restartSuccessful: invocation.flags.boolean('restart-successful'),
      parameters: invocation.flags.list('parameter'),
    }),
  }),
  again('resubmit', 'Run a workflow once more, under a new name', {
    flags: [{ name: 'memoized', type: 'boolean', description: 'take over what had succeeded' }],
    body: ({ flags }) => ({ memoized: flags.boolean('memoized'), parameters: flags.list('parameter') }),
  }),
  simple('suspend', 'suspended'),
  simple('resume', 'resumed', { flags: [selectorFlag], body: selected }),
  simple('stop', 'stopped', {
    flags: [selectorFlag, text('message', 'why, with a selector')],
    body: (invocation) => ({ ...selected(invocation), message: invocation.flags.text('message') }),
  }),
  simple('terminate', 'terminated'),
  node,
];
