import { Argument, Command } from 'commander';
import { describeDependencies } from '../application/dependencies.ts';
import type { EventView } from '../application/events.ts';
import { getApplication } from '../application/read.ts';
import { coloured, short } from '../application/table.ts';
import { type ApplicationView, describeWindow, type DriftView, syncState } from '../application/view.ts';
import { withPlumb } from '../access/with-plumb.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { age } from '../output/age.ts';
import { formatObjects } from '../output/objects.ts';
import { formatFields, formatTable } from '../output/table.ts';
import { action, type Session } from '../session.ts';

const shownHistory = 5;
const shownEvents = 10;

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

function summary(view: ApplicationView, dependencies: readonly string[], { colors, context }: Session): string {
  const drift = view.drifted === 0 ? '' : `, ${view.drifted} drifted`;
  const reverted = view.reverted === 0 ? '' : `, put back ${view.reverted} times`;
  const synced = view.syncedAt === undefined ? 'never' : `${age(view.syncedAt, context.now())} ago`;
  return formatFields([
    ['Name', view.name],
    ['Namespace', view.namespace],
    ...view.sources.map(
      ({ name, repository, path }) =>
        [
          'Source',
          [repository, path, name === '' ? '' : `as $${name}`].filter((part) => part !== '').join(' '),
        ] as const,
    ),
    ...dependencies.map((line) => ['Depends on', line] as const),
    ['Destination', view.destination],
    ['Revision', view.revision || '<none>'],
    ['Sync', `${coloured(syncState(view), colors)}${view.suspended ? ' (suspended)' : ''}`],
    ['Health', coloured(view.health || 'Unknown', colors)],
    ['Objects', `${view.objects ?? '<unknown>'}${drift}${reverted}`],
    ['Last sync', synced],
    ...(view.window === undefined ? [] : [['Windows', describeWindow(view)] as const]),
    ...(view.deleting ? [['Deleting', 'yes'] as const] : []),
  ]);
}

function conditions(view: ApplicationView, { colors, context }: Session): string {
  const shown = view.conditions.map((condition): readonly [string, string] => [
    condition.type,
    `${coloured(condition.status, colors)} ${condition.reason} (${age(condition.lastTransitionTime, context.now())})\n${condition.message}`.trimEnd(),
  ]);
  return shown.length === 0 ? '' : `Conditions:\n${formatFields(shown, '  ')}`;
}

function lastSyncs(view: ApplicationView, { colors, context }: Session): string {
  if (view.history.length === 0) return '';
  const rows = view.history
    .slice(0, shownHistory)
    .map(({ revision, outcome, by, at, drift }) => [
      short(revision),
      coloured(outcome, colors),
      by,
      age(at, context.now()),
      drift.map(shortDrift).join('; '),
    ]);
  return `History:\n${indent(formatTable(['REVISION', 'OUTCOME', 'BY', 'AGE', 'DRIFT'], rows))}`;
}

/** Whose change was put back. */
function shortDrift({ object, manager, fields }: DriftView): string {
  return `${object}: ${[fields.join(', '), manager === undefined ? '' : `by ${manager}`].filter((part) => part !== '').join(' ') || 'gone'}`;
}

function lastEvents(events: readonly EventView[], { context }: Session): string {
  if (events.length === 0) return '';
  const rows = events
    .slice(-shownEvents)
    .map(({ at, type, reason, message }) => [age(at, context.now()), type, reason, message.split('\n')[0] ?? '']);
  return `Events:\n${indent(formatTable(['AGE', 'TYPE', 'REASON', 'MESSAGE'], rows))}`;
}

async function describe(session: Session): Promise<void> {
  const { args, options, signal } = session;
  await withPlumb(session, async (access) => {
    const view = await getApplication(access, args[0] ?? '', signal);
    if (options.output !== undefined && options.output !== 'wide') {
      session.print(await formatObjects([view.object], options.output));
      return;
    }
    const { namespace, name } = view;
    const events = await access.events({ kind: 'Application', namespace, name }, signal);
    const parts = [
      summary(view, await describeDependencies(access, view, session.colors, signal), session),
      conditions(view, session),
      lastSyncs(view, session),
      lastEvents(events, session),
    ];
    session.print(parts.filter((part) => part !== '').join('\n'));
  });
}

/** `plumb describe NAME`: all that is known of an Application, for a person. */
export function describeCommand(context: CliContext): Command {
  const command = new Command('describe')
    .description('Show all that is known of an Application: conditions, last syncs, Events')
    .addArgument(new Argument('<application>', 'name of the Application'))
    .action(action(context, describe));
  return withExamples(command, [['plumb describe nginx-prod', 'Why is it not Synced?']]);
}
