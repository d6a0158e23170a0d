import { Command } from 'commander';
import { kindNamed, type OwnKind } from '../application/kinds.ts';
import { getOwn, listOwn } from '../application/read.ts';
import { applicationTable, repositoryTable, type TableOptions } from '../application/table.ts';
import { viewApplication } from '../application/view.ts';
import { withPlumb } from '../access/with-plumb.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import type { KubeObject } from '../../object.ts';
import { formatObjects } from '../output/objects.ts';
import { action, type Session } from '../session.ts';

interface GetOptions {
  readonly allNamespaces?: boolean;
}

/** What `plumb get` was asked for: a kind, and names where single objects are wanted. */
function wanted(args: readonly string[]): { kind: OwnKind; names: readonly string[] } {
  const kind = args[0] === undefined ? undefined : kindNamed(args[0]);
  return kind === undefined ? { kind: 'Application', names: args } : { kind, names: args.slice(1) };
}

function table(kind: OwnKind, objects: readonly KubeObject[], options: TableOptions): string {
  return kind === 'Repository'
    ? repositoryTable(objects, options)
    : applicationTable(objects.map(viewApplication), options);
}

async function get(session: Session<GetOptions>): Promise<void> {
  const { args, options, signal } = session;
  const { kind, names } = wanted(args);
  const everywhere = options.allNamespaces === true && names.length === 0;
  const { objects, namespace } = await withPlumb(session, async (access) => ({
    namespace: access.namespace,
    objects:
      names.length > 0
        ? await Promise.all(names.map((name) => getOwn(access, kind, name, signal)))
        : await listOwn(access, kind, everywhere ? undefined : access.namespace, signal),
  }));
  const { output } = options;
  if (output !== undefined && output !== 'wide') {
    session.print(await formatObjects(objects, output, { asList: names.length !== 1 }));
    return;
  }
  if (objects.length === 0) {
    const place = everywhere ? 'any namespace' : `the namespace ${namespace}`;
    session.context.stderr.write(`There is no ${kind} in ${place}.\n`);
    return;
  }
  const { colors, context } = session;
  session.print(
    table(kind, objects, { wide: output === 'wide', withNamespace: everywhere, now: context.now(), colors }),
  );
}

/** `plumb get [KIND] [NAME...]`: Applications or Repositories, as a table or in full. */
export function getCommand(context: CliContext): Command {
  const command = new Command('get')
    .description('Show Applications (or Repositories) and their state')
    .argument('[names...]', '`applications` (the default) or `repositories`, then names; all where none is given')
    .option('-A, --all-namespaces', 'those of all namespaces')
    .action(action(context, get));
  return withExamples(command, [
    ['plumb get', 'Every Application of the namespace'],
    ['plumb get -A -o wide', 'Every Application of the cluster, with source and destination'],
    ['plumb get nginx-prod -o yaml', 'One Application in full'],
    ['plumb get repositories', 'Every Repository of the namespace'],
  ]);
}
