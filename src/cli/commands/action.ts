import { Argument, Command, Option } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { plumbError } from '../../errors.ts';
import { formatKey } from '../../object.ts';
import { objectNamed } from '../actions/named-object.ts';
import { refuseSync } from '../change/send.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { openServer } from '../past/server.ts';
import { action, type Session } from '../session.ts';

interface ActionOptions {
  readonly param: readonly string[];
  readonly live?: boolean;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly message?: string;
}

type Done = Schemas['ActionDone'];

async function doAction(session: Session<ActionOptions>): Promise<void> {
  const { args, options, progress, signal } = session;
  const { live, dryRun, wait, message } = options;
  const [name = '', object = ''] = args;
  const { answerOf } = await import('../../client/index.ts');
  const parameters = parametersIn(options.param);
  const path = { namespace: options.namespace ?? 'default', ...objectNamed(object), action: name };
  const client = await openServer(session);
  progress.step(dryRun === true ? `Trying ${name}` : `Doing ${name}`);
  const query = {
    live: live === true,
    dryRun: dryRun === true,
    ...(wait === true ? { wait: 'synced' as const } : {}),
    ...(message === undefined ? {} : { message }),
  };
  const done = await answerOf(
    client,
    client.api.POST('/api/v1/namespaces/{namespace}/objects/{kind}/{object}/actions/{action}', {
      params: { path, query },
      body: { parameters },
      signal,
    }),
  );
  progress.done();
  await tell(session, `${path.kind}/${path.object}`, done);
  refuseSync(done);
}

function parametersIn(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const equals = text.indexOf('=');
      if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
      throw plumbError('cli.usage', `--param ${JSON.stringify(text)}: write NAME=VALUE`);
    }),
  );
}

async function tell(
  { args, options, context, print }: Session<ActionOptions>,
  object: string,
  done: Done,
): Promise<void> {
  for (const warning of done.warnings) context.stderr.write(`Warning: ${warning}\n`);
  if (isDataFormat(options.output)) {
    print(await formatData(done, options.output));
    return;
  }
  const { state, where, commit = '', operation, pullRequest, created, application, sync } = done;
  const made = created === undefined ? undefined : formatKey(created);
  if (options.output === 'name') {
    print(
      [made ?? commit]
        .filter((text) => text !== '')
        .map((text) => `${text}\n`)
        .join(''),
    );
    return;
  }
  const say = (text: string): void => context.stderr.write(`${text}\n`);
  if (state === 'Tried') say(`${args[0]} of ${object} was only tried: nothing is changed (${where}).`);
  else if (state === 'Unchanged') say('Git has it so already: nothing is committed.');
  else if (made !== undefined) say(`Made ${made}`);
  else if (where === 'Cluster') say(`${args[0]} of ${object} is done, in the cluster`);
  else if (pullRequest !== undefined) say(`Proposed in ${pullRequest.link}`);
  else {
    const of = application === undefined ? '' : ` for the Application ${application}`;
    say(`Committed as ${commit}${of}${operation === undefined ? '' : ` (operation ${operation})`}`);
  }
  if (sync?.state === 'synced') say(`The cluster has it, at ${sync.revision ?? commit}`);
}

/** `plumb action NAME KIND/NAME`: does something with an object. */
export function actionCommand(context: CliContext): Command {
  const command = new Command('action')
    .description('Do something with an object: restart, scale, suspend, run a Job, promote; see plumb actions')
    .addArgument(new Argument('<action-name>', 'its name, as plumb actions shows it'))
    .addArgument(new Argument('<kind/name>', 'such as deployment/web or Rollout.argoproj.io/web'))
    .addOption(
      new Option('--param <name=value>', 'a parameter of the action; may be repeated')
        .argParser((text: string, before: readonly string[]) => [...before, text])
        .default([], 'none'),
    )
    .option('--live', 'in the cluster alone, also where Git has the object')
    .option('--dry-run', 'try everything, and change nothing')
    .option('--message <message>', 'why, for the commit')
    .option('--wait', 'answer when the cluster has the commit, or will not have it')
    .action(action(context, doAction));
  return withExamples(command, [
    ['plumb action restart deployment/web -n team-a', 'New pods'],
    [
      "plumb action scale deployment/web -n team-a --param replicas=3 --message 'More load' --wait",
      'In Git, where Git has the object, and then in the cluster',
    ],
    ['plumb action run cronjob/backup -n team-a', 'A Job of it now'],
  ]);
}
