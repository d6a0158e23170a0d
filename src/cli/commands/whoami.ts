import { Command } from 'commander';
import { sensitive } from '../../sensitive.ts';
import { tokenFor } from '../access/with-plumb.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { action, type Session } from '../session.ts';
import { callServer } from '../sign-in/server-call.ts';
import { serverOf } from '../sign-in/server-url.ts';
import { userSchema } from '../sign-in/user.ts';

async function whoami(session: Session): Promise<void> {
  const { context, options, print, signal } = session;
  const server = await serverOf(context, options);
  const token = sensitive(await tokenFor(session, server));
  const user = await callServer({ server, method: 'GET', path: '/api/v1/user', token, signal }, userSchema);
  const { username, groups, email, how } = user;
  if (isDataFormat(options.output)) print(await formatData({ server, ...user }, options.output));
  else if (options.output === 'name') print(`${username}\n`);
  else {
    const lines = [
      `Server: ${server}`,
      `User:   ${username}`,
      `Groups: ${groups.length === 0 ? 'none' : groups.join(', ')}`,
      ...(email === undefined ? [] : [`Email:  ${email}`]),
      `By:     ${how}`,
    ];
    print(`${lines.join('\n')}\n`);
  }
}

/** `plumb whoami`: who a server takes the person of this machine for. */
export function whoamiCommand(context: CliContext): Command {
  const command = new Command('whoami')
    .description('Print who is signed in: user and groups, as Kubernetes is asked with them')
    .action(action(context, whoami));
  return withExamples(command, [
    ['plumb whoami', 'Who the server that was signed in to last takes one for'],
    ['plumb whoami -o name', 'The username alone'],
  ]);
}
