import { Argument, Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { objectNamed } from '../actions/named-object.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { formatTable } from '../output/table.ts';
import { openServer } from '../past/server.ts';
import { action, type Session } from '../session.ts';

type Offered = Schemas['ObjectAction'];

async function actions(session: Session): Promise<void> {
  const { args, options, print, signal } = session;
  const { answerOf } = await import('../../client/index.ts');
  const client = await openServer(session);
  const path = { namespace: options.namespace ?? 'default', ...objectNamed(args[0] ?? '') };
  const { items } = await answerOf(
    client,
    client.api.GET('/api/v1/namespaces/{namespace}/objects/{kind}/{object}/actions', { params: { path }, signal }),
  );
  if (isDataFormat(options.output)) {
    print(await formatData(items, options.output));
    return;
  }
  const now = items.filter(({ offered, allowed }) => offered && allowed);
  if (options.output === 'name') {
    print(now.map(({ name }) => `${name}\n`).join(''));
    return;
  }
  const shown = options.output === 'wide' ? items : now;
  if (shown.length === 0) session.context.stderr.write('There is nothing that can be done with it now.\n');
  else
    print(
      formatTable(
        ['ACTION', 'WHERE', 'PARAMETERS', 'DOES', ...(options.output === 'wide' ? ['NOW', 'NEEDS'] : [])],
        shown.map((each) => rowOf(each, options.output === 'wide')),
      ),
    );
}

function rowOf({ name, where, parameters, does, offered, why = '', allowed, needs }: Offered, wide: boolean): string[] {
  const row = [name, where, parameters.map((each) => each.name).join(','), does];
  if (!wide) return row;
  const now = !offered ? `no: ${why}` : allowed ? 'yes' : 'no: you may not';
  const rights = needs.map(
    ({ verb, resource, subresource }) => `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`,
  );
  return [...row, now, rights.join(', ')];
}

/** `plumb actions KIND/NAME`: what can be done with an object now. */
export function actionsCommand(context: CliContext): Command {
  const command = new Command('actions')
    .description('Show what can be done with an object now; -o wide also what cannot, and why')
    .addArgument(new Argument('<kind/name>', 'such as deployment/web or Rollout.argoproj.io/web'))
    .action(action(context, actions));
  return withExamples(command, [
    ['plumb actions deployment/web -n team-a', 'What is offered, and where it is done'],
    ['plumb actions cronjob/backup -n team-a -o wide', 'Also what is not offered, and the rights that are needed'],
  ]);
}
