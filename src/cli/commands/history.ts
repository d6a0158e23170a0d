import { Argument, Command } from 'commander';
import { getApplication } from '../application/read.ts';
import { coloured, short } from '../application/table.ts';
import { withPlumb } from '../access/with-plumb.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { age } from '../output/age.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { formatTable } from '../output/table.ts';
import { action, type Session } from '../session.ts';

async function history(session: Session): Promise<void> {
  const { args, options, signal, colors, context } = session;
  const view = await withPlumb(session, (access) => getApplication(access, args[0] ?? '', signal));
  if (isDataFormat(options.output)) {
    session.print(await formatData(view.history, options.output));
    return;
  }
  if (options.output === 'name') {
    session.print(view.history.map(({ revision }) => `${revision}\n`).join(''));
    return;
  }
  if (view.history.length === 0) {
    context.stderr.write(`${view.namespace}/${view.name} has not been synced yet.\n`);
    return;
  }
  const wide = options.output === 'wide';
  const rows = view.history.map((entry, index) => [
    String(index + 1),
    wide ? entry.revision : short(entry.revision),
    coloured(entry.outcome, colors),
    entry.by,
    String(entry.changed),
    String(entry.pruned),
    String(entry.failed),
    age(entry.at, context.now()),
  ]);
  session.print(formatTable(['NUMBER', 'REVISION', 'OUTCOME', 'BY', 'CHANGED', 'PRUNED', 'FAILED', 'AGE'], rows));
}

/** `plumb history NAME`: the last syncs of an Application. */
export function historyCommand(context: CliContext): Command {
  const command = new Command('history')
    .description('Show the last syncs of an Application, the newest first')
    .addArgument(new Argument('<application>', 'name of the Application'))
    .action(action(context, history));
  return withExamples(command, [
    ['plumb history nginx-prod', 'The last 20 syncs'],
    ['plumb history nginx-prod -o wide', 'With full commit ids'],
  ]);
}
