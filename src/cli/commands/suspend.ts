import { Argument, Command } from 'commander';
import { getApplication } from '../application/read.ts';
import { withPlumb } from '../access/with-plumb.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { action, type Session } from '../session.ts';

async function setSuspend(session: Session, suspend: boolean): Promise<void> {
  const { args, signal } = session;
  await withPlumb(session, async (access) => {
    for (const name of args) {
      const view = await getApplication(access, name, signal);
      const word = suspend ? 'suspended' : 'resumed';
      if (view.suspended === suspend) {
        session.print(`application.plumbline.dev/${name} was ${word} already\n`);
        continue;
      }
      await access.setSuspend(view, suspend, signal);
      session.print(`application.plumbline.dev/${name} ${word}\n`);
    }
  });
}

/** `plumb suspend NAME...`: nothing is changed in the cluster until `resume`. */
export function suspendCommand(context: CliContext): Command {
  const command = new Command('suspend')
    .description('Change nothing more in the cluster for an Application until it is resumed')
    .addArgument(new Argument('<application...>', 'names of the Applications'))
    .action(action(context, (session) => setSuspend(session, true)));
  return withExamples(command, [['plumb suspend nginx-prod', 'Hold still, to look at something by hand']]);
}

/** `plumb resume NAME...`: the end of `suspend`. */
export function resumeCommand(context: CliContext): Command {
  const command = new Command('resume')
    .description('Go on with a suspended Application')
    .addArgument(new Argument('<application...>', 'names of the Applications'))
    .action(action(context, (session) => setSuspend(session, false)));
  return withExamples(command, [
    ['plumb resume nginx-prod', 'Follow Git again, and put back what was changed by hand'],
  ]);
}
