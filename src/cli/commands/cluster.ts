import { resolve } from 'node:path';
import { Command } from 'commander';
import type { ClusterEvent, RunningCluster } from '../../local/index.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { exitCodes } from '../exit-codes.ts';
import { ExitRequest } from '../context.ts';
import { age } from '../output/age.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { formatFields } from '../output/table.ts';
import { action, type Session } from '../session.ts';

interface ClusterOptions {
  readonly directory?: string;
  readonly durable?: boolean;
}

const directoryFlag = [
  '--directory <path>',
  'where the cluster is kept (default: plumbline/cluster in $XDG_STATE_HOME or ~/.local/state)',
] as const;

function place({ context, options, signal }: Session<ClusterOptions>) {
  return { signal, ...(options.directory === undefined ? {} : { directory: resolve(context.cwd, options.directory) }) };
}

async function printCluster(session: Session, cluster: RunningCluster): Promise<void> {
  const { options, print, context } = session;
  const { kubeconfigPath, server, directory, durable, ready, pid, startedAt } = cluster;
  if (isDataFormat(options.output)) {
    const facts = { running: true, ready, pid, server, kubeconfig: kubeconfigPath, directory, durable, startedAt };
    print(await formatData(facts, options.output));
  } else if (options.output === 'name') print(`${kubeconfigPath}\n`);
  else {
    print(
      formatFields([
        ['State', `${ready ? 'ready' : 'not ready'}, since ${age(startedAt.toISOString(), context.now())}`],
        ['Server', server],
        ['Kubeconfig', kubeconfigPath],
        ['Data', `${directory} (${durable ? 'kept when it stops' : 'gone when it stops'})`],
        ['Process', String(pid)],
      ]),
    );
  }
}

async function start(session: Session<ClusterOptions>): Promise<void> {
  const { startBackgroundCluster } = await import('../../local/index.ts');
  const { options, progress } = session;
  progress.step('Starting Kubernetes');
  const onProgress = (event: ClusterEvent) => {
    if (event.type === 'component-started') progress.detail(event.component);
  };
  const cluster = await startBackgroundCluster({ ...place(session), durable: options.durable === true, onProgress });
  progress.done();
  await printCluster(session, cluster);
  if (options.output === undefined) {
    session.context.stderr.write(
      `\nTo use it:   export KUBECONFIG=${cluster.kubeconfigPath}\nTo end it:   plumb cluster stop\n`,
    );
  }
}

async function stop(session: Session<ClusterOptions>): Promise<void> {
  const { stopBackgroundCluster } = await import('../../local/index.ts');
  session.progress.step('Stopping Kubernetes');
  const ran = await stopBackgroundCluster(place(session));
  session.progress.done();
  session.print(ran ? 'The cluster has stopped.\n' : 'No cluster was running.\n');
}

async function status(session: Session<ClusterOptions>): Promise<void> {
  const { clusterStatus } = await import('../../local/index.ts');
  const found = await clusterStatus(place(session));
  if (found.running) {
    await printCluster(session, found);
    return;
  }
  const { output } = session.options;
  if (isDataFormat(output)) session.print(await formatData(found, output));
  else session.print('No cluster is running.\n');
  throw new ExitRequest(exitCodes.failed);
}

/** `plumb cluster start|stop|status`: a Kubernetes control plane on this machine, in the background. */
export function clusterCommand(context: CliContext): Command {
  const startCommand = new Command('start')
    .description('Start a Kubernetes control plane on this machine, or find the one that runs')
    .option(...directoryFlag)
    .option('--durable', 'keep its data when it stops, and write them safely')
    .action(action(context, start));
  const stopCommand = new Command('stop')
    .description('Stop the control plane on this machine')
    .option(...directoryFlag)
    .action(action(context, stop));
  const statusCommand = new Command('status')
    .description('Show the control plane on this machine; ends with 1 where none runs')
    .option(...directoryFlag)
    .action(action(context, status));
  return new Command('cluster')
    .description('A real Kubernetes control plane on this machine')
    .addCommand(
      withExamples(startCommand, [
        ['plumb cluster start', 'A cluster to try things on, gone when it stops'],
        ['plumb cluster start --durable --directory ./cluster', 'One that keeps its data'],
      ]),
    )
    .addCommand(withExamples(stopCommand, [['plumb cluster stop', 'End it']]))
    .addCommand(
      withExamples(statusCommand, [
        ['plumb cluster status', 'Does it run, and where is its kubeconfig?'],
        ['export KUBECONFIG=$(plumb cluster status -o name)', 'Use it with kubectl'],
      ]),
    );
}
