import { Argument, Command } from 'commander';
import { plumbError, throwProblems } from '../../errors.ts';
import type { PruneSimulation } from '../../sync/index.ts';
import type { ApplicationDiffOptions } from '../application/diff.ts';
import { printPrune } from '../application/prune.ts';
import { requestSync, type SyncRequestOptions } from '../application/sync-request.ts';
import { withPlumb } from '../access/with-plumb.ts';
import { withCluster } from '../cluster-access.ts';
import type { CliContext } from '../context.ts';
import { timeoutOption } from '../duration.ts';
import { withExamples } from '../examples.ts';
import { addPushFlags, type PushOptions } from '../push/flags.ts';
import { defaultInstallNamespace } from '../install/manifests.ts';
import { action, type Session } from '../session.ts';

interface SyncOptions extends PushOptions, SyncRequestOptions, ApplicationDiffOptions {
  /** Undefined where neither --prune nor --no-prune is given. */
  readonly prune: boolean | undefined;
  readonly dryRun?: boolean;
}

async function sync(session: Session<SyncOptions>): Promise<void> {
  const { args, options } = session;
  const { path } = options;
  if ((path === undefined) === (args.length === 0)) {
    throw plumbError('cli.usage', 'give either names of Applications, or --path with a folder');
  }
  if (options.prune === true && options.dryRun === true) return simulate(session);
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

/** What the prune alone would do. */
async function simulate(session: Session<SyncOptions>): Promise<void> {
  const { args, options } = session;
  const { path } = options;
  if (path === undefined) {
    return withPlumb(session, async (access) => {
      for (const name of args) await report(session, await access.prune(session, name, options.approve));
    });
  }
  await withCluster(session, async (access) => {
    const [{ simulatePush }, { preparePush }] = await Promise.all([
      import('../../sync/index.ts'),
      import('../push/prepare.ts'),
    ]);
    session.progress.step('Rendering');
    await report(
      session,
      await simulatePush(await preparePush({ ...session, options: { ...options, path } }, access, false)),
    );
  });
}

async function report(session: Session<SyncOptions>, simulation: PruneSimulation): Promise<void> {
  session.progress.done();
  await printPrune(session, simulation);
  throwProblems(simulation.problems);
}

/** `plumb sync NAME...`, or `plumb sync --path FOLDER`: bring the cluster to what Git, or a folder, says. */
export function syncCommand(context: CliContext): Command {
  const command = addPushFlags(
    new Command('sync')
      .description('Bring the cluster to what Git says for Applications, or to what a folder says (--path)')
      .option('--prune', 'with --dry-run: what would be pruned, in which order, and what keeps the rest')
      .addArgument(new Argument('[application...]', 'names of Applications, whose controller is asked to sync now')),
  )
    .option('--dry-run', 'with --path, or with --prune: only say what would be done')
    .option(
      '--system-namespace <name>',
      'for Applications with --dry-run: namespace of the controller',
      defaultInstallNamespace,
    )
    .option('--allow-file-urls', 'for Applications with --dry-run: let the Repository be a folder of this machine')
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
    ['plumb sync nginx-prod --prune --dry-run', 'What would a prune delete, and what keeps the rest?'],
    ['plumb sync --path examples/k8s-apps/overlays/prod -n prod --dry-run', 'What would it do?'],
  ]);
}
