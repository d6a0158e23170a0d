import { setTimeout as pause } from 'node:timers/promises';
import { Argument, Command } from 'commander';
import { eventsOf, type EventView } from '../application/events.ts';
import { getApplication } from '../application/read.ts';
import { conditionOf } from '../application/view.ts';
import { withCluster } from '../cluster-access.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { action, type Session } from '../session.ts';

/** How often new Events are looked for with `--follow`, in milliseconds. */
const interval = 1000;

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
  await withCluster(session, async (access) => {
    const view = await getApplication(access, args[0] ?? '', signal);
    const seen = new Set<string>();
    const printNew = async () => {
      for (const event of await eventsOf(access.client, { kind: 'Application', ...view }, signal)) {
        if (!seen.has(event.uid)) session.print(await shownEvent(event, session));
        seen.add(event.uid);
      }
    };
    await printNew();
    const ready = conditionOf(view, 'Ready');
    if (options.follow !== true) {
      if (seen.size === 0) session.context.stderr.write('The cluster keeps no Event about it (any more).\n');
      if (ready?.status === 'False' && !isDataFormat(options.output))
        session.print(`${colors.bold('now')} ${ready.reason} ${ready.message}\n`);
      return;
    }
    for (;;) {
      await pause(interval, undefined, { signal });
      await printNew();
    }
  });
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
