import { Argument, Command, Option } from 'commander';
import { plumbError, throwProblems } from '../../errors.ts';
import type { ApplicationDiffOptions } from '../application/diff.ts';
import { printDryRun, wishOf } from '../application/sync-part.ts';
import { requestStop, requestSync, type SyncRequestOptions } from '../application/sync-request.ts';
import { withPlumb } from '../access/with-plumb.ts';
import { withCluster } from '../cluster-access.ts';
import type { CliContext } from '../context.ts';
import { timeoutOption } from '../duration.ts';
import { withExamples } from '../examples.ts';
import {
  addPushFlags,
  addPushSyncFlags,
  ofApproval,
  ofFolder,
  ofPush,
  type PushOptions,
  type PushSyncFlags,
} from '../push/flags.ts';
import { defaultInstallNamespace } from '../install/manifests.ts';
import { action, type Session } from '../session.ts';
import { listed, misplacedFlags, onlyFor, type Way } from '../ways.ts';

interface SyncOptions extends PushOptions, PushSyncFlags, SyncRequestOptions, ApplicationDiffOptions {
  /** Undefined where neither --prune nor --no-prune is given. */
  readonly prune: boolean | undefined;
  readonly dryRun?: boolean;
  readonly stop?: boolean;
  readonly resource?: readonly string[];
  readonly ignoreDependencies?: boolean;
}

const hint = 'From a folder, everything is synced as it is.';
const ofApplications: Way = { told: 'a sync of Applications', hint };
const ofOneApplication: Way = { told: 'a sync of one Application', hint };
const ofRehearsal: Way = { told: 'Applications with --dry-run' };
const ofPruning: Way = {
  told: 'a sync from a folder, or goes with --dry-run',
  hint: 'Whether an Application prunes is written in its spec.sync.prune.',
};

const ofRules: Way = {
  told: 'a sync from a folder (--path), or for Applications with --dry-run',
  hint: 'The controller knows its own rules (plumb run --ignore-rules), and those in spec.ignore.',
};

function waysOf({ args, options: { path, dryRun, prune } }: Session<SyncOptions>): readonly Way[] {
  if (path !== undefined) return [ofFolder, ofPush, ofApproval, ofPruning, ofRules];
  return [
    ofApplications,
    ...(args.length > 1 ? [] : [ofOneApplication]),
    ...(dryRun === true ? [ofRehearsal, ofPruning, ofRules, ...(prune === true ? [ofApproval] : [])] : []),
  ];
}

/** Refuses flags that contradict one another, all of them at once. */
function checkFlags(session: Session<SyncOptions>): void {
  const { args, command, options } = session;
  const { path, resource, revision, stop, dryRun, prune, ignoreDependencies } = options;
  if ((path === undefined) === (args.length === 0)) {
    throw plumbError('cli.usage', 'give either names of Applications, or --path with a folder');
  }
  const problems = [...misplacedFlags(command, waysOf(session))];
  const say = (message: string): void => void problems.push({ code: 'cli.usage', message });
  if (resource !== undefined && prune === true) say('--resource does not go together with --prune');
  if (path === undefined && stop === true) {
    const others = { resource, revision, 'dry-run': dryRun, 'ignore-dependencies': ignoreDependencies };
    const given = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`]));
    if (given.length > 0) say(`--stop goes with names of Applications alone, and not with ${listed(given)}`);
  }
  if (revision !== undefined && revision.length > 1) say('--revision is given once');
  throwProblems(problems);
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

const several = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

function addApplicationFlags(command: Command): Command {
  const flags: readonly (readonly [Way, Option])[] = [
    [
      ofOneApplication,
      new Option(
        '--resource <object>',
        'for an Application: only this object, as Deployment/web or apps:Deployment:prod/web; may be given several times',
      ).argParser(several),
    ],
    [
      ofOneApplication,
      new Option(
        '--revision <commit>',
        'for an Application that is not automated: once this commit, by its id or the beginning of one in the history',
      ).argParser(several),
    ],
    [
      ofApplications,
      new Option(
        '--ignore-dependencies',
        'for Applications: do not wait for those that they depend on; with --dry-run: do not look at them',
      ),
    ],
    [
      ofApplications,
      new Option('--stop', 'for Applications: stop the sync that runs, and do not begin the same again by itself'),
    ],
    [
      ofRules,
      new Option(
        '--ignore-rules <file>',
        'with --path: what is left to others; for Applications with --dry-run: what the controller ignores in all of them',
      ),
    ],
    [
      ofRehearsal,
      new Option('--system-namespace <name>', 'for Applications with --dry-run: namespace of the controller').default(
        defaultInstallNamespace,
      ),
    ],
    [
      ofRehearsal,
      new Option(
        '--allow-file-urls',
        'for Applications with --dry-run: let the Repository be a folder of this machine',
      ),
    ],
  ];
  return flags.reduce((all, [way, option]) => all.addOption(onlyFor(way, option)), command);
}

/** `plumb sync NAME...`, or `plumb sync --path FOLDER`: bring the cluster to what Git, or a folder, says. */
export function syncCommand(context: CliContext): Command {
  const command = addPushFlags(
    new Command('sync')
      .description('Bring the cluster to what Git says for Applications, or to what a folder says (--path)')
      .addOption(
        onlyFor(
          ofPruning,
          new Option('--prune', 'with --dry-run: also what would be pruned, in which order, and what keeps the rest'),
        ),
      )
      .addArgument(new Argument('[application...]', 'names of Applications, whose controller is asked to sync now')),
  ).option('--dry-run', 'only say what would be done, and what the API server would refuse');
  return withExamples(
    addApplicationFlags(addPushSyncFlags(command))
      .option('--healthy', 'also wait until every object is healthy')
      .addOption(timeoutOption('5m'))
      .addOption(onlyFor(ofApplications, new Option('--no-wait', 'for Applications: only ask for it')))
      .action(action(context, sync)),
    [
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
    ],
  );
}
