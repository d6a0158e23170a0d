import { Command } from 'commander';
import { Type } from 'typebox';
import { PlumbError, plumbError } from '../../errors.ts';
import { sensitive } from '../../sensitive.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { action, type Session } from '../session.ts';
import { bearerFor } from '../sign-in/bearer.ts';
import { revokeTokens } from '../sign-in/issuer.ts';
import { callServer } from '../sign-in/server-call.ts';
import { serverOf } from '../sign-in/server-url.ts';
import { changeSignIns, readSignIns, type SignInEntry, withoutSignIn } from '../sign-in/sign-ins.ts';

interface LogoutOptions {
  readonly everywhere?: boolean;
}

async function logout(session: Session<LogoutOptions>): Promise<void> {
  const { context, options, print, signal } = session;
  const server = await serverOf(context, options);
  const entry = (await readSignIns(context)).servers[server];
  if (entry === undefined) throw plumbError('cli.signed-out', `nobody is signed in to ${server}`);
  if (options.everywhere === true) {
    const token = await bearerFor(context, server);
    await callServer({ server, method: 'POST', path: '/auth/logout-everywhere', token, signal }, Type.Object({}));
  } else if (entry.kind === 'oidc') {
    const token = sensitive(entry.idToken);
    await tell(session, callServer({ server, method: 'POST', path: '/auth/logout', token, signal }, Type.Object({})));
  }
  await end(session, server);
  print(`Signed out of ${server}.\n`);
}

/** Forgets the sign-in here whatever the others say: what is not kept cannot be stolen. */
async function end(session: Session<LogoutOptions>, server: string): Promise<void> {
  const entry = await changeSignIns<SignInEntry | undefined>(session.context, async (signIns) => [
    withoutSignIn(signIns, server),
    signIns.servers[server],
  ]);
  if (entry?.kind === 'oidc') await tell(session, revokeTokens(entry));
}

async function tell({ context, options }: Session<LogoutOptions>, work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    // That it has ended already is what was wanted.
    if (!(error instanceof PlumbError) || error.code === 'cli.signed-out' || options.quiet === true) return;
    context.stderr.write(`warning: ${error.problems[0].message}\n`);
  });
}

/** `plumb logout`: ends the sign-in to a server. */
export function logoutCommand(context: CliContext): Command {
  const command = new Command('logout')
    .description('Sign out of a Plumbline server, and forget the tokens that are kept here')
    .option('--everywhere', 'end all sessions and tokens of the same person, on other machines too')
    .action(action(context, logout));
  return withExamples(command, [
    ['plumb logout', 'Sign out of the server that was signed in to last'],
    ['plumb logout --everywhere', 'End all that the same person has, in browsers too'],
  ]);
}
