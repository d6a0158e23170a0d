import { Argument, Command } from 'commander';
import { plumbError, throwProblems } from '../../errors.ts';
import type { KubeObject } from '../../object.ts';
import type { ApplicationDiffOptions } from '../application/diff.ts';
import { deletionsPerMinuteOf, printPrune } from '../application/prune.ts';
import { getOwn } from '../application/read.ts';
import { viewApplication } from '../application/view.ts';
import type { PlumbAccess } from '../access/types.ts';
import { withPlumb } from '../access/with-plumb.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { defaultInstallNamespace } from '../install/manifests.ts';
import { action, type Session } from '../session.ts';

interface ApproveOptions extends ApplicationDiffOptions {
  readonly yes?: boolean;
}

/** What waits, as the controller has written it down. */
interface Waiting {
  readonly token: string;
  readonly objects: number;
}

function waitingIn({ status }: KubeObject): Waiting | undefined {
  return (status as { readonly approval?: Waiting } | undefined)?.approval;
}

async function approve(session: Session<ApproveOptions>): Promise<void> {
  const { args, options, signal, progress, context } = session;
  const [name = ''] = args;
  await withPlumb(session, async (access) => {
    const application = await getOwn(access, 'Application', name, signal);
    const waiting = waitingIn(application);
    if (waiting === undefined) {
      throw plumbError('cli.nothing-to-approve', `no deletion of ${name} waits for approval`);
    }
    await show(session, access, application, waiting);
    progress.done();
    const many = waiting.objects === 1 ? 'this object' : `these ${waiting.objects} objects`;
    if (options.yes !== true) {
      if (context.ask === undefined) {
        throw plumbError('cli.usage', 'nobody can be asked here: approve it with --yes');
      }
      const answer = await context.ask(`Let ${many} of ${name} be deleted? Type yes: `);
      if (answer.trim().toLowerCase() !== 'yes') {
        context.stderr.write('Nothing was approved.\n');
        return;
      }
    }
    await access.approve(viewApplication(application), waiting.token, signal);
    session.print(`application.plumbline.dev/${name} may delete ${many}\n`);
  });
}

/** Shows what would go if it were approved, and refuses where that is no longer what waits. */
async function show(
  session: Session<ApproveOptions>,
  access: PlumbAccess,
  application: KubeObject,
  { token }: Waiting,
): Promise<void> {
  const view = viewApplication(application);
  if (view.deleting) {
    // Everything goes: what waits, and for what, stands in the condition.
    const message = view.conditions.find(({ type }) => type === 'Synced')?.message ?? '';
    session.print(`${view.name} is being deleted, with its objects.\n${message}\n`);
    return;
  }
  const simulation = await access.prune(session, view.name, token);
  throwProblems(simulation.problems);
  await printPrune(session, simulation, deletionsPerMinuteOf(application));
  const open = simulation.deletions.some(({ reason }) => reason === 'limit' || reason === 'confirm');
  if (open) {
    throw plumbError('cli.nothing-to-approve', 'what waits for approval has become something else', {
      hint: 'Look at it again in a moment: the controller asks anew for what waits now.',
    });
  }
}

/** `plumb approve NAME`: let the deletions of an Application run that wait for a person. */
export function approveCommand(context: CliContext): Command {
  const command = new Command('approve')
    .description('Show what an Application waits to delete, and let exactly that go')
    .addArgument(new Argument('<application>', 'name of the Application'))
    .option('-y, --yes', 'do not ask')
    .option('--system-namespace <name>', 'namespace of the controller', defaultInstallNamespace)
    .option('--allow-file-urls', 'let the Repository be a folder of this machine')
    .action(action(context, approve));
  return withExamples(command, [
    ['plumb approve nginx-prod', 'Show what would go, and ask'],
    ['plumb approve nginx-prod --yes', 'In a pipeline'],
  ]);
}
