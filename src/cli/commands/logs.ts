import { Argument, Command } from 'commander';
import type { OwnName, PlumbAccess } from '../access/types.ts';
import type { EventView } from '../application/events.ts';
import { getApplication } from '../application/read.ts';
import { conditionOf } from '../application/view.ts';
import { withPlumb } from '../access/with-plumb.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { action, type Session } from '../session.ts';

interface LogsOptions {
  readonly follow?: boolean;
}

function formatEvent({ at, type, reason, message }: EventView, { colors }: Session): string {
  const word = type === 'Warning' ? colors.red(reason) : colors.green(reason);
  return `${colors.dim(at)} ${word} ${message.replaceAll('\n', '\n  ')}\n`;
}

/** JSON has one line for each Event, YAML one document: both can be followed. */
async function shownEvent(event: EventView, session: Session): Promise<string> {
  const { output } = session.options;
  if (output === 'json') return `${JSON.stringify(event)}\n`;
  return output === 'yaml' ? `---\n${await formatData(event, output)}` : formatEvent(event, session);
}

async function logs(session: Session<LogsOptions>): Promise<void> {
  const { args, options, signal, colors } = session;
  await withPlumb(session, async (access) => {
    const view = await getApplication(access, args[0] ?? '', signal);
    const about: OwnName = { kind: 'Application', namespace: view.namespace, name: view.name };
    if (options.follow === true) return follow(session, access, about);
    const events = await access.events(about, signal);
    for (const event of events) session.print(await shownEvent(event, session));
    if (events.length === 0) session.context.stderr.write('The cluster keeps no Event about it (any more).\n');
    const ready = conditionOf(view, 'Ready');
    if (ready?.status === 'False' && !isDataFormat(options.output))
      session.print(`${colors.bold('now')} ${ready.reason} ${ready.message}\n`);
  });
}

/** Shows what there is and what comes, until the signal. */
async function follow(session: Session, access: PlumbAccess, about: OwnName): Promise<void> {
  let printed = Promise.resolve();
  const show = async (events: readonly EventView[], before: Promise<void>): Promise<void> => {
    await before;
    for (const event of events) session.print(await shownEvent(event, session));
  };
  try {
    // One after the other: to print is to wait where the output is YAML.
    await access.followEvents(
      about,
      (fresh) => {
        printed = show(fresh, printed);
      },
      session.signal,
    );
  } finally {
    await printed;
  }
}

/** `plumb logs NAME`: what was done for an Application and what went wrong. */
export function logsCommand(context: CliContext): Command {
  const command = new Command('logs')
    .description('Show what was done for an Application: its syncs with each object, and the problems that are open')
    .addArgument(new Argument('<application>', 'name of the Application'))
    .option('-f, --follow', 'go on until Ctrl-C')
    .action(action(context, logs));
  return withExamples(command, [
    ['plumb logs nginx-prod', 'The syncs that the cluster still remembers'],
    ['plumb logs nginx-prod -f', 'And those to come'],
  ]);
}
