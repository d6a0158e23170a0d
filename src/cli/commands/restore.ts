import { Argument, Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { type BackOptions, goBack } from '../past/go-back.ts';
import { applicationOption } from '../past/place.ts';
import { action, type Session } from '../session.ts';

interface RestoreOptions extends BackOptions {
  readonly to: string;
}

async function restore(session: Session<RestoreOptions>): Promise<void> {
  await goBack(session, 'restore', { objects: session.args, commit: session.options.to });
}

/** `plumb restore [OBJECT...] --to COMMIT`: puts objects, a namespace or files back to what they were. */
export function restoreCommand(context: CliContext): Command {
  const command = new Command('restore')
    .description(
      'Put objects of a GitOps namespace, all of it, or the files of an Application back to what they were at a commit',
    )
    .addArgument(
      new Argument('[objects...]', 'Kind.group/name, such as Deployment.apps/web (default: all of the namespace)'),
    )
    .addOption(
      new Option('--to <commit>', 'the commit: its id, or the beginning of one of the audit log').makeOptionMandatory(),
    )
    .addOption(applicationOption())
    .option('--alone', 'the objects alone, without what lies in their folders')
    .option('--message <message>', 'why, for the commit; its id is added')
    .option('--action <action>', 'what the commit says was done (default: Restoring deployment, and the like)')
    .option('--dry-run', 'try everything and show the diff, and commit nothing')
    .option('--wait', 'until the cluster has the commit')
    .action(action(context, restore));
  return withExamples(command, [
    ['plumb restore Deployment.apps/web -n team-a --to 4f2c91d --dry-run', 'What would change'],
    ["plumb restore Deployment.apps/web -n team-a --to 4f2c91d --message 'It was too slow'", 'Put one object back'],
    ['plumb restore -n team-a --to 4f2c91d', 'Put a whole namespace back'],
  ]);
}
