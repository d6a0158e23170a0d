import { Argument, Command } from 'commander';
import { plumbError } from '../../errors.ts';
import { addChangeOptions, type ChangeOptions } from '../change/change-options.ts';
import { editText } from '../change/edit-text.ts';
import { readObject, sendChange } from '../change/send.ts';
import { targetOf } from '../change/target.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { formatData } from '../output/data.ts';
import { openServer } from '../past/server.ts';
import { action, type Session } from '../session.ts';

async function edit(session: Session<ChangeOptions>): Promise<void> {
  const { args, options, context, signal } = session;
  const target = targetOf(args, options);
  const client = await openServer(session);
  const { object, etag } = await readObject(client, target, options, signal);
  const before = await formatData(object, 'yaml');
  const after = await editText(before, context);
  if (after.trim() === before.trim()) {
    context.stderr.write('Nothing was changed.\n');
    return;
  }
  await sendChange(session, client, target, { how: 'put', object: await parseObject(after), etag });
}

async function parseObject(text: string): Promise<object> {
  const { load } = await import('js-yaml');
  try {
    const value: unknown = load(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  throw plumbError('cli.usage', 'what came out of the editor is no object in YAML: nothing was changed');
}

/** `plumb edit APPLICATION OBJECT`: an object in an editor, and what was changed in the files that it comes from. */
export function editCommand(context: CliContext): Command {
  const command = new Command('edit')
    .description('Edit an object of an Application; what is changed goes into the files that it comes from')
    .addArgument(new Argument('<application>', 'name of the Application'))
    .addArgument(new Argument('<object>', 'Kind.group/name, such as Deployment.apps/web'))
    .action(action(context, edit));
  return withExamples(addChangeOptions(command), [
    ["EDITOR='code --wait' plumb edit shop Deployment.apps/web -n team-a", 'In an editor of your choice'],
  ]);
}
