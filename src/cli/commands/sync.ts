import { Argument, Command, Option } from 'commander';
import { plumbError } from '../../errors.ts';
import type { ApplicationDiffOptions } from '../application/diff.ts';
import { printDryRun, wishOf } from '../application/sync-part.ts';
import { requestStop, requestSync, type SyncRequestOptions } from '../application/sync-request.ts';
import { withPlumb } from '../access/with-plumb.ts';
import { withCluster } from '../cluster-access.ts';
import type { CliContext } from '../context.ts';
import { parseCount } from '../count.ts';
import { timeoutOption } from '../duration.ts';
import { withExamples } from '../examples.ts';
import { addPushFlags, type PushOptions } from '../push/flags.ts';
import { defaultInstallNamespace } from '../install/manifests.ts';
import { action, type Session } from '../session.ts';

interface SyncOptions extends PushOptions, SyncRequestOptions, ApplicationDiffOptions {
  /** Undefined where neither --prune nor --no-prune is given. */
  readonly prune: boolean | undefined;
  readonly dryRun?: boolean;
  readonly stop?: boolean;
  readonly resource?: readonly string[];
  readonly ignoreDependencies?: boolean;
  readonly deletionsPerMinute: number;
}

/** Refuses flags that contradict one another. */
function checkFlags({ args, options }: Session<SyncOptions>): void {
  const { path, resource, revision, stop, dryRun, prune, ignoreDependencies } = options;
  if ((path === undefined) === (args.length === 0)) {
    throw plumbError('cli.usage', 'give either names of Applications, or --path with a folder');
  }
  const one = resource === undefined ? (revision === undefined ? undefined : '--revision') : '--resource';
  if (path !== undefined && (one !== undefined || stop === true)) {
    throw plumbError('cli.usage', `${one ?? '--stop'} is for an Application, and does not go together with --path`);
  }
  if (one !== undefined && args.length > 1) throw plumbError('cli.usage', `${one} is for one Application`);
  if (resource !== undefined && prune === true) {
    throw plumbError('cli.usage', '--resource does not go together with --prune');
  }
  if (stop === true && (one !== undefined || dryRun === true)) {
    throw plumbError('cli.usage', '--stop goes with names of Applications alone');
  }
  if (ignoreDependencies === true && (path !== undefined || stop === true)) {
    throw plumbError('cli.usage', '--ignore-dependencies is for a sync of Applications');
  }
  if (revision !== undefined && revision.length > 1) throw plumbError('cli.usage', '--revision is given once');
}

async function sync(session: Session<SyncOptions>): Promise<void> {
  checkFlags(session);
  const { args, options } = session;
  const { path } = options;
  if (path === undefined) {
    await withPlumb(session, async (access) => {
      for (const name of args) {
        if (options.stop === true) await requestStop(session, access, name);
        else if (options.dryRun === true) await printDryRun(session, access, name);
        else await requestSync(session, access, name, await wishOf(session, access, name, options));
      }
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
      .option('--prune', 'with --dry-run: also what would be pruned, in which order, and what keeps the rest')
      .addArgument(new Argument('[application...]', 'names of Applications, whose controller is asked to sync now')),
  )
    .option('--dry-run', 'only say what would be done, and what the API server would refuse')
    .addOption(
      new Option(
        '--deletions-per-minute <count>',
        'with --path: delete at most so many objects in any minute of this run',
      )
        .default(1_000, '1000')
        .argParser(parseCount),
    )
    .option(
      '--resource <object>',
      'for an Application: only this object, as Deployment/web or apps:Deployment:prod/web; may be given several times',
      (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
    )
    .option(
      '--revision <commit>',
      'for an Application that is not automated: once this commit, by its id or the beginning of one in the history',
      (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
    )
    .option(
      '--ignore-dependencies',
      'for Applications: do not wait for those that they depend on; with --dry-run: do not look at them',
    )
    .option('--stop', 'for Applications: stop the sync that runs, and do not begin the same again by itself')
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
    ['plumb sync nginx-prod --resource Deployment/nginx', 'Sync one object and nothing else'],
    ['plumb sync nginx-prod --dry-run', 'Would the API server take it?'],
    ['plumb sync nginx-prod --stop', 'End a sync that waits for something that will not come'],
    [
      'plumb sync --path examples/k8s-apps/overlays/prod -n prod --create-namespace',
      'From a folder, in a pipeline, with no controller',
    ],
    [
      'plumb sync nginx-prod --prune --dry-run',
      'What would it do, what would a prune delete, and what keeps the rest?',
    ],
    ['plumb sync --path examples/k8s-apps/overlays/prod -n prod --dry-run', 'What would it do?'],
  ]);
}
