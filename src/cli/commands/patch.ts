import { Argument, Command, Option } from 'commander';
import { plumbError } from '../../errors.ts';
import { addChangeOptions, type ChangeOptions } from '../change/change-options.ts';
import { sendChange } from '../change/send.ts';
import { targetOf } from '../change/target.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { openServer } from '../past/server.ts';
import { action, type Session } from '../session.ts';

interface PatchOptions extends ChangeOptions {
  readonly patch: string;
  readonly type: 'merge' | 'json' | 'apply';
}

async function patch(session: Session<PatchOptions>): Promise<void> {
  const { args, options } = session;
  const target = targetOf(args, options);
  const body = await parsePatch(options.patch);
  const client = await openServer(session);
  await sendChange(session, client, target, { how: 'patch', type: options.type, patch: body });
}

/** As kubectl has it: JSON or YAML. */
async function parsePatch(text: string): Promise<unknown> {
  const { load } = await import('js-yaml');
  try {
    const value: unknown = load(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below: what the parser says quotes the text, which may be long.
  }
  throw plumbError('cli.usage', 'the patch is no object or list of JSON or YAML');
}

/** `plumb patch APPLICATION OBJECT -p PATCH`: a part of an object, in the files that it comes from. */
export function patchCommand(context: CliContext): Command {
  const command = new Command('patch')
    .description('Change a part of an object of an Application, in the files that it comes from')
    .addArgument(new Argument('<application>', 'name of the Application'))
    .addArgument(new Argument('<object>', 'Kind.group/name, such as Deployment.apps/web'))
    .addOption(new Option('-p, --patch <patch>', 'the patch, in JSON or YAML').makeOptionMandatory())
    .addOption(
      new Option('--type <type>', 'merge patch (RFC 7396), JSON patch (RFC 6902), or a part of the object to apply')
        .choices(['merge', 'json', 'apply'])
        .default('merge'),
    )
    .action(action(context, patch));
  return withExamples(addChangeOptions(command), [
    [`plumb patch shop Deployment.apps/web -p '{"spec":{"replicas":3}}' -n team-a --dry-run`, 'What would change'],
    [
      `plumb patch shop Deployment.apps/web --type json -p '[{"op":"remove","path":"/spec/paused"}]' -n team-a`,
      'A JSON patch',
    ],
  ]);
}
