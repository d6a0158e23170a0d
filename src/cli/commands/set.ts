import { Argument, Command } from 'commander';
import { addChangeOptions, type ChangeOptions } from '../change/change-options.ts';
import { editedObject } from '../change/edited-object.ts';
import { parseFieldEdit } from '../change/parse-field.ts';
import { readObject, sendChange } from '../change/send.ts';
import { targetOf } from '../change/target.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { openServer } from '../past/server.ts';
import { action, type Session } from '../session.ts';

async function set(session: Session<ChangeOptions>): Promise<void> {
  const { args, options, signal } = session;
  const target = targetOf(args, options);
  const edits = await Promise.all(args.slice(2).map(parseFieldEdit));
  const client = await openServer(session);
  const { object, etag } = await readObject(client, target, options, signal);
  await sendChange(session, client, target, { how: 'put', object: editedObject(object, edits), etag });
}

/** `plumb set APPLICATION OBJECT FIELD=VALUE...`: fields of an object, in the file that they come from. */
export function setCommand(context: CliContext): Command {
  const command = new Command('set')
    .description('Set fields of an object of an Application, in the files that they come from')
    .addArgument(new Argument('<application>', 'name of the Application'))
    .addArgument(new Argument('<object>', 'Kind.group/name, such as Deployment.apps/web'))
    .addArgument(new Argument('<field...>', 'field=value, or field- to take it away'))
    .action(action(context, set));
  return withExamples(addChangeOptions(command), [
    ['plumb set shop Deployment.apps/web spec.replicas=3 -n team-a --dry-run', 'Which file would change, and how'],
    [
      "plumb set shop Deployment.apps/web spec.replicas=3 -n team-a --message 'More load' --wait",
      'Scale, and wait for it',
    ],
    [
      "plumb set shop Deployment.apps/web 'spec.template.spec.containers[name=web].image=nginx:1.29' -n team-a",
      'Another image, in whichever file names it',
    ],
  ]);
}
