import { Argument, Command } from 'commander';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { type BackOptions, goBack } from '../past/go-back.ts';
import { applicationOption } from '../past/place.ts';
import { action, type Session } from '../session.ts';

async function revert(session: Session<BackOptions>): Promise<void> {
  const [commit = '', ...objects] = session.args;
  await goBack(session, 'revert', { objects, commit });
}

/** `plumb revert COMMIT [OBJECT...]`: undoes what one commit did, and nothing that was done since. */
export function revertCommand(context: CliContext): Command {
  const command = new Command('revert')
    .description(
      'Undo what one commit did to a GitOps namespace or to the files of an Application; what came later stays',
    )
    .addArgument(new Argument('<commit>', 'its id, or the beginning of one of the audit log'))
    .addArgument(
      new Argument('[objects...]', 'of what it did, only this: Kind.group/name, such as Deployment.apps/web'),
    )
    .addOption(applicationOption())
    .option('--alone', 'the objects alone, without what lies in their folders')
    .option('--message <message>', 'why, for the commit; its id is added')
    .option('--action <action>', 'what the commit says was done (default: Reverting deployment, and the like)')
    .option('--dry-run', 'try everything and show the diff, and commit nothing')
    .option('--wait', 'until the cluster has the commit')
    .action(action(context, revert));
  return withExamples(command, [
    ['plumb revert 4f2c91d -n team-a --dry-run', 'What would change'],
    ["plumb revert 4f2c91d Deployment.apps/web -n team-a --message 'It was the wrong image'", 'Undo it for one object'],
  ]);
}
