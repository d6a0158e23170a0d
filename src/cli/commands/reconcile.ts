import { Argument, Command } from 'commander';
import { plumbError } from '../../errors.ts';
import { getApplication } from '../application/read.ts';
import { short } from '../application/table.ts';
import { warnOfRefusal } from '../application/refusal.ts';
import { describeState, waitForApplication } from '../application/wait.ts';
import { repositoriesOf, syncState } from '../application/view.ts';
import { withPlumb } from '../access/with-plumb.ts';
import type { CliContext } from '../context.ts';
import { timeoutOption } from '../duration.ts';
import { withExamples } from '../examples.ts';
import { action, type Session } from '../session.ts';

interface ReconcileOptions {
  readonly timeout: number;
  readonly wait: boolean;
  readonly acceptRewind?: string;
}

/** A commit by its full id, or an artifact by its digest. */
const revisionPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64}|sha256:[0-9a-f]{64})$/;

async function reconcile(session: Session<ReconcileOptions>): Promise<void> {
  const { args, options, signal, progress, context } = session;
  const name = args[0] ?? '';
  const { acceptRewind } = options;
  if (acceptRewind !== undefined && !revisionPattern.test(acceptRewind)) {
    throw plumbError(
      'cli.usage',
      '--accept-rewind takes the full id of a commit, as the condition of the Repository names it',
    );
  }
  await withPlumb(session, async (access) => {
    const before = await getApplication(access, name, signal);
    const repositories = repositoriesOf(before);
    progress.step(`Fetching ${repositories.join(', ')} and reconciling ${name}`);
    const request = await access.reconcile(before, acceptRewind, signal);
    if (!options.wait) {
      session.print(`application.plumbline.dev/${name} requested\n`);
      return;
    }
    const view = await waitForApplication({
      access,
      namespace: before.namespace,
      name,
      timeout: options.timeout,
      signal,
      until: (state) => state.handledRequest === request,
      onState: (state) => progress.detail(describeState(state)),
      what: 'reconciled',
    });
    progress.done();
    warnOfRefusal(view, context);
    session.print(
      `application.plumbline.dev/${name} reconciled: ${syncState(view)} at ${short(view.revision) || 'no commit'}\n`,
    );
  });
}

/** `plumb reconcile NAME`: fetch now and look at everything anew, as a webhook would cause it. */
export function reconcileCommand(context: CliContext): Command {
  const command = new Command('reconcile')
    .description('Fetch the Repository of an Application now, and look at the Application anew')
    .addArgument(new Argument('<application>', 'name of the Application'))
    .addOption(timeoutOption('1m'))
    .option('--no-wait', 'only ask for it')
    .option('--accept-rewind <commit>', 'let its Repository go back to this commit, where `spec.rewind` refuses it')
    .action(action(context, reconcile));
  return withExamples(command, [
    ['plumb reconcile nginx-prod', 'Do not wait for the next poll'],
    ['plumb reconcile nginx-prod --no-wait', 'Ask for it and go on'],
    ['plumb reconcile nginx-prod --accept-rewind 4b825dc642cb6eb9a060e54bf8d69288fbee4904', 'A forced push was meant'],
  ]);
}
