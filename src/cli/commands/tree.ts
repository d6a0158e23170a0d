import { Argument, Command } from 'commander';
import { describeDependencies } from '../application/dependencies.ts';
import { getApplication } from '../application/read.ts';
import { withPlumb } from '../access/with-plumb.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { readRules } from '../health-rules.ts';
import { action, type Session } from '../session.ts';

interface TreeOptions {
  readonly healthRules?: string;
}

async function tree(session: Session<TreeOptions>): Promise<void> {
  const { args, options, signal, colors, context } = session;
  const { formatTree, treeData, treeNames } = await import('../tree/format.ts');
  const rules =
    options.healthRules === undefined ? undefined : await readRules(context.cwd, options.healthRules, signal);
  const { view, nodes, hidden, dependencies } = await withPlumb(session, async (access) => {
    const found = await getApplication(access, args[0] ?? '', signal);
    const [shown, notShown] = await access.tree(found.object, signal, rules);
    const lines = options.output === undefined ? await describeDependencies(access, found, colors, signal) : [];
    return { view: found, nodes: shown, hidden: notShown, dependencies: lines };
  });
  if (hidden.length > 0) context.stderr.write(`You may not see: ${hidden.join(', ')}\n`);
  if (dependencies.length > 0) session.print(dependencies.map((line) => `Depends on: ${line}\n`).join(''));
  if (isDataFormat(options.output)) session.print(await formatData(treeData(nodes), options.output));
  else if (options.output === 'name')
    session.print(
      treeNames(nodes)
        .map((name) => `${name}\n`)
        .join(''),
    );
  else if (nodes.length === 0) context.stderr.write(`${view.namespace}/${view.name} has no objects in the cluster.\n`);
  else session.print(formatTree(view.name, nodes, context.now(), colors));
}

/** `plumb tree NAME`: the objects of an Application and what they have made. */
export function treeCommand(context: CliContext): Command {
  const command = new Command('tree')
    .description('Show the objects of an Application, what Kubernetes has made of them, and their health')
    .addArgument(new Argument('<application>', 'name of the Application'))
    .option('--health-rules <file>', 'the rules of the installation, where a cluster is asked; a server knows its own')
    .action(action(context, tree));
  return withExamples(command, [
    ['plumb tree nginx-prod', 'Which pod is it that is not well?'],
    ['plumb tree nginx-prod -o name', 'All names, for kubectl'],
  ]);
}
