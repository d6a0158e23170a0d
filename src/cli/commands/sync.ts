import { Argument, Command } from 'commander';
import { plumbError } from '../../errors.ts';
import { requestSync, type SyncRequestOptions } from '../application/sync-request.ts';
import { withPlumb } from '../access/with-plumb.ts';
import { withCluster } from '../cluster-access.ts';
import type { CliContext } from '../context.ts';
import { timeoutOption } from '../duration.ts';
import { withExamples } from '../examples.ts';
import { addPushFlags, type PushOptions } from '../push/flags.ts';
import { action, type Session } from '../session.ts';

interface SyncOptions extends PushOptions, SyncRequestOptions {
  readonly dryRun?: boolean;
}

async function sync(session: Session<SyncOptions>): Promise<void> {
  const { args, options } = session;
  const { path } = options;
  if ((path === undefined) === (args.length === 0)) {
    throw plumbError('cli.usage', 'give either names of Applications, or --path with a folder');
  }
  if (path === undefined && options.dryRun === true) {
    throw plumbError('cli.usage', '--dry-run goes with --path', { hint: 'For an Application use `plumb diff NAME`.' });
  }
  if (path === undefined) {
    await withPlumb(session, async (access) => {
      for (const name of args) await requestSync(session, access, name);
    });
    return;
  }
  await withCluster(session, async (access) => {
    const { pushSync } = await import('../push/sync.ts');
    await pushSync({ ...session, options: { ...options, path } }, access);
  });
}

/** `plumb sync NAME...`, or `plumb sync --path FOLDER`: bring the cluster to what Git, or a folder, says. */
export function syncCommand(context: CliContext): Command {
  const command = addPushFlags(
    new Command('sync')
      .description('Bring the cluster to what Git says for Applications, or to what a folder says (--path)')
      .addArgument(new Argument('[application...]', 'names of Applications, whose controller is asked to sync now')),
  )
    .option('--dry-run', 'with --path: only say what would be done')
    .option('--healthy', 'also wait until every object is healthy')
    .addOption(timeoutOption('5m'))
    .option('--no-wait', 'for Applications: only ask for it')
    .action(action(context, sync));
  return withExamples(command, [
    ['plumb sync nginx-prod', 'Sync an Application now, and wait until it is done'],
    ['plumb sync nginx-prod --healthy --timeout 2m', 'Also wait until its pods are ready'],
    [
      'plumb sync --path examples/k8s-apps/overlays/prod -n prod --create-namespace',
      'From a folder, in a pipeline, with no controller',
    ],
    ['plumb sync --path examples/k8s-apps/overlays/prod -n prod --dry-run', 'What would it do?'],
  ]);
}
